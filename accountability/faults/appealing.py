"""
Appeals 复核、申诉: to the body that decided within 30 days, then to the one above within 15 (docs/domain.md 10.5).

Who had a part in the decision does not rule; the result is never heavier; execution goes on meanwhile.
"""

from collections.abc import Collection
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accountability.faults import consequences, deadlines, deciding, judging, messages, telling, workflow
from accountability.faults.deadlines import ABOVE, APPEAL, APPEAL_RULING, EXECUTE
from accountability.faults.enums import AppealLevel, AppealResult, ProposalKind, ProposalState
from accountability.faults.refusals import Invalid, NotAllowed, NotInState
from accountability.faults.words import Measure
from accountability.faults.workflow import Step, action, once
from accountability.models import Appeal, FaultCase, FaultEvent, Respondent
from efficiency import checks
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.deadlines import actions as engine
from efficiency.deadlines.models import Deadline, DeadlineState
from efficiency.timing.zone import start_of

LONGEST = 20_000
WITHOUT_MORE = frozenset({AppealResult.UPHELD, AppealResult.REVOKED})


@once
@action
def appeal(respondent: Respondent, /, *, by: User, at: datetime, reasons: str) -> FaultEvent:
    """
    Appeal: by whom the decision is about, on their own page. Execution goes on.

    :raises Invalid: there are no reasons
    :raises Absent: it is not ``by`` whom the case is about
    :raises NotInState: nothing was served, one runs already, or the time is over
    """
    step = workflow.begin_for_respondent(respondent, "appeal", by=by, at=at)
    return _file(step, respondent, reasons, at)


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
    return _file(step, respondent, reasons, at if received_on == today else start_of(received_on))


def _file(step: Step, respondent: Respondent, reasons: str, received_at: datetime) -> FaultEvent:
    case = step.case
    words = checks.text("reasons", reasons, _("Please say what is wrong with the decision."), at_most=LONGEST)
    if why := why_no_appeal(respondent, received_at):
        raise NotInState(why)
    time = _time(respondent)
    level = AppealLevel.ABOVE if time is not None and time.variant == ABOVE else AppealLevel.SAME
    if step.by is None:
        raise NotAllowed(_("You may not take this step."))
    row = Appeal.objects.create(
        respondent=respondent, level=level, reasons=words, filed_at=received_at, entered_by=step.by
    )
    engine.meet(respondent, APPEAL, at=received_at)
    variant = ABOVE if level is AppealLevel.ABOVE else ""
    deadlines.open_for(respondent, APPEAL_RULING, at=received_at, variant=variant)
    return workflow.finish(step, data={"respondent": respondent.pk, "appeal": row.pk}, to=deciding.rests_in(case))


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
    return list(rows.select_related("respondent__person", "respondent__organ", "respondent__post").order_by("pk"))


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
) -> FaultEvent:
    """
    Propose a ruling; it takes effect when a second person without a part in the decision confirms.

    :raises Invalid: there are no reasons, or it is heavier than the decision or no lighter
    :raises NotAllowed: ``by`` had a part in the decision
    :raises NotInState: the appeal was ruled on, or something waits
    :raises Absent, Changed: as ``workflow.begin``
    """
    step = workflow.begin(case, "propose_ruling", by=by, at=at, version=version)
    found = Appeal.objects.select_related("respondent").filter(pk=appeal.pk, respondent__case=case).first()
    if found is None or found.ruled_at is not None:
        raise NotInState(_("This appeal was ruled on already."))
    if workflow.had_part(case, by) or _ruled_before(found, by):
        raise NotAllowed(_("Whoever had a part in the decision does not rule on the appeal."))
    what = checks.choice("result", result, AppealResult, _("Please choose the result."))
    words = checks.text("text", text, _("Please give the reasons of the ruling."), at_most=LONGEST)
    telling.check(case, "text", words)
    old = found.respondent.measures
    new = [str(checks.choice("measures", each, Measure, _("There is no such measure."))) for each in measures]
    if what in WITHOUT_MORE:
        new = list(old) if what is AppealResult.UPHELD else []
    elif not new or judging.is_heavier(new, old) or sorted(new) == sorted(old):
        raise Invalid("measures", _("A ruling is lighter than the decision, never heavier."))
    values = {"appeal": found.pk, "result": what.value, "measures": sorted(new, key=judging.weight_of)}
    workflow.put_forward(step, ProposalKind.RULE, words, values)
    return workflow.finish(step, data={"appeal": found.pk, "result": what.value})


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
    Rule on the appeal, as the second person; after one of the same body the one above may be asked within 15 days.

    :raises NotAllowed: ``by`` proposed it or had a part in the decision
    :raises Absent, Changed, NotInState: as ``workflow.begin``; or nothing waits
    """
    step = workflow.begin(case, "confirm_ruling", by=by, at=at, version=version)
    waiting = workflow.waiting(case, ProposalKind.RULE)
    found = Appeal.objects.select_related("respondent").filter(pk=waiting.values["appeal"]).first() if waiting else None
    if found is not None and _ruled_before(found, by):
        raise NotAllowed(_("Whoever had a part in the decision does not rule on the appeal."))
    proposal = workflow.settle(step, ProposalKind.RULE, ProposalState.CONFIRMED)
    row = Appeal.objects.select_related("respondent__organ", "respondent__person").get(pk=proposal.values["appeal"])
    respondent = row.respondent
    respondent.case = case
    row.result, row.measures, row.text = proposal.values["result"], proposal.values["measures"], proposal.text
    row.proposal, row.ruled_at = proposal, at
    row.save()
    respondent.measures = row.measures
    respondent.save(update_fields=["measures"])
    engine.meet(respondent, APPEAL_RULING, at=at)
    if not respondent.measures:
        engine.cancel(respondent, [EXECUTE], at=at)
    if row.level == AppealLevel.SAME and row.result != AppealResult.REVOKED:
        deadlines.open_for(respondent, APPEAL, at=at, variant=ABOVE)
    consequences.of_ruling(row, at)
    data = {"appeal": row.pk, "result": row.result}
    event = workflow.finish(step, text=row.text, data=data, to=deciding.rests_in(case))
    messages.tell_respondent(respondent, f"fault-event:{event.pk}:{respondent.pk}", at=at)
    return event
