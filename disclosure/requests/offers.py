"""Which steps a person may take with a request now, and why others cannot be taken: what its page offers."""

from datetime import datetime

from django.db.models import Exists, F, Q, QuerySet
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from disclosure.models import InformationRequest
from disclosure.models.request import part_in_review
from disclosure.requests import answering, deadlines, handling, personal, renewing, workflow
from disclosure.requests.deadlines import ANSWER, FEE, SUPPLEMENT
from disclosure.requests.enums import ExtensionState, State
from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from efficiency.access.scope import scope_of
from efficiency.deadlines import actions as engine
from efficiency.deadlines.models import DeadlineState
from efficiency.organs.models import Role
from efficiency.steps.offers import Offer
from efficiency.timing.due import Limit, Unit

# The steps of staff in the order of the work; some stand for two rows of the table.
STEPS: dict[str, tuple[str, ...]] = {
    "take_up": ("take_up",),
    "ask_supplement": ("ask_supplement",),
    "ask_fee": ("ask_fee",),
    "draft": ("draft",),
    "consult": ("consult",),
    "record_letter": ("record_letter",),
    "record_opinion": ("record_opinion",),
    "ask_reasons": ("ask_reasons",),
    "ask_extension": ("ask_extension",),
    "extend": ("extend",),
    "refuse_extension": ("refuse_extension",),
    "approve": ("approve", "approve_online"),
    "return_draft": ("return_draft",),
    "deliver": ("deliver",),
    "enter_supplement": ("enter_supplement",),
    "abandon": ("abandon",),
    "record_payment": ("record_payment",),
    "give_up_unpaid": ("give_up_unpaid",),
    "enter_review": ("enter_review",),
    "enter_withdrawal": ("enter_withdrawal",),
    "decide_review": ("uphold", "order_again"),
    "issue_new_code": ("issue_new_code",),
    "refuse_new_code": ("refuse_new_code",),
    "ask_new_code": ("ask_new_code",),
    "grant_erasure": ("grant_erasure",),
    "refuse_erasure": ("refuse_erasure",),
}
DECIDE_REVIEW = pgettext_lazy("step with a request", "decide on the review")


def offers(request: InformationRequest, user: User, /, *, at: datetime) -> list[Offer]:
    """Return the steps that are of this state and of this person, in the order of the work."""
    found = []
    for name, rows in STEPS.items():
        row = workflow.BY_ACTION[rows[0]]
        if request.state not in row.sources or not workflow.seats_that_may(user, row, request):
            continue
        why_not = _why_not(request, user, name, at)
        if why_not is not None:
            found.append(Offer(name, label_of(name), why_not))
    return found


def label_of(name: str) -> str | Lazy:
    """Return what a step of ``STEPS`` is called."""
    return DECIDE_REVIEW if name == "decide_review" else workflow.BY_ACTION[STEPS[name][0]].label


# What waits for whom: who handles works on it, who approves decides, the office reviews.
FOR_EDITORS = (State.RECEIVED, State.HANDLING, State.CONSULTING, State.SUPPLEMENTING, State.UNPAID, State.APPROVED)


def waiting_for(user: User, /) -> QuerySet[InformationRequest]:
    """Return the requests in which the next step is the person's, the nearest promise first."""
    scope = scope_of(user)
    editor = [seat.organ_id for seat in scope.seats_as(Role.DISCLOSURE_EDITOR)]
    leader = [seat.organ_id for seat in scope.seats_as(Role.ORGAN_LEADER)]
    decides = Q(state=State.DRAFTED) | Q(extensions__state=ExtensionState.ASKED)
    waits = Q(organ_id__in=editor, state__in=FOR_EDITORS) | Q(organ_id__in=leader) & decides
    recused = Exists(part_in_review(scope.account_ids))
    waits |= Q(~recused, organ_id__in=scope.organ_ids_as(Role.OFFICE_OFFICER), state=State.REVIEWING)
    asked = deadlines.running_of_kind(*deadlines.BESIDE).values("object_id")
    waits |= Q(~recused, organ_id__in=scope.organ_ids_as(Role.OFFICE_OFFICER), pk__in=asked)
    return InformationRequest.objects.filter(waits).distinct().order_by(F("next_due_at").asc(nulls_last=True), "pk")


def _why_not(request: InformationRequest, user: User, name: str, at: datetime) -> str | None:
    """Return why a step cannot be taken now: empty where it can, None where it is not meant at all."""
    match name:
        case "ask_supplement":
            return handling.why_no_supplement(request, at)
        case "abandon":
            is_over = deadlines.has_lapsed(deadlines.last(request, SUPPLEMENT), at)
            return "" if is_over else _("The applicant still has time for the supplement.")
        case "ask_fee":
            return handling.why_no_fee(request, at)
        case "give_up_unpaid":
            is_over = deadlines.has_lapsed(deadlines.last(request, FEE), at)
            return "" if is_over else _("The applicant still has time to pay.")
        case "consult":
            return handling.why_no_consultation(request, at)
        case "record_letter":
            asked = request.consultations.filter(closed_at__isnull=True, letter_received_on__isnull=True)
            return "" if asked.exists() else None
        case "enter_review":
            return "" if answering.may_enter_review(request) else None
        case "ask_reasons":
            return None if handling.were_reasons_asked(request) else ""
        case "ask_extension":
            return _why_no_extension(request, at)
        case "extend" | "refuse_extension":
            waiting = handling.waiting_extension(request)
            if waiting is None:
                return None
            if is_same_person(user, waiting.asked_by):
                return _("Whoever asked for more time does not decide on it.")
            return _why_not_more(request, waiting.days, at) if name == "extend" else ""
        case "approve" | "return_draft":
            answer = answering.answer_in_work(request)
            own = answer is not None and is_same_person(user, answer.drafted_by)
            if own:
                return _("Whoever drafted the answer does not decide on it.")
            return answering.why_not_fetchable(answer) if answer and name == "approve" else ""
        case "ask_new_code":
            return None if renewing.why_no_new_code(request, at) else ""
        case "issue_new_code":
            if not renewing.is_asked(request):
                return None
            if renewing.asked_by_same_person(request, user):
                return _("Whoever checked the applicant cannot issue the new code; another person has to.")
        case "refuse_new_code":
            return "" if renewing.is_asked(request) else None
        case "grant_erasure" | "refuse_erasure":
            if not personal.is_erasure_asked(request):
                return None
            return personal.why_not_erased(request, at) if name == "grant_erasure" else ""
        case "decide_review":
            review = answering.waiting_review(request)
            if review is None:
                return None
            former = [person for person in (review.answer.drafted_by, review.answer.decided_by) if person]
            own = any(is_same_person(user, person) for person in former)
            return _("Whoever drafted or approved the answer does not review it.") if own else ""
    return ""


def _why_no_extension(request: InformationRequest, at: datetime) -> str | None:
    if deadlines.running(request, ANSWER) is None or handling.waiting_extension(request):
        return None
    return _why_not_more(request, 1, at)


def _why_not_more(request: InformationRequest, days: int, at: datetime) -> str:
    """Return why the answer cannot be given so many days more; empty where it can."""
    promise = deadlines.running(request, ANSWER)
    if promise is None:
        return _("No answer is promised at the moment.")
    if promise.state == DeadlineState.SUSPENDED:
        # Its last day is not known before it runs again, so it is not said to be over.
        return _("A suspended promise is resumed before it is extended.")
    try:
        engine.check_extension(promise, Limit(days, Unit.WORKING_DAY), at=at)
    except engine.Refused as refusal:
        return str(refusal.message)
    return ""
