"""Assignment inside the organ: who of it handles a case, one by one or all that a person has in hand."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _

from complaints import people, workflow
from complaints.actions.acting import action
from complaints.models import Case, CaseEvent
from complaints.querysets import CaseQuerySet
from complaints.refusals import Invalid, NotInState, Refused
from efficiency import checks
from efficiency.access import persons
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.organs.models import Role

# What one hand-over moves at most; the rest is there for the next one.
MOST_AT_ONCE = 200


@action
def assign(
    case: Case, /, *, by: User, at: datetime, version: int | None, handler: User | None, reason: str
) -> CaseEvent:
    """
    Give the case to ``handler``, who is told; what is promised runs on, owed by the new handler's post.

    ``version`` is None where it was chosen from a list, whatever has become of it meanwhile.

    :raises Invalid: no reason, nobody chosen, the one who has the case already, or somebody who cannot handle it
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "assign", by=by, at=at, version=version)
    reasons = checks.text("reason", reason, _("Please say why the case goes to somebody else."), at_most=500)
    return _give(step, handler, reasons)


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of one case of a hand-over; ``why_not`` is empty where it was moved."""

    case: Case
    why_not: str | Lazy = ""


def hand_over(handler: User, /, *, by: User, at: datetime, to: User | None, reason: str) -> list[Moved]:
    """
    Give what ``handler`` has in hand to ``to``, as far as ``by`` may assign it, and say of each case what became of it.

    Each case moves by itself, as an event of its own: one that cannot go to ``to`` stays where it is. The most urgent
    come first, ``MOST_AT_ONCE`` at most.

    :raises Invalid: no reason, nobody chosen, or the same person
    """
    reasons = checks.text("reason", reason, _("Please say why the cases go to somebody else."), at_most=500)
    if to is None:
        raise Invalid("to", _("Please choose who takes the cases over."))
    if persons.is_same_person(handler, to):
        raise Invalid("to", _("The cases are in this person's hands already."))
    return [
        _moved(case, partial(_hand_over_one, case, of=handler, by=by, at=at, to=to, reason=reasons))
        for case in in_hands_of(handler, by)
    ]


def assign_all(
    case_ids: Collection[int], /, *, by: User, at: datetime, handler: User | None, reason: str
) -> list[Moved]:
    """
    Give the chosen cases to ``handler``, and say of each what became of it; no more than ``MOST_AT_ONCE``.

    Each moves by itself, as an event of its own: one that cannot go to ``handler`` stays where it is. What ``by`` does
    not see is not among them.

    :raises Invalid: no reason, nobody chosen, or too many cases
    """
    reasons = checks.text("reason", reason, _("Please say why the cases go to this person."), at_most=500)
    if handler is None:
        raise Invalid("handler", _("Please choose who handles the cases."))
    if len(case_ids) > MOST_AT_ONCE:
        raise Invalid(None, _("Please choose fewer cases."))
    chosen = Case.objects.visible_to(by).filter(pk__in=case_ids).select_related("handling_organ", "office")
    # What a case has become meanwhile does not matter, as long as the step may be taken.
    return [
        _moved(case, partial(assign, case, by=by, at=at, version=None, handler=handler, reason=reasons))
        for case in chosen.order_by("pk")
    ]


def in_hands_of(handler: User, by: User) -> list[Case]:
    """Return the open cases of ``handler`` that ``by`` may give to somebody else: the most urgent, not too many."""
    cases = assignable(by).filter(handler=handler).by_urgency()
    return list(cases.select_related("handling_organ", "office")[:MOST_AT_ONCE])


def handlers_of(by: User) -> list[tuple[User, int]]:
    """Return who has cases in hand that ``by`` may assign, with how many, the most laden first."""
    rows = assignable(by).values("handler_id").annotate(count=Count("pk")).order_by("-count", "handler_id")
    counts = dict(rows.values_list("handler_id", "count")[:MOST_AT_ONCE])
    found = User.objects.in_bulk(counts)
    return [(found[pk], count) for pk, count in counts.items()]


def assignable(by: User) -> CaseQuerySet:
    """
    Return the open cases in somebody's hands that ``by`` may assign: the answer of ``may`` for lists.

    A leader assigns what an organ of theirs handles, an officer what the office handles itself.
    """
    scope = scope_of(by)
    with_office = Q(handling_organ_id=F("office_id"))
    of_leader = Q(handling_organ_id__in=scope.organ_ids_as(Role.ORGAN_LEADER)) & ~with_office
    of_officer = Q(office_id__in=scope.organ_ids_as(Role.OFFICE_OFFICER)) & with_office
    cases = Case.objects.visible_to(by).filter(state__in=workflow.IN_HAND, handler__isnull=False)
    return cases.filter(of_leader | of_officer)


def _moved(case: Case, move: Callable[[], object]) -> Moved:
    """Say what became of the case: a refusal leaves it where it is, and the others go on."""
    try:
        move()
    except Refused as refusal:
        return Moved(case, refusal.message)
    return Moved(case)


@action
def _hand_over_one(case: Case, /, *, of: User, by: User, at: datetime, to: User, reason: str) -> CaseEvent:
    # What the case has become meanwhile does not matter, as long as it is still in the same hands.
    step = workflow.begin(case, "assign", by=by, at=at, version=None)
    if case.handler_id != of.pk:
        raise NotInState(_("The case has gone into other hands meanwhile."))
    return _give(step, to, reason)


def _give(step: workflow.Step, handler: User | None, reason: str) -> CaseEvent:
    case = step.case
    if handler is None:
        raise Invalid("handler", _("Please choose who handles the case."))
    if handler.pk == case.handler_id:
        raise Invalid("handler", _("The case is in this person's hands already."))
    is_there = people.handlers(case, timezone.localdate(step.at)).filter(pk=handler.pk).exists()
    if not is_there or not people.may_handle(case, handler):
        raise Invalid("handler", _("This person cannot handle the case: no post for it today, or it concerns them."))
    before, case.handler = case.handler_id, handler
    return workflow.finish(step, internal_text=reason, data={"handler": handler.pk, "from_handler": before})
