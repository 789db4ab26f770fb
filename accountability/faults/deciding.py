"""
The decision, its service, execution and the end of a case (docs/domain.md 10.5, 10.6).

One person proposes, a second confirms; a serious or grave fault is decided by several people together, whose votes are
recorded. Where another body decides, the portal records its answer; disciplinary sanctions are proposed alone.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accountability.faults import borne, consequences, deadlines, inquiry, judging, messages, telling, workflow
from accountability.faults import clauses as catalogue
from accountability.faults.authority import needs_college
from accountability.faults.deadlines import APPEAL, EXECUTE, FILE_COPY, SERVE
from accountability.faults.enums import ProposalKind, ProposalState, Result, State, Vote
from accountability.faults.refusals import Invalid, NotAllowed, NotInState
from accountability.faults.words import Body
from accountability.faults.workflow import Step, action, once
from accountability.models import Clause, FaultCase, FaultDecision, FaultEvent, FaultVote, Respondent
from efficiency import checks
from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from efficiency.access.scope import scope_of
from efficiency.deadlines import actions as engine
from efficiency.deadlines.models import DeadlineState
from efficiency.timing.zone import start_of

LONGEST = 20_000
# So many decide together at least (ours: no source fixes it).
FEWEST_MEMBERS = 3


class Ballot(NamedTuple):
    """How a member of those who decide together voted."""

    member: User
    vote: str
    opinion: str = ""


class Answer(NamedTuple):
    """What another body answered, as the portal records it."""

    number: str = ""
    on: date | None = None
    text: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether number, day and words are there."""
        return bool(self.number.strip() and self.on and self.text.strip())


NO_ANSWER = Answer()


@once
@action
def propose_decision(
    case: FaultCase,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    result: str,
    facts: str,
    basis: str,
    reasons: str,
    body: str = Body.EFFICIENCY_OFFICE,
    severity: str = "",
    situation: Mapping[str, Any] | None = None,
    circumstances: Collection[str] = (),
    parts: Mapping[str, Mapping[str, Any]] | None = None,
    ballots: Sequence[Ballot] = (),
    answer: Answer = NO_ANSWER,
    clauses: Collection[Clause] = (),
    is_complex: bool = False,
) -> FaultEvent:
    """
    Propose what is decided: facts, basis, who answers for what, severity, measures; it takes effect when confirmed.

    ``parts`` is checked by ``judging.check``; ``situation`` is what the rules of liability were given, left out what
    the inquiry found. ``clauses`` are wordings of the catalogue that were offended against, beside that of the kind of
    fault. ``is_complex`` gives another body twelve months for a disciplinary sanction, not six.

    :raises Invalid: something is missing, against the rules, or worse than what the respondents were heard on
    :raises NotInState: the hearing is not over, something waits, or ``why_not_decided``
    :raises Absent, NotAllowed, Changed: as ``workflow.begin``
    """
    step = workflow.begin(case, "propose_decision", by=by, at=at, version=version)
    if why := why_not_decided(case):
        raise NotInState(why)
    judged = judging.check(
        case, result=result, severity_=severity, circumstances=circumstances, parts=parts or _nobody(case)
    )
    if judged.result is Result.ACCOUNTABLE:
        if case.state != State.DECIDING:
            raise NotInState(_("Whom the case is about is heard first."))
        judging.check_not_heavier(case, judged)
    who = judging.check_body(case, judged, body, is_answered=answer.is_whole)
    found, law, why = checks.all_given(
        [
            ("facts", facts, _("Please write down the facts found.")),
            ("basis", basis, _("Please name the rules on which it rests.")),
            ("reasons", reasons, _("Please give the reasons.")),
        ]
    )
    for field, words in (("facts", found), ("basis", law), ("reasons", why)):
        telling.check(case, field, words)
    is_collegial = judged.severity is not None and needs_college(judged.severity)
    cast = _checked_ballots(case, ballots, is_collegial=is_collegial)
    _check_day(case, answer.on, at)
    cited = catalogue.hold(clauses)
    if any(not each.holds_on(fault_day(case)) for each in cited):
        raise Invalid("clauses", _("A fault cites the wording that held on its day."))
    proposal = workflow.put_forward(step, ProposalKind.DECIDE, why)
    last = case.decisions.aggregate(last=Max("number"))["last"] or 0
    decision = FaultDecision.objects.create(
        case=case,
        number=last + 1,
        proposal=proposal,
        result=judged.result,
        severity=judged.severity or "",
        body=who,
        is_collegial=bool(cast),
        is_complex=is_complex,
        situation=dict(situation or case.found),
        circumstances=[each.value for each in judged.circumstances],
        parts=dict(judged.parts),
        facts=found,
        basis=law,
        reasons=why,
        answer_number=checks.optional_text("answer_number", answer.number, at_most=80),
        answered_on=answer.on,
        answer=checks.optional_text("answer", answer.text, at_most=LONGEST),
    )
    decision.clauses.set(cited)
    FaultVote.objects.bulk_create(
        FaultVote(decision=decision, member=each.member, vote=each.vote, opinion=each.opinion, at=at) for each in cast
    )
    return workflow.finish(step, data={"decision": decision.number, "result": decision.result})


def why_not_decided(case: FaultCase) -> str:
    """
    Return why a decision is neither proposed nor confirmed; empty where it can be (docs/domain.md 10.5).

    Two persons who can have inquired, and everybody was told of the opening, whatever is decided.
    """
    if why := inquiry.why_too_few(case):
        return why
    if case.respondents.filter(notified_at__isnull=True).exists():
        return str(_("Please tell the respondents of the opening first."))
    return ""


def _check_day(case: FaultCase, answered_on: date | None, at: datetime) -> None:
    """Refuse a day on which another body cannot have answered: to come, or before the respondents were heard."""
    if answered_on is None:
        return
    if answered_on > timezone.localdate(at):
        raise Invalid("answered_on", _("This day is still to come."))
    told = case.respondents.aggregate(last=Max("informed_at"))["last"] or case.opened_at
    if told is not None and answered_on < timezone.localdate(told):
        raise Invalid("answered_on", _("This day lies before the respondents were told what is intended."))


def fault_day(case: FaultCase) -> date:
    """Return the day of the fault; where nobody recorded it, that on which the clue came in."""
    return case.fault_on or timezone.localdate(case.received_at)


def _nobody(case: FaultCase) -> dict[str, dict[str, Any]]:
    return {str(pk): {} for pk in case.respondents.values_list("pk", flat=True)}


def _checked_ballots(case: FaultCase, ballots: Sequence[Ballot], *, is_collegial: bool) -> list[Ballot]:
    """Return the votes as they may be stored, or refuse them."""
    seen: list[User] = []
    cast = []
    for ballot in ballots:
        vote = checks.choice("ballots", ballot.vote, Vote, _("Please say how each member voted."))
        if any(is_same_person(ballot.member, each) for each in seen):
            raise Invalid("ballots", _("Nobody votes twice."))
        if not FaultCase.objects.keeps(case, scope_of(ballot.member, fresh=True)):
            raise Invalid("ballots", _("Somebody among them is concerned or was kept out."))
        seen.append(ballot.member)
        cast.append(Ballot(ballot.member, vote, checks.optional_text("ballots", ballot.opinion, at_most=1000)))
    if not is_collegial and not cast:
        return []
    if len(cast) < FEWEST_MEMBERS:
        raise Invalid("ballots", _("At least three members decide together on such a fault."))
    if 2 * sum(each.vote == Vote.FOR for each in cast) <= len(cast):
        raise Invalid("ballots", _("More than half of the members have to be for it."))
    return cast


@once
@action
def confirm_decision(case: FaultCase, /, *, by: User, at: datetime, version: int) -> FaultEvent:
    """
    Decide, as the second person; within five working days it is served on each respondent.

    :raises NotAllowed: ``by`` proposed it, or inquired
    :raises Absent, Changed, NotInState: as ``workflow.begin``; or nothing waits, or ``why_not_decided``
    """
    step = workflow.begin(case, "confirm_decision", by=by, at=at, version=version)
    if why := why_not_decided(case):
        raise NotInState(why)
    proposal = workflow.settle(step, ProposalKind.DECIDE, ProposalState.CONFIRMED)
    decision = proposal.decision
    case.decided_at, case.outcome, case.severity = at, decision.result, decision.severity
    for respondent in case.respondents.order_by("pk"):
        part = decision.parts[str(respondent.pk)]
        respondent.responsibility, respondent.rule_row = part["responsibility"], part["rule_row"]
        respondent.override_reason, respondent.measures = part["override_reason"], part["measures"]
        respondent.save(update_fields=["responsibility", "rule_row", "override_reason", "measures"])
        respondent.case = case
        deadlines.open_for(respondent, SERVE, at=at)
    consequences.of_decision(decision, at)
    return workflow.finish(step, data={"decision": decision.number, "result": decision.result})


def decision_of(case: FaultCase) -> FaultDecision | None:
    """Return the decision that took effect."""
    confirmed = case.decisions.filter(proposal__state=ProposalState.CONFIRMED)
    return confirmed.select_related("proposal__proposed_by", "proposal__decided_by").order_by("-number").first()


# --- Service, execution, end ----------------------------------------------------------------------------------------


@once
@action
def serve(
    case: FaultCase,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    respondent: Respondent,
    served_on: date,
    how: str,
    organ_served_on: date | None = None,
) -> FaultEvent:
    """
    Record that the decision was served, on the person and on the organ; from that day on one may appeal.

    The report of the execution is promised from now on, of what is in force (``borne.promise_execution``).

    :raises Invalid: a day does not fit, or it is not said how
    :raises NotInState: it was served on them already
    :raises Absent, NotAllowed, Changed: as ``workflow.begin``
    """
    step = workflow.begin(case, "serve", by=by, at=at, version=version)
    respondent = _of_case(case, respondent)
    if respondent.served_at is not None:
        raise NotInState(_("The decision was served on them already."))
    decided_on = timezone.localdate(case.decided_at or at)
    for field, day in (("served_on", served_on), ("organ_served_on", organ_served_on)):
        if day is not None and not decided_on <= day <= timezone.localdate(at):
            raise Invalid(field, _("This day does not fit."))
    if respondent.person_id is not None and organ_served_on is None:
        raise Invalid("organ_served_on", _("The organ is served as well: please give the day."))
    respondent.served_how = checks.text("how", how, _("Please say how it was served."), at_most=200)
    telling.check(case, "how", respondent.served_how)
    served_at = at if served_on == timezone.localdate(at) else start_of(served_on)
    respondent.served_at, respondent.organ_served_on = served_at, organ_served_on or served_on
    respondent.save(update_fields=["served_at", "served_how", "organ_served_on"])
    engine.meet(respondent, SERVE, at=at)
    deadlines.open_for(respondent, APPEAL, at=served_at)
    # From the day on which the portal knows of it: a day that is typed makes nobody late.
    is_to_carry_out = borne.promise_execution(respondent, at=at)
    borne.promise_copy(respondent, at=at)
    event = workflow.finish(step, data={"respondent": respondent.pk, "on": served_on.isoformat()}, to=rests_in(case))
    messages.tell_respondent(respondent, f"fault-event:{event.pk}:{respondent.pk}", at=at)
    if is_to_carry_out:
        messages.tell_organ(respondent, f"fault-execution:{event.pk}:{respondent.pk}", at=at)
    return event


def rests_in(case: FaultCase) -> State:
    """Return where a decided case stands: to be served, under appeal, or served."""
    if case.respondents.filter(served_at__isnull=True).exists():
        return State.DECIDED
    is_appealed = case.respondents.filter(appeals__isnull=False, appeals__ruled_at__isnull=True).exists()
    return State.APPEALED if is_appealed else State.SERVED


def _of_case(case: FaultCase, respondent: Respondent) -> Respondent:
    found = case.respondents.select_related("organ", "person", "post").filter(pk=respondent.pk).first()
    if found is None:
        raise Invalid("respondent", _("They do not stand in this case."))
    found.case = case
    return found


@once
@action
def file_copy(
    case: FaultCase, /, *, by: User, at: datetime, version: int, respondent: Respondent, filed_on: date
) -> FaultEvent:
    """
    Record that a copy of the decision, or of the ruling on it, went to the personnel file (docs/domain.md 10.5).

    :raises Invalid: the day lies before the service, or is still to come
    :raises NotInState: the measure does not say so, or it is recorded already
    :raises Absent, NotAllowed, Changed: as ``workflow.begin``
    """
    step = workflow.begin(case, "file_copy", by=by, at=at, version=version)
    found = _of_case(case, respondent)
    if found.served_at is None or deadlines.running(found, FILE_COPY) is None:
        raise NotInState(_("No copy of this decision has to go to a personnel file."))
    if not timezone.localdate(found.served_at) <= filed_on <= timezone.localdate(at):
        raise Invalid("filed_on", _("This day does not fit."))
    found.filed_on = filed_on
    found.save(update_fields=["filed_on"])
    engine.meet(found, FILE_COPY, at=at)
    return workflow.finish(step, data={"respondent": found.pk, "on": filed_on.isoformat()})


def to_file(case: FaultCase) -> list[Respondent]:
    """Return the respondents of whose decision a copy has still to go to the personnel file."""
    rows = case.respondents.filter(served_at__isnull=False).order_by("pk")
    return [each for each in rows if deadlines.running(each, FILE_COPY) is not None]


@once
@action
def report_execution(
    case: FaultCase, /, *, by: User, at: datetime, version: int, respondent: Respondent, text: str
) -> FaultEvent:
    """
    Report that what was decided was carried out, or what those answered to whom it was proposed.

    :raises Invalid: there are no words
    :raises NotAllowed: ``by`` reports on themselves
    :raises NotInState: there is nothing to carry out, or it was reported
    :raises Absent, Changed: as ``workflow.begin``
    """
    step = workflow.begin(case, "report_execution", by=by, at=at, version=version)
    found = _of_case(case, respondent)
    if found.person_id in scope_of(by).account_ids:
        raise NotAllowed(_("Nobody reports on themselves."))
    if found.served_at is None or found.executed_at is not None or not found.measures:
        raise NotInState(_("There is nothing to report of them."))
    return _executed(step, found, text)


@once
@action
def report_for_organ(respondent: Respondent, /, *, by: User, at: datetime, text: str) -> FaultEvent:
    """
    Report the execution as the leader of the organ, from the own page: the case need not be theirs to read.

    :raises Invalid: there are no words
    :raises Absent: ``by`` leads no organ that has to report, or it was reported
    :raises NotInState: the case is not where an execution is reported
    """
    return _executed(workflow.begin_for_organ(respondent, "report_execution", by=by, at=at), respondent, text)


def _executed(step: Step, respondent: Respondent, text: str) -> FaultEvent:
    respondent.execution = checks.text("text", text, _("Please say what was carried out, and when."), at_most=5000)
    respondent.executed_at = step.at
    respondent.save(update_fields=["execution", "executed_at"])
    engine.meet(respondent, EXECUTE, at=step.at)
    return workflow.finish(step, text=respondent.execution, data={"respondent": respondent.pk})


@once
@action
def close(case: FaultCase, /, *, by: User, at: datetime, version: int) -> FaultEvent:
    """
    Close the case: everything was carried out, and nobody can appeal any more.

    :raises NotInState: something is still open
    :raises Absent, NotAllowed, Changed: as ``workflow.begin``
    """
    step = workflow.begin(case, "close", by=by, at=at, version=version)
    if why := why_not_closed(case, at):
        raise NotInState(why)
    return workflow.finish(step)


def why_not_closed(case: FaultCase, at: datetime) -> str:
    """Return why a case cannot be closed yet; empty where it can."""
    respondents = list(case.respondents.order_by("pk"))
    if case.respondents.filter(appeals__ruled_at__isnull=False, appeals__served_at__isnull=True).exists():
        return str(_("A ruling was not served yet."))
    if any(each.measures and each.executed_at is None for each in respondents):
        return str(_("The execution is not reported yet."))
    if to_file(case):
        return str(_("The copy to the personnel file is not recorded yet."))
    for respondent in respondents:
        time = deadlines.last(respondent, APPEAL)
        if time is not None and time.state == DeadlineState.OPEN and at < time.overdue_at:
            return str(_("Somebody can still appeal."))
    if workflow.waiting(case) is not None:
        return str(_("Something in this case waits for a second person already."))
    return ""
