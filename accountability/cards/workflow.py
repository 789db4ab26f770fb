"""
The life of a card as one table, and the frame in which each step runs (docs/domain.md 9.3).

Each row says which step leads from where to where, who may take it, which times it ends, and who is told. An action
calls ``begin``, decides what the field leaves to it, and calls ``finish``.
"""

from dataclasses import dataclass
from datetime import datetime

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
from efficiency.access.scope import Seat
from efficiency.deadlines import actions as engine
from efficiency.kept_questions import is_within
from efficiency.steps import frame

# The right of a step that nobody takes but the portal.
SYSTEM = ""


@dataclass(frozen=True, slots=True)
class Transition(frame.Transition):
    """One row of the table."""

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
    Transition("go_along",          pgettext_lazy("step with a card", "goes where the yellow card went"),
               STANDING,                                   S.REVOKED,     SYSTEM,
               ends=(EXPLAIN, APPEAL), told=(PERSON, LEADERS)),
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
    # A review let fall what it rests on: a proposal falls as well, and a second person decides on what was issued.
    Transition("fall",              pgettext_lazy("step with a card", "what it rests on does not hold"),
               frozenset({S.PROPOSED}),                    S.DROPPED,     SYSTEM, told=(Told.PROPOSER, OFFICE)),
    Transition("fall_issued",       pgettext_lazy("step with a card", "what it rests on does not hold"),
               STANDING | {S.APPEALED},                    None,          SYSTEM, told=(OFFICE,)),
)
# fmt: on
# What a card begins with.
BEGINNINGS = {
    "propose": pgettext_lazy("step with a card", "propose a card"),
    "reissue": pgettext_lazy("step with a card", "issue anew to whoever is responsible"),
    "accumulate": pgettext_lazy("step with a card", "issue for three yellow cards"),
}


Step = frame.Step[Card, Transition]


class CardSteps(frame.Steps[Card, CardEvent, Transition]):
    """The steps of cards; whoever names who complained is on record like who tries what they may not (P-04)."""

    name = "card"
    model, event_model = Card, CardEvent
    absent, changed, not_in_state = Absent, Changed, NotInState
    on_record = (NotAllowed, GivesAway)
    begun = BEGINNINGS

    def is_known_to(self, by: User, card: Card) -> bool:
        """Say whether ``by`` may read the card."""
        return is_within(by, Card.objects.visible_to, card.pk)

    def seats_that_may(self, by: User, row: Transition, card: Card) -> list[Seat]:
        """
        Return the seats from which ``by`` may take a step; none for a step that is the portal's.

        Explaining and appealing is for whoever got the card or leads the organ; whatever is decided about it is for
        nobody whom it concerns.
        """
        if row.right == SYSTEM:
            return []
        if row.right == "card.answer":
            if not access.answers_for(card, by):
                return []
        elif access.concerns(card, by):
            return []
        return [seat for seat, cell in seats_for(by, row.right, card) if cell in ACTING]

    def is_of_portal(self, row: Transition) -> bool:
        """Say whether nobody has a right to the step."""
        return row.right == SYSTEM

    def bring_in_line(self, step: Step) -> None:
        """Meet and end what the table says."""
        for kind in step.row.meets:
            engine.meet(step.subject, kind, at=step.at)
        if step.row.ends:
            engine.cancel(step.subject, step.row.ends, at=step.at)

    def tell(self, event: CardEvent, row: Transition) -> None:
        """Tell whom the table names."""
        messages.tell(event, row.told)


steps = CardSteps(TABLE)
BY_ACTION, label_of, seats_that_may = steps.by_action, steps.label_of, steps.seats_that_may
lock, begin, begin_for_portal, finish = steps.lock, steps.begin, steps.begin_itself, steps.finish
action = steps.action


def first_event(
    card: Card, action: str, /, *, by: User | None, seat: Seat | None, at: datetime, text: str = ""
) -> CardEvent:
    """Write the event with which a card begins that the sweep did not issue, and record who did it."""
    card.version = 1
    card.save(update_fields=["version"])
    return steps.first_event(card, action, by=by, seat=seat, at=at, words={"text": text})
