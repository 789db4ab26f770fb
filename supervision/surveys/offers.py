"""Which steps a person may take with a survey now, and why others cannot be taken: what its page offers."""

from datetime import datetime

from django.db.models import F, Q, QuerySet

from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.organs.models import Role
from efficiency.steps.offers import Offer
from supervision.models import Survey
from supervision.models.surveys import OF_OFFICE
from supervision.surveys import counting, holding, workflow
from supervision.surveys.enums import State, Way

# The steps with a page in the order of the work; questions, codes and forms on paper have their own.
STEPS = ("open", "revise", "count", "publish", "send_back", "drop")


def offers(survey: Survey, user: User, /, *, at: datetime) -> list[Offer]:
    """Return the steps that are of this state and of this person, in the order of the work."""
    found = []
    for name in STEPS:
        row = workflow.steps.by_action[name]
        if workflow.steps.is_there(row, survey) and workflow.steps.seats_that_may(user, row, survey):
            found.append(Offer(name, row.label, _why_not(survey, user, name, at)))
    return found


def may_take(survey: Survey, user: User, name: str) -> bool:
    """Say whether the person takes a step with the survey now that has a page of its own."""
    row = workflow.steps.by_action[name]
    if name == "hand_out" and survey.way != Way.CODE:
        return False
    return workflow.steps.is_there(row, survey) and bool(workflow.steps.seats_that_may(user, row, survey))


def _why_not(survey: Survey, user: User, name: str, at: datetime) -> str:
    match name:
        case "open":
            return holding.why_not_open(survey, user) or holding.what_is_missing(survey, at=at)
        case "publish" | "send_back":
            return counting.why_not_decide(survey, user)
    return ""


def waiting_for(user: User, /) -> QuerySet[Survey]:
    """Return the surveys in which the next step is the person's, the nearest promise first."""
    scope = scope_of(user)
    of_office = [seat.organ_id for seat in scope.seats_as(*OF_OFFICE)]
    of_officers = [seat.organ_id for seat in scope.seats_as(Role.OFFICE_OFFICER)]
    mine = scope.account_ids
    opens = Q(state=State.DRAFT, office_id__in=of_officers) & ~Q(drafted_by__in=mine) & Q(questions__isnull=False)
    counts = Q(state=State.ENDED, office_id__in=of_office)
    publishes = Q(state=State.COUNTED, office_id__in=of_officers) & ~Q(counted_by__in=mine)
    rows = Survey.objects.visible_to(user).filter(opens | counts | publishes).distinct()
    rows = rows.exclude(judged__organ_id__in=scope.own_organ_ids)
    return rows.order_by(F("next_due_at").asc(nulls_last=True), "pk")
