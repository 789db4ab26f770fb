"""The small city in which fault cases are led and sanctions imposed, and one of these as it is drafted."""

from datetime import date

import pytest

from accountability.faults.sanctions import Draft
from accountability.faults.words import Against, Body, FaultType, Measure, Responsibility, Severity
from tests.factories import faults as make


@pytest.fixture
def cast(db):
    return make.make_fault_cast()


@pytest.fixture
def draft(city, people):
    """Return a draft of an admonishment of the clerk, or of what is given in its place."""

    def draft_of(**changed):
        given = {
            "measure": Measure.ADMONISHMENT,
            "against": Against.PERSON,
            "organ": city.construction,
            "person": people["clerk"],
            "responsibility": Responsibility.DIRECT,
            "fault_type": FaultType.OVERDUE,
            "fault_on": date(2026, 3, 10),
            "severity": Severity.ORDINARY,
            "body": Body.EFFICIENCY_OFFICE,
        }
        return Draft(**given | changed)

    return draft_of
