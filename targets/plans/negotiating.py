"""
From the draft to the approval: put, talked about, agreed, approved by a second person (docs/domain.md 8.1).

Where the time to agree is over the head of the office may set what was put, so that no plan lies for ever.
"""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from efficiency import checks
from efficiency.access.models import User
from efficiency.files.clean import CleanFile
from targets.models import Plan, PlanEvent, Revision
from targets.plans import deadlines, letter, proposing, workflow
from targets.plans.carrying import now_above
from targets.plans.comparing import measure_label, names_of
from targets.plans.content import Content, indicators_of, read, write
from targets.plans.drafting import first_revision
from targets.plans.enums import RevisionState
from targets.plans.files import files
from targets.plans.refusals import NotAllowed, NotInState, NotValid
from targets.plans.validating import around, problems
from targets.plans.workflow import action, once

LONGEST_TEXT, LONGEST_REASON = 5000, 1000


@once
@action
def put(plan: Plan, /, *, by: User, at: datetime, version: int, text: str = "") -> PlanEvent:
    """
    Put a whole draft to those who have to reach it; from now on it does not change under their eyes.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    :raises NotValid: the draft breaks rules of content
    """
    step = workflow.begin(plan, "put", by=by, at=at, version=version)
    revision = first_revision(plan)
    check_and_keep(plan, revision)
    revision.state, revision.proposed_by, revision.proposed_at = RevisionState.PROPOSED, by, at
    revision.save()
    plan.put_by, plan.put_at = by, at
    return workflow.finish(step, text=checks.optional_text("text", text, at_most=LONGEST_TEXT))


def check(plan: Plan, content: Content) -> None:
    """
    Refuse what is not whole; what it carries is looked up by key in what holds above now.

    :raises NotValid: with all that is wrong
    """
    if found := problems(now_above(plan, content), around(plan)):
        raise NotValid(found)


def check_and_keep(plan: Plan, draft: Revision) -> Content:
    """
    Refuse a draft that is not whole, let it carry what holds above now, and return what it says.

    :raises NotValid: with all that is wrong
    """
    typed = read(draft)
    content = now_above(plan, typed)
    check(plan, content)
    if content != typed:
        write(draft, content)
    return content


@once
@action
def comment(
    plan: Plan, /, *, by: User, at: datetime, version: int, text: str, attachments: Sequence[CleanFile] = ()
) -> PlanEvent:
    """
    Write a remark on what was put; both sides read it, and it stays.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    :raises Invalid: nothing was said
    """
    step = workflow.begin(plan, "comment", by=by, at=at, version=version)
    return _said(step, text, attachments)


def _said(step: workflow.Step, text: str, attachments: Sequence[CleanFile]) -> PlanEvent:
    """Finish a step that consists of words, and of files that support them."""
    words = checks.text("text", text, _("Please write your remark."), at_most=LONGEST_TEXT)
    event = workflow.finish(step, text=words)
    if attachments:
        files.attach(step.subject, attachments, at=step.at, event=event)
    return event


@once
@action
def counter(
    plan: Plan, /, *, by: User, at: datetime, version: int, text: str, attachments: Sequence[CleanFile] = ()
) -> PlanEvent:
    """
    Propose something else than what was put, for those who have to reach it: once, until it is put anew.

    It keeps the promise to agree; whoever put the plan owes an answer (ours).

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotInState also where one was made already
    :raises Invalid: nothing was said
    """
    step = workflow.begin(plan, "counter", by=by, at=at, version=version)
    if plan.countered_at is not None:
        raise NotInState(_("There was a counter-proposal to this plan already."))
    plan.countered_at = at
    return _said(step, text, attachments)


@once
@action
def answer(
    plan: Plan, /, *, by: User, at: datetime, version: int, text: str, attachments: Sequence[CleanFile] = ()
) -> PlanEvent:
    """
    Answer a counter-proposal where the plan stays as it was put; those who have to reach it have a time anew to agree.

    Whoever follows the counter-proposal takes the plan back, changes it and puts it anew.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotInState also where none waits
    :raises Invalid: nothing was said
    """
    step = workflow.begin(plan, "answer", by=by, at=at, version=version)
    if not plan.waits_for_answer:
        raise NotInState(_("There is no counter-proposal that waits for an answer."))
    plan.answered_at = at
    return _said(step, text, attachments)


@once
@action
def take_back(plan: Plan, /, *, by: User, at: datetime, version: int, reason: str) -> PlanEvent:
    """
    Take back what was put or agreed, to change it; it is put and agreed anew.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    :raises Invalid: no reason
    """
    step = workflow.begin(plan, "take_back", by=by, at=at, version=version)
    revision = first_revision(plan)
    revision.state, revision.proposed_by, revision.proposed_at = RevisionState.DRAFT, None, None
    revision.save()
    plan.put_by = plan.put_at = plan.agreed_by = plan.agreed_at = plan.countered_at = plan.answered_at = None
    return workflow.finish(step, text=_reason(reason))


@once
@action
def agree(plan: Plan, /, *, by: User, at: datetime, version: int, text: str = "") -> PlanEvent:
    """
    Agree to the plan as it was put, for those who have to reach it.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(plan, "agree", by=by, at=at, version=version)
    plan.agreed_by, plan.agreed_at = by, at
    return workflow.finish(step, text=checks.optional_text("text", text, at_most=LONGEST_TEXT))


@once
@action
def withdraw(plan: Plan, /, *, by: User, at: datetime, version: int, reason: str) -> PlanEvent:
    """
    Withdraw a plan before it is approved; another may be drafted for the same time.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    :raises Invalid: no reason
    """
    step = workflow.begin(plan, "withdraw", by=by, at=at, version=version)
    return workflow.finish(step, text=_reason(reason))


@once
@action
def approve(plan: Plan, /, *, by: User, at: datetime, version: int, text: str = "") -> PlanEvent:
    """
    Approve what was agreed, as a second natural person of the office; the target letter is made of it, to be signed.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotAllowed also for who drafted, put or
        agreed to it, from whatever account (Z-10)
    :raises NotValid: a rule of content changed meanwhile
    """
    step = workflow.begin(plan, "approve", by=by, at=at, version=version)
    _approve(plan, by, at)
    return workflow.finish(step, text=checks.optional_text("text", text, at_most=LONGEST_TEXT))


def _approve(plan: Plan, by: User, at: datetime) -> None:
    if why_not := why_not_approve(plan, by):
        raise NotAllowed(why_not)
    revision = first_revision(plan)
    content = read(revision)
    check(plan, content)
    settle(plan, revision, content, by=by, at=at)
    plan.approved_by, plan.approved_at = by, at


@once
@action
def impose(plan: Plan, /, *, by: User, at: datetime, version: int, reason: str) -> PlanEvent:
    """
    Set a plan without agreement, as the head of the office, once the time to agree is over; the organ reads the reason.

    The head is the second natural person like whoever approves. The letter is made of it, and signed, as of any other.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotAllowed also for who drafted or put it,
        from whatever account (Z-10), NotInState also where there is time to agree, or a counter-proposal not answered
    :raises NotValid: a rule of content changed meanwhile
    :raises Invalid: no reason
    """
    step = workflow.begin(plan, "impose", by=by, at=at, version=version)
    words = _reason(reason)
    if why_not := too_early_to_impose(plan, at):
        raise NotInState(why_not)
    _approve(plan, by, at)
    plan.imposed_at = at
    return workflow.finish(step, text=words)


def too_early_to_impose(plan: Plan, at: datetime) -> str:
    """Return why a plan that was put cannot be set without agreement yet; empty where it can."""
    if plan.waits_for_answer:
        return str(_("The counter-proposal has to be answered first."))
    promise = deadlines.time_to_agree(plan)
    if promise is None or promise.overdue_at > at:
        return str(_("Those who have to reach the plan still have time to agree."))
    return ""


def why_not_approve(plan: Plan, by: User) -> str:
    """Return why this person cannot approve the plan as the second one; empty where they can."""
    if proposing.is_among(by, proposing.of_plan(plan)):
        return str(_("Whoever drafted, put or agreed to a plan does not approve it."))
    return ""


def settle(plan: Plan, revision: Revision, content: Content, *, by: User, at: datetime) -> None:
    """Let a revision hold from now on, or from the first day of the plan, with the text of its letter."""
    _carried, posts = names_of([content])
    with translation.override(settings.LANGUAGE_CODE):
        measures = {each.measure: measure_label(each.measure) for each in indicators_of(content) if each.measure}
    post = plan.post.name if plan.post is not None else ""
    revision.text = letter.text_of(plan, content, post=post, posts=posts, measures=measures)
    revision.text_sha256 = letter.sha256_of(revision.text)
    revision.state, revision.confirmed_by, revision.confirmed_at = RevisionState.APPROVED, by, at
    first = plan.bounds[0]
    revision.in_force_from = first if revision.number == 1 else max(first, letter.day_of(at))
    revision.save()
    plan.revision = revision


def _reason(reason: str) -> str:
    return checks.text("reason", reason, _("Please give the reason."), at_most=LONGEST_REASON)
