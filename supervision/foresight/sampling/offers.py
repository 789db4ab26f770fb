"""Which steps a person may take with a review sheet now, and why others cannot be taken: what its page offers."""

from django.db.models import F, Q, QuerySet

from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.organs.models import Role
from efficiency.steps.offers import Offer
from supervision.foresight.sampling import access, reviewing, workflow
from supervision.foresight.sampling.enums import State
from supervision.models import SampleSheet

# The steps that have a page of their own; ``review`` stands for finding a false closing as well.
STEPS: dict[str, tuple[str, ...]] = {
    "review": ("review", "propose"),
    "confirm": ("confirm",),
    "refuse": ("refuse",),
    "assign": ("assign",),
}


def offers(sheet: SampleSheet, user: User, /) -> list[Offer]:
    """Return the steps that are of this state and of this person, in the order of the work."""
    found = []
    for name, rows in STEPS.items():
        row = workflow.steps.by_action[rows[0]]
        if not workflow.steps.is_there(row, sheet) or not workflow.steps.seats_that_may(user, row, sheet):
            continue
        found.append(Offer(name, row.label, _why_not(sheet, user, name)))
    return found


def _why_not(sheet: SampleSheet, user: User, name: str) -> str:
    match name:
        case "review":
            return access.why_not_review(user, sheet)
        case "confirm" | "refuse":
            return reviewing.why_not_second(user, sheet)
    return ""


def waiting_for(user: User, /) -> QuerySet[SampleSheet]:
    """Return the sheets in which the next step is the person's, the nearest promise first."""
    scope = scope_of(user)
    offices = [seat.organ_id for seat in scope.seats_as(Role.OFFICE_OFFICER)]
    mine = Q(state=State.ASSIGNED, reviewer__in=scope.account_ids)
    to_give = Q(state=State.DRAWN, draw__office__in=offices)
    to_confirm = Q(state=State.PROPOSED, draw__office__in=offices) & ~Q(reviewer__in=scope.account_ids)
    waits = SampleSheet.objects.visible_to(user).filter(mine | to_give | to_confirm)
    return waits.order_by(F("next_due_at").asc(nulls_last=True), "pk")
