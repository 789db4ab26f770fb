"""
The way of a plan as one table (docs/domain.md 8.1), in the frame that all tables of steps have.

Each row says which step leads from where to where, who may take it from which side, who is told, and which promise it
keeps. What is promised follows from where a plan stands and who signed (``deadlines.bring_in_line``).
"""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import pgettext_lazy

from efficiency.access.models import User
from efficiency.access.scope import Seat, scope_of
from efficiency.kept_questions import is_within
from efficiency.steps import frame
from targets.models import Plan, PlanEvent, PlanToken
from targets.plans import access, deadlines, following, messages
from targets.plans.access import Side
from targets.plans.enums import BEFORE, State
from targets.plans.messages import Told
from targets.plans.refusals import Absent, Changed, NotInState


@dataclass(frozen=True, slots=True)
class Row(frame.Transition):
    """A row of the table. Without a ``side`` it is the portal itself that acts."""

    right: str = ""
    side: Side | None = None
    told: tuple[Told, ...] = ()
    # The kind of promise that the step keeps, where it runs.
    keeps: str = ""
    # What whoever has to reach the plan does not read of it.
    is_internal: bool = False


DRAFT, NEGOTIATE, AGREE, APPROVE, SIGN, CHANGE = (
    f"target.{right}" for right in ("draft", "negotiate", "agree", "approve", "sign", "change")
)
NEGOTIATED = frozenset({State.PUT, State.AGREED})
SIGNED_IN = frozenset({State.APPROVED, State.IN_FORCE})
HOLDS = frozenset({State.IN_FORCE})


# fmt: off
TABLE = (
    #          step              from                           to               who may, from which side
    Row("edit",           pgettext_lazy("step with a plan", "change the draft"),
               frozenset({State.DRAFT}),     None,            DRAFT, Side.DRAFTING, is_internal=True),
    Row("put",            pgettext_lazy("step with a plan", "put it to those who have to reach it"),
               frozenset({State.DRAFT}),     State.PUT,       DRAFT, Side.DRAFTING, (Told.ANSWERING,)),
    Row("comment",        pgettext_lazy("step with a plan", "write a remark"),
               NEGOTIATED,                   None,            NEGOTIATE, Side.EITHER, (Told.ANSWERING, Told.DRAFTER)),
    Row("take_back",      pgettext_lazy("step with a plan", "take it back to change it"),
               NEGOTIATED,                   State.DRAFT,     DRAFT, Side.DRAFTING, (Told.ANSWERING,),
               keeps=deadlines.ANSWER),
    Row("counter",        pgettext_lazy("step with a plan", "make a counter-proposal"),
               frozenset({State.PUT}),       None,            AGREE, Side.ANSWERING, (Told.DRAFTER,),
               keeps=deadlines.AGREE),
    Row("answer",         pgettext_lazy("step with a plan", "answer the counter-proposal"),
               frozenset({State.PUT}),       None,            DRAFT, Side.DRAFTING, (Told.ANSWERING,),
               keeps=deadlines.ANSWER),
    Row("agree",          pgettext_lazy("step with a plan", "agree to it"),
               frozenset({State.PUT}),       State.AGREED,    AGREE, Side.ANSWERING, (Told.OFFICERS, Told.DRAFTER),
               keeps=deadlines.AGREE),
    Row("approve",        pgettext_lazy("step with a plan", "approve it"),
               frozenset({State.AGREED}),    State.APPROVED,  APPROVE, Side.APPROVING, (Told.SIGNERS,),
               keeps=deadlines.APPROVE),
    Row("impose",         pgettext_lazy("step with a plan", "set it without agreement"),
               frozenset({State.PUT}),       State.APPROVED,  APPROVE, Side.HEADING, (Told.ANSWERING, Told.DRAFTER)),
    Row("withdraw",       pgettext_lazy("step with a plan", "withdraw it"),
               frozenset(BEFORE),            State.WITHDRAWN, DRAFT, Side.DRAFTING, (Told.ANSWERING, Told.DRAFTER)),
    Row("sign_organ",     pgettext_lazy("step with a plan", "sign the target letter"),
               SIGNED_IN,                    None,            SIGN, Side.ANSWERING, (Told.SIGNERS,)),
    Row("sign_office",    pgettext_lazy("step with a plan", "sign the target letter for the other side"),
               SIGNED_IN,                    State.IN_FORCE,  SIGN, Side.COUNTERSIGNING, (Told.ANSWERING,)),
    Row("come_into_force", pgettext_lazy("step with a plan", "comes into force unsigned"),
               frozenset({State.APPROVED}),  State.IN_FORCE,  told=(Told.SIGNERS,)),
    Row("end",            pgettext_lazy("step with a plan", "ends"),
               HOLDS,                        State.ENDED,     told=(Told.ANSWERING,)),
    Row("begin_change",   pgettext_lazy("step with a plan", "begin a change"),
               HOLDS,                        None,            CHANGE, Side.EITHER, is_internal=True),
    Row("edit_change",    pgettext_lazy("step with a plan", "go on with the change"),
               HOLDS,                        None,            CHANGE, Side.EITHER, is_internal=True),
    Row("drop_change",    pgettext_lazy("step with a plan", "put the change aside"),
               HOLDS,                        None,            CHANGE, Side.EITHER, is_internal=True),
    Row("propose_change", pgettext_lazy("step with a plan", "propose the change"),
               HOLDS,                        None,            CHANGE, Side.EITHER, (Told.OFFICERS,)),
    Row("confirm_change", pgettext_lazy("step with a plan", "confirm the change"),
               HOLDS,                        None,            APPROVE, Side.APPROVING, (Told.ANSWERING, Told.PROPOSER),
               keeps=deadlines.CHANGE),
    Row("refuse_change",  pgettext_lazy("step with a plan", "refuse the change"),
               HOLDS,                        None,            APPROVE, Side.APPROVING, (Told.PROPOSER,),
               keeps=deadlines.CHANGE),
)
# fmt: on


class PlanSteps(frame.Steps[Plan, PlanEvent, Row]):
    """The steps of plans."""

    name = "plan"
    model = Plan
    event_model = PlanEvent
    token_model = PlanToken
    absent = Absent
    changed = Changed
    not_in_state = NotInState
    joined = ("organ__parent", "office__parent", "post", "revision")
    begun = {"draft": pgettext_lazy("step with a plan", "draft")}

    def is_known_to(self, by: User, subject: Plan) -> bool:
        """Say whether ``by`` may know of the plan."""
        return is_within(by, access.known_to, subject.pk)

    def seats_that_may(self, by: User, row: Row, subject: Plan) -> list[Seat]:
        """Return the seats from which ``by`` may take a step; none for a step that the portal takes itself."""
        if row.side is None:
            return []
        return access.seats_that_may(by, row.right, row.side, subject, scope_of(by))

    def is_of_portal(self, row: Row) -> bool:
        """Say whether no person takes this step."""
        return row.side is None

    def bring_in_line(self, step: frame.Step[Plan, Row]) -> None:
        """Let the promises be those of where the plan stands now, and the end be when it came."""
        plan = step.subject
        if plan.state in (State.ENDED, State.WITHDRAWN):
            plan.ended_at = step.at
        deadlines.bring_in_line(plan, at=step.at, met=step.row.keeps)

    def tell(self, event: PlanEvent, row: Row) -> None:
        """Write the messages that a step calls for, and tell whoever follows what holds."""
        messages.tell(event, row.told)
        following.tell(event)

    def columns(self, step: frame.Step[Plan, Row]) -> dict[str, Any]:
        """Return whether those who have to reach the plan read of the step."""
        return {"is_internal": step.row.is_internal}


steps = PlanSteps(TABLE)
Step = frame.Step[Plan, Row]
BY_ACTION = steps.by_action
begin, begin_itself, finish = steps.begin, steps.begin_itself, steps.finish
action, once = steps.action, steps.once
event_of, keep_token, label_of, is_there = steps.event_of, steps.keep_token, steps.label_of, steps.is_there
