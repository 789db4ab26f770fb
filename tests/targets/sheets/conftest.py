"""A city with appraisals of three organs, computed by the rules themselves."""

import pytest

from tests.factories.targets import make_target_cast


@pytest.fixture
def cast(db):
    return make_target_cast()
