"""A sanction against the clerk of the small city, as it is drafted."""

import pytest

from tests.factories import sanctions as make


@pytest.fixture
def draft(city, people):
    """Return a draft of an admonishment of the clerk, or of what is given in its place."""

    def draft_of(**changed):
        return make.draft(**{"organ": city.construction, "person": people["clerk"]} | changed)

    return draft_of
