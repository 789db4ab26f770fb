"""
The way of a correction as one table, and the frame in which each step runs (docs/domain.md 9.2, 11).

Each row says which step leads from where to where, who may take it from which side, which promises it keeps, and who is
told. Which promises run follows from where a correction stands (``deadlines.running_kinds``).
"""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import pgettext_lazy

from accountability.corrections import deadlines, messages
from accountability.corrections.access import Side, seats_that_may
from accountability.corrections.deadlines import FINISH, OPINION_ANSWER, ORDER_ANSWER, PLAN, REVIEW
from accountability.corrections.enums import BEFORE, ENDED, MOST_ROUNDS, OPEN, Kind, State
from accountability.corrections.messages import Told
from accountability.corrections.refusals import Absent, Changed, NotAllowed, NotInState
from accountability.models import Correction, CorrectionEvent, CorrectionToken
from complaints.refusals import GivesAway
from efficiency.access.models import User
from efficiency.access.scope import Seat, scope_of
from efficiency.steps import frame


@dataclass(frozen=True, slots=True)
class Transition(frame.Transition):
    """One row of the table. Without a ``side`` it is the portal itself that acts."""

    right: str = ""
    side: Side | None = None
    kinds: frozenset[Kind] = frozenset(Kind)
    rounds: frozenset[int] = frozenset(range(1, MOST_ROUNDS + 1))
    meets: tuple[str, ...] = ()
    told: tuple[Told, ...] = ()
    # What the organ does not read of it.
    is_internal: bool = False


ORGAN, OFFICE = Side.ORGAN, Side.OFFICE
ANSWERERS, OFFICERS, HEADS, DRAFTER = Told.ANSWERERS, Told.OFFICERS, Told.HEADS, Told.DRAFTER
NOTICE, OTHERS = frozenset({Kind.NOTICE}), frozenset({Kind.ORDER, Kind.OPINION})
FIRST, SECOND = frozenset({1}), frozenset({MOST_ROUNDS})
DRAFT, ISSUE, PLANS, REPORT, ACCEPT, EXTEND = (
    f"correction.{right}" for right in ("draft", "issue", "plan", "report", "accept", "extend")
)
# While a notice is with the organ: its end can be moved.
WITH_ORGAN = frozenset({State.ISSUED, State.PLANNED})


# fmt: off
TABLE = (
    #          step               from                        to                  who may, from which side
    Transition("revise",          pgettext_lazy("step with a correction", "change the draft"),
               frozenset({State.DRAFT}),       None,               DRAFT, OFFICE, is_internal=True),
    Transition("issue",           pgettext_lazy("step with a correction", "issue"),
               frozenset(BEFORE),              State.ISSUED,       ISSUE, OFFICE, told=(ANSWERERS, DRAFTER)),
    # What was proposed about a case is ordered there, by the orders that cases have.
    Transition("pass_on",         pgettext_lazy("step with a correction", "order it in the case"),
               frozenset({State.PROPOSED}),    State.PASSED_ON,    ISSUE, OFFICE, is_internal=True),
    Transition("decline",         pgettext_lazy("step with a correction", "do not issue"),
               frozenset(BEFORE),              State.DECLINED,     ISSUE, OFFICE, told=(DRAFTER,), is_internal=True),
    Transition("plan",            pgettext_lazy("step with a correction", "hand in the plan"),
               frozenset({State.ISSUED}),      State.PLANNED,      PLANS, ORGAN, NOTICE,
               meets=(PLAN,), told=(OFFICERS,)),
    Transition("finish",          pgettext_lazy("step with a correction", "report what was put right"),
               frozenset({State.PLANNED}),     State.DONE,         REPORT, ORGAN, NOTICE,
               meets=(FINISH,), told=(OFFICERS,)),
    Transition("answer",          pgettext_lazy("step with a correction", "answer"),
               frozenset({State.ISSUED}),      State.DONE,         REPORT, ORGAN, OTHERS,
               meets=(ORDER_ANSWER, OPINION_ANSWER), told=(OFFICERS,)),
    Transition("ask_extension",   pgettext_lazy("step with a correction", "ask for more time"),
               WITH_ORGAN,                     None,               REPORT, ORGAN, NOTICE, told=(OFFICERS,)),
    Transition("extend",          pgettext_lazy("step with a correction", "give more time"),
               WITH_ORGAN,                     None,               EXTEND, OFFICE, NOTICE, told=(ANSWERERS,)),
    Transition("refuse_extension", pgettext_lazy("step with a correction", "give no more time"),
               WITH_ORGAN,                     None,               EXTEND, OFFICE, NOTICE, told=(ANSWERERS,)),
    Transition("lapse_extension", pgettext_lazy("step with a correction", "more time was not decided on"),
               WITH_ORGAN,                     None,               kinds=NOTICE, told=(ANSWERERS,)),
    Transition("accept",          pgettext_lazy("step with a correction", "accept the result"),
               frozenset({State.DONE}),        State.VERIFIED,     ACCEPT, OFFICE,
               meets=(REVIEW,), told=(ANSWERERS,)),
    Transition("find_insufficient", pgettext_lazy("step with a correction", "send the result back"),
               frozenset({State.DONE}),        State.INSUFFICIENT, ACCEPT, OFFICE, rounds=FIRST,
               told=(HEADS,)),
    Transition("issue_again",     pgettext_lazy("step with a correction", "issue it again"),
               frozenset({State.INSUFFICIENT}), State.ISSUED,      ISSUE, OFFICE, rounds=FIRST,
               meets=(REVIEW,), told=(ANSWERERS,)),
    Transition("fail",            pgettext_lazy("step with a correction", "record that it was not put right"),
               frozenset({State.DONE}),        State.FAILED,       ACCEPT, OFFICE, rounds=SECOND,
               meets=(REVIEW,), told=(ANSWERERS, HEADS)),
    Transition("withdraw",        pgettext_lazy("step with a correction", "withdraw it"),
               frozenset(OPEN),                State.WITHDRAWN,    ISSUE, OFFICE, told=(ANSWERERS,)),
)
# fmt: on
BEGUN = {
    "draft": pgettext_lazy("step with a correction", "draft"),
    "propose": pgettext_lazy("step with a correction", "propose"),
}

Step = frame.Step[Correction, Transition]


class CorrectionSteps(frame.Steps[Correction, CorrectionEvent, Transition]):
    """The steps of corrections; whoever names who complained is on record like who tries what they may not (P-04)."""

    name = "correction"
    model, event_model, token_model = Correction, CorrectionEvent, CorrectionToken
    absent, changed, not_in_state = Absent, Changed, NotInState
    on_record = (NotAllowed, GivesAway)
    joined = ("organ", "office__parent", "post")
    begun = BEGUN

    def is_known_to(self, by: User, correction: Correction) -> bool:
        """Say whether ``by`` may know at least the header."""
        return known_to(by).filter(pk=correction.pk).exists()

    def seats_that_may(self, by: User, row: Transition, correction: Correction) -> list[Seat]:
        """Return the seats on the side of the step that have its right."""
        if row.side is None:
            return []
        return seats_that_may(by, row.right, row.side, correction, scope_of(by))

    def is_of_portal(self, row: Transition) -> bool:
        """Say whether no side takes the step."""
        return row.side is None

    def is_there(self, row: Transition, correction: Correction) -> bool:
        """Say whether state, kind, and how often it was issued are those of the step."""
        return correction.state in row.sources and correction.kind in row.kinds and correction.round in row.rounds

    def bring_in_line(self, step: Step) -> None:
        """Let the promises run that run where the correction stands now."""
        correction = step.subject
        correction.ended_at = step.at if correction.state in ENDED else None
        deadlines.bring_in_line(correction, at=step.at, met=step.row.meets)

    def columns(self, step: Step) -> dict[str, Any]:
        """Return whether the organ reads of the step."""
        return {"is_internal": step.row.is_internal}

    def tell(self, event: CorrectionEvent, row: Transition) -> None:
        """Tell whom the table names."""
        messages.tell(event, row.told)


<<<<<<< HEAD
steps = CorrectionSteps(TABLE)
begin, begin_itself, finish = steps.begin, steps.begin_itself, steps.finish
action, once = steps.action, steps.once
=======
def lock(correction: Correction) -> None:
    """Lock the correction until the end of the transaction, and read it anew."""
    fresh = Correction.objects.select_for_update(of=("self",), no_key=True)
    row = fresh.select_related("organ", "office__parent", "post").get(pk=correction.pk)
    for field in Correction._meta.concrete_fields:
        setattr(correction, field.attname, getattr(row, field.attname))
    correction.organ, correction.office, correction.post = row.organ, row.office, row.post


def begin(correction: Correction, action: str, /, *, by: User, at: datetime, version: int) -> Step:
    """
    Begin a step in the caller's transaction; every writer locks the correction before its promises.

    :raises Absent: for ``by`` there is no such correction
    :raises NotAllowed: ``by`` may not take this step
    :raises Changed: somebody changed the correction since ``version`` was read
    :raises NotInState: the correction is not where the step begins
    """
    lock(correction)
    row = BY_ACTION[action]
    scope_of(by, fresh=True)
    if not Correction.objects.knows(by, correction):
        raise Absent
    seats = seats_for_step(by, row, correction)
    if not seats:
        raise NotAllowed(_("You may not take this step."))
    if version != correction.version:
        raise Changed
    _in_state(row, correction)
    return Step(correction, row, at, by, min(seats, key=lambda seat: (seat.is_stand_in, seat.post_id)))


def seats_for_step(by: User, row: Transition, correction: Correction) -> list[Seat]:
    """Return the seats from which ``by`` may take a step; none for a step that the portal takes itself."""
    if row.side is None:
        return []
    return seats_that_may(by, row.right, row.side, correction, scope_of(by))


def begin_itself(correction: Correction, action: str, /, *, at: datetime) -> Step:
    """
    Begin a step that the portal takes itself.

    :raises NotInState: the correction is not where the step begins
    """
    lock(correction)
    row = BY_ACTION[action]
    if row.side is not None:
        raise NotAllowed(_("You may not take this step."))
    _in_state(row, correction)
    return Step(correction, row, at)


def is_there(row: Transition, correction: Correction) -> bool:
    """Say whether the correction is where a step begins: its state, its kind, how often it was issued."""
    return correction.state in row.sources and correction.kind in row.kinds and correction.round in row.rounds


def _in_state(row: Transition, correction: Correction) -> None:
    if not is_there(row, correction):
        raise NotInState(_("The correction is no longer where this step begins. Please look at it again."))


def finish(step: Step, *, text: str = "", data: dict[str, Any] | None = None) -> CorrectionEvent:
    """Move the correction, bring its promises in line, write the event and the messages."""
    correction, row, at = step.correction, step.row, step.at
    before, correction.state = correction.state, row.target or correction.state
    correction.ended_at = at if correction.state in ENDED else None
    deadlines.bring_in_line(correction, at=at, met=row.meets)
    correction.version += 1
    correction.save()
    event = CorrectionEvent.objects.create(
        correction=correction,
        number=correction.version,
        action=row.action,
        actor=step.by,
        actor_organ_id=step.seat.organ_id if step.seat else None,
        at=at,
        from_state=before,
        to_state=correction.state,
        text=text,
        is_internal=row.is_internal,
        data=data or {},
    )
    if step.by is not None:
        record(f"correction.{row.action}", actor=step.by, obj=correction, at=at)
    messages.tell(event, row.told)
    return event


P = ParamSpec("P")
R = TypeVar("R")


def action(function: Callable[Concatenate[Correction, P], R]) -> Callable[Concatenate[Correction, P], R]:
    """
    Run an action in one transaction; whoever tries what they may not, or names who complained, is on record (P-04).

    What the engine of promises refuses is an expected answer of the step like every other: ``NotInState``.
    """

    @wraps(function)
    def acting(correction: Correction, /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with transaction.atomic():
                return function(correction, *args, **kwargs)
        except engine.Refused as refusal:
            raise NotInState(refusal.message, refusal.field) from refusal
        except (NotAllowed, GivesAway) as refusal:
            _record_refusal(function.__name__, correction, refusal, kwargs)
            raise

    return acting


def _record_refusal(name: str, correction: Correction, refusal: Exception, given: dict[str, Any]) -> None:
    record(
        f"correction.{name}",
        actor=given.get("by"),
        obj=correction,
        outcome=Outcome.REFUSED,
        detail={"refusal": type(refusal).__name__},
        at=given["at"],
    )


def once(function: Callable[..., CorrectionEvent]) -> Callable[..., CorrectionEvent]:
    """Let the same form take a step once: sent again, or twice at once, it gives the event of the first time (S-10)."""

    @wraps(function)
    def taking(correction: Correction, /, *, token: str | None = None, **values: Any) -> CorrectionEvent:
        if not token:
            return function(correction, **values)
        of = str(correction.pk)
        if event := event_of(token, of=of):
            return event
        try:
            with transaction.atomic():
                event = function(correction, **values)
                keep_token(token, event, of=of)
        except (Refused, GivesAway, IntegrityError) as failure:
            if event := event_of(token, of=of):
                return event
            if isinstance(failure, NotAllowed | GivesAway):  # what ``action`` wrote went with the transaction
                _record_refusal(function.__name__, correction, failure, values)
            raise
        return event

    return taking


def event_of(token: str, *, of: str) -> CorrectionEvent | None:
    """Return the step that was taken by the form of ``token``; ``of`` is the key of its correction, or ``draft``."""
    taken = CorrectionToken.objects.select_related("event__correction").filter(token_hash=_hash_of(token, of)).first()
    return taken.event if taken else None


def keep_token(token: str, event: CorrectionEvent, *, of: str) -> None:
    """Keep which step the form of ``token`` took, in its transaction."""
    CorrectionToken.objects.create(token_hash=_hash_of(token, of), event=event)


def _hash_of(token: str, of: str) -> bytes:
    return keyed_hash("correction-token", f"{of}:{token}")
>>>>>>> suite
