"""Review 复查 and final review 复核: the level above decides anew, by other persons (docs/domain.md 4.6)."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints import deadlines, holds, people, together, workflow
from complaints.actions import holding, merging, recusal
from complaints.actions.acting import action, once
from complaints.actions.summarising import withhold_if_given_away
from complaints.enums import Decision, State
from complaints.models import Case, CaseEvent
from complaints.obstacles import obstacle, replies_to
from complaints.refusals import Invalid, TooLate
from efficiency import checks
from efficiency.access.models import User
from efficiency.organs import offices
from efficiency.organs.models import Organ, Rank, Role
from efficiency.timing.due import local_day


@action
@once
def ask_review(case: Case, /, *, at: datetime, reasons: str) -> CaseEvent:
    """
    Let a named complainant ask for a review of the reply, or of the refusal to accept the case.

    What the office itself answered goes to the office of the city. A joined case is reviewed by itself: the leading one
    and its other complainants stay as they are (decision 0015).

    :raises Invalid: there are no reasons
    :raises TooLate: the thirty days are over
    :raises NotInState: there is nothing to review, or the complainant is anonymous
    """
    return _ask(case, "ask_review", deadlines.REVIEW_APPLY, at=at, reasons=reasons)


@action
@once
def ask_final(case: Case, /, *, at: datetime, reasons: str) -> CaseEvent:
    """
    Let the complainant ask the office of the city for the final review of what a review has upheld.

    :raises Invalid: there are no reasons
    :raises TooLate: the thirty days are over
    :raises NotInState: there was no review
    """
    return _ask(case, "ask_final", deadlines.FINAL_APPLY, at=at, reasons=reasons)


def _ask(case: Case, name: str, apply: str, *, at: datetime, reasons: str) -> CaseEvent:
    together.lock(case)
    step = workflow.begin_for_citizen(case, name, at=at)
    promise = deadlines.running(case, apply)
    # The worker may not have seen yet that the time is over.
    if promise is None or at >= promise.overdue_at:
        raise TooLate(_("The time for asking for this is over."))
    words = checks.text("reasons", reasons, _("Please say what is wrong with the result."), at_most=5000)
    holds.hold_if_added_text_names(case, words, local_day(at))
    withhold_if_given_away(case, words)
    case.office = _reviewing_office(case, name, at)
    recusal.keep_named_out(case, words, at=at)
    case.archived_at = None
    recusal.keep_from_deciders(case, at=at)
    holding.release(case, at=at)
    event = workflow.finish(step, public_text=words)
    recusal.take_back_messages(case)
    recusal.pass_on(case, at=at)
    return event


def _reviewing_office(case: Case, name: str, at: datetime) -> Organ:
    """
    Return the office that reviews: the city's for the final review and for what an office handled itself.

    It is never that of whom the case is about, and the one above where everybody who could decide had a part (Z-09).
    """
    usual = case.answering.office  # of what is answered with another case the office that has that one
    if name == "ask_final" or case.answering.is_own_handling:
        usual = holds.office_for(case, offices.city_office() or usual)
    higher = (office for office in offices.offices_above(usual) if _has_decider(case, office, at))
    return usual if _has_decider(case, usual, at) else next(higher, usual)


def _has_decider(case: Case, office: Organ, at: datetime) -> bool:
    heads = people.holders(office.pk, [Role.OFFICE_OFFICER], timezone.localdate(at), rank=Rank.APPROVER)
    return any(obstacle(case, "decide_review", head) is None for head in people.without_concerned(case, heads))


@action
def decide_review(case: Case, /, *, by: User, at: datetime, version: int, decision: str, text: str) -> CaseEvent:
    """
    Decide the review: the result stands, the case is handled again, or a case that was refused is accepted.

    :raises Invalid: no decision that fits the case, no reasons, or an organ that must not have a joined case
    :raises NotAllowed: ``by`` had a part in what is under review
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    return _decide(case, "decide_review", by=by, at=at, version=version, decision=decision, text=text)


@action
def decide_final(case: Case, /, *, by: User, at: datetime, version: int, decision: str, text: str) -> CaseEvent:
    """
    Decide the final review. The same facts are not accepted again afterwards.

    :raises Invalid: no decision that fits the case, or no reasons
    :raises NotAllowed: ``by`` had a part in what is under review
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    return _decide(case, "decide_final", by=by, at=at, version=version, decision=decision, text=text)


def _decide(case: Case, name: str, *, by: User, at: datetime, version: int, decision: str, text: str) -> CaseEvent:
    step = workflow.begin(case, name, by=by, at=at, version=version)
    decided = checks.choice("decision", decision, Decision, _("Please decide."))
    if decided not in decisions_for(case):
        raise Invalid("decision", _("This decision does not fit what is under review."))
    told = checks.text("text", text, _("Please give the reasons of the decision; the citizen reads them."))
    if decided is Decision.OVERTURNED:
        merging.leave_leading(case, at=at)
        _refuse_if_barred(case, at)
        holding.hand_back(case, at=at)
    if decided in (Decision.TAKEN_ON, Decision.OVERTURNED):
        case.rejection_ground = ""
    return workflow.finish(step, way=decided, public_text=told, data={"decision": decided.value})


def _refuse_if_barred(case: Case, at: datetime) -> None:
    """
    Refuse to give the case back to an organ that must not have it: the reasons may name somebody there (Z-08).

    :raises Invalid: with what stands against it
    """
    organ = case.handling_organ
    if organ is not None and not case.is_own_handling and (why := holds.obstacle(case, organ, local_day(at))):
        raise Invalid("decision", why)


def decisions_for(case: Case) -> list[Decision]:
    """Return how a review of this case can end: what was never accepted cannot be handled again."""
    if case.state == State.REVIEWING and not replies_to(case).exists():
        return [Decision.UPHELD, Decision.TAKEN_ON]
    return [Decision.UPHELD, Decision.OVERTURNED]
