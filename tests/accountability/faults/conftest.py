<<<<<<< HEAD
"""The small city in which fault cases are led and sanctions imposed, and one of these as it is drafted."""

from datetime import date

import pytest

from accountability.faults.sanctions import Draft
from accountability.faults.words import Against, Body, FaultType, Measure, Responsibility, Severity
from tests.factories import faults as make


@pytest.fixture
def cast(db):
    return make.make_fault_cast()
=======
"""A sanction against the clerk of the small city, as it is drafted."""

import pytest

from tests.factories import sanctions as make
>>>>>>> liability


@pytest.fixture
def draft(city, people):
    """Return a draft of an admonishment of the clerk, or of what is given in its place."""

    def draft_of(**changed):
        return make.draft(**{"organ": city.construction, "person": people["clerk"]} | changed)

    return draft_of
