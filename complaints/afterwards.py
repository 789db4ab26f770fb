"""
What is offered to a complainant once the case is closed, by whoever is above: on its page, and in the letter about it.

An offer is the complainant's to take: it changes nothing in the case, and neither case nor letter says if they did.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse

from complaints.enums import State
from complaints.models import Case, CaseEvent
from efficiency.outbox.models import Message
from efficiency.outbox.registry import Filling, Line

FINISHED = (State.CLOSED, State.ARCHIVED)


@dataclass(frozen=True, slots=True)
class Offered:
    """One offer: in one sentence, what the button says, and where it leads."""

    text: str
    label: str
    address: str


Offers = Callable[[Collection[Case], datetime], Mapping[int, Sequence[Offered]]]
# What a browser forgets besides the session when its person leaves the case; None where no session was open any more.
Left = Callable[[Case | None, HttpResponse, datetime], None]
_offers: list[Offers] = []
_left: list[Left] = []


def register(offers: Offers, left: Left) -> None:
    """
    Have something offered about closed cases, asked once for many; ``left`` makes a browser that leaves forget of it.

    Called once, when the app is ready.
    """
    _offers.append(offers)
    _left.append(left)


def answered_by(case: Case) -> Case:
    """Return the case whose reply ``case`` has: its own, or that of the one that it was joined to and still follows."""
    return case.answering if case.follows else case


def forget(case: Case | None, response: HttpResponse, *, at: datetime) -> None:
    """Have a browser forget what it holds of offers about the case (docs/trust.md S-08)."""
    for each in _left:
        each(case, response, at)


def offered(cases: Collection[Case], *, at: datetime) -> dict[int, list[Offered]]:
    """Return what is offered about each of these cases that is closed, by its key."""
    closed = [case for case in cases if answered_by(case).state in FINISHED]
    found: dict[int, list[Offered]] = {case.pk: [] for case in closed}
    for ask in _offers if closed else ():
        for key, each in ask(closed, at).items():
            found[key] += each
    return found


def in_letters(messages: Sequence[Message]) -> dict[int, Filling]:
    """Return what letters to complainants add about their case: those of its closing say what is offered."""
    causes = {message.pk: message.event.removeprefix("case-event:") for message in messages if not message.recipient_id}
    keys = {int(cause) for cause in causes.values() if cause.isascii() and cause.isdigit()}
    closing = CaseEvent.objects.filter(pk__in=keys, to_state=State.CLOSED).exclude(from_state=State.CLOSED)
    ends = {str(key) for key in closing.values_list("pk", flat=True)}
    # Whose case was joined to another learns of the end of that one, and is asked about their own.
    about = {message.pk: message.subject_id or 0 for message in messages if causes.get(message.pk, "") in ends}
    if not about:
        return {}
    at = max(message.created_at for message in messages)
    cases = Case.objects.filter(pk__in=about.values()).select_related("leading")
    found = offered(list(cases), at=at)
    return {
        key: Filling(lines=tuple(Line(each.text) for each in found.get(case_id, []))) for key, case_id in about.items()
    }
