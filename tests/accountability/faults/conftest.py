"""The small city in which fault cases are led and sanctions imposed, and one of these as it is drafted."""

import pytest

from tests.factories import faults, sanctions


@pytest.fixture
def cast(db):
    return faults.make_fault_cast()


@pytest.fixture
def draft(city, people):
    """Return a draft of an admonishment of the clerk, or of what is given in its place."""

    def draft_of(**changed):
        return sanctions.draft(**{"organ": city.construction, "person": people["clerk"]} | changed)

    return draft_of
