"""Sanctions as decisions of the efficiency office bring them."""

from datetime import date, datetime
from typing import Any

from accountability.faults import sanctions
from accountability.faults.sanctions import Draft
from accountability.faults.words import Against, Body, FaultType, Measure, Responsibility, Severity
from accountability.models import Sanction
from efficiency.access.models import User
from efficiency.organs.models import Organ
from efficiency.timing.due import local_day


def draft(organ: Organ, person: User | None, **changed: Any) -> Draft:
    """Return the draft of an admonishment for a promise that was not kept, or of what ``changed`` makes of it."""
    given: dict[str, Any] = {
        "measure": Measure.ADMONISHMENT,
        "against": Against.PERSON,
        "organ": organ,
        "person": person,
        "responsibility": Responsibility.DIRECT,
        "fault_type": FaultType.OVERDUE,
        "fault_on": date(2026, 3, 10),
        "severity": Severity.ORDINARY,
        "body": Body.EFFICIENCY_OFFICE,
    }
    return Draft(**given | changed)


def impose(organ: Organ, person: User | None, *, officer: User, head: User, at: datetime, **changed: Any) -> Sanction:
    """Return the sanction that the officer drafted and the head of the office confirmed."""
    drafted = draft(organ, person, **changed)
    return sanctions.impose([drafted], proposed_by=officer, by=head, at=at, decided_on=local_day(at))[0]
