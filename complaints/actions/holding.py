"""Which organ holds a case, from when until when: what buck-passing is measured by (docs/domain.md 4.6)."""

from datetime import datetime

from complaints import people
from complaints.doubts import PING_PONG
from complaints.enums import Handling
from complaints.models import IN_WORK, Case, Holding, Reply, ReplyState
from efficiency.organs.models import Organ, OrganKind


def hand_over(case: Case, organ: Organ, /, *, at: datetime) -> None:
    """
    Give the locked case to ``organ``, without a handler yet, and end the span of whoever held it.

    One that comes back to an organ over another one is flagged: nobody seems to want it. A reply that the organ before
    had in work, or was to write anew, is set aside with its files: it was never sent, and another organ answers now.
    """
    release(case, at=at)
    if _was_passed_on_by(organ, case):
        case.flags = sorted({*case.flags, PING_PONG})
    Holding.objects.create(case=case, organ=organ, since=at)
    # What was ruled of the organ before binds no other one.
    case.handling_organ, case.handler, case.duty = organ, None, ""
    begun = Reply.objects.filter(case=case, state__in=[*IN_WORK, ReplyState.RETURNED])
    begun.update(state=ReplyState.DROPPED, to_check=False)


def succeed(case: Case, organ: Organ, /, *, at: datetime) -> None:
    """
    Give the locked case to the organ that follows the one that had it.

    Nobody passed it on: no flag, and what was in work stays. Whoever handles it keeps it with a post at the successor.
    Where nobody held it, nobody does now.
    """
    if release(case, at=at):
        Holding.objects.create(case=case, organ=organ, since=at)
    case.handling_organ = organ
    if case.handler is not None and not people.may_handle(case, case.handler):
        case.handler = None


def _was_passed_on_by(organ: Organ, case: Case) -> bool:
    """Whether the case comes back to an organ over another one; what an office had between does not count."""
    held = Holding.objects.filter(case=case).exclude(organ__kind=OrganKind.EFFICIENCY_OFFICE)
    chain = list(held.order_by("since", "id").values_list("organ_id", flat=True))
    return organ.pk in chain and chain[-1] != organ.pk


def take_up_again(case: Case, /, *, at: datetime) -> None:
    """Begin a new span of the organ that had the case last, unless it still holds it: it handles it again."""
    holds_it = Holding.objects.filter(case=case, until__isnull=True).exists()
    if case.handling_organ is not None and not holds_it:
        Holding.objects.create(case=case, organ=case.handling_organ, since=at)


def hand_back(case: Case, /, *, at: datetime) -> None:
    """Give the case to the organ that had it; what an office handled itself is now handled by the one in charge."""
    handled_by = case.handling_organ
    if handled_by is None or (handled_by.kind == OrganKind.EFFICIENCY_OFFICE and handled_by != case.office):
        case.handling = Handling.OWN
        hand_over(case, case.office, at=at)
    else:
        take_up_again(case, at=at)


def release(case: Case, /, *, at: datetime) -> bool:
    """End the span of the organ that holds the case: it has handed over, or handed in. Return whether one did."""
    return bool(Holding.objects.filter(case=case, until__isnull=True).update(until=at))
