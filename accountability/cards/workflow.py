"""
The life of a card as one table, and the frame in which each step runs (docs/domain.md 9.3).

Each row says which step leads from where to where, who may take it, which times it ends, and who is told. An action
calls ``begin``, decides what the field leaves to it, and calls ``finish``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.db import transaction
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accountability.cards import access, messages
from accountability.cards.deadlines import APPEAL, APPEAL_RULING, EXPLAIN
from accountability.cards.enums import APPEALABLE, CardState
from accountability.cards.messages import Told
from accountability.cards.refusals import Absent, Changed, NotAllowed, NotInState
from accountability.models import Card, CardEvent
from complaints.refusals import GivesAway
from efficiency.access.may import ACTING, seats_for
from efficiency.access.models import User
from efficiency.access.scope import Seat, scope_of
from efficiency.audit.models import Outcome
from efficiency.audit.records import record
from efficiency.deadlines import actions as engine

# The right of a step that nobody takes but the portal.
SYSTEM = ""


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table; ``target`` None: the state stays."""

    action: str
    label: Lazy
    sources: frozenset[CardState]
    target: CardState | None
    right: str
    meets: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    told: tuple[Told, ...] = ()


PERSON, LEADERS, OFFICE = Told.PERSON, Told.LEADERS, Told.OFFICE
S = CardState
STANDING = frozenset({S.ISSUED, S.EXPLAINED, S.ACCEPTED, S.CLEARED, S.UPHELD})

# fmt: off
TABLE = (
    #          step                 from                                  to             who may
    Transition("confirm",           pgettext_lazy("step with a card", "confirm the card"),
               frozenset({S.PROPOSED}),                    S.ISSUED,      "card.issue", told=(PERSON, LEADERS, OFFICE)),
    Transition("drop",              pgettext_lazy("step with a card", "drop the proposal"),
               frozenset({S.PROPOSED}),                    S.DROPPED,     "card.issue", told=(Told.PROPOSER,)),
    Transition("explain",           pgettext_lazy("step with a card", "explain"),
               frozenset({S.ISSUED}),                      S.EXPLAINED,   "card.answer",
               meets=(EXPLAIN,), told=(OFFICE,)),
    Transition("accept_explanation", pgettext_lazy("step with a card", "accept the explanation"),
               frozenset({S.EXPLAINED, S.UPHELD}),         None,          "card.accept_explanation",
               told=(PERSON, LEADERS)),
    Transition("clear",             pgettext_lazy("step with a card", "clear the card"),
               frozenset({S.EXPLAINED, S.UPHELD}),         S.CLEARED,     SYSTEM, told=(PERSON, LEADERS)),
    Transition("accept_silence",    pgettext_lazy("step with a card", "no explanation came"),
               frozenset({S.ISSUED}),                      S.ACCEPTED,    SYSTEM),
    Transition("appeal",            pgettext_lazy("step with a card", "appeal"),
               frozenset(APPEALABLE),                      S.APPEALED,    "card.answer",
               meets=(APPEAL,), told=(OFFICE,)),
    Transition("uphold",            pgettext_lazy("step with a card", "let the card stand"),
               frozenset({S.APPEALED}),                    S.UPHELD,      "card.rule",
               meets=(APPEAL_RULING,), told=(PERSON, LEADERS)),
    Transition("grant",             pgettext_lazy("step with a card", "grant the appeal"),
               frozenset({S.APPEALED}),                    S.REVOKED,     "card.rule",
               meets=(APPEAL_RULING,), ends=(EXPLAIN,), told=(PERSON, LEADERS)),
    Transition("lapse_ruling",      pgettext_lazy("step with a card", "not ruled in time"),
               frozenset({S.APPEALED}),                    S.REVOKED,     SYSTEM,
               ends=(APPEAL_RULING, EXPLAIN), told=(PERSON, LEADERS, OFFICE)),
    Transition("ask_withdrawal",    pgettext_lazy("step with a card", "propose to revoke the card"),
               STANDING,                                   None,          "card.withdraw", told=(OFFICE,)),
    Transition("refuse_withdrawal", pgettext_lazy("step with a card", "do not revoke the card"),
               STANDING,                                   None,          "card.withdraw"),
    Transition("withdraw",          pgettext_lazy("step with a card", "confirm that the card is revoked"),
               STANDING,                                   S.REVOKED,     "card.withdraw",
               ends=(EXPLAIN, APPEAL), told=(PERSON, LEADERS)),
    Transition("withdraw_sweep",    pgettext_lazy("step with a card", "revoke with all cards of a sweep"),
               STANDING | {S.APPEALED},                    S.REVOKED,     SYSTEM,
               ends=(EXPLAIN, APPEAL, APPEAL_RULING)),
    Transition("keep",              pgettext_lazy("step with a card", "let the card stand after a change of dates"),
               STANDING | {S.APPEALED},                    None,          "card.accept_explanation"),
)
# fmt: on
BY_ACTION = {row.action: row for row in TABLE}
# What a card begins with.
BEGINNINGS = {
    "propose": pgettext_lazy("step with a card", "propose a card"),
    "reissue": pgettext_lazy("step with a card", "issue anew to whoever is responsible"),
    "accumulate": pgettext_lazy("step with a card", "issue for three yellow cards"),
}


def label_of(action: str) -> Lazy:
    """Return what a step is called."""
    return BY_ACTION[action].label if action in BY_ACTION else BEGINNINGS[action]


@dataclass(slots=True)
class Step:
    """A step that has begun: the card is locked, right and state were looked at."""

    card: Card
    row: Transition
    at: datetime
    by: User | None = None
    seat: Seat | None = None


def lock(card: Card) -> None:
    """Lock the card until the end of the transaction, and read it anew."""
    row = Card.objects.select_for_update(of=("self",), no_key=True).get(pk=card.pk)
    for field in Card._meta.concrete_fields:
        setattr(card, field.attname, getattr(row, field.attname))


def begin(card: Card, action: str, /, *, by: User, at: datetime, version: int) -> Step:
    """
    Begin a step of a person in the caller's transaction; every writer locks the card before its promises.

    :raises Absent: for ``by`` there is no such card
    :raises NotAllowed: ``by`` may not take this step
    :raises Changed: somebody changed the card since ``version`` was read
    :raises NotInState: the card is not where the step begins
    """
    lock(card)
    row = BY_ACTION[action]
    scope_of(by, fresh=True)
    if not Card.objects.visible_to(by).filter(pk=card.pk).exists():
        raise Absent
    seats = seats_that_may(by, row, card)
    if not seats:
        raise NotAllowed(_("You may not take this step."))
    if version != card.version:
        raise Changed
    in_state(row, card)
    return Step(card, row, at, by, min(seats, key=lambda seat: (seat.is_stand_in, seat.post_id)))


def seats_that_may(by: User, row: Transition, card: Card) -> list[Seat]:
    """
    Return the seats from which ``by`` may take a step; none for a step that is the portal's.

    Explaining and appealing is for whoever got the card or leads the organ; whatever is decided about it is for nobody
    whom it concerns.
    """
    if row.right == SYSTEM:
        return []
    if row.right == "card.answer":
        if not access.answers_for(card, by):
            return []
    elif access.concerns(card, by):
        return []
    return [seat for seat, cell in seats_for(by, row.right, card) if cell in ACTING]


def begin_for_portal(card: Card, action: str, /, *, at: datetime) -> Step:
    """
    Begin a step that the portal takes by itself.

    :raises NotInState: the card is not where the step begins
    """
    lock(card)
    row = BY_ACTION[action]
    in_state(row, card)
    return Step(card, row, at)


def in_state(row: Transition, card: Card) -> None:
    """
    Refuse a step that does not begin where the card stands.

    :raises NotInState: so it is
    """
    if card.state not in row.sources:
        raise NotInState(_("The card is no longer where this step begins. Please look at it again."))


def finish(step: Step, *, text: str = "", data: dict[str, Any] | None = None) -> CardEvent:
    """Meet and end what the table says, move the card, write the event and the messages."""
    card, row, at = step.card, step.row, step.at
    for kind in row.meets:
        engine.meet(card, kind, at=at)
    if row.ends:
        engine.cancel(card, row.ends, at=at)
    before, card.state = card.state, row.target or card.state
    card.version += 1
    card.save()
    event = CardEvent.objects.create(
        card=card,
        number=card.version,
        action=row.action,
        actor=step.by,
        actor_organ_id=step.seat.organ_id if step.seat else None,
        at=at,
        from_state=before,
        to_state=card.state,
        text=text,
        data=data or {},
    )
    if step.by is not None:
        record(f"card.{row.action}", actor=step.by, obj=card, at=at)
    messages.tell(event, row.told)
    return event


def first_event(
    card: Card, action: str, /, *, by: User | None, seat: Seat | None, at: datetime, text: str = ""
) -> CardEvent:
    """Write the event with which a card begins that the sweep did not issue, and record who did it."""
    card.version = 1
    card.save(update_fields=["version"])
    event = CardEvent.objects.create(
        card=card,
        number=1,
        action=action,
        actor=by,
        actor_organ_id=seat.organ_id if seat else None,
        at=at,
        from_state="",
        to_state=card.state,
        text=text,
    )
    if by is not None:
        record(f"card.{action}", actor=by, obj=card, at=at)
    return event


P = ParamSpec("P")
R = TypeVar("R")


def action(function: Callable[Concatenate[Card, P], R]) -> Callable[Concatenate[Card, P], R]:
    """
    Run an action in one transaction; whoever tries what they may not, or names who complained, is on record (P-04).

    What the engine of promises refuses is an expected answer of the step like every other: ``NotInState``.
    """

    @wraps(function)
    def acting(card: Card, /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with transaction.atomic():
                return function(card, *args, **kwargs)
        except engine.Refused as refusal:
            raise NotInState(refusal.message) from refusal
        except (NotAllowed, GivesAway) as refusal:
            given: dict[str, Any] = kwargs
            record(
                f"card.{function.__name__}",
                actor=given.get("by"),
                obj=card,
                outcome=Outcome.REFUSED,
                detail={"refusal": type(refusal).__name__},
                at=given["at"],
            )
            raise

    return acting
