"""Changes of a plan in force: drafted, proposed with a reason, confirmed by a second person (docs/domain.md 8.1)."""

from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from efficiency import checks
from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from efficiency.timing.due import local_day
from targets.models import Indicator, Plan, PlanEvent, Revision
from targets.plans import spans, workflow
from targets.plans.content import Content, indicators_of, read, write
from targets.plans.drafting import keep
from targets.plans.enums import OPEN_REVISIONS, RevisionState
from targets.plans.negotiating import LONGEST_REASON, LONGEST_TEXT, check, settle
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
    write(revision, _now_above(plan, read(plan.revision)))
    return workflow.finish(step, data={"revision": revision.number})


def _now_above(plan: Plan, content: Content) -> Content:
    """Return content that carries what stands in the plan above now: the same key, in the revision that holds there."""
    carried = {each.carries for each in indicators_of(content) if each.carries is not None}
    if not carried:
        return content
    keys = dict(Indicator.objects.filter(pk__in=carried).values_list("pk", "key"))
    above = Indicator.objects.filter(revision__holds_for=plan.parent_id)
    now = dict(above.values_list("key", "pk"))
    return tuple(
        replace(
            block,
            indicators=tuple(
                replace(each, carries=now.get(keys.get(each.carries, "")) if each.carries is not None else None)
                for each in block.indicators
            ),
        )
        for block in content
    )


def why_not_change(plan: Plan, at: datetime) -> str:
    """Return why no change can be asked for or confirmed any more; empty where it can."""
    last = spans.changed_by(plan.year, plan.span)
    if local_day(at) <= last:
        return ""
    return str(_("The last day for changes of this plan was %(day)s.") % {"day": last.isoformat()})


def open_change(plan: Plan) -> Revision | None:
    """Return the change that is drafted, or waits for a decision."""
    rows = plan.revisions.filter(state__in=OPEN_REVISIONS, number__gt=1)
    return rows.select_related("drafted_by", "proposed_by").first()


def _drafted(plan: Plan) -> Revision:
    change = open_change(plan)
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

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    :raises Invalid: the tables refuse it
    """
    step = workflow.begin(plan, "edit_change", by=by, at=at, version=version)
    change = _drafted(plan)
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
    change = _drafted(plan)
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
    change = _drafted(plan)
    if why_not := why_not_change(plan, at):
        raise NotInState(why_not)
    words = checks.text("reason", reason, _("Please give the reason."), at_most=LONGEST_REASON)
    content = read(change)
    check(plan, content)
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


def why_not_confirm(change: Revision, by: User) -> str:
    """Return why this person cannot decide on a change as the second one; empty where they can."""
    if any(is_same_person(by, person) for person in (change.drafted_by, change.proposed_by) if person is not None):
        return str(_("Whoever drafted or proposed a change does not decide on it."))
    return ""
