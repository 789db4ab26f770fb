"""
The way of a request for information as one table, and the frame in which each step runs (docs/domain.md 6.3).

Each row says which step leads from where to where, who may take it, which promises it keeps, ends and opens, and who
is told. An action calls ``begin``, decides what the field leaves to it, and calls ``finish``.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from django.utils import timezone
from django.utils.translation import pgettext_lazy

from disclosure.models import InformationRequest, RequestEvent, RequestToken
from disclosure.requests import deadlines, messages
from disclosure.requests.deadlines import (
    ANSWER,
    BESIDE,
    CO_ORGAN,
    ERASURE,
    FEE,
    NEW_CODE,
    REASONS,
    REVIEW,
    REVIEW_APPLY,
    SUPPLEMENT,
    SUPPLEMENT_NOTICE,
    THIRD_PARTY,
)
from disclosure.requests.enums import BEFORE_ANSWER, ENDED, State
from disclosure.requests.messages import Told
from disclosure.requests.refusals import Absent, Changed, NotAllowed, NotInState
from efficiency.access.may import ACTING, seats_for
from efficiency.access.models import User
from efficiency.access.scope import Seat
from efficiency.deadlines import actions as engine
from efficiency.steps import frame, succeeding


class Who(Enum):
    """Who acts without an account."""

    APPLICANT = "applicant"  # with number and code
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Transition(frame.Transition):
    """One row of the table."""

    right: str | Who
    meets: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    opens: tuple[str, ...] = ()
    told: tuple[Told, ...] = ()


APPLICANT, EDITORS, LEADERS, OFFICE = Told.APPLICANT, Told.EDITORS, Told.LEADERS, Told.OFFICE
HANDLE, APPROVE, EXTEND, DECIDE = (f"inforequest.{right}" for right in ("handle", "approve", "extend", "review"))
RENEW, ERASE = "inforequest.renew_code", "inforequest.decide_erasure"
WORK = frozenset({State.RECEIVED, State.HANDLING})
RUNS = frozenset(BEFORE_ANSWER)


# fmt: off
TABLE = (
    #          step               from                        to                    who may
    Transition("take_up",         pgettext_lazy("step with a request", "find it clear"),
               frozenset({State.RECEIVED}),    State.HANDLING,      HANDLE,
               meets=(SUPPLEMENT_NOTICE,)),
    Transition("ask_supplement",  pgettext_lazy("step with a request", "ask for a supplement"),
               WORK,                           State.SUPPLEMENTING, HANDLE,
               meets=(SUPPLEMENT_NOTICE,), ends=(ANSWER,), opens=(SUPPLEMENT,), told=(APPLICANT,)),
    Transition("supplement",      pgettext_lazy("step with a request", "supplement"),
               frozenset({State.SUPPLEMENTING}), State.HANDLING,    Who.APPLICANT,
               meets=(SUPPLEMENT,), opens=(ANSWER,), told=(EDITORS,)),
    # The same, and what else an applicant does, by letter: entered by staff.
    Transition("enter_supplement", pgettext_lazy("step with a request", "enter a supplement that came on paper"),
               frozenset({State.SUPPLEMENTING}), State.HANDLING,    HANDLE,
               meets=(SUPPLEMENT,), told=(APPLICANT,)),
    Transition("enter_withdrawal", pgettext_lazy("step with a request", "enter a withdrawal that came on paper"),
               RUNS,                           State.WITHDRAWN,     HANDLE,
               told=(APPLICANT,)),
    Transition("enter_review",    pgettext_lazy("step with a request", "enter a wish for a review that came on paper"),
               frozenset({State.ANSWERED}),    State.REVIEWING,     HANDLE,
               meets=(REVIEW_APPLY,), told=(APPLICANT, OFFICE)),
    Transition("abandon",         pgettext_lazy("step with a request", "take it as abandoned"),
               frozenset({State.SUPPLEMENTING}), State.ABANDONED,   HANDLE,
               ends=(SUPPLEMENT,), told=(APPLICANT,)),
    Transition("ask_fee",         pgettext_lazy("step with a request", "ask for the fee"),
               WORK,                           State.UNPAID,        HANDLE,
               meets=(SUPPLEMENT_NOTICE,), ends=(ANSWER,), opens=(FEE,), told=(APPLICANT,)),
    Transition("record_payment",  pgettext_lazy("step with a request", "record that the fee was paid"),
               frozenset({State.UNPAID}),      State.HANDLING,      HANDLE,
               meets=(FEE,), told=(APPLICANT,)),
    Transition("give_up_unpaid",  pgettext_lazy("step with a request", "take it as given up, unpaid"),
               frozenset({State.UNPAID}),      State.ABANDONED,     HANDLE,
               ends=(FEE,), told=(APPLICANT,)),
    Transition("consult",         pgettext_lazy("step with a request", "ask for an opinion"),
               WORK,                           State.CONSULTING,    HANDLE,
               meets=(SUPPLEMENT_NOTICE,), told=(APPLICANT,)),
    Transition("record_letter",   pgettext_lazy("step with a request", "record when the letter arrived"),
               frozenset({State.CONSULTING}),  None,                HANDLE,
               ends=(THIRD_PARTY, CO_ORGAN)),
    Transition("record_opinion",  pgettext_lazy("step with a request", "record the opinion"),
               frozenset({State.CONSULTING}),  State.HANDLING,      HANDLE,
               meets=(THIRD_PARTY, CO_ORGAN), told=(APPLICANT,)),
    Transition("lapse_opinion",   pgettext_lazy("step with a request", "no opinion came"),
               frozenset({State.CONSULTING}),  State.HANDLING,      Who.SYSTEM,
               ends=(THIRD_PARTY, CO_ORGAN), told=(APPLICANT, EDITORS)),
    Transition("ask_reasons",     pgettext_lazy("step with a request", "ask for the reasons"),
               WORK,                           State.HANDLING,      HANDLE,
               meets=(SUPPLEMENT_NOTICE,), opens=(REASONS,), told=(APPLICANT,)),
    Transition("give_reasons",    pgettext_lazy("step with a request", "give reasons"),
               RUNS,                           None,                Who.APPLICANT,
               meets=(REASONS,), told=(EDITORS,)),
    Transition("ask_extension",   pgettext_lazy("step with a request", "ask for more time"),
               WORK,                           None,                HANDLE,
               told=(LEADERS,)),
    Transition("extend",          pgettext_lazy("step with a request", "give more time"),
               RUNS,                           None,                EXTEND,
               told=(APPLICANT, EDITORS)),
    Transition("refuse_extension", pgettext_lazy("step with a request", "give no more time"),
               RUNS,                           None,                EXTEND,
               told=(EDITORS,)),
    Transition("lapse_extension", pgettext_lazy("step with a request", "more time was not decided on"),
               RUNS,                           None,                Who.SYSTEM,
               told=(EDITORS,)),
    Transition("draft",           pgettext_lazy("step with a request", "draft the answer"),
               WORK,                           State.DRAFTED,       HANDLE,
               meets=(SUPPLEMENT_NOTICE,), told=(LEADERS,)),
    Transition("return_draft",    pgettext_lazy("step with a request", "send the draft back"),
               frozenset({State.DRAFTED}),     State.HANDLING,      APPROVE,
               told=(EDITORS,)),
    Transition("approve",         pgettext_lazy("step with a request", "approve the answer"),
               frozenset({State.DRAFTED}),     State.APPROVED,      APPROVE,
               told=(EDITORS,)),
    # Approved and sent in one, where the applicant reads the answer with number and code.
    Transition("approve_online",  pgettext_lazy("step with a request", "approve and send the answer"),
               frozenset({State.DRAFTED}),     State.ANSWERED,      APPROVE,
               meets=(ANSWER,), opens=(REVIEW_APPLY,), told=(APPLICANT, EDITORS)),
    Transition("deliver",         pgettext_lazy("step with a request", "send the answer"),
               frozenset({State.APPROVED}),    State.ANSWERED,      HANDLE,
               meets=(ANSWER,), opens=(REVIEW_APPLY,), told=(APPLICANT,)),
    Transition("withdraw",        pgettext_lazy("step with a request", "withdraw"),
               RUNS,                           State.WITHDRAWN,     Who.APPLICANT,
               told=(EDITORS,)),
    Transition("ask_review",      pgettext_lazy("step with a request", "ask for a review"),
               frozenset({State.ANSWERED}),    State.REVIEWING,     Who.APPLICANT,
               meets=(REVIEW_APPLY,), opens=(REVIEW,), told=(OFFICE,)),
    Transition("uphold",          pgettext_lazy("step with a request", "let the answer stand"),
               frozenset({State.REVIEWING}),   State.ANSWERED,      DECIDE,
               meets=(REVIEW,), told=(APPLICANT, EDITORS)),
    # Whatever becomes of the request, as long as it is known who asked.
    Transition("ask_new_code",    pgettext_lazy("step with a request", "ask for a new code"),
               frozenset(State),               None,                RENEW,
               opens=(NEW_CODE,), told=(OFFICE,)),
    Transition("issue_new_code",  pgettext_lazy("step with a request", "issue the new code"),
               frozenset(State),               None,                RENEW,
               meets=(NEW_CODE,), told=(APPLICANT,)),
    Transition("refuse_new_code", pgettext_lazy("step with a request", "refuse the new code"),
               frozenset(State),               None,                RENEW,
               meets=(NEW_CODE,)),
    Transition("order_again",     pgettext_lazy("step with a request", "have it answered anew"),
               frozenset({State.REVIEWING}),   State.HANDLING,      DECIDE,
               meets=(REVIEW,), opens=(ANSWER,), told=(APPLICANT, EDITORS)),
    Transition("urge",            pgettext_lazy("step with a request", "call the efficiency office"),
               frozenset(State),               None,                Who.APPLICANT,
               told=(OFFICE,)),
    # What is kept about the applicant is theirs (docs/trust.md P-13).
    Transition("correct_contact", pgettext_lazy("step with a request", "correct the contact"),
               frozenset(State),               None,                Who.APPLICANT),
    Transition("hide_identity",   pgettext_lazy("step with a request", "take back the consent"),
               frozenset(State),               None,                Who.APPLICANT),
    Transition("ask_erasure",     pgettext_lazy("step with a request", "ask for the erasure of who asked"),
               frozenset(State),               None,                Who.APPLICANT,
               opens=(ERASURE,), told=(OFFICE,)),
    Transition("grant_erasure",   pgettext_lazy("step with a request", "erase who asked"),
               frozenset(State),               None,                ERASE,
               meets=(ERASURE,)),
    Transition("refuse_erasure",  pgettext_lazy("step with a request", "refuse the erasure"),
               frozenset(State),               None,                ERASE,
               meets=(ERASURE,), told=(APPLICANT,)),
)
# fmt: on
BEGUN = {"file": pgettext_lazy("step with a request", "receive"), succeeding.ACTION: succeeding.LABEL}

Step = frame.Step[InformationRequest, Transition]


class RequestSteps(frame.Steps[InformationRequest, RequestEvent, Transition]):
    """The steps of requests."""

    name = "inforequest"
    hashed_for = "request-step-token"
    model, event_model, token_model = InformationRequest, RequestEvent, RequestToken
    absent, changed, not_in_state = Absent, Changed, NotInState
    joined = ("organ__parent",)
    begun = BEGUN

    def is_known_to(self, by: User, request: InformationRequest) -> bool:
        """Say whether ``by`` may read the request."""
        return bool(seats_for(by, "inforequest.read", request))

    def seats_that_may(self, by: User, row: Transition, request: InformationRequest) -> list[Seat]:
        """Return the seats from which ``by`` may take a step; none for a step that is no one's of staff."""
        if isinstance(row.right, Who):
            return []
        return [seat for seat, cell in seats_for(by, row.right, request) if cell in ACTING]

    def bring_in_line(self, step: Step) -> None:
        """Keep, end and open what the table says."""
        request, row, at = step.subject, step.row, step.at
        for kind in row.meets:
            engine.meet(request, kind, at=at)
        if row.ends:
            deadlines.end_all(request, at=at, kinds=row.ends)
        if request.state in ENDED and row.target is not None:
            # What is left belongs to nobody any more, but what the applicant was promised beside the answer: a new
            # code, a decision on erasure. What the step itself opens comes after.
            deadlines.end_all(request, at=at, but=BESIDE)
            request.ended_at = at
        elif request.state not in ENDED:
            request.ended_at = None
        for kind in row.opens:
            deadlines.open_kind(request, kind, at=at, variant=step.variant if kind == ANSWER else "")
        request.next_due_at = engine.next_due_at(request)

    def columns(self, step: Step) -> dict[str, Any]:
        """Return as what somebody acted."""
        right = step.row.right
        return {"actor_kind": "staff" if step.by else right.value if isinstance(right, Who) else ""}

    def tell(self, event: RequestEvent, row: Transition) -> None:
        """Tell whom the table names."""
        messages.tell(event, row.told)


steps = RequestSteps(TABLE)
BY_ACTION, label_of, seats_that_may = steps.by_action, steps.label_of, steps.seats_that_may
lock, begin = steps.lock, steps.begin
action, once = steps.action, steps.once


def begin_for(request: InformationRequest, action: str, /, *, who: Who, at: datetime) -> Step:
    """
    Begin a step of the applicant, whose session was asked for, or of the system.

    :raises NotInState: the request is not where the step begins
    """
    lock(request)
    row = BY_ACTION[action]
    if row.right is not who:
        raise NotAllowed
    steps.only_in_state(row, request)
    return Step(request, row, at)


def finish(
    step: Step,
    *,
    public_text: str = "",
    internal_text: str = "",
    data: dict[str, Any] | None = None,
    variant: str = "",
) -> RequestEvent:
    """Keep, end and open what the table says, move the request, write the event and the messages."""
    step.variant = variant
    return steps.complete(step, {"public_text": public_text, "internal_text": internal_text}, data=data)


def count_in_report(request: InformationRequest, row: str, /, *, at: datetime) -> None:
    """Say when and under which row the annual report counts a request; what was counted once stays counted so."""
    if request.reported_on is None:
        request.reported_on, request.reported_as = timezone.localdate(at), row
