"""
The way of a review sheet as one table (docs/domain.md 11): drawn, with a reviewer, reviewed; a false closing by two.

Each row says which step leads from where to where, who may take it, which promise it keeps, and who is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import pgettext_lazy

from efficiency.access.models import User
from efficiency.access.scope import Seat, scope_of
from efficiency.kept_questions import is_within
from efficiency.steps import frame
from supervision.foresight.sampling import access, deadlines, messages
from supervision.foresight.sampling.deadlines import CONFIRM, REVIEW
from supervision.foresight.sampling.enums import ENDED, State
from supervision.foresight.sampling.messages import Told
from supervision.foresight.sampling.refusals import Absent, Changed, NotInState
from supervision.models import SampleEvent, SampleSheet, SampleToken


@dataclass(frozen=True, slots=True)
class Transition(frame.Transition):
    """One row of the table."""

    right: str = ""
    meets: tuple[str, ...] = ()
    told: tuple[Told, ...] = ()


DRAWN, ASSIGNED, PROPOSED = frozenset({State.DRAWN}), frozenset({State.ASSIGNED}), frozenset({State.PROPOSED})

# fmt: off
TABLE = (
    Transition("assign",  pgettext_lazy("step with a review sheet", "give to a reviewer"),
               DRAWN | ASSIGNED, State.ASSIGNED, "sampling.assign", told=(Told.REVIEWER,)),
    Transition("review",  pgettext_lazy("step with a review sheet", "review"),
               ASSIGNED, State.DONE, "sampling.review", meets=(REVIEW,)),
    Transition("propose", pgettext_lazy("step with a review sheet", "find a false closing"),
               ASSIGNED, State.PROPOSED, "sampling.review", meets=(REVIEW,), told=(Told.OFFICERS,)),
    Transition("confirm", pgettext_lazy("step with a review sheet", "confirm the false closing"),
               PROPOSED, State.DONE, "sampling.confirm", meets=(CONFIRM,), told=(Told.REVIEWER,)),
    Transition("refuse",  pgettext_lazy("step with a review sheet", "send back to the reviewer"),
               PROPOSED, State.ASSIGNED, "sampling.confirm", meets=(CONFIRM,), told=(Told.REVIEWER,)),
    # The reviewer has left: whoever follows has it, else the office gives it to somebody.
    Transition("pass_on", pgettext_lazy("step with a review sheet", "pass on from a reviewer who left"),
               ASSIGNED, State.ASSIGNED, told=(Told.REVIEWER,)),
    Transition("release", pgettext_lazy("step with a review sheet", "take from a reviewer who left"),
               ASSIGNED, State.DRAWN, told=(Told.GIVERS,)),
)
# fmt: on
BEGUN = {"draw": pgettext_lazy("step with a review sheet", "draw")}

Step = frame.Step[SampleSheet, Transition]


class SampleSteps(frame.Steps[SampleSheet, SampleEvent, Transition]):
    """The steps of review sheets."""

    name = "samplesheet"
    model, event_model, token_model = SampleSheet, SampleEvent, SampleToken
    absent, changed, not_in_state = Absent, Changed, NotInState
    joined = ("organ", "case", "draw__office", "reviewer")
    begun = BEGUN

    def is_known_to(self, by: User, sheet: SampleSheet) -> bool:
        """Say whether ``by`` may know of the case."""
        return is_within(by, SampleSheet.objects.visible_to, sheet.pk)

    def seats_that_may(self, by: User, row: Transition, sheet: SampleSheet) -> list[Seat]:
        """Return the seats that have the right of the step; a review is its reviewer's alone."""
        if not row.right:
            return []
        seats = access.seats_that_may(by, row.right, sheet)
        if row.right == "sampling.review" and sheet.reviewer_id not in scope_of(by).account_ids:
            return []
        return seats

    def is_of_portal(self, row: Transition) -> bool:
        """Say whether no person takes the step."""
        return not row.right

    def bring_in_line(self, step: Step) -> None:
        """Let the promise run that runs where the sheet stands now."""
        sheet = step.subject
        sheet.ended_at = step.at if sheet.state in ENDED else None
        responsible = sheet.reviewer if sheet.state == State.ASSIGNED else None
        # Owed by the office that drew, whoever takes the step.
        deadlines.bring_in_line(sheet, at=step.at, organ=sheet.draw.office, met=step.row.meets, responsible=responsible)

    def tell(self, event: SampleEvent, row: Transition) -> None:
        """Tell whom the table names."""
        messages.tell(event, row.told)


steps = SampleSteps(TABLE)
begin, begin_itself, finish = steps.begin, steps.begin_itself, steps.finish
action, once = steps.action, steps.once


def first_events(sheets: Sequence[SampleSheet], /, *, by: User, organ_id: int, at: datetime) -> None:
    """Write the events with which sheets begin, in one statement; the draw is on record itself."""
    SampleEvent.objects.bulk_create(
        SampleEvent(
            sheet=sheet,
            number=sheet.version,
            action="draw",
            actor=by,
            actor_organ_id=organ_id,
            at=at,
            to_state=sheet.state,
            data={"stratum": sheet.stratum},
        )
        for sheet in sheets
    )
