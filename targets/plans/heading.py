"""
Who speaks for an organ or the office about a plan (docs/domain.md 8.1): the head, or the next rank that is not recused.

One rule, asked of one plan and as a condition of many: who may take a step, who owes it, and for whom it waits agree.
"""

from collections.abc import Callable, Iterable
from datetime import date
from enum import Enum
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from efficiency.access import persons
from efficiency.access.models import User
from efficiency.access.scope import Scope, Seat
from efficiency.organs import heads
from efficiency.organs.models import Organ, Role, Tenure
from targets.models import Plan, PlanEvent, PlanSignature
from targets.plans import proposing
from targets.plans.enums import SignatureSide

# How a column of the plan is named in a condition that lies so many questions deep: the value itself of one plan.
Column = Callable[[str, int], Any]


class Recused(Enum):
    """Whom a step leaves out, from whichever account (docs/trust.md Z-10)."""

    FOR_ORGAN = "organ"  # whoever holds or held the post, or signed for the other side
    FOR_OFFICE = "office"  # also whoever sits in the organ now
    SETTING = "setting"  # of the office, and whoever had a part in the plan


def countersigning(plan: Plan, on: date) -> tuple[Organ, frozenset[int]]:
    """
    Return who signs a letter for the other side on a day: the organ and the posts; no post where there is nobody.

    Of a post's plan the head of the organ, where nobody there can the office; of any other the head of the office.
    """
    if plan.post is not None and not heads.is_chief(plan.post):
        found = _speaking(plan, plan.organ_id, on, Recused.FOR_ORGAN)
        if found:
            return plan.organ, found
    return plan.office, _speaking(plan, plan.office_id, on, Recused.FOR_OFFICE)


def setting(plan: Plan, on: date) -> frozenset[int]:
    """Return the posts of the office from which a plan is set without agreement on a day."""
    return _speaking(plan, plan.office_id, on, Recused.SETTING)


def _speaking(plan: Plan, organ_id: int, on: date, recused: Recused) -> frozenset[int]:
    able = _able(lambda name, _depth: getattr(plan, name), on, recused).filter(post__organ=organ_id)
    return heads.nearest(able).get(organ_id, frozenset())


# --- As a condition of many -----------------------------------------------------------------------------------------


def heads_organ(scope: Scope) -> Q:
    """Return the condition of the plans of an organ that the person heads, whoever is recused."""
    found = Q()
    for seat in _leading(scope):
        held = heads.leading(scope.on).filter(post__organ=seat.organ_id)
        found |= Q(organ_id=seat.organ_id) & _nearest(held, seat)
    return found or _never()


def countersigned_by(scope: Scope) -> Q:
    """Return the condition of the plans whose letter the person signs for the other side."""
    by_office = Q(post__isnull=True) | heads.chiefs("post__")
    nobody_there = ~Q(Exists(_able(_outer, scope.on, Recused.FOR_ORGAN).filter(post__organ=OuterRef("organ_id"))))
    found = _of_organ(scope, Recused.FOR_ORGAN, "organ_id") & ~by_office
    return found | _of_organ(scope, Recused.FOR_OFFICE, "office_id") & (by_office | nobody_there)


def set_by(scope: Scope) -> Q:
    """Return the condition of the plans that the person, of the office, sets without agreement."""
    return _of_organ(scope, Recused.SETTING, "office_id")


def _of_organ(scope: Scope, recused: Recused, organ: str) -> Q:
    found = Q()
    for seat in _leading(scope):
        able = _able(_outer, scope.on, recused).filter(post__organ=seat.organ_id)
        # Of several who hold one post the others may be recused.
        not_own = ~Q(Exists(_recused(_outer, scope.on, recused).filter(pk__in=scope.account_ids)))
        found |= Q(**{organ: seat.organ_id}) & _nearest(able, seat) & not_own
    return found or _never()


def _leading(scope: Scope) -> Iterable[Seat]:
    return [seat for seat in scope.seats if leads(seat, seat.organ_id)]


def leads(seat: Seat, organ_id: int) -> bool:
    """Say whether the seat leads this very organ; an efficiency office has no leader of that role: its heads do."""
    is_leader = seat.role == Role.ORGAN_LEADER or (seat.role == Role.OFFICE_OFFICER and seat.is_head)
    return seat.organ_id == organ_id and is_leader


def _nearest(held: QuerySet[Any], seat: Seat) -> Q:
    """Return the condition that the post of the seat is among those of the highest rank."""
    return Q(Exists(held.filter(post=seat.post_id))) & ~Q(Exists(heads.before(held, seat.post_id)))


def _never() -> Q:
    return Q(pk__in=[])


# --- Who is left out ------------------------------------------------------------------------------------------------


def _outer(name: str, depth: int) -> Any:
    found: Any = OuterRef(name)
    for _each in range(depth - 1):
        found = OuterRef(found)
    return found


def _able(column: Column, on: date, recused: Recused) -> QuerySet[Tenure]:
    """Return the leading tenures of those who are not recused, from whichever account."""
    accounts = persons.also_of("user").filter(pk__in=_recused(lambda n, d: column(n, d + 2), on, recused).values("pk"))
    return heads.leading(on).filter(~Exists(accounts))


def _recused(column: Column, on: date, recused: Recused) -> QuerySet[User]:
    """Return the accounts that have a part of their own, in a question that lies one below the plan's."""
    post_id = column("post_id", 1)
    held = Tenure.objects.filter(user=OuterRef("pk"))
    found = Q(pk__in=PlanSignature.objects.filter(plan=column("pk", 2), side=SignatureSide.ORGAN).values("user"))
    if post_id is not None:
        found |= Q(Exists(held.filter(post=column("post_id", 2))))
    if recused is not Recused.FOR_ORGAN:
        inside = held.running(on).filter(post__organ=column("organ_id", 2))
        found |= Q(Exists(inside.exclude(post__organ=column("office_id", 2))))
    if recused is Recused.SETTING:
        taken = PlanEvent.objects.filter(plan=column("pk", 2), action__in=proposing.PLAN_STEPS, actor=OuterRef("pk"))
        found |= Q(Exists(taken)) | Q(pk=column("drafted_by_id", 1))
        for name in ("put_by_id", "agreed_by_id"):
            if (by := column(name, 1)) is not None:
                found |= Q(pk=by)
    return User.objects.filter(found)
