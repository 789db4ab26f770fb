"""
The way of a survey as one table (docs/domain.md 11): drafted, opened by a second person, ended by time, counted,
approved by a second person.
"""

from dataclasses import dataclass

from django.utils.translation import pgettext_lazy

from efficiency.access.models import User
from efficiency.access.scope import Seat
from efficiency.kept_questions import is_within
from efficiency.steps import frame
from supervision.models import Survey, SurveyEvent, SurveyToken
from supervision.surveys import deadlines, messages
from supervision.surveys.access import seats_that_may
from supervision.surveys.deadlines import RESULTS
from supervision.surveys.enums import State
from supervision.surveys.messages import Told
from supervision.surveys.refusals import Absent, Changed, NotInState


@dataclass(frozen=True, slots=True)
class Transition(frame.Transition):
    """One row of the table. Without a ``right`` it is the portal itself that acts."""

    right: str = ""
    meets: tuple[str, ...] = ()
    told: tuple[Told, ...] = ()


DRAFT, OPEN = frozenset({State.DRAFT}), frozenset({State.OPEN})
ENDED, COUNTED = frozenset({State.ENDED}), frozenset({State.COUNTED})
HELD = frozenset({State.OPEN, State.ENDED})

# fmt: off
TABLE = (
    #          step           what it is called                                          from        to
    Transition("revise",      pgettext_lazy("step with a survey", "change the draft"),
               DRAFT,         None,             "opinion.draft"),
    Transition("edit",        pgettext_lazy("step with a survey", "change the questions"),
               DRAFT,         None,             "opinion.draft"),
    Transition("drop",        pgettext_lazy("step with a survey", "drop"),
               DRAFT | OPEN,  State.DROPPED,    "opinion.open"),
    Transition("open",        pgettext_lazy("step with a survey", "open"),
               DRAFT,         State.OPEN,       "opinion.open", told=(Told.DRAFTER,)),
    Transition("hand_out",    pgettext_lazy("step with a survey", "make answer codes"),
               OPEN,          None,             "opinion.hand_out"),
    Transition("void",        pgettext_lazy("step with a survey", "take codes back"),
               OPEN,          None,             "opinion.hand_out"),
    Transition("type_in",     pgettext_lazy("step with a survey", "type forms in"),
               HELD,          None,             "opinion.type"),
    Transition("check",       pgettext_lazy("step with a survey", "look typed forms over"),
               HELD,          None,             "opinion.type"),
    Transition("end",         pgettext_lazy("step with a survey", "the time is over"),
               OPEN,          State.ENDED,      told=(Told.OFFICERS,)),
    Transition("count",       pgettext_lazy("step with a survey", "put the results up"),
               ENDED,         State.COUNTED,    "opinion.draft", told=(Told.OFFICERS,)),
    Transition("send_back",   pgettext_lazy("step with a survey", "send the results back"),
               COUNTED,       State.ENDED,      "opinion.publish", told=(Told.COUNTER,)),
    Transition("publish",     pgettext_lazy("step with a survey", "publish the results"),
               COUNTED,       State.PUBLISHED,  "opinion.publish", meets=(RESULTS,), told=(Told.COUNTER,)),
)
# fmt: on
BEGUN = {"draft": pgettext_lazy("step with a survey", "draft")}

Step = frame.Step[Survey, Transition]


class SurveySteps(frame.Steps[Survey, SurveyEvent, Transition]):
    """The steps of surveys."""

    name = "opinion"
    model, event_model, token_model = Survey, SurveyEvent, SurveyToken
    absent, changed, not_in_state = Absent, Changed, NotInState
    hashed_for = "survey-token"
    joined = ("office",)
    begun = BEGUN

    def is_known_to(self, by: User, survey: Survey) -> bool:
        """Say whether ``by`` may know at least the header."""
        return is_within(by, Survey.objects.headers_visible_to, survey.pk)

    def seats_that_may(self, by: User, row: Transition, survey: Survey) -> list[Seat]:
        """Return the seats that have the right of the step."""
        return seats_that_may(by, row.right, survey) if row.right else []

    def is_of_portal(self, row: Transition) -> bool:
        """Say whether nobody has a right to the step."""
        return not row.right

    def bring_in_line(self, step: Step) -> None:
        """Let the promise run that runs where the survey stands now."""
        deadlines.bring_in_line(step.subject, at=step.at, met=step.row.meets)

    def tell(self, event: SurveyEvent, row: Transition) -> None:
        """Tell whom the table names."""
        messages.tell(event, row.told)


steps = SurveySteps(TABLE)
begin, begin_itself, finish = steps.begin, steps.begin_itself, steps.finish
action, once = steps.action, steps.once
