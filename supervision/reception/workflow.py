"""
The way of a reception day, planned → announced → held or cancelled, as one table (docs/domain.md 11).

Each row says which step leads from where to where, who may take it from which side, which promises it keeps, and who is
told.
"""

from dataclasses import dataclass

from django.utils.translation import pgettext_lazy

from efficiency.access.may import seats_for
from efficiency.access.models import User
from efficiency.access.scope import Seat
from efficiency.steps import frame
from supervision.models import ReceptionDay, ReceptionDayEvent, ReceptionDayToken
from supervision.reception import deadlines, messages
from supervision.reception.access import Side, seats_that_may
from supervision.reception.deadlines import ANNOUNCE, RECORD
from supervision.reception.enums import DAY_ENDED, DayState
from supervision.reception.messages import Told
from supervision.reception.refusals import Absent, Changed, NotInState


@dataclass(frozen=True, slots=True)
class Transition(frame.Transition):
    """One row of the table. Without a ``side`` it is the portal itself that acts."""

    right: str = ""
    side: Side | None = None
    meets: tuple[str, ...] = ()
    told: tuple[Told, ...] = ()


PLANNED, ANNOUNCED = DayState.PLANNED, DayState.ANNOUNCED
COMING = frozenset({PLANNED, ANNOUNCED})
LEADERS, OFFICE, SUPERIORS, ASKER = Told.LEADERS, Told.OFFICE, Told.SUPERIORS, Told.ASKER
RECEIVERS = Told.RECEIVERS

# fmt: off
TABLE = (
    #          step           what it is called                                         from               to
    Transition("move",         pgettext_lazy("step with a reception day", "move with the calendar"),
               frozenset({PLANNED}), None, told=(RECEIVERS,)),
    Transition("renew",        pgettext_lazy("step with a reception day", "name the new holder of the post"),
               frozenset({ANNOUNCED}), None, told=(RECEIVERS,)),
    Transition("announce",     pgettext_lazy("step with a reception day", "announce"),
               frozenset({PLANNED}), ANNOUNCED, "reception.announce", Side.ORGAN,
               meets=(ANNOUNCE,), told=(LEADERS,)),
    Transition("ask_leave",    pgettext_lazy("step with a reception day", "ask for leave for a deputy"),
               COMING, None, "reception.announce", Side.ORGAN, told=(SUPERIORS,)),
    Transition("give_leave",   pgettext_lazy("step with a reception day", "give leave for a deputy"),
               COMING, None, "reception.give_leave", Side.ABOVE, told=(ASKER, RECEIVERS)),
    Transition("refuse_leave", pgettext_lazy("step with a reception day", "refuse leave for a deputy"),
               COMING, None, "reception.give_leave", Side.ABOVE, told=(ASKER, LEADERS)),
    Transition("cancel",       pgettext_lazy("step with a reception day", "cancel the day"),
               COMING, DayState.CANCELLED, "reception.cancel", Side.ORGAN, told=(RECEIVERS, OFFICE)),
    Transition("hold",         pgettext_lazy("step with a reception day", "close the day"),
               frozenset({ANNOUNCED}), DayState.HELD, "reception.receive", Side.ORGAN,
               meets=(RECORD,), told=(LEADERS,)),
)
# fmt: on
BEGUN = {"plan": pgettext_lazy("step with a reception day", "plan")}

Step = frame.Step[ReceptionDay, Transition]


class DaySteps(frame.Steps[ReceptionDay, ReceptionDayEvent, Transition]):
    """The steps of reception days."""

    name = "reception"
    model, event_model, token_model = ReceptionDay, ReceptionDayEvent, ReceptionDayToken
    absent, changed, not_in_state = Absent, Changed, NotInState
    joined = ("organ__parent", "post", "person")
    begun = BEGUN

    def is_known_to(self, by: User, day: ReceptionDay) -> bool:
        """Say whether ``by`` may know of the day."""
        return bool(seats_for(by, "reception.see", day))

    def seats_that_may(self, by: User, row: Transition, day: ReceptionDay) -> list[Seat]:
        """Return the seats on the side of the step that have its right."""
        return seats_that_may(by, row.right, row.side, day) if row.side else []

    def is_of_portal(self, row: Transition) -> bool:
        """Say whether no side takes the step."""
        return row.side is None

    def bring_in_line(self, step: Step) -> None:
        """Let the promise run that runs where the day stands now."""
        day = step.subject
        if day.state in DAY_ENDED:
            day.ended_at = step.at
        deadlines.bring_in_line(day, at=step.at, met=step.row.meets)

    def tell(self, event: ReceptionDayEvent, row: Transition) -> None:
        """Tell whom the table names."""
        messages.tell(event, row.told)


steps = DaySteps(TABLE)
begin, begin_itself, finish = steps.begin, steps.begin_itself, steps.finish
action, once = steps.action, steps.once
