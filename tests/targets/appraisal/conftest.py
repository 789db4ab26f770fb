"""The small city that appraisals are tested in."""

import pytest

from tests.factories.targets import make_target_cast


@pytest.fixture
def cast(db):
    return make_target_cast()
