"""
Appeals 复核、申诉: to the body that decided within 30 days, then within 15, or at once, to the one above (10.5).

To the body above the office above owes the ruling, where there is one, and its own people rule. Where another body
rules, the portal records its answer. Who had a part in the decision does not rule; the result is never heavier;
execution goes on meanwhile.
"""

from collections.abc import Collection
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accountability.faults import (
    borne,
    consequences,
    deadlines,
    deciding,
    judging,
    messages,
    rulings,
    telling,
    workflow,
)
from accountability.faults.deadlines import ABOVE, APPEAL, APPEAL_RULING, FILE_COPY, SERVE
from accountability.faults.deciding import NO_ANSWER, Answer
from accountability.faults.enums import AppealLevel, AppealResult, ProposalKind, ProposalState
from accountability.faults.refusals import Invalid, NotAllowed, NotInState
from accountability.faults.words import Body, Measure
from accountability.faults.workflow import Step, action, once
from accountability.models import Appeal, FaultCase, FaultEvent, Respondent
from efficiency import checks
from efficiency.access.may import ACTING, seats_for
from efficiency.access.models import User
from efficiency.access.scope import Seat, scope_of
from efficiency.deadlines import actions as engine
from efficiency.deadlines.models import Deadline, DeadlineState
from efficiency.organs import offices
from efficiency.organs.models import Organ
from efficiency.timing.due import Limit, Unit
from efficiency.timing.zone import start_of

LONGEST = 20_000
WITHOUT_MORE = frozenset({AppealResult.UPHELD, AppealResult.REVOKED})


@once
@action
def appeal(
    respondent: Respondent, /, *, by: User, at: datetime, reasons: str, level: str = AppealLevel.SAME
) -> FaultEvent:
    """
    Appeal: by whom the decision is about, on their own page. Execution goes on.

    :raises Invalid: there are no reasons
    :raises Absent: it is not ``by`` whom the case is about
    :raises NotInState: nothing was served, one runs already, or the time is over
    """
    step = workflow.begin_for_respondent(respondent, "appeal", by=by, at=at)
    return _file(step, respondent, reasons, level, at)


@once
@action
def enter_appeal(
    case: FaultCase,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    respondent: Respondent,
    received_on: date,
    reasons: str,
    level: str = AppealLevel.SAME,
) -> FaultEvent:
    """
    Enter an appeal that came on paper; what counts is the day on which it was received.

    :raises Invalid: there are no reasons, or the day does not fit
    :raises NotInState: as ``appeal``
    :raises Absent, NotAllowed, Changed: as ``workflow.begin``
    """
    step = workflow.begin(case, "enter_appeal", by=by, at=at, version=version)
    if respondent.case_id != case.pk:
        raise Invalid("respondent", _("They do not stand in this case."))
    respondent.case = case
    today = timezone.localdate(at)
    if respondent.served_at is None or not timezone.localdate(respondent.served_at) <= received_on <= today:
        raise Invalid("received_on", _("This day does not fit."))
    return _file(step, respondent, reasons, level, at if received_on == today else start_of(received_on))


def _file(step: Step, respondent: Respondent, reasons: str, asked: str, received_at: datetime) -> FaultEvent:
    case = step.subject
    words = checks.text("reasons", reasons, _("Please say what is wrong with the decision."), at_most=LONGEST)
    if why := why_no_appeal(respondent, received_at):
        raise NotInState(why)
    level = checks.choice("level", asked or AppealLevel.SAME, AppealLevel, _("Please choose to whom the appeal goes."))
    time = _time(respondent)
    # After a ruling of the body that decided only the one above is left.
    if time is not None and time.variant == ABOVE:
        level = AppealLevel.ABOVE
    office = office_for(case, level)
    if step.by is None:
        raise NotAllowed(_("You may not take this step."))
    row = Appeal.objects.create(
        respondent=respondent, level=level, office=office, reasons=words, filed_at=received_at, entered_by=step.by
    )
    engine.meet(respondent, APPEAL, at=received_at)
    variant = ABOVE if level is AppealLevel.ABOVE else ""
    engine.open(respondent, APPEAL_RULING, at=received_at, organ=office, variant=variant)
    return workflow.finish(step, data={"respondent": respondent.pk, "appeal": row.pk}, to=deciding.rests_in(case))


def office_for(case: FaultCase, level: AppealLevel) -> Organ:
    """Return the office that owes a ruling: the one in charge, or to the body above the one above, if there is one."""
    if level is AppealLevel.ABOVE:
        return next(iter(offices.offices_above(case.office)), case.office)
    return case.office


def is_answered_elsewhere(appeal: Appeal) -> bool:
    """
    Say whether a body outside the portal rules, so that its answer is recorded.

    So it is where another body than the office decided, and where no office stands above the one in charge.
    """
    case = appeal.respondent.case
    decided = deciding.decision_of(case)
    is_of_office = decided is None or decided.body == Body.EFFICIENCY_OFFICE
    return not is_of_office or (appeal.level == AppealLevel.ABOVE and appeal.office_id == case.office_id)


def why_not_ruling(appeal: Appeal, by: User) -> str:
    """Return why somebody does not rule on an appeal; empty where they may."""
    case = appeal.respondent.case
    if workflow.had_part(case, by) or _ruled_before(appeal, by):
        return str(_("Whoever had a part in the decision does not rule on the appeal."))
    # Who reaches the case from an office above is not the body that decided, nor the other way round (10.5, 10.6).
    if not _seats_in(appeal, by):
        is_above = appeal.office_id != case.office_id
        own = _("The office that decided rules on this appeal, by its own people.")
        return str(_("The office above rules on this appeal, by its own people.") if is_above else own)
    return ""


def _seats_in(appeal: Appeal, by: User) -> list[Seat]:
    seats = seats_for(by, workflow.RULE, appeal.respondent.case)
    return [seat for seat, cell in seats if cell in ACTING and seat.organ_id == appeal.office_id]


def _only_for_rulers(step: Step, appeal: Appeal, by: User) -> None:
    """Refuse whoever does not rule, and let the step be one of the office that does."""
    if why := why_not_ruling(appeal, by):
        raise NotAllowed(why)
    step.seat = next(iter(_seats_in(appeal, by)), step.seat)


def why_no_appeal(respondent: Respondent, at: datetime) -> str:
    """Return why somebody cannot appeal at a moment; empty where they can."""
    time = _time(respondent)
    if respondent.served_at is None:
        return str(_("No decision was served yet."))
    if open_appeal(respondent) is not None:
        return str(_("An appeal is being looked at already."))
    if time is None or time.state not in (DeadlineState.OPEN, DeadlineState.LAPSED) or at >= time.overdue_at:
        return str(_("The time for an appeal is over."))
    return ""


def _time(respondent: Respondent) -> Deadline | None:
    return deadlines.last(respondent, APPEAL)


def open_appeal(respondent: Respondent) -> Appeal | None:
    """Return the appeal of a respondent that waits for its ruling."""
    return respondent.appeals.filter(ruled_at__isnull=True).first()


def open_appeals(case: FaultCase) -> list[Appeal]:
    """Return the appeals that wait for a ruling, the oldest first."""
    rows = Appeal.objects.filter(respondent__case=case, ruled_at__isnull=True)
    found = list(rows.select_related("respondent__person", "respondent__organ", "respondent__post").order_by("pk"))
    for each in found:
        each.respondent.case = case
    return found


@once
@action
def propose_ruling(
    case: FaultCase,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    appeal: Appeal,
    result: str,
    text: str,
    measures: Collection[str] = (),
    answer: Answer = NO_ANSWER,
) -> FaultEvent:
    """
    Propose a ruling; it takes effect when a second person without a part in the decision confirms.

    ``answer`` is what a body outside the portal ruled, where it does (``is_answered_elsewhere``).

    :raises Invalid: there are no reasons, it is heavier than the decision or no lighter, or the answer is missing
    :raises NotAllowed: ``by`` had a part in the decision, or is not of the office that rules
    :raises NotInState: the appeal was ruled on, or something waits
    :raises Absent, Changed: as ``workflow.begin``
    """
    step = workflow.begin(case, "propose_ruling", by=by, at=at, version=version)
    found = Appeal.objects.select_related("respondent").filter(pk=appeal.pk, respondent__case=case).first()
    if found is None or found.ruled_at is not None:
        raise NotInState(_("This appeal was ruled on already."))
    found.respondent.case = case
    _only_for_rulers(step, found, by)
    what = checks.choice("result", result, AppealResult, _("Please choose the result."))
    words = checks.text("text", text, _("Please give the reasons of the ruling."), at_most=LONGEST)
    telling.check(case, "text", words)
    old = found.respondent.measures
    new = [str(checks.choice("measures", each, Measure, _("There is no such measure."))) for each in measures]
    theirs = rulings.measures_elsewhere(found.respondent)
    if what is AppealResult.LIGHTER and new:
        # That body alone takes back what it imposed: it is borne beside what is ruled here.
        new = list(dict.fromkeys([*new, *theirs]))
    if what in WITHOUT_MORE:
        new = list(old) if what is AppealResult.UPHELD else []
    elif not new or judging.is_heavier(new, old) or sorted(new) == sorted(old):
        raise Invalid("measures", _("A ruling is lighter than the decision, never heavier."))
    if decision := deciding.decision_of(case):
        added = [each for each in new if each not in (*old, *theirs)]
        judging.check_ruled(found.respondent, added, Body(decision.body))
    _keep_answer(found, answer, at)
    values = {"appeal": found.pk, "result": what.value, "measures": sorted(new, key=judging.weight_of)}
    workflow.put_forward(step, ProposalKind.RULE, words, values)
    return workflow.finish(step, data={"appeal": found.pk, "result": what.value})


def _keep_answer(appeal: Appeal, answer: Answer, at: datetime) -> None:
    """Keep what another body ruled; where the office itself rules, nothing."""
    given = answer if is_answered_elsewhere(appeal) else NO_ANSWER
    if is_answered_elsewhere(appeal) and not given.is_whole:
        raise Invalid("answer", _("Please record number, day and words of the answer of this body."))
    if given.on is not None and not timezone.localdate(appeal.filed_at) <= given.on <= timezone.localdate(at):
        raise Invalid("answered_on", _("This day does not fit."))
    appeal.answer_number = checks.optional_text("answer_number", given.number, at_most=80)
    appeal.answered_on = given.on
    appeal.answer = checks.optional_text("answer", given.text, at_most=LONGEST)
    appeal.save(update_fields=["answer_number", "answered_on", "answer"])


def _ruled_before(appeal: Appeal, by: User) -> bool:
    """Say whether somebody ruled on the appeal before, to the same body; the one above is not the same person."""
    accounts = scope_of(by).account_ids
    former = appeal.respondent.appeals.exclude(pk=appeal.pk).exclude(proposal=None).select_related("proposal")
    rulings = [each.proposal for each in former if each.proposal]
    return any({each.proposed_by_id, each.decided_by_id} & accounts for each in rulings)


@once
@action
def confirm_ruling(case: FaultCase, /, *, by: User, at: datetime, version: int) -> FaultEvent:
    """
    Rule on the appeal, as the second person; within five working days it is served (``serve_ruling``).

    :raises NotAllowed: ``by`` proposed it or had a part in the decision
    :raises Absent, Changed, NotInState: as ``workflow.begin``; or nothing waits
    """
    step = workflow.begin(case, "confirm_ruling", by=by, at=at, version=version)
    waiting = workflow.waiting(case, ProposalKind.RULE)
    found = Appeal.objects.select_related("respondent").filter(pk=waiting.values["appeal"]).first() if waiting else None
    if found is not None:
        found.respondent.case = case
        _only_for_rulers(step, found, by)
    proposal = workflow.settle(step, ProposalKind.RULE, ProposalState.CONFIRMED)
    row = Appeal.objects.select_related("respondent__organ", "respondent__person").get(pk=proposal.values["appeal"])
    respondent = row.respondent
    respondent.case = case
    row.result, row.measures, row.text = proposal.values["result"], proposal.values["measures"], proposal.text
    row.proposal, row.ruled_at = proposal, at
    if row.result == AppealResult.UPHELD:
        # What is borne now stays, whatever it was when this was proposed.
        row.measures = list(respondent.measures)
    row.save()
    if row.result == AppealResult.UPHELD:
        respondent.measures = list(row.measures)
    else:
        gone = rulings.measures_gone(respondent) | rulings.not_imposed(respondent)
        kept = [each for each in row.measures if each not in gone]
        # What another body imposed stays, whatever is ruled here: it is still carried out.
        respondent.measures = list(dict.fromkeys([*kept, *rulings.measures_elsewhere(respondent)]))
    respondent.save(update_fields=["measures"])
    engine.meet(respondent, APPEAL_RULING, at=at)
    deadlines.open_for(respondent, SERVE, at=at)
    consequences.of_ruling(row, at)
    is_to_carry_out = borne.promise_execution(respondent, at=at)
    if deadlines.running(respondent, FILE_COPY) is not None:
        borne.promise_copy(respondent, at=at)
    data = {"appeal": row.pk, "result": row.result}
    event = workflow.finish(step, text=row.text, data=data, to=deciding.rests_in(case))
    if is_to_carry_out:
        messages.tell_organ(respondent, f"fault-execution:{event.pk}:{respondent.pk}", at=at)
    return event


def unserved_rulings(case: FaultCase) -> QuerySet[Appeal]:
    """Return the rulings in a case that were not served yet, the oldest first."""
    rows = Appeal.objects.filter(respondent__case=case, ruled_at__isnull=False, served_at__isnull=True)
    return rows.select_related("respondent__organ", "respondent__person", "respondent__post").order_by("pk")


@once
@action
def serve_ruling(
    case: FaultCase, /, *, by: User, at: datetime, version: int, appeal: Appeal, served_on: date, how: str
) -> FaultEvent:
    """
    Record that a ruling was served; from that day on the body above may be asked within 15 days, after one of the same.

    :raises Invalid: the day does not fit, or it is not said how
    :raises NotInState: it was not ruled yet, or served already
    :raises Absent, NotAllowed, Changed: as ``workflow.begin``
    """
    step = workflow.begin(case, "serve_ruling", by=by, at=at, version=version)
    row = unserved_rulings(case).filter(pk=appeal.pk).first()
    if row is None or row.ruled_at is None:
        raise NotInState(_("This ruling was served already."))
    if not timezone.localdate(row.ruled_at) <= served_on <= timezone.localdate(at):
        raise Invalid("served_on", _("This day does not fit."))
    row.served_how = checks.text("how", how, _("Please say how it was served."), at_most=200)
    telling.check(case, "how", row.served_how)
    row.served_at = at if served_on == timezone.localdate(at) else start_of(served_on)
    row.save(update_fields=["served_at", "served_how"])
    respondent = row.respondent
    respondent.case = case
    if not unserved_rulings(case).filter(respondent=respondent).exists():
        engine.meet(respondent, SERVE, at=at)
    if row.level == AppealLevel.SAME and row.result != AppealResult.REVOKED:
        deadlines.open_for(respondent, APPEAL, at=row.served_at, variant=ABOVE)
    if row.result != AppealResult.UPHELD and respondent.filed_on is not None:
        # The file holds a decision that does not stand as it was: a copy of the ruling goes there as well.
        respondent.filed_on = None
        respondent.save(update_fields=["filed_on"])
        deadlines.open_for(respondent, FILE_COPY, at=at)
    consequences.of_service_of_ruling(row, at)
    event = workflow.finish(step, data={"appeal": row.pk, "on": served_on.isoformat()})
    messages.tell_respondent(respondent, f"fault-event:{event.pk}:{respondent.pk}", at=at)
    return event


# --- More time ------------------------------------------------------------------------------------------------------


@action
def ask_ruling_time(
    case: FaultCase, /, *, by: User, at: datetime, version: int, appeal: Appeal, days: int, reason: str
) -> FaultEvent:
    """
    Ask for more time for a ruling of the body above, once, at most 30 days; a second person confirms before the end.

    :raises Invalid: there is no reason
    :raises NotAllowed: ``by`` does not rule on this appeal
    :raises NotInState: it cannot be extended, its last day is over, it was ruled on, or something waits
    :raises Absent, Changed: as ``workflow.begin``
    """
    step = workflow.begin(case, "ask_ruling_time", by=by, at=at, version=version)
    found = _waiting_appeal(case, appeal.pk)
    _only_for_rulers(step, found, by)
    words = checks.text("reason", reason, _("Please say why more time is needed."), at_most=1000)
    promise = deadlines.running(found.respondent, APPEAL_RULING)
    if promise is None:
        raise NotInState(_("No ruling is promised at the moment."))
    engine.check_extension(promise, Limit(days, Unit.DAY), at=at)
    workflow.put_forward(step, ProposalKind.MORE, words, {"appeal": found.pk, "days": days})
    return workflow.finish(step, text=words, data={"appeal": found.pk, "days": days})


@action
def extend_ruling(case: FaultCase, /, *, by: User, at: datetime, version: int) -> FaultEvent:
    """
    Give the time that was asked for, as the second person; it counts on from the old last day.

    :raises NotAllowed: ``by`` asked for it, or does not rule on this appeal
    :raises NotInState: the last day is over, or nothing waits
    :raises Absent, Changed: as ``workflow.begin``
    """
    step = workflow.begin(case, "extend_ruling", by=by, at=at, version=version)
    if (waiting := workflow.waiting(case, ProposalKind.MORE)) is None:
        raise NotInState(_("Nothing waits for a second person."))
    found = _waiting_appeal(case, waiting.values["appeal"])
    _only_for_rulers(step, found, by)
    proposal = workflow.settle(step, ProposalKind.MORE, ProposalState.CONFIRMED)
    limit = Limit(int(proposal.values["days"]), Unit.DAY)
    engine.extend(found.respondent, APPEAL_RULING, at=at, limit=limit, reason=proposal.text, by=by)
    return workflow.finish(step, data={"appeal": found.pk, "days": limit.number})


def _waiting_appeal(case: FaultCase, pk: int) -> Appeal:
    found = Appeal.objects.select_related("respondent").filter(pk=pk, respondent__case=case).first()
    if found is None or found.ruled_at is not None:
        raise NotInState(_("This appeal was ruled on already."))
    found.respondent.case = case
    return found


def lapse_ruling_times(*, at: datetime) -> int:
    """Put aside the wishes that nobody decided before the old end; return how many. Safe to run twice, and at once."""
    waiting = FaultCase.objects.filter(
        proposals__kind=ProposalKind.MORE, proposals__state=ProposalState.WAITING
    ).order_by("pk")
    return workflow.each(waiting, _lapse_ruling_time, at=at)


@action
def _lapse_ruling_time(case: FaultCase, /, *, at: datetime) -> bool:
    workflow.lock(case)
    proposal = workflow.waiting(case, ProposalKind.MORE)
    if proposal is None:
        return False
    found = Appeal.objects.select_related("respondent").get(pk=proposal.values["appeal"])
    promise = deadlines.running(found.respondent, APPEAL_RULING)
    if promise is not None and at < promise.overdue_at:
        return False
    workflow.lapse(case, at=at)
    if step := workflow.begin_for_system(case, "lapse_ruling_time", at=at):
        workflow.finish(step)
    return True


# --- Sent back ------------------------------------------------------------------------------------------------------


@action
def return_proposal(case: FaultCase, /, *, by: User, at: datetime, version: int, remark: str) -> FaultEvent:
    """
    Send back what waits for a second person, with a remark.

    :raises NotAllowed: ``by`` proposed it, or may not confirm it; of an appeal, is not of the office that rules
    :raises Invalid: there is no remark
    :raises Absent, Changed, NotInState: as ``workflow.begin``; or nothing waits
    """
    step = workflow.begin(case, "return_proposal", by=by, at=at, version=version)
    proposal = workflow.waiting(case)
    if proposal is None:
        raise NotInState(_("Nothing waits for a second person."))
    kind = ProposalKind(proposal.kind)
    if not any(cell in ACTING for _seat, cell in seats_for(by, workflow.CONFIRMED_BY[kind], case)):
        raise NotAllowed(_("You may not take this step."))
    if kind in (ProposalKind.RULE, ProposalKind.MORE):
        _only_for_rulers(step, _waiting_appeal(case, proposal.values["appeal"]), by)
    words = checks.text("remark", remark, _("Please say what has to be changed."), at_most=2000)
    workflow.settle(step, kind, ProposalState.RETURNED, words)
    return workflow.finish(step, text=words, data={"proposal": proposal.pk, "kind": kind.value})
