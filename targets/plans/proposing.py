"""
Who has a part in what is decided on: each of them is no second person (docs/trust.md Z-10).

Read from the events, so that nobody's part is forgotten because somebody else kept the draft afterwards.
"""

from collections.abc import Iterable

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from targets.models import Plan, PlanEvent, Revision

PLAN_STEPS = ("draft", "edit", "put", "agree", "counter", "answer")
CHANGE_STEPS = ("begin_change", "edit_change", "propose_change")


def of_plan(plan: Plan) -> QuerySet[User]:
    """Return whoever drafted or put a plan, agreed to it, made or answered a counter-proposal, at any time."""
    taken = PlanEvent.objects.filter(plan=plan.pk, action__in=PLAN_STEPS, actor__isnull=False)
    columns = Q(pk__in=[pk for pk in (plan.drafted_by_id, plan.put_by_id, plan.agreed_by_id) if pk is not None])
    return User.objects.filter(columns | Q(pk__in=taken.values("actor")))


def of_change(change: Revision) -> QuerySet[User]:
    """Return whoever began, drafted or proposed a change that is under way."""
    columns = Q(pk__in=[pk for pk in (change.drafted_by_id, change.proposed_by_id) if pk is not None])
    return User.objects.filter(columns | Q(pk__in=_of_newest_change(change.plan_id).values("actor")))


def is_among(person: User, people: Iterable[User]) -> bool:
    """Say whether the natural person is one of these, from whatever account."""
    return any(is_same_person(person, other) for other in people)


def proposed_by(accounts: Iterable[int]) -> Exists:
    """Return the condition of the plans that one of these accounts had a part in before."""
    rows = PlanEvent.objects.filter(plan=OuterRef("pk"), action__in=PLAN_STEPS, actor__in=accounts)
    return Exists(rows)


def change_proposed_by(accounts: Iterable[int]) -> Exists:
    """Return the condition of the plans whose newest change one of these accounts began, drafted or proposed."""
    return Exists(_of_newest_change(OuterRef("pk")).filter(actor__in=accounts))


def _of_newest_change(plan: int | OuterRef) -> QuerySet[PlanEvent]:
    begun = (
        PlanEvent.objects.filter(plan=OuterRef("plan"), action="begin_change")
        .order_by()
        .values("plan")
        .annotate(last=Max("number"))
        .values("last")
    )
    steps = PlanEvent.objects.filter(plan=plan, action__in=CHANGE_STEPS, actor__isnull=False)
    return steps.annotate(begun=Coalesce(Subquery(begun), 0)).filter(number__gte=F("begun"))
