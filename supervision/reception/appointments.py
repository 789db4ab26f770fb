"""The way of an appointment, booked → arrived → in conversation → done, as one table (docs/domain.md 11)."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from django.utils.translation import pgettext_lazy

from efficiency.access.may import seats_for
from efficiency.access.models import User
from efficiency.access.scope import Seat
from efficiency.steps import frame
from supervision.models import ReceptionBooking, ReceptionBookingEvent, ReceptionBookingToken
from supervision.reception.access import Side, is_on
from supervision.reception.enums import WAITING, BookingState
from supervision.reception.refusals import Changed, NoBooking, NotAllowed, NotInState


class Who(Enum):
    """Who acts without an account."""

    VISITOR = "visitor"  # with number and code
    PORTAL = "portal"


@dataclass(frozen=True, slots=True)
class Transition(frame.Transition):
    """One row of the table; ``who`` acts, or staff of the organ."""

    who: Who | None = None


BOOKED, ARRIVED, TALKING = BookingState.BOOKED, BookingState.ARRIVED, BookingState.TALKING

# fmt: off
TABLE = (
    Transition("arrive",  pgettext_lazy("step with an appointment", "has arrived"),
               frozenset({BOOKED}),           ARRIVED),
    Transition("call_in", pgettext_lazy("step with an appointment", "call in"),
               frozenset({BOOKED, ARRIVED}),  TALKING),
    Transition("record",  pgettext_lazy("step with an appointment", "write down what was said"),
               frozenset(WAITING),            BookingState.DONE),
    Transition("pass_up", pgettext_lazy("step with an appointment", "pass to the efficiency office"),
               frozenset(WAITING),            BookingState.PASSED_UP),
    Transition("miss",    pgettext_lazy("step with an appointment", "did not come"),
               frozenset({BOOKED}),           BookingState.ABSENT),
    Transition("cancel",  pgettext_lazy("step with an appointment", "cancel"),
               frozenset({BOOKED}),           BookingState.CANCELLED, Who.VISITOR),
    Transition("call_off", pgettext_lazy("step with an appointment", "call off"),
               frozenset(WAITING),            BookingState.CALLED_OFF, Who.PORTAL),
)
# fmt: on
BEGUN = {
    "book": pgettext_lazy("step with an appointment", "book"),
    "walk_in": pgettext_lazy("step with an appointment", "register a walk-in"),
}

Step = frame.Step[ReceptionBooking, Transition]


class BookingSteps(frame.Steps[ReceptionBooking, ReceptionBookingEvent, Transition]):
    """The steps of appointments."""

    name = "receptionbooking"
    model, event_model, token_model = ReceptionBooking, ReceptionBookingEvent, ReceptionBookingToken
    absent, changed, not_in_state = NoBooking, Changed, NotInState
    joined = ("day__organ__parent", "day__post", "day__person", "slot")
    begun = BEGUN

    def is_known_to(self, by: User, booking: ReceptionBooking) -> bool:
        """Say whether ``by`` may read of the appointment."""
        return bool(seats_for(by, "reception.read", booking))

    def seats_that_may(self, by: User, row: Transition, booking: ReceptionBooking) -> list[Seat]:
        """Return the seats of the organ that receive; none for a step that is no one's of staff."""
        if row.who is not None:
            return []
        found = [seat for seat, _cell in seats_for(by, "reception.receive", booking)]
        return [seat for seat in found if is_on(Side.ORGAN, seat, booking.day)]

    def is_of_portal(self, row: Transition) -> bool:
        """Say whether the portal itself takes the step."""
        return row.who is Who.PORTAL

    def bring_in_line(self, step: Step) -> None:
        """Keep when it ended; what is promised of a day is promised of all its appointments together."""
        step.subject.ended_at = None if step.subject.state in WAITING else step.at

    def columns(self, step: Step) -> dict[str, Any]:
        """Return as what somebody acted."""
        return {"actor_kind": "staff" if step.by else step.row.who.value if step.row.who else ""}

    def tell(self, event: ReceptionBookingEvent, row: Transition) -> None:
        """Leave it to the actions, which know whom it concerns."""


steps = BookingSteps(TABLE)
begin, begin_itself, finish = steps.begin, steps.begin_itself, steps.finish
action, once = steps.action, steps.once


def begin_for_visitor(booking: ReceptionBooking, action: str, /, *, at: datetime) -> Step:
    """
    Begin a step of the visitor, whose session was asked for.

    :raises NotInState: the appointment is not where the step begins
    """
    steps.lock(booking)
    row = steps.by_action[action]
    if row.who is not Who.VISITOR:
        raise NotAllowed
    steps.only_in_state(row, booking)
    return Step(booking, row, at)
