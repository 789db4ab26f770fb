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
from efficiency.steps import frame, succeeding


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
    # A review let fall what it rests on.
    Transition("fall",            pgettext_lazy("step with a correction", "what it rests on does not hold"),
               frozenset(OPEN),                State.WITHDRAWN,    told=(ANSWERERS, DRAFTER, OFFICERS)),
    Transition("fall_unissued",   pgettext_lazy("step with a correction", "what it rests on does not hold"),
               frozenset(BEFORE),              State.DECLINED,     told=(DRAFTER, HEADS), is_internal=True),
)
# fmt: on
BEGUN = {
    "draft": pgettext_lazy("step with a correction", "draft"),
    "propose": pgettext_lazy("step with a correction", "propose"),
    succeeding.ACTION: succeeding.LABEL,
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
        return Correction.objects.knows(by, correction)

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


steps = CorrectionSteps(TABLE)
begin, begin_itself, finish = steps.begin, steps.begin_itself, steps.finish
action, once = steps.action, steps.once
