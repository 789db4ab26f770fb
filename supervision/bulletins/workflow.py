"""
The way of a bulletin as one table, and the frame in which each step runs (docs/domain.md 12).

Its figures are frozen by the portal. An officer of the office writes to them and hands it in, the head of the office
approves it: a second natural person, who wrote nothing of it.
"""

from dataclasses import dataclass

from django.utils.translation import pgettext_lazy

from efficiency.access.models import User
from efficiency.access.scope import Seat
from efficiency.kept_questions import is_within
from efficiency.steps import frame
from supervision.bulletins import deadlines, messages
from supervision.bulletins.access import seats_that_may
from supervision.bulletins.enums import State
from supervision.bulletins.messages import Told
from supervision.bulletins.refusals import Absent, Changed, NotInState
from supervision.models import Bulletin, BulletinEvent, BulletinToken


@dataclass(frozen=True, slots=True)
class Transition(frame.Transition):
    """One row of the table."""

    right: str = ""
    told: tuple[Told, ...] = ()


EDIT, PUBLISH = "bulletin.edit", "bulletin.publish"
DRAFT, SUBMITTED = frozenset({State.DRAFT}), frozenset({State.SUBMITTED})
# fmt: off
TABLE = (
    #          step         from                                                     to           who may, who is told
    Transition("write",     pgettext_lazy("step with a bulletin", "write to the figures"),
               DRAFT,       None,             EDIT),
    Transition("submit",    pgettext_lazy("step with a bulletin", "hand in for approval"),
               DRAFT,       State.SUBMITTED,  EDIT, (Told.HEADS,)),
    Transition("send_back", pgettext_lazy("step with a bulletin", "send back"),
               SUBMITTED,   State.DRAFT,      PUBLISH, (Told.EDITOR,)),
    Transition("publish",   pgettext_lazy("step with a bulletin", "approve and publish"),
               SUBMITTED,   State.PUBLISHED,  PUBLISH, (Told.OFFICERS,)),
)
# fmt: on
BEGUN = {"freeze": pgettext_lazy("step with a bulletin", "figures frozen")}

Step = frame.Step[Bulletin, Transition]


class BulletinSteps(frame.Steps[Bulletin, BulletinEvent, Transition]):
    """The steps of bulletins."""

    name = "bulletin"
    model, event_model, token_model = Bulletin, BulletinEvent, BulletinToken
    absent, changed, not_in_state = Absent, Changed, NotInState
    joined = ("office",)
    begun = BEGUN

    def is_known_to(self, by: User, bulletin: Bulletin) -> bool:
        """Say whether ``by`` sits in the office that composes it."""
        return is_within(by, Bulletin.objects.visible_to, bulletin.pk)

    def seats_that_may(self, by: User, row: Transition, bulletin: Bulletin) -> list[Seat]:
        """Return the seats of the office that have the right of the step."""
        return seats_that_may(by, row.right, bulletin)

    def bring_in_line(self, step: Step) -> None:
        """Let the promise of the day run, or keep it."""
        deadlines.bring_in_line(step.subject, at=step.at)

    def tell(self, event: BulletinEvent, row: Transition) -> None:
        """Tell whom the table names."""
        messages.tell(event, row.told)


steps = BulletinSteps(TABLE)
begin, finish = steps.begin, steps.finish
action, once = steps.action, steps.once
