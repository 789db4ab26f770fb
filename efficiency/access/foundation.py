"""
How a person stands to organs, posts, tenures and accounts, and which of them the person may know of.

Organs, posts and duties are public. Who holds a post, and which accounts there are, is known to those who keep them
and to the auditor; the organ tree decides how far.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from efficiency.access.may import MATRIX, register_relation
from efficiency.access.models import User
from efficiency.access.rows import register_rows
from efficiency.access.scope import Scope, Seat, scope_of
from efficiency.organs.models import (
    Absence,
    CounterpartChange,
    Duty,
    Organ,
    Post,
    RiskPoint,
    Role,
    Tenure,
    TenureChange,
)

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    Person = User | AnonymousUser

KEEPERS = (Role.OFFICE_OFFICER, Role.SYSTEM_ADMINISTRATOR, Role.AUDITOR)


def of_organ(scope: Scope, organ: Organ) -> Iterable[Seat]:
    """Return the seats that reach the organ."""
    return [seat for seat in scope.seats if organ.pk in seat.organ_ids]


def of_post(scope: Scope, post: Post) -> Iterable[Seat]:
    """Return the seats that reach the organ of the post."""
    return [seat for seat in scope.seats if post.organ_id in seat.organ_ids]


def of_duty(scope: Scope, duty: Duty | RiskPoint) -> Iterable[Seat]:
    """Return the seats that reach the organ of the post whose duty or risk point it is."""
    return of_post(scope, duty.post)


def of_tenure(scope: Scope, tenure: Tenure | TenureChange) -> Iterable[Seat]:
    """Return the seats that reach the organ of the post, none for the person's own tenure (docs/trust.md Z-10)."""
    return of_post(scope, tenure.post) if tenure.user_id != scope.user_id else []


def of_absence(scope: Scope, absence: Absence) -> Iterable[Seat]:
    """Return the seats that reach the organ of the post; what may be recorded from them is said by the action."""
    return of_post(scope, absence.tenure.post)


def of_counterpart_change(scope: Scope, change: CounterpartChange) -> Iterable[Seat]:
    """Return the seats that reach the organ of the post; who of them puts and decides is said by the action."""
    return of_post(scope, change.post)


def of_anything(scope: Scope, row: models.Model) -> Iterable[Seat]:
    """Return all seats: rows that belong to no organ."""
    return scope.seats


def of_account(scope: Scope, account: User) -> Iterable[Seat]:
    """Return all seats, none for the person's own account: nobody changes what they are."""
    return scope.seats if account.pk != scope.user_id else []


def organs(user: "Person") -> models.QuerySet[Organ]:
    """Return all organs to whoever holds a post."""
    return Organ.objects.all() if scope_of(user).seats else Organ.objects.none()


def posts(user: "Person") -> models.QuerySet[Post]:
    """Return all posts to whoever holds one."""
    return Post.objects.all() if scope_of(user).seats else Post.objects.none()


def duties(user: "Person") -> models.QuerySet[Duty]:
    """Return all duties to whoever holds a post."""
    return Duty.objects.all() if scope_of(user).seats else Duty.objects.none()


def risk_points(user: "Person") -> models.QuerySet[RiskPoint]:
    """Return the risk points of the organs in reach to those who work with them: they are not public."""
    return RiskPoint.objects.filter(post__organ_id__in=scope_of(user).organ_ids_as(*MATRIX["risk.see"]))


def tenures(user: "Person") -> models.QuerySet[Tenure]:
    """Return the tenures of the organs in reach to those who keep them."""
    return Tenure.objects.filter(post__organ_id__in=scope_of(user).organ_ids_as(*KEEPERS))


def tenure_changes(user: "Person") -> models.QuerySet[TenureChange]:
    """Return the proposals for the organs in reach to those who keep them."""
    return TenureChange.objects.filter(post__organ_id__in=scope_of(user).organ_ids_as(*KEEPERS))


def absences(user: "Person") -> models.QuerySet[Absence]:
    """Return the absences at the organs in reach to those who work with who is there."""
    return Absence.objects.filter(tenure__post__organ_id__in=scope_of(user).organ_ids_as(*MATRIX["absence.see"]))


def counterpart_changes(user: "Person") -> models.QuerySet[CounterpartChange]:
    """
    Return the proposals for the organs in reach to who leads, keeps or inspects them; to all others those about a post
    of their own.
    """
    scope = scope_of(user)
    own = [seat.post_id for seat in scope.seats if seat.role in MATRIX["counterpart.see"]]
    about_own = Q(post_id__in=own) | Q(counterpart_id__in=own) | Q(before_id__in=own)
    reach = scope.organ_ids_as(Role.ORGAN_LEADER, Role.INSPECTOR, *KEEPERS)
    return CounterpartChange.objects.filter(about_own | Q(post__organ_id__in=reach))


def accounts(user: "Person") -> models.QuerySet[User]:
    """Return all accounts to the system administrator and the auditor."""
    if scope_of(user).roles & {Role.SYSTEM_ADMINISTRATOR, Role.AUDITOR}:
        return User.objects.all()
    return User.objects.none()


def register() -> None:
    """Make the answers known; called once Django is ready."""
    register_relation(Organ, of_organ)
    register_relation(Post, of_post)
    register_relation(Duty, of_duty)
    register_relation(RiskPoint, of_duty)
    register_relation(Tenure, of_tenure)
    register_relation(TenureChange, of_tenure)
    register_relation(Absence, of_absence)
    register_relation(CounterpartChange, of_counterpart_change)
    register_relation(User, of_account)
    register_rows(Organ, organs)
    register_rows(Post, posts)
    register_rows(Duty, duties)
    register_rows(RiskPoint, risk_points)
    register_rows(Tenure, tenures)
    register_rows(TenureChange, tenure_changes)
    register_rows(Absence, absences)
    register_rows(CounterpartChange, counterpart_changes)
    register_rows(User, accounts)
