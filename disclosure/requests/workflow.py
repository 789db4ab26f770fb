"""
The way of a request for information as one table, and the frame in which each step runs (docs/domain.md 6.3).

Each row says which step leads from where to where, who may take it, which promises it keeps, ends and opens, and who
is told. An action calls ``begin``, decides what the field leaves to it, and calls ``finish``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from disclosure.models import InformationRequest, RequestEvent, RequestToken
from disclosure.requests import deadlines, messages
from disclosure.requests.deadlines import (
    ANSWER,
    CO_ORGAN,
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
from disclosure.requests.refusals import Absent, Changed, NotAllowed, NotInState, Refused
from efficiency.access.cipher import keyed_hash
from efficiency.access.may import ACTING, seats_for
from efficiency.access.models import User
from efficiency.access.scope import Seat
from efficiency.audit.models import Outcome
from efficiency.audit.records import record
from efficiency.deadlines import actions as engine


class Who(Enum):
    """Who acts without an account."""

    APPLICANT = "applicant"  # with number and code
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table; ``target`` None: the state stays."""

    action: str
    label: Lazy
    sources: frozenset[State]
    target: State | None
    right: str | Who
    meets: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    opens: tuple[str, ...] = ()
    told: tuple[Told, ...] = ()


APPLICANT, EDITORS, LEADERS, OFFICE = Told.APPLICANT, Told.EDITORS, Told.LEADERS, Told.OFFICE
HANDLE, APPROVE, EXTEND, DECIDE = (f"inforequest.{right}" for right in ("handle", "approve", "extend", "review"))
RENEW = "inforequest.renew_code"
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
)
# fmt: on
BY_ACTION = {row.action: row for row in TABLE}
FILED = pgettext_lazy("step with a request", "receive")


def label_of(action: str) -> Lazy:
    """Return what a step is called."""
    return BY_ACTION[action].label if action in BY_ACTION else FILED


@dataclass(slots=True)
class Step:
    """A step that has begun: the request is locked, right and state were looked at."""

    request: InformationRequest
    row: Transition
    at: datetime
    by: User | None = None
    seat: Seat | None = None


def lock(request: InformationRequest) -> None:
    """Lock the request until the end of the transaction, and read it anew."""
    fresh = InformationRequest.objects.select_for_update(of=("self",), no_key=True).select_related("organ__parent")
    row = fresh.get(pk=request.pk)
    for field in InformationRequest._meta.concrete_fields:
        setattr(request, field.attname, getattr(row, field.attname))
    request.organ = row.organ


def begin(request: InformationRequest, action: str, /, *, by: User, at: datetime, version: int) -> Step:
    """
    Begin a step of staff in the caller's transaction; every writer locks the request before its promises.

    :raises Absent: for ``by`` there is no such request
    :raises NotAllowed: ``by`` may not take this step
    :raises Changed: somebody changed the request since ``version`` was read
    :raises NotInState: the request is not where the step begins
    """
    lock(request)
    row = BY_ACTION[action]
    if not seats_for(by, "inforequest.read", request, fresh=True):
        raise Absent
    seats = seats_that_may(by, row, request)
    if not seats:
        raise NotAllowed(_("You may not take this step."))
    if version != request.version:
        raise Changed
    _in_state(row, request)
    return Step(request, row, at, by, min(seats, key=lambda seat: (seat.is_stand_in, seat.post_id)))


def seats_that_may(by: User, row: Transition, request: InformationRequest) -> list[Seat]:
    """Return the seats from which ``by`` may take a step; none for a step that is no one's of staff."""
    if isinstance(row.right, Who):
        return []
    return [seat for seat, cell in seats_for(by, row.right, request) if cell in ACTING]


def begin_for(request: InformationRequest, action: str, /, *, who: Who, at: datetime) -> Step:
    """
    Begin a step of the applicant, whose session was asked for, or of the system.

    :raises NotInState: the request is not where the step begins
    """
    lock(request)
    row = BY_ACTION[action]
    if row.right is not who:
        raise NotAllowed(_("You may not take this step."))
    _in_state(row, request)
    return Step(request, row, at)


def _in_state(row: Transition, request: InformationRequest) -> None:
    if request.state not in row.sources:
        raise NotInState(_("The request is no longer where this step begins. Please look at it again."))


def finish(
    step: Step,
    *,
    public_text: str = "",
    internal_text: str = "",
    data: dict[str, Any] | None = None,
    variant: str = "",
) -> RequestEvent:
    """Keep, end and open what the table says, move the request, write the event and the messages."""
    request, row, at = step.request, step.row, step.at
    for kind in row.meets:
        engine.meet(request, kind, at=at)
    if row.ends:
        deadlines.end_all(request, at=at, kinds=row.ends)
    before, request.state = request.state, row.target or request.state
    if request.state in ENDED and row.target is not None:
        # What is left belongs to nobody any more, but a new code that was asked for: the applicant needs it still. What
        # the step itself opens comes after.
        deadlines.end_all(request, at=at, but=(NEW_CODE,))
        request.ended_at = at
    elif request.state not in ENDED:
        request.ended_at = None
    for kind in row.opens:
        deadlines.open_kind(request, kind, at=at, variant=variant if kind == ANSWER else "")
    request.version += 1
    request.next_due_at = engine.next_due_at(request)
    request.save()
    event = RequestEvent.objects.create(
        request=request,
        number=request.version,
        action=row.action,
        actor=step.by,
        actor_kind="staff" if step.by else row.right.value if isinstance(row.right, Who) else "",
        actor_organ_id=step.seat.organ_id if step.seat else None,
        at=at,
        from_state=before,
        to_state=request.state,
        public_text=public_text,
        internal_text=internal_text,
        data=data or {},
    )
    if step.by is not None:
        record(f"inforequest.{row.action}", actor=step.by, obj=request, at=at)
    messages.tell(event, row.told)
    return event


def count_in_report(request: InformationRequest, row: str, /, *, at: datetime) -> None:
    """Say when and under which row the annual report counts a request; what was counted once stays counted so."""
    if request.reported_on is None:
        request.reported_on, request.reported_as = timezone.localdate(at), row


P = ParamSpec("P")
R = TypeVar("R")


def action(
    function: Callable[Concatenate[InformationRequest, P], R],
) -> Callable[Concatenate[InformationRequest, P], R]:
    """
    Run an action in one transaction; whoever tries what they may not is recorded (docs/trust.md L-01).

    What the engine of promises refuses is an expected answer of the step like every other: ``NotInState``.
    """

    @wraps(function)
    def acting(request: InformationRequest, /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with transaction.atomic():
                return function(request, *args, **kwargs)
        except engine.Refused as refusal:
            raise NotInState(refusal.message) from refusal
        except NotAllowed as refusal:
            given: dict[str, Any] = kwargs
            record(
                f"inforequest.{function.__name__}",
                actor=given.get("by"),
                obj=request,
                outcome=Outcome.REFUSED,
                detail={"refusal": type(refusal).__name__},
                at=given["at"],
            )
            raise

    return acting


def once(function: Callable[..., RequestEvent]) -> Callable[..., RequestEvent]:
    """Let the same form take a step once: sent again, or twice at once, it gives the event of the first time (S-10)."""

    @wraps(function)
    def taking(request: InformationRequest, /, *, token: str | None = None, **values: Any) -> RequestEvent:
        if token is None:
            return function(request, **values)
        if event := event_of(request, token):
            return event
        try:
            with transaction.atomic():
                event = function(request, **values)
                RequestToken.objects.create(token_hash=hash_of_step(request, token), event=event)
        except (Refused, IntegrityError):
            if event := event_of(request, token):
                return event
            raise
        return event

    return taking


def event_of(request: InformationRequest, token: str) -> RequestEvent | None:
    """Return the step that was taken by the form of ``token``; None if none was."""
    taken = RequestToken.objects.select_related("event").filter(token_hash=hash_of_step(request, token)).first()
    return taken.event if taken else None


def hash_of_step(request: InformationRequest, token: str) -> bytes:
    """Return what is stored of the token of a step."""
    return keyed_hash("request-step-token", f"{request.pk}:{token}")
