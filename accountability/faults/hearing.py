"""Findings are told, and whom they are about is heard: five working days, in writing, at a hearing or not at all."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accountability.faults import deadlines, inquiry, judging, messages, papers, telling, workflow
from accountability.faults.deadlines import DEFENCE
from accountability.faults.enums import Result, State, StatementKind
from accountability.faults.files import files
from accountability.faults.refusals import Invalid, NotInState
from accountability.faults.workflow import Step, action, once
from accountability.models import Evidence, FaultCase, FaultEvent, Respondent, Statement
from efficiency import checks
from efficiency.access.models import User
from efficiency.deadlines import actions as engine
from efficiency.files.clean import CleanFile

LONGEST = 20_000
# What somebody can say; that nothing was said is found by the clock.
SAID = (StatementKind.WRITTEN, StatementKind.HEARING, StatementKind.WAIVER)


@once
@action
def announce(
    case: FaultCase,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    findings: str,
    severity: str,
    circumstances: Collection[str],
    parts: Mapping[str, Mapping[str, Any]],
) -> FaultEvent:
    """
    Tell each respondent the findings and the intended decision; they have five working days for a statement.

    Told again, what was told before no longer holds. A heavier intention is heard again, and takes evidence that was
    added since: what somebody said in defence never makes it worse (docs/domain.md 10.5).

    :raises Invalid: something is missing or against the rules, it is heavier without new evidence, or the findings tell
        who complained
    :raises NotInState: fewer than two inquire, or somebody was not told of the opening
    :raises Absent, NotAllowed, Changed: as ``workflow.begin``
    """
    step = workflow.begin(case, "announce", by=by, at=at, version=version)
    if why := why_not_announced(case):
        raise NotInState(why)
    if workflow.waiting(case) is not None:
        raise NotInState(_("Something in this case waits for a second person already."))
    words = checks.text("findings", findings, _("Please write down what was found."), at_most=LONGEST)
    telling.check(case, "findings", words)
    judged = judging.check(
        case, result=Result.ACCOUNTABLE, severity_=severity, circumstances=circumstances, parts=parts
    )
    respondents = list(case.respondents.order_by("pk"))
    for respondent in respondents:
        entry = judged.parts[str(respondent.pk)]
        _check_not_heavier_for_nothing(respondent, entry, severity)
        if respondent.informed_at is not None:
            papers.revoke_intention(respondent, at)
        respondent.informed_at = at
        respondent.intended = {**entry, "severity": severity, "findings": words}
        respondent.save(update_fields=["informed_at", "intended"])
        engine.cancel(respondent, [DEFENCE], at=at)
        respondent.case = case
        deadlines.open_for(respondent, DEFENCE, at=at)
    event = workflow.finish(step, text=words, data=judged.as_values())
    for respondent in respondents:
        messages.tell_respondent(respondent, f"fault-event:{event.pk}:{respondent.pk}", at=at)
    return event


def _check_not_heavier_for_nothing(respondent: Respondent, entry: Mapping[str, Any], severity: str) -> None:
    """Refuse an intention that is heavier than the one told before, where nothing was found out since."""
    told_at, before = respondent.informed_at, respondent.intended
    if told_at is None or not before:
        return
    is_heavier = judging.is_heavier(entry["measures"], before["measures"]) or judging.lasts_longer(entry, before)
    is_heavier = is_heavier or judging.is_graver(severity, before["severity"])
    if is_heavier and not Evidence.objects.filter(case=respondent.case_id, at__gt=told_at).exists():
        raise Invalid("parts", _("A defence never makes it worse: what is heavier takes evidence added since."))


def why_not_announced(case: FaultCase) -> str:
    """Return why the findings cannot be told yet; empty where they can."""
    if why := inquiry.why_too_few(case):
        return why
    if case.respondents.filter(notified_at__isnull=True).exists():
        return str(_("Please tell the respondents of the opening first."))
    if not case.evidence.exists():
        return str(_("There is no evidence yet."))
    return ""


@once
@action
def state(
    respondent: Respondent,
    /,
    *,
    by: User,
    at: datetime,
    kind: str,
    text: str = "",
    attachments: Sequence[CleanFile] = (),
) -> FaultEvent:
    """
    Make a statement, ask for a hearing in it, or waive it: by whom the case is about, on their own page.

    :raises Invalid: there are no words
    :raises Absent: it is not ``by`` whom the case is about
    :raises NotInState: nobody is heard at the moment, or the time is over
    """
    step = workflow.begin_for_respondent(respondent, "state", by=by, at=at)
    if kind == StatementKind.HEARING:
        raise Invalid("kind", _("The record of a hearing is entered by those who inquire."))
    return _heard(step, respondent, kind, text, timezone.localdate(at), attachments, must_be_in_time=True)


@once
@action
def enter_statement(
    case: FaultCase,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    respondent: Respondent,
    kind: str,
    made_on: date,
    text: str = "",
    attachments: Sequence[CleanFile] = (),
) -> FaultEvent:
    """
    Enter what came on paper, was said at a hearing, or that somebody waived it; what counts is the day it was made.

    :raises Invalid: there are no words, or the day does not fit
    :raises NotInState: the time was over on that day
    :raises Absent, NotAllowed, Changed: as ``workflow.begin``
    """
    step = workflow.begin(case, "enter_statement", by=by, at=at, version=version)
    if respondent.case_id != case.pk:
        raise Invalid("respondent", _("They do not stand in this case."))
    respondent.case = case
    told_on = timezone.localdate(respondent.informed_at) if respondent.informed_at else None
    if told_on is None or not told_on <= made_on <= timezone.localdate(at):
        raise Invalid("made_on", _("This day does not fit."))
    return _heard(step, respondent, kind, text, made_on, attachments, must_be_in_time=False)


def _heard(
    step: Step,
    respondent: Respondent,
    kind: str,
    text: str,
    made_on: date,
    attachments: Sequence[CleanFile],
    *,
    must_be_in_time: bool,
) -> FaultEvent:
    case, at = step.subject, step.at
    said = checks.choice("kind", kind, StatementKind, _("Please choose how the statement is made."))
    if said not in SAID:
        raise Invalid("kind", _("That nothing was said is found by the clock, when the time is over."))
    words = checks.optional_text("text", text, at_most=LONGEST)
    if said is not StatementKind.WAIVER and not words:
        raise Invalid("text", _("Please write the statement."))
    time = deadlines.last(respondent, DEFENCE)
    is_over = time is None or made_on > timezone.localdate(time.due_at)
    if must_be_in_time and time is not None:
        is_over = is_over or not time.is_running or at >= time.overdue_at
    if is_over or has_spoken(respondent):
        raise NotInState(_("The time for a statement is over, or it was made already."))
    row = Statement.objects.create(
        respondent=respondent, kind=said, text=words, made_on=made_on, entered_by=step.by, at=at
    )
    files.attach(case, attachments, at=at, statement=row)
    engine.meet(respondent, DEFENCE, at=at)
    to = State.DECIDING if case.state == State.DEFENCE and not _is_somebody_to_hear(case) else None
    return workflow.finish(step, data={"respondent": respondent.pk, "kind": said.value}, to=to)


def has_spoken(respondent: Respondent) -> bool:
    """Say whether a respondent has said something to what was told last, or waived it."""
    said = respondent.statements.exclude(kind=StatementKind.SILENT)
    return respondent.informed_at is not None and said.filter(at__gte=respondent.informed_at).exists()


def may_be_entered(respondent: Respondent) -> bool:
    """Say whether a statement may be entered: it may have been made in time, whenever it is entered."""
    return respondent.informed_at is not None and not has_spoken(respondent)


def _is_somebody_to_hear(case: FaultCase) -> bool:
    return any(deadlines.running(each, DEFENCE) is not None for each in case.respondents.all())


def lapse_defences(*, at: datetime) -> int:
    """
    Let cases go on in which the time for statements is over; return how many. Safe to run twice, and two at once.

    Of whoever said nothing that is put down.
    """
    waiting = FaultCase.objects.filter(state=State.DEFENCE).order_by("pk")
    return workflow.each(waiting, _lapse_defence, at=at)


@action
def _lapse_defence(case: FaultCase, /, *, at: datetime) -> bool:
    workflow.lock(case)
    if case.state != State.DEFENCE:
        return False
    open_: list[Respondent] = []
    for respondent in case.respondents.order_by("pk"):
        time = deadlines.last(respondent, DEFENCE)
        if time is not None and time.is_running and not deadlines.has_lapsed(time, at):
            return False
        if deadlines.has_lapsed(time, at):
            open_.append(respondent)
    step = workflow.begin_for_system(case, "lapse_defence", at=at)
    if step is None:
        return False
    for respondent in open_:
        Statement.objects.create(
            respondent=respondent, kind=StatementKind.SILENT, made_on=timezone.localdate(at), at=at
        )
        engine.cancel(respondent, [DEFENCE], at=at)
    workflow.finish(step, data={"silent": [each.pk for each in open_]})
    return True
