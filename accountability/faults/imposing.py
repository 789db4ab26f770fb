"""
From a decision to the ledger: what was decided of each respondent becomes a sanction, a ruling takes it away again.

Called in the transaction in which the decision, or the ruling on an appeal, takes effect (docs/domain.md 10.5, 10.6).
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from accountability.faults import authority, consequences, judging, ledger_messages, rulings, sanctions
from accountability.faults.authority import Way
from accountability.faults.deciding import fault_day
from accountability.faults.enums import AppealResult, ProposalState, Result
from accountability.faults.sanctions import Draft
from accountability.faults.words import (
    Against,
    Body,
    ClauseKind,
    FaultType,
    Measure,
    Responsibility,
    SanctionState,
    Severity,
)
from accountability.models import Appeal, Clause, FaultCase, FaultDecision, Respondent
from efficiency.timing.due import local_day


def of_decision(decision: FaultDecision, at: datetime) -> None:
    """
    Enter the measures of a confirmed decision.

    What the office or another body decided is in force from its day on; what only others may decide is proposed.
    """
    if decision.result != Result.ACCOUNTABLE:
        return
    case, proposal = decision.case, decision.proposal
    ways = judging.ways(case, decision.parts, decision.body)
    drafts = []
    for respondent in _respondents(case):
        part = decision.parts.get(str(respondent.pk), {})
        for name in part.get("measures", ()):
            drafts.append(_draft(decision, respondent, part, Measure(name), ways[str(respondent.pk), name]))
    if drafts and proposal.decided_by is not None:
        sanctions.impose(
            drafts,
            proposed_by=proposal.proposed_by,
            by=proposal.decided_by,
            at=at,
            decided_on=decision.answered_on or local_day(at),
            decision_number=decision.answer_number or case.number,
        )


def of_ruling(appeal: Appeal, at: datetime) -> None:
    """
    Bring what a respondent bears in line with a confirmed ruling.

    What it leaves out is revoked, or no longer proposed; a lighter measure is in force from the day on from which the
    one before was. What another body imposed when it was proposed to it stays: that body alone takes it back, and what
    it has answered is not proposed to it again (docs/domain.md 10.6).
    """
    if appeal.result == AppealResult.UPHELD or appeal.proposal is None or appeal.proposal.decided_by is None:
        return
    proposed_by, by = appeal.proposal.proposed_by, appeal.proposal.decided_by
    respondent = appeal.respondent
    standing = respondent.sanctions.filter(state__in=[SanctionState.IN_FORCE, SanctionState.PROPOSED]).order_by("pk")
    decision = _decision_of(respondent.case)
    found = list(standing.select_related("organ", "person", "post"))
    theirs = set(rulings.standing_elsewhere(respondent).values_list("pk", flat=True))
    before = [each for each in found if each.pk not in theirs]
    answered = rulings.not_imposed(respondent)
    gone = [each for each in before if each.measure not in appeal.measures]
    in_force = [each for each in gone if each.state == SanctionState.IN_FORCE]
    # Whom it is about learns of it by the service of the ruling (``of_service``).
    sanctions.revoke(in_force, by=by, at=at, text=appeal.text, is_told=False)
    sanctions.drop([each for each in gone if each.state == SanctionState.PROPOSED], by=by, at=at, text=appeal.text)
    kept = {each.measure for each in found} | answered | rulings.measures_gone(respondent)
    new = [Measure(name) for name in appeal.measures if name not in kept]
    if not new or decision is None:
        return
    part = decision.parts.get(str(respondent.pk), {})
    ways = judging.ways(respondent.case, {str(respondent.pk): {"measures": new}}, decision.body)
    drafts = []
    for measure in new:
        way = ways[str(respondent.pk), measure]
        replaced = gone[0] if len(gone) == len(new) == 1 else None
        drafts.append(_draft(decision, respondent, part, measure, way, replaces=replaced))
    sanctions.impose(
        drafts,
        proposed_by=proposed_by,
        by=by,
        at=at,
        decided_on=local_day(at),
        from_on=min((each.from_on for each in gone if each.from_on), default=None),
        decision_number=respondent.case.number,
    )


def of_service(appeal: Appeal, at: datetime) -> None:
    """Tell whom a ruling is about, once it was served, that the ledger holds no more what it took away (10.5)."""
    gone = appeal.respondent.sanctions.filter(state=SanctionState.REVOKED, revoked_at=appeal.ruled_at)
    ledger_messages.tell_revoked(gone.select_related("person").order_by("pk"), at=at)


def _draft(
    decision: FaultDecision, respondent: Respondent, part: dict[str, Any], measure: Measure, way: Way, **more: Any
) -> Draft:
    case, against = decision.case, judging.against_of(respondent)
    is_organ = against == Against.ORGAN
    fault_on = fault_day(case)
    return Draft(
        measure=measure,
        against=against,
        organ=respondent.organ,
        post=None if is_organ else respondent.post,
        person=None if is_organ else respondent.person,
        responsibility=None if is_organ else Responsibility(part["responsibility"]),
        fault_type=FaultType(case.fault_type) if case.fault_type else None,
        fault_on=fault_on,
        severity=Severity(decision.severity),
        circumstances=judging.circumstances_of(decision, respondent),
        clauses=_cited(decision, fault_on),
        body=_body(measure, against, way, Body(decision.body)),
        is_answered=way == Way.RECORDED,
        respondent=respondent,
        case_number=case.number,
        opened_on=local_day(case.opened_at) if case.opened_at else None,
        months=part.get("months") if measure == Measure.ADMONISHMENT else None,
        is_complex=decision.is_complex,
        **more,
    )


def _cited(decision: FaultDecision, fault_on: date) -> list[Clause]:
    """Return the wordings that a decision cites: those that it names, and that of the kind of fault."""
    kind = Q(kind=ClauseKind.FAULT, fault_type=decision.case.fault_type or "–")
    named = Q(pk__in=decision.clauses.values("pk"))
    return list(Clause.objects.holding_on(fault_on).filter(kind | named).order_by("pk"))


def _body(measure: Measure, against: Against, way: Way, decided: Body) -> Body:
    """Return who decides on a measure: whoever did, or the first of those to whom it is put."""
    if way != Way.PROPOSED:
        return decided
    others = authority.bodies_for(measure, against)
    return next(body for body in (Body.PERSONNEL, Body.APPOINTING, *Body) if body in others)


def _respondents(case: FaultCase) -> Iterable[Respondent]:
    return case.respondents.select_related("organ", "person", "post").order_by("pk")


def _decision_of(case: FaultCase) -> FaultDecision | None:
    """Return the decision that took effect."""
    rows = case.decisions.filter(proposal__state=ProposalState.CONFIRMED, result=Result.ACCOUNTABLE)
    return rows.select_related("proposal", "case").order_by("-number").first()


def register() -> None:
    """Follow decisions, rulings and their service; called once, when the app is ready."""
    consequences.on_decision(of_decision)
    consequences.on_ruling(of_ruling)
    consequences.on_service_of_ruling(of_service)
