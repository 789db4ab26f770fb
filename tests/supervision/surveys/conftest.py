"""The small city that surveys are tested in."""

import pytest

from tests.factories import surveys as make


@pytest.fixture
def cast(db):
    return make.make_survey_cast()
