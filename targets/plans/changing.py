"""Changes of a plan in force: drafted, proposed with a reason, confirmed by a second person (docs/domain.md 8.1)."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from efficiency import checks
from efficiency.access.models import User
from efficiency.access.scope import Seat
from efficiency.timing.due import local_day
from targets.models import Plan, PlanEvent, Revision
from targets.plans import access, proposing, spans, workflow
from targets.plans.access import Side
from targets.plans.carrying import now_above
from targets.plans.content import Content, read, write
from targets.plans.drafting import keep
from targets.plans.enums import OPEN_REVISIONS, RevisionState
from targets.plans.negotiating import LONGEST_REASON, LONGEST_TEXT, check, check_and_keep, settle
from targets.plans.refusals import Invalid, NotAllowed, NotInState
from targets.plans.workflow import action, once


@once
@action
def begin_change(plan: Plan, /, *, by: User, at: datetime, version: int) -> PlanEvent:
    """
    Begin a change with what holds now; the plan stays as it is until the change is confirmed.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotInState also where a change is under way,
        or the day by which changes are asked for is over
    """
    step = workflow.begin(plan, "begin_change", by=by, at=at, version=version)
    if why_not := why_not_change(plan, at):
        raise NotInState(why_not)
    if open_change(plan) is not None or plan.revision is None:
        raise NotInState(_("A change of this plan is under way already."))
    last = plan.revisions.order_by("-number").values_list("number", flat=True).first() or 0
    revision = Revision.objects.create(plan=plan, number=last + 1, drafted_by=by, drafted_at=at)
    write(revision, now_above(plan, read(plan.revision)))
    side = _side_of(plan, [step.seat] if step.seat else [])
    return workflow.finish(step, data={"revision": revision.number, "side": side})


def _side_of(plan: Plan, seats: Collection[Seat]) -> str:
    """Return from which side a change is made: that of those who have to reach the plan, or that of whoever drafts."""
    return (Side.ANSWERING if any(access.answers(seat, plan) for seat in seats) else Side.DRAFTING).value


def is_of_other_side(plan: Plan, by: User, step: str) -> bool:
    """Say whether a drafted change was begun by the other side, which alone goes on with it."""
    begun = plan.events.filter(action="begin_change").order_by("-number").values_list("data", flat=True).first() or {}
    seats = workflow.steps.seats_that_may(by, workflow.BY_ACTION[step], plan)
    return bool(begun.get("side")) and begun["side"] not in {_side_of(plan, [seat]) for seat in seats}


def why_not_change(plan: Plan, at: datetime) -> str:
    """Return why no change can be asked for or confirmed any more; empty where it can."""
    last = spans.changed_by(plan.year, plan.span)
    if local_day(at) <= last:
        return ""
    return str(_("The last day for changes of this plan was %(day)s.") % {"day": last.isoformat()})


def open_change(plan: Plan) -> Revision | None:
    """Return the change that is drafted, or waits for a decision."""
    rows = plan.revisions.filter(state__in=OPEN_REVISIONS, number__gt=1)
    return rows.first()


def _drafted(plan: Plan, by: User, step: str) -> Revision:
    change = open_change(plan)
    if change is not None and is_of_other_side(plan, by, step):
        raise NotAllowed(_("Only the side that began a change goes on with it."))
    if change is None or change.state != RevisionState.DRAFT:
        raise NotInState(_("There is no change of this plan that is drafted."))
    return change


def _proposed(plan: Plan) -> Revision:
    change = open_change(plan)
    if change is None or change.state != RevisionState.PROPOSED:
        raise NotInState(_("There is no change of this plan that waits for a decision."))
    return change


@once
@action
def edit_change(plan: Plan, /, *, by: User, at: datetime, version: int, content: Content) -> PlanEvent:
    """
    Let the drafted change say this and nothing else.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotAllowed also for the other side
    :raises Invalid: the tables refuse it
    """
    step = workflow.begin(plan, "edit_change", by=by, at=at, version=version)
    change = _drafted(plan, by, "edit_change")
    keep(change, content)
    change.drafted_by, change.drafted_at = by, at
    change.save(update_fields=["drafted_by", "drafted_at"])
    return workflow.finish(step, data={"revision": change.number})


@once
@action
def drop_change(plan: Plan, /, *, by: User, at: datetime, version: int) -> PlanEvent:
    """
    Put a drafted change aside; what was never proposed is not kept.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(plan, "drop_change", by=by, at=at, version=version)
    change = _drafted(plan, by, "drop_change")
    number = change.number
    change.delete()
    return workflow.finish(step, data={"revision": number})


@once
@action
def propose_change(plan: Plan, /, *, by: User, at: datetime, version: int, reason: str) -> PlanEvent:
    """
    Propose the drafted change, with the reason, until the day by which changes are asked for.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotInState also where that day is over
    :raises NotValid: the change breaks rules of content
    :raises Invalid: no reason, or nothing is different
    """
    step = workflow.begin(plan, "propose_change", by=by, at=at, version=version)
    change = _drafted(plan, by, "propose_change")
    if why_not := why_not_change(plan, at):
        raise NotInState(why_not)
    words = checks.text("reason", reason, _("Please give the reason."), at_most=LONGEST_REASON)
    content = check_and_keep(plan, change)
    if plan.revision is not None and content == read(plan.revision):
        raise Invalid(None, _("Nothing is different from what holds now."))
    change.state, change.proposed_by, change.proposed_at, change.reason = RevisionState.PROPOSED, by, at, words
    change.save()
    return workflow.finish(step, text=words, data={"revision": change.number})


@once
@action
def confirm_change(plan: Plan, /, *, by: User, at: datetime, version: int, text: str = "") -> PlanEvent:
    """
    Confirm a change as a second natural person of the office; from today on it holds.

    Not after the last day for changes, whenever it was asked for: what is reported and appraised stands from then on.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotAllowed also for who drafted or proposed
        it, from whatever account (Z-10), NotInState after that day
    :raises NotValid: a rule of content changed meanwhile
    """
    step = workflow.begin(plan, "confirm_change", by=by, at=at, version=version)
    change = _proposed(plan)
    if why_not := why_not_confirm(change, by):
        raise NotAllowed(why_not)
    if why_not := why_not_change(plan, at):
        raise NotInState(why_not)
    content = read(change)
    check(plan, content)
    if plan.revision is not None:
        plan.revision.state = RevisionState.SUPERSEDED
        plan.revision.save(update_fields=["state"])
    settle(plan, change, content, by=by, at=at)
    words = checks.optional_text("text", text, at_most=LONGEST_TEXT)
    return workflow.finish(step, text=words, data={"revision": change.number})


@once
@action
def refuse_change(plan: Plan, /, *, by: User, at: datetime, version: int, reason: str) -> PlanEvent:
    """
    Refuse a change, with the reason; the plan stays as it is.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotAllowed also for who proposed it
    :raises Invalid: no reason
    """
    step = workflow.begin(plan, "refuse_change", by=by, at=at, version=version)
    change = _proposed(plan)
    if why_not := why_not_confirm(change, by):
        raise NotAllowed(why_not)
    words = checks.text("reason", reason, _("Please give the reason."), at_most=LONGEST_REASON)
    change.state, change.confirmed_by, change.confirmed_at = RevisionState.REFUSED, by, at
    change.save()
    return workflow.finish(step, text=words, data={"revision": change.number})


def close_change(plan: Plan, at: datetime) -> dict[str, Any] | None:
    """
    Let no change be under way any more when the portal ends a plan, in the caller's transaction; return what it was.

    What was never proposed is not kept. What was proposed is refused, by nobody: its time is over.
    """
    change = open_change(plan)
    if change is None:
        return None
    number = change.number
    if change.state == RevisionState.DRAFT:
        change.delete()
        return {"revision": number}
    change.state, change.confirmed_at = RevisionState.REFUSED, at
    change.save(update_fields=["state", "confirmed_at"])
    return {"revision": number, "refused": True}


def why_not_confirm(change: Revision, by: User) -> str:
    """Return why this person cannot decide on a change as the second one; empty where they can."""
    if proposing.is_among(by, proposing.of_change(change)):
        return str(_("Whoever drafted or proposed a change does not decide on it."))
    return ""
