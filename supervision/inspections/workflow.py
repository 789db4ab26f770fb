"""
The ways of a plan and of a visit to an organ as two tables, and the frames of their steps (docs/domain.md 11).

Each row says which step leads from where to where, who may take it from which side, which promises it keeps, and who is
told. Which promises run follows from where a visit stands (``deadlines.running_kinds``). A step with a visit locks its
plan first: the first visit begins it, and the last release ends it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.utils.translation import pgettext_lazy

from efficiency.access.models import User
from efficiency.access.scope import Seat
from efficiency.kept_questions import is_within
from efficiency.steps import frame
from supervision.inspections import deadlines, messages
from supervision.inspections.access import Side, seats_that_may
from supervision.inspections.deadlines import CHALLENGE, COMMENT, REPORT, REPORT_COVERT, REVIEW
from supervision.inspections.enums import DECIDABLE, ENDED, OUT, RELEASED, VISIT_ENDED, State, VisitState
from supervision.inspections.messages import Told
from supervision.inspections.refusals import Absent, Changed, NotInState
from supervision.models import (
    Inspection,
    InspectionEvent,
    InspectionToken,
    Visit,
    VisitEvent,
    VisitToken,
)


@dataclass(frozen=True, slots=True)
class Transition(frame.Transition):
    """One row of a table. Without a ``side`` it is the portal itself that acts."""

    right: str = ""
    side: Side | None = None
    meets: tuple[str, ...] = ()
    told: tuple[Told, ...] = ()
    # What the organ does not read of it.
    is_internal: bool = True


OFFICE, TEAM, HEAD, REVIEWERS, ORGAN = Side.OFFICE, Side.TEAM, Side.HEAD, Side.REVIEW, Side.ORGAN
PLAN, APPROVE, VISIT, RELEASE, ORGANS, REVIEWING, FOLLOW = (
    f"inspection.{right}" for right in ("plan", "approve", "visit", "release", "answer", "review", "follow")
)

# fmt: off
PLAN_TABLE = (
    #          step           from                              to               who may, from which side
    Transition("revise",    pgettext_lazy("step with an inspection", "change the plan"),
               frozenset({State.DRAFT}),                        None,            PLAN, OFFICE, told=(Told.HEADS,)),
    Transition("approve",   pgettext_lazy("step with an inspection", "approve the plan"),
               frozenset({State.DRAFT}),                        State.APPROVED,  APPROVE, HEAD,
               told=(Told.TEAM, Told.PREPARER)),
    Transition("send_back", pgettext_lazy("step with an inspection", "send the plan back"),
               frozenset({State.DRAFT}),                        None,            APPROVE, HEAD, told=(Told.PREPARER,)),
    Transition("drop",      pgettext_lazy("step with an inspection", "drop the inspection"),
               frozenset({State.DRAFT, State.APPROVED}),        State.DROPPED,   APPROVE, HEAD,
               told=(Told.TEAM, Told.PREPARER)),
    Transition("begin",     pgettext_lazy("step with an inspection", "begin"),
               frozenset({State.APPROVED}),                     State.RUNNING),
    Transition("finish",    pgettext_lazy("step with an inspection", "finish"),
               frozenset({State.RUNNING, State.APPROVED}),      State.FINISHED),
    Transition("lapse",     pgettext_lazy("step with an inspection", "end without a visit"),
               frozenset({State.RUNNING, State.APPROVED}),      State.DROPPED),
)
TABLE = (
    Transition("notify",         pgettext_lazy("step with a visit", "give notice"),
               frozenset({VisitState.PLANNED}),                 None,                 VISIT, TEAM,
               told=(Told.ORGAN,), is_internal=False),
    Transition("begin",          pgettext_lazy("step with a visit", "begin on the spot"),
               frozenset({VisitState.PLANNED}),                 VisitState.UNDERWAY,  VISIT, TEAM),
    Transition("record_finding", pgettext_lazy("step with a visit", "record a finding"),
               frozenset({VisitState.UNDERWAY, VisitState.VISITED}), None,            VISIT, TEAM),
    Transition("drop_finding",   pgettext_lazy("step with a visit", "drop a finding"),
               frozenset({VisitState.UNDERWAY, VisitState.VISITED, VisitState.HEARD}), None, VISIT, TEAM),
    Transition("end_visit",      pgettext_lazy("step with a visit", "end the visit"),
               frozenset({VisitState.UNDERWAY}),                VisitState.VISITED,   VISIT, TEAM,
               meets=(deadlines.VISIT, deadlines.VISIT_COVERT)),
    Transition("show",           pgettext_lazy("step with a visit", "show the findings to the organ"),
               frozenset({VisitState.VISITED}),                 VisitState.SHOWN,     VISIT, TEAM,
               told=(Told.ORGAN,), is_internal=False),
    Transition("comment",        pgettext_lazy("step with a visit", "comment on the findings"),
               frozenset({VisitState.SHOWN}),                   VisitState.HEARD,     ORGANS, ORGAN,
               meets=(COMMENT,), told=(Told.TEAM,), is_internal=False),
    Transition("lapse_comment",  pgettext_lazy("step with a visit", "go on without a comment"),
               frozenset({VisitState.SHOWN}),                   VisitState.HEARD,     told=(Told.TEAM,),
               is_internal=False),
    Transition("conclude",       pgettext_lazy("step with a visit", "write the report"),
               frozenset({VisitState.VISITED, VisitState.HEARD}), VisitState.CONCLUDED, VISIT, TEAM,
               told=(Told.HEADS,)),
    Transition("return_report",  pgettext_lazy("step with a visit", "send the report back"),
               frozenset({VisitState.CONCLUDED}),               VisitState.HEARD,     RELEASE, HEAD, told=(Told.TEAM,)),
    Transition("release",        pgettext_lazy("step with a visit", "release the report"),
               frozenset({VisitState.CONCLUDED}),               VisitState.RELEASED,  RELEASE, HEAD,
               meets=(REPORT, REPORT_COVERT), told=(Told.ORGAN, Told.TEAM), is_internal=False),
    Transition("challenge",      pgettext_lazy("step with a visit", "challenge the conclusion"),
               frozenset({VisitState.RELEASED}),                VisitState.CHALLENGED, ORGANS, ORGAN,
               meets=(CHALLENGE,), told=(Told.OFFICERS,), is_internal=False),
    Transition("review",         pgettext_lazy("step with a visit", "review the conclusion"),
               frozenset({VisitState.CHALLENGED}),              VisitState.REVIEWED,  REVIEWING, REVIEWERS,
               meets=(REVIEW,), told=(Told.ORGAN, Told.TEAM), is_internal=False),
    Transition("settle",         pgettext_lazy("step with a visit", "settle what nobody challenged"),
               frozenset({VisitState.RELEASED}),                VisitState.SETTLED, is_internal=False),
    Transition("skip",           pgettext_lazy("step with a visit", "leave the visit out"),
               frozenset({VisitState.PLANNED}),                 VisitState.SKIPPED,   APPROVE, HEAD,
               told=(Told.TEAM, Told.ORGAN), is_internal=False),
    # What a finding leads to: by the actions of those who handle it.
    Transition("propose_card",   pgettext_lazy("step with a visit", "propose a card"),
               frozenset(DECIDABLE),                            None,                 FOLLOW, OFFICE),
    Transition("draft_correction", pgettext_lazy("step with a visit", "draft a notice or an opinion"),
               frozenset(DECIDABLE),                            None,                 FOLLOW, OFFICE),
    Transition("enter_clue",     pgettext_lazy("step with a visit", "enter a clue"),
               frozenset(DECIDABLE),                            None,                 FOLLOW, OFFICE),
)
# fmt: on
PLAN_BEGUN = {"prepare": pgettext_lazy("step with an inspection", "prepare the plan")}
BEGUN = {"plan": pgettext_lazy("step with a visit", "plan")}

PlanStep = frame.Step[Inspection, Transition]
Step = frame.Step[Visit, Transition]
T = TypeVar("T", bound=Inspection | Visit)


class PlanSteps(frame.Steps[Inspection, InspectionEvent, Transition]):
    """The steps of plans."""

    name = "inspection"
    model, event_model, token_model = Inspection, InspectionEvent, InspectionToken
    absent, changed, not_in_state = Absent, Changed, NotInState
    joined = ("office", "prepared_by", "follows")
    begun = PLAN_BEGUN

    def is_known_to(self, by: User, inspection: Inspection) -> bool:
        """Say whether ``by`` may know at least the header."""
        return is_within(by, Inspection.objects.headers_visible_to, inspection.pk)

    def seats_that_may(self, by: User, row: Transition, inspection: Inspection) -> list[Seat]:
        """Return the seats on the side of the step that have its right."""
        return seats_that_may(by, row.right, row.side, inspection) if row.side else []

    def is_of_portal(self, row: Transition) -> bool:
        """Say whether no side takes the step."""
        return row.side is None

    def bring_in_line(self, step: PlanStep) -> None:
        """Let the begin be promised as long as it is owed."""
        step.subject.ended_at = step.at if step.subject.state in ENDED else None
        deadlines.bring_plan_in_line(step.subject, at=step.at)

    def tell(self, event: InspectionEvent, row: Transition) -> None:
        """Tell whom the table names."""
        messages.tell(event, row.told)


class VisitSteps(frame.Steps[Visit, VisitEvent, Transition]):
    """The steps of visits."""

    name = "visit"
    model, event_model, token_model = Visit, VisitEvent, VisitToken
    absent, changed, not_in_state = Absent, Changed, NotInState
    joined = ("organ__parent", "inspection__office", "inspection__prepared_by", "concluded_by", "released_by")
    begun = BEGUN

    def lock(self, subject: Visit) -> None:
        """Lock the plan before the visit: the first visit begins it, and the last release ends it."""
        rows = Inspection.objects.filter(pk=subject.inspection_id).select_for_update(of=("self",), no_key=True)
        len(rows)
        super().lock(subject)

    def is_known_to(self, by: User, visit: Visit) -> bool:
        """Say whether ``by`` may know at least the header."""
        return is_within(by, Visit.objects.headers_visible_to, visit.pk)

    def seats_that_may(self, by: User, row: Transition, visit: Visit) -> list[Seat]:
        """Return the seats on the side of the step that have its right."""
        return seats_that_may(by, row.right, row.side, visit) if row.side else []

    def is_of_portal(self, row: Transition) -> bool:
        """Say whether no side takes the step."""
        return row.side is None

    def bring_in_line(self, step: Step) -> None:
        """Let the promises run that run where the visit stands now."""
        visit = step.subject
        visit.ended_at = step.at if visit.state in VISIT_ENDED else None
        deadlines.bring_in_line(visit, at=step.at, met=step.row.meets)

    def columns(self, step: Step) -> dict[str, Any]:
        """Return whether the organ reads of the step."""
        return {"is_internal": step.row.is_internal}

    def tell(self, event: VisitEvent, row: Transition) -> None:
        """Tell whom the table names."""
        messages.tell(event, row.told)


plan_steps = PlanSteps(PLAN_TABLE)
plan_action, plan_once = plan_steps.action, plan_steps.once
steps = VisitSteps(TABLE)
begin, begin_itself, finish = steps.begin, steps.begin_itself, steps.finish
action, once = steps.action, steps.once


def end_plan_with(step: Step) -> None:
    """
    End the plan, which is locked, once all its visits are released or left out.

    Where none took place it is dropped, not finished: what is finished others of the office may read.
    """
    inspection = step.subject.inspection
    states = set(inspection.visits.values_list("state", flat=True))
    if inspection.state in (State.RUNNING, State.APPROVED) and states <= set(OUT):
        name = "finish" if states & set(RELEASED) else "lapse"
        plan_steps.finish(plan_steps.begin_itself(inspection, name, at=step.at))


def rows_for(names: Iterable[str]) -> list[Transition]:
    """Return rows of the table of visits by their names."""
    return [steps.by_action[name] for name in names]
