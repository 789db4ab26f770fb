"""
From a decision to the ledger of sanctions: what took effect is entered there, what an appeal takes away is revoked.

What the office or the leading group decides is in force from the day of the decision; what is another body's is entered
as a proposal, whose answer the ledger keeps (docs/domain.md 10.6).
"""

from collections.abc import Iterator
from datetime import date, datetime

from django.utils import timezone

from accountability.faults import authority, consequences, deciding, sanctions
from accountability.faults.enums import AppealResult, Result
from accountability.faults.judging import against_of
from accountability.faults.sanctions import Draft
from accountability.faults.words import Body, Circumstance, FaultType, Measure, Responsibility, Severity
from accountability.models import Appeal, FaultDecision, FaultProposal, Respondent, Sanction


def register() -> None:
    """Follow decisions and rulings; called once, when the app is ready."""
    consequences.on_decision(of_decision)
    consequences.on_ruling(of_ruling)


def of_decision(decision: FaultDecision, at: datetime) -> None:
    """Enter the measures of a decision that was confirmed, in its transaction."""
    if decision.result != Result.ACCOUNTABLE:
        return
    drafts: list[Draft] = []
    for respondent in decision.case.respondents.select_related("organ", "post", "person").order_by("pk"):
        drafts += _drafts(decision, respondent, decision.parts[str(respondent.pk)]["measures"])
    _impose(decision.proposal, drafts, decision, at)


def of_ruling(appeal: Appeal, at: datetime) -> None:
    """Revoke what a ruling takes away, and enter what it puts in its place, in its transaction."""
    proposal, respondent = appeal.proposal, appeal.respondent
    decision = deciding.decision_of(respondent.case)
    if appeal.result == AppealResult.UPHELD or proposal is None or proposal.decided_by is None or decision is None:
        return
    rows = Sanction.objects.filter(respondent=respondent.pk)
    sanctions.revoke(rows, by=proposal.decided_by, at=at, text=appeal.text)
    _impose(proposal, list(_drafts(decision, respondent, appeal.measures)), decision, at)


def _impose(proposal: FaultProposal, drafts: list[Draft], decision: FaultDecision, at: datetime) -> None:
    if not drafts or proposal.decided_by is None:
        return
    decided_on: date = decision.answered_on or timezone.localdate(at)
    sanctions.impose(
        drafts,
        proposed_by=proposal.proposed_by,
        by=proposal.decided_by,
        at=at,
        decided_on=decided_on,
        from_on=timezone.localdate(at),
        decision_number=decision.answer_number or decision.case.number,
    )


def _drafts(decision: FaultDecision, respondent: Respondent, measures: list[str]) -> Iterator[Draft]:
    case, against = decision.case, against_of(respondent)
    role = decision.parts[str(respondent.pk)]["responsibility"]
    for name in measures:
        measure = Measure(name)
        yield Draft(
            measure=measure,
            against=against,
            organ=respondent.organ,
            post=respondent.post,
            person=respondent.person,
            fault_type=FaultType(case.fault_type),
            fault_on=case.fault_on or timezone.localdate(case.received_at),
            severity=Severity(decision.severity),
            body=_body_for(measure, decision, respondent),
            responsibility=Responsibility(role) if role else None,
            circumstances=[Circumstance(each) for each in decision.circumstances],
            respondent=respondent.pk,
            case_number=case.number,
            opened_on=timezone.localdate(case.opened_at) if case.opened_at else None,
        )


def _body_for(measure: Measure, decision: FaultDecision, respondent: Respondent) -> Body:
    """Return the body of a measure: the deciding one, else the office where it is the office's, else whose it is."""
    bodies = authority.bodies_for(measure, against_of(respondent))
    if decision.body in bodies:
        return Body(decision.body)
    if Body.EFFICIENCY_OFFICE in bodies:
        return Body.EFFICIENCY_OFFICE
    return min(bodies, key=list(Body).index)
