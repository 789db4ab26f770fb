"""
Parts of assisting organs 协办 beside a case that goes on: where they end, and what is promised about them.

A part belongs to the case and not to whoever leads it, so a transfer leaves it as it is. It ends without an answer when
the case does not need it any more: there is a reply, the case was withdrawn, or the organ itself leads now or must not
have a part (docs/domain.md 4.7). An organ that the case is about is told nothing then, and finds the part no more.
"""

from datetime import datetime

from complaints import holds, messages
from complaints.enums import NamedPerson
from complaints.models import Assistance, Case, CaseEvent, PartState
from complaints.querysets import STATES_WITH_PARTS
from efficiency.deadlines import actions as engine


def settle(event: CaseEvent) -> None:
    """End the open parts that a case has left behind with the step of ``event``; the case is locked."""
    case = event.case
    if event.from_state not in STATES_WITH_PARTS:
        return
    for part in case.parts.open().select_related("organ").order_by("id"):
        if is_left_behind(part, case):
            part.case = case
            _end(part, at=event.at)
            if not holds.is_of_respondent(case, part.organ):
                messages.tell_assisting(part, messages.PART_ENDED, cause=messages.cause_of(event), at=event.at)
        else:
            _charge(part, case, at=event.at)


def _charge(part: Assistance, case: Case, *, at: datetime) -> None:
    """
    Let the office owe what is due while a name hides the part from its organ, and the organ afterwards.

    What was broken meanwhile stays the office's (docs/domain.md 4.7).
    """
    is_hidden = case.named_person_state == NamedPerson.UNRESOLVED
    owner, other = (case.office, part.organ) if is_hidden else (part.organ, case.office)
    running = engine.of_subject(part).running().filter(organ=other, overdue_at__gt=at)
    if kinds := list(running.values_list("kind", flat=True)):
        engine.hold(part, kinds).reassign(kinds, organ=owner, post=None, responsible=None)


def is_left_behind(part: Assistance, case: Case) -> bool:
    """Say whether the part of an organ has no place in the case as it stands now."""
    return (
        case.state not in STATES_WITH_PARTS
        or part.organ_id == case.handling_organ_id
        or holds.is_excluded(case, part.organ)
    )


def _end(part: Assistance, *, at: datetime) -> None:
    """What was promised is cancelled; where it was overdue, it stays broken."""
    part.state, part.withdrawn_at = PartState.WITHDRAWN, at
    part.save(update_fields=["state", "withdrawn_at"])
    engine.cancel(part, at=at)
