"""Which steps a person may take with a fault case now, and why others cannot be taken: what its page offers."""

from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from accountability.faults import appealing, clues, deadlines, deciding, hearing, inquiry, workflow
from accountability.faults.deadlines import APPEAL_RULING, DECIDE
from accountability.faults.enums import BEFORE_OPENING, AppealLevel, ProposalKind, ProposalState, State
from accountability.models import FaultCase, FaultProposal, Investigator
from efficiency.access.may import ACTING, seats_for
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.deadlines import actions as engine
from efficiency.organs.models import Rank, Role
from efficiency.steps.offers import Offer
from efficiency.timing.due import Limit, Unit

# The steps of staff in the order of the work; those of respondents are on their own page.
ORDER = (
    "take_up",
    "record_facts",
    "add_respondent",
    "propose_opening",
    "propose_declining",
    "confirm_opening",
    "confirm_declining",
    "appoint",
    "notify",
    "add_evidence",
    "record_conduct",
    "release_evidence",
    "announce",
    "enter_statement",
    "propose_decision",
    "confirm_decision",
    "serve",
    "file_copy",
    "report_execution",
    "enter_appeal",
    "propose_ruling",
    "confirm_ruling",
    "serve_ruling",
    "ask_ruling_time",
    "extend_ruling",
    "close",
    "return_proposal",
    "ask_extension",
    "extend",
    "ask_suspension",
    "suspend",
    "look_again",
    "ask_resumption",
    "resume",
    "let_in",
    "shut_out",
    "keep_out",
    "declare_recusal",
)
CONFIRMS = {
    "confirm_opening": ProposalKind.OPEN,
    "confirm_declining": ProposalKind.DECLINE,
    "extend": ProposalKind.EXTEND,
    "suspend": ProposalKind.SUSPEND,
    "resume": ProposalKind.RESUME,
    "confirm_decision": ProposalKind.DECIDE,
    "confirm_ruling": ProposalKind.RULE,
    "extend_ruling": ProposalKind.MORE,
}
PROPOSES = (
    "propose_opening",
    "propose_declining",
    "ask_extension",
    "ask_suspension",
    "ask_resumption",
    "propose_decision",
    "propose_ruling",
    "ask_ruling_time",
    "announce",
)


def offers(case: FaultCase, user: User, /, *, at: datetime) -> list[Offer]:
    """Return the steps that are of this state and of this person, in the order of the work."""
    found = []
    for name in ORDER:
        row = workflow.BY_ACTION[name]
        if case.state not in row.sources or not workflow.seats_that_may(user, row, case):
            continue
        why_not = _why_not(case, user, name, at)
        if why_not is not None:
            found.append(Offer(name, row.label, why_not))
    return found


def waiting_for(user: User, /) -> QuerySet[FaultCase]:
    """Return the cases in which the next step can be the person's, the nearest promise first."""
    scope = scope_of(user)
    inquires = Investigator.objects.filter(case=OuterRef("pk"), person_id__in=scope.account_ids, ended_at__isnull=True)
    waits = Q(Exists(inquires), state__in=(State.INVESTIGATING, State.DEFENCE))
    if scope.seats_as(Role.OFFICE_OFFICER):
        waits |= Q(
            state__in=(State.CLUE, State.CHECKING, State.SUSPENDED, State.DECIDING, State.DECIDED, State.APPEALED)
        )
    if any(seat.rank == Rank.APPROVER for seat in scope.seats_as(Role.OFFICE_OFFICER)):
        waits |= Q(Exists(FaultProposal.objects.filter(case=OuterRef("pk"), state=ProposalState.WAITING)))
    rows = FaultCase.objects.visible_to(user).filter(waits)
    return rows.order_by(F("next_due_at").asc(nulls_last=True), "pk")


def _why_not(case: FaultCase, user: User, name: str, at: datetime) -> str | None:
    """Return why a step cannot be taken now: empty where it can, None where it is not meant at all."""
    waiting = workflow.waiting(case)
    if name in CONFIRMS:
        if waiting is None or waiting.kind != CONFIRMS[name]:
            return None
        if refusal := workflow.why_not_second(waiting, user) or _why_not_ruling(case, waiting, user):
            return refusal
        return deciding.why_not_decided(case) if name == "confirm_decision" else ""
    if name == "return_proposal":
        if waiting is None:
            return None
        right = workflow.CONFIRMED_BY[ProposalKind(waiting.kind)]
        if not any(cell in ACTING for _seat, cell in seats_for(user, right, case)):
            return None
        return workflow.why_not_second(waiting, user) or _why_not_ruling(case, waiting, user)
    why = _of_step(case, user, name, at)
    if why == "" and name in PROPOSES and waiting is not None:
        return _("Something in this case waits for a second person already.")
    return why


def _of_step(case: FaultCase, user: User, name: str, at: datetime) -> str | None:
    match name:
        case "record_facts" | "add_respondent" | "record_conduct":
            return clues.why_not_changed(case)
        case "propose_opening":
            return clues.why_not_opened(case)
        case "notify":
            if not case.respondents.filter(notified_at__isnull=True).exists():
                return None
            return inquiry.why_too_few(case)
        case "release_evidence":
            return "" if case.evidence.exists() else None
        case "announce":
            return hearing.why_not_announced(case)
        case "enter_statement":
            is_somebody = any(hearing.may_be_entered(each) for each in case.respondents.all())
            return "" if is_somebody else None
        case "propose_decision":
            return deciding.why_not_decided(case)
        case "serve":
            return "" if case.respondents.filter(served_at__isnull=True).exists() else None
        case "file_copy":
            return "" if deciding.to_file(case) else None
        case "report_execution":
            owed = case.respondents.filter(served_at__isnull=False, executed_at__isnull=True).exclude(measures=[])
            return "" if owed.exclude(person_id__in=scope_of(user).account_ids).exists() else None
        case "enter_appeal":
            able = any(not appealing.why_no_appeal(each, at) for each in case.respondents.all())
            return "" if able else None
        case "propose_ruling":
            if not (waiting := appealing.open_appeals(case)):
                return None
            refusals = [appealing.why_not_ruling(each, user) for each in waiting]
            return "" if "" in refusals else refusals[0]
        case "serve_ruling":
            return "" if appealing.unserved_rulings(case).exists() else None
        case "ask_ruling_time":
            return _why_not_more_for_ruling(case, user, at)
        case "close":
            return deciding.why_not_closed(case, at)
        case "ask_extension":
            return _why_not_more(case, at)
        case "let_in" | "keep_out" | "shut_out" if case.state in BEFORE_OPENING and name != "keep_out":
            return None
    return ""


def _why_not_ruling(case: FaultCase, waiting: FaultProposal, user: User) -> str:
    """Return why somebody does not confirm what is proposed about an appeal; empty for all other proposals."""
    if waiting.kind not in (ProposalKind.RULE, ProposalKind.MORE):
        return ""
    found = [each for each in appealing.open_appeals(case) if each.pk == waiting.values["appeal"]]
    return appealing.why_not_ruling(found[0], user) if found else ""


def _why_not_more_for_ruling(case: FaultCase, user: User, at: datetime) -> str | None:
    """Return why no more time can be asked for a ruling; None where none of the appeals is with the body above."""
    above = [each for each in appealing.open_appeals(case) if each.level == AppealLevel.ABOVE]
    if not above:
        return None
    for each in above:
        if why := appealing.why_not_ruling(each, user):
            return why
        promise = deadlines.running(each.respondent, APPEAL_RULING)
        if promise is None:
            return None
        try:
            engine.check_extension(promise, Limit(1, Unit.DAY), at=at)
        except engine.Refused as refusal:
            return str(refusal.message)
    return ""


def _why_not_more(case: FaultCase, at: datetime) -> str | None:
    promise = deadlines.running(case, DECIDE)
    if promise is None:
        return None
    try:
        engine.check_extension(promise, Limit(1, Unit.WORKING_DAY), at=at)
    except engine.Refused as refusal:
        return str(refusal.message)
    return ""
