"""What is promised if a case is filed now: the dates that the form shows before it is sent (docs/ui.md)."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

from complaints import deadlines
from complaints.enums import Kind
from complaints.models import Case
from efficiency.deadlines.rules import terms_of
from efficiency.timing import due, store


@dataclass(frozen=True, slots=True)
class Offer:
    """The two dates of a kind: decision on acceptance, and the reply if it is accepted on the last day for that."""

    kind: Kind
    label: str | Promise
    accept_at: datetime
    reply_at: datetime


def offers(*, at: datetime) -> list[Offer]:
    """
    Return the offers of the four kinds for a filing at ``at``, by the limits and the calendar in force.

    :raises OutsideCalendar: no calendar is stored
    """
    calendar = store.load()
    on = due.local_day(at)
    accept_at = due.due_at(at, terms_of(deadlines.ACCEPT, on=on).limit, calendar=calendar)
    return [
        Offer(
            kind=kind,
            label=kind.label,
            accept_at=accept_at,
            reply_at=due.due_at(accept_at, terms_of(deadlines.REPLY, kind, on=on).limit, calendar=calendar),
        )
        for kind in Kind
    ]


def accepted_by(case: Case) -> datetime | None:
    """Return by when it is decided whether the case is taken on; None where that is no longer open."""
    promise = deadlines.running(case, deadlines.ACCEPT)
    return promise.due_at if promise else None
