"""Which steps a person may take with a plan or a visit now, and why others cannot be taken: what its page offers."""

from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from efficiency.access.scope import scope_of
from efficiency.organs.models import Role
from efficiency.steps.offers import Offer
from supervision.inspections import consequences, deadlines, visiting, workflow
from supervision.inspections.deadlines import CHALLENGE, COMMENT
from supervision.inspections.enums import State, VisitState
from supervision.models import Inspection, InspectionMember, Visit
from supervision.models.inspections import head_offices, led_organs

# The steps of staff in the order of the work.
PLAN_STEPS = ("approve", "revise", "send_back", "drop")
STEPS = (
    "begin",
    "notify",
    "record_finding",
    "end_visit",
    "show",
    "comment",
    "conclude",
    "release",
    "review",
    "draft_correction",
    "propose_card",
    "enter_clue",
    "challenge",
    "return_report",
    "drop_finding",
    "skip",
)


def plan_offers(inspection: Inspection, user: User, /, *, at: datetime) -> list[Offer]:
    """Return the steps with a plan that are of its state and of this person."""
    found = []
    for name in PLAN_STEPS:
        row = workflow.plan_steps.by_action[name]
        if workflow.plan_steps.is_there(row, inspection) and workflow.plan_steps.seats_that_may(user, row, inspection):
            own = name == "approve" and is_same_person(user, inspection.prepared_by)
            found.append(Offer(name, row.label, _("Whoever prepared a plan does not approve it.") if own else ""))
    return found


def offers(visit: Visit, user: User, /, *, at: datetime) -> list[Offer]:
    """Return the steps with a visit that are of its state and of this person, in the order of the work."""
    found = []
    for name in STEPS:
        row = workflow.steps.by_action[name]
        if not workflow.steps.is_there(row, visit) or not workflow.steps.seats_that_may(user, row, visit):
            continue
        why_not = _why_not(visit, user, name, at)
        if why_not is not None:
            found.append(Offer(name, row.label, why_not))
    return found


def _why_not(visit: Visit, user: User, name: str, at: datetime) -> str | None:
    """Return why a step cannot be taken now: empty where it can, None where it is not meant at all."""
    match name:
        case "notify":
            why_not = visiting.why_no_notice(visit)
            return None if why_not and not visit.inspection.wants_notice else why_not
        case "begin":
            return visiting.why_not_begin(visit, at)
        case "end_visit":
            missing = visiting.unanswered(visit)
            return _("Items of the checklist have no answer yet: %(count)d.") % {"count": missing} if missing else ""
        case "show":
            return "" if visiting.standing(visit).exists() else None
        case "conclude":
            is_first = visit.state == VisitState.VISITED and visiting.standing(visit).exists()
            return _("What was found is shown to the organ first.") if is_first else ""
        case "release":
            own = visit.concluded_by is not None and is_same_person(user, visit.concluded_by)
            return _("Whoever wrote a report does not release it.") if own else ""
        case "comment":
            return "" if deadlines.is_open(visit, COMMENT, at=at) else _("The time to comment is over.")
        case "challenge":
            is_open = deadlines.is_open(visit, CHALLENGE, at=at)
            return "" if is_open else _("The time to challenge the conclusion is over.")
        case "drop_finding":
            return "" if visiting.standing(visit).exists() else None
        case "draft_correction" | "propose_card" | "enter_clue":
            return consequences.why_not_yet(visit) if visiting.standing(visit).exists() else None
    return ""


def plans_waiting_for(user: User, /) -> QuerySet[Inspection]:
    """Return the plans that wait for the person's approval."""
    scope = scope_of(user)
    prepared = Q(prepared_by_id__in=scope.account_ids)
    to_approve = Q(state=State.DRAFT, office_id__in=head_offices(scope)) & ~prepared
    return Inspection.objects.visible_to(user).filter(to_approve).order_by("begin_on", "pk")


def waiting_for(user: User, /) -> QuerySet[Visit]:
    """Return the visits in which the next step is the person's, the nearest promise first."""
    scope = scope_of(user)
    of_team = Q(
        Exists(
            InspectionMember.objects.filter(
                inspection=OuterRef("inspection"), user_id__in=scope.account_ids, is_guest=False
            )
        )
    )
    inspects = Q(
        state__in=[VisitState.PLANNED, VisitState.UNDERWAY, VisitState.VISITED, VisitState.HEARD],
        inspection__state__in=[State.APPROVED, State.RUNNING],
    )
    releases = Q(state=VisitState.CONCLUDED, inspection__office_id__in=head_offices(scope)) & ~Q(
        concluded_by_id__in=scope.account_ids
    )
    officers = [seat.organ_id for seat in scope.seats_as(Role.OFFICE_OFFICER)]
    reviews = (
        Q(state=VisitState.CHALLENGED, inspection__office_id__in=officers)
        & ~of_team
        & ~Q(
            Q(concluded_by_id__in=scope.account_ids)
            | Q(released_by_id__in=scope.account_ids)
            | Q(inspection__prepared_by_id__in=scope.account_ids)
            | Q(inspection__approved_by_id__in=scope.account_ids)
        )
    )
    answers = Q(state=VisitState.SHOWN, organ_id__in=led_organs(scope))
    waits = Visit.objects.visible_to(user).filter(of_team & inspects | releases | reviews | answers)
    return waits.order_by(F("next_due_at").asc(nulls_last=True), "inspection__begin_on", "pk")
