"""The small city that fault cases are tested in."""

import pytest

from tests.factories import faults as make


@pytest.fixture
def cast(db):
    return make.make_fault_cast()
