"""The small city that bulletins are tested in."""

import pytest

from tests.factories import bulletins as make


@pytest.fixture
def cast(db):
    return make.make_bulletin_cast()
