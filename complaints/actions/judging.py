"""What the citizen says of the handling: evaluation 评价, "it is late", the call 回访 after it (docs/domain.md 4.8)."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from complaints import deadlines, doubts, holds, obstacles, together, workflow
from complaints.actions import holding, merging, recusal
from complaints.actions.acting import action, once
from complaints.actions.summarising import withhold_if_given_away
from complaints.enums import FollowUpCause, Grade, State
from complaints.models import IN_WORK, Case, CaseEvent, Evaluation, Reply, ReplyState
from complaints.refusals import Invalid, NotInState, TooEarly, TooLate
from efficiency import checks
from efficiency.access.models import User
from efficiency.deadlines import levels
from efficiency.deadlines.models import Deadline, DeadlineState
from efficiency.timing.due import local_day


@action
@once
def evaluate(
    case: Case,
    /,
    *,
    at: datetime,
    grade: int,
    contacted_in_time: bool | None = None,
    solved: bool | None = None,
    text: str = "",
) -> CaseEvent:
    """
    Record the citizen's judgement of the newest reply, once. A negative one of a named case calls for a follow-up.

    No evaluation is none: it is never counted as satisfied (docs/domain.md 13 no. 5).

    :raises Invalid: the grade is none of the five, or the text is too long
    :raises NotInState: there is no reply yet, or this one was evaluated already
    :raises TooLate: the time for it is over
    """
    together.lock(case)
    step = workflow.begin_for_citizen(case, "evaluate", at=at)
    reply = obstacles.reply_sent(case)
    if reply is None:
        raise NotInState(_("There is no reply to evaluate yet."))
    promise = deadlines.running(case, deadlines.EVALUATE)
    # The sweep may not have seen yet that the time is over.
    if promise is None or at >= promise.overdue_at:
        raise TooLate(_("The time for evaluating this reply is over."))
    given = checks.choice("grade", grade, Grade, _("Please choose one of the five grades."))
    evaluation = Evaluation.objects.create(
        case=case,
        reply=reply,
        grade=given,
        contacted_in_time=contacted_in_time,
        solved=solved,
        text=checks.optional_text("text", text, at_most=2000),
        at=at,
    )
    if case.state in workflow.OPEN:  # at rest the file goes to nobody
        holds.hold_if_added_text_names(case, evaluation.text, local_day(at))
    # Whoever is named in the office reads it wherever the case stands, and would be asked to call its writer.
    recusal.keep_named_out(case, evaluation.text, at=at)
    withhold_if_given_away(case, evaluation.text)
    if solved is False:
        case.flags = sorted({*case.flags, doubts.UNSOLVED})
    return workflow.finish(step, data={"evaluation": evaluation.pk, "grade": given.value})


@action
def record_follow_up(case: Case, /, *, by: User, at: datetime, version: int, text: str, cause: str) -> CaseEvent:
    """
    Record the call after a negative evaluation, or to a case that was drawn (``doubts.is_drawn``).

    A subjective cause calls for rework, an objective one is explained: the evaluation then stays in the public base
    and leaves that of the appraisal. That there is no dissatisfaction can be found where no evaluation was negative.

    :raises Invalid: no record, or no cause
    :raises NotInState: no follow-up is due
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "record_follow_up", by=by, at=at, version=version)
    record = checks.text("text", text, _("Please write down what the complainant said and what was explained."))
    found = checks.choice("cause", cause, FollowUpCause, _("Please choose the cause of the dissatisfaction."))
    evaluation = case.evaluations.order_by("-at", "-id").first()
    if found is FollowUpCause.NONE and evaluation is not None and evaluation.is_negative:
        raise Invalid("cause", _("The evaluation was negative; please choose the cause of the dissatisfaction."))
    return workflow.finish(
        step, internal_text=record, data={"cause": found.value, "evaluation": evaluation.pk if evaluation else None}
    )


@action
def urge(case: Case, /, *, at: datetime) -> CaseEvent:
    """
    Let the citizen start the escalation of a broken promise at once, instead of waiting for the next sweep.

    Possible from the second on in which the promise is broken. The sweep finds nothing left to do afterwards, nor
    does this find anything after the sweep: each level is passed once. Said again for the same promise, it gives the
    event of the first time.

    :raises NotInState: nothing that was promised to the citizen is open
    :raises TooEarly: the time is not over yet; the message says when it is
    """
    step = workflow.begin_for_citizen(case, "urge", at=at)
    promise = _promised(case, at)
    if promise is None:
        raise NotInState(_("Nothing that was promised to you is open at the moment."))
    if at < promise.overdue_at:
        raise TooEarly(
            _("The promised time is not over yet; it ends on %(day)s at 24:00.")
            % {"day": date_format(timezone.localtime(promise.due_at), "DATE_FORMAT")}
        )
    if said := _urged(case, promise):
        return said
    levels.raise_levels([promise.pk], at=at, are_many=False)
    return workflow.finish(step, data={"deadline": promise.pk})


@action
@once
def withdraw(case: Case, /, *, at: datetime, reason: str = "") -> CaseEvent:
    """
    Let the citizen take the case back before the reply. What was promised ends; what was broken stays broken.

    :raises Invalid: the reason is too long
    :raises NotInState: the reply was sent, or the case has ended
    """
    step = workflow.begin_for_citizen(case, "withdraw", at=at)
    words = checks.optional_text("reason", reason, at_most=1000)
    # The organ that had the case reads it again once the file is put away.
    withhold_if_given_away(case, words)
    holding.release(case, at=at)
    leading = case.leading_id if case.state == State.MERGED else None
    if leading is not None:
        case.leading = None  # the earlier case goes on without it
    Reply.objects.filter(case=case, state__in=IN_WORK).update(state=ReplyState.DROPPED, to_check=False)
    event = workflow.finish(step, public_text=words, data={"leading": leading} if leading else None)
    merging.set_free(case, at=at)
    return event


def urgeable(case: Case, *, at: datetime) -> Deadline | None:
    """Return the broken promise that the citizen may call late at ``at`` and has not yet; None if there is none."""
    promise = _promised(case, at)
    if promise is None or at < promise.overdue_at or _urged(case, promise):
        return None
    return promise


def _promised(case: Case, at: datetime) -> Deadline | None:
    """The promise to the citizen that counts now: a broken one that nobody called late yet, else the first."""
    found = deadlines.running_of(case, workflow.PROMISED_TO_CITIZEN)
    # A clock that stands still cannot be late.
    running = [
        found[kind]
        for kind in workflow.PROMISED_TO_CITIZEN
        if kind in found and found[kind].state == DeadlineState.OPEN
    ]
    late = [promise for promise in running if at >= promise.overdue_at]
    silent = (promise for promise in late if _urged(case, promise) is None)
    return next(silent, None) or next(iter(late or running), None)


def _urged(case: Case, promise: Deadline) -> CaseEvent | None:
    return case.events.filter(action="urge", data__deadline=promise.pk).order_by("number").first()
