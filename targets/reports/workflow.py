"""
The way of a report as one table (docs/domain.md 8.1): filled in, handed in, checked value by value, accepted.

Each row says which step leads from where to where, who may take it from which side, which promise it keeps, and who is
told. Which promise runs follows from where a report stands (``deadlines.running_kind``). What many reports do at once,
as their periods end, is done by ``opening``.
"""

from dataclasses import dataclass

from django.utils.translation import pgettext_lazy

from efficiency.access.models import User
from efficiency.access.scope import Seat, scope_of
from efficiency.kept_questions import is_within
from efficiency.steps import frame
from targets.models import Report, ReportEvent, ReportToken
from targets.reports import deadlines, messages
from targets.reports.access import Side, known_to, seats_that_may
from targets.reports.deadlines import CHECK, REPORT
from targets.reports.enums import ENDED, WITH_ORGAN, State
from targets.reports.messages import Told
from targets.reports.refusals import Absent, Changed, NotInState


@dataclass(frozen=True, slots=True)
class Transition(frame.Transition):
    """One row of the table. Without a ``side`` it is the portal itself that acts."""

    right: str = ""
    side: Side | None = None
    meets: tuple[str, ...] = ()
    told: tuple[Told, ...] = ()


ORGAN, FILLING, OFFICE = Side.ORGAN, Side.FILLING, Side.OFFICE
REPORTERS, CHECKERS, OFFICERS = Told.REPORTERS, Told.CHECKERS, Told.OFFICERS
REPORTS, CHECKS, GIVES_TIME = "target.report", "target.check", "target.give_time"
OPEN, SUBMITTED = frozenset({State.OPEN}), frozenset({State.SUBMITTED})

# fmt: off
TABLE = (
    #          step                from                  to               who may, from which side
    Transition("fill",             pgettext_lazy("step with a report", "fill in"),
               frozenset(WITH_ORGAN), None,              REPORTS, FILLING),
    Transition("submit",           pgettext_lazy("step with a report", "hand in"),
               frozenset(WITH_ORGAN), State.SUBMITTED,   REPORTS, ORGAN, meets=(REPORT,), told=(CHECKERS,)),
    Transition("accept",           pgettext_lazy("step with a report", "accept"),
               SUBMITTED,          State.ACCEPTED,       CHECKS, OFFICE, meets=(CHECK,), told=(REPORTERS,)),
    Transition("send_back",        pgettext_lazy("step with a report", "send back"),
               SUBMITTED,          State.RETURNED,       CHECKS, OFFICE, meets=(CHECK,), told=(REPORTERS,)),
    Transition("ask_extension",    pgettext_lazy("step with a report", "ask for more time"),
               OPEN,               None,                 REPORTS, ORGAN, told=(OFFICERS,)),
    Transition("extend",           pgettext_lazy("step with a report", "give more time"),
               OPEN,               None,                 GIVES_TIME, OFFICE, told=(REPORTERS,)),
    Transition("refuse_extension", pgettext_lazy("step with a report", "give no more time"),
               OPEN,               None,                 GIVES_TIME, OFFICE, told=(REPORTERS,)),
    Transition("lapse_extension",  pgettext_lazy("step with a report", "more time was not decided on"),
               OPEN,               None,                 told=(REPORTERS,)),
)
# fmt: on
# What the portal does with many at once (``opening``).
BEGUN = {
    "open": pgettext_lazy("step with a report", "opened with the plan"),
    "owe": pgettext_lazy("step with a report", "the period is over"),
    "follow": pgettext_lazy("step with a report", "the plan was changed"),
    "drop": pgettext_lazy("step with a report", "the plan was withdrawn"),
}

Step = frame.Step[Report, Transition]


class ReportSteps(frame.Steps[Report, ReportEvent, Transition]):
    """The steps of target reports."""

    name = "report"
    model, event_model, token_model = Report, ReportEvent, ReportToken
    absent, changed, not_in_state = Absent, Changed, NotInState
    joined = ("organ", "office", "post", "plan")
    begun = BEGUN

    def is_known_to(self, by: User, report: Report) -> bool:
        """Say whether ``by`` may know at least the header."""
        return is_within(by, known_to, report.pk)

    def seats_that_may(self, by: User, row: Transition, report: Report) -> list[Seat]:
        """Return the seats on the side of the step that have its right."""
        return seats_that_may(by, row.right, row.side, report, scope_of(by)) if row.side else []

    def is_of_portal(self, row: Transition) -> bool:
        """Say whether no side takes the step."""
        return row.side is None

    def bring_in_line(self, step: Step) -> None:
        """Let the promise run that runs where the report stands now."""
        report = step.subject
        report.ended_at = step.at if report.state in ENDED else None
        deadlines.bring_in_line(report, at=step.at, met=step.row.meets)

    def tell(self, event: ReportEvent, row: Transition) -> None:
        """Tell whom the table names."""
        messages.tell(event, row.told)


steps = ReportSteps(TABLE)
begin, begin_itself, finish = steps.begin, steps.begin_itself, steps.finish
action, once = steps.action, steps.once
