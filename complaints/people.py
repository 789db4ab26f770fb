"""
Who is competent for a case, and who is told: holders of posts by organ and role, without those it concerns.

"Competent" is decided by ``may`` when somebody acts; these are the questions the other way round, from case to people.
"""

from collections.abc import Iterable
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet

from complaints.models import Case, Recusal
from efficiency.access import persons
from efficiency.access.models import User
from efficiency.organs.models import Organ, Rank, Role, Tenure, TenureKind


def without_concerned(case: Case, users: "QuerySet[User]") -> "QuerySet[User]":
    """Leave out whom the case concerns: holders, present or past, of its post, and the recused (docs/trust.md Z-07)."""
    users = users.exclude(Exists(Recusal.objects.filter(case_id=case.pk, user_id=OuterRef("pk"))))
    if case.about_post_id is not None:
        users = users.exclude(Exists(Tenure.objects.filter(post_id=case.about_post_id, user_id=OuterRef("pk"))))
    return users


def holders(organ_id: int, roles: Iterable[Role], on: date, *, rank: Rank | None = None) -> "QuerySet[User]":
    """Return the active persons with a post of one of ``roles`` (and of ``rank``) in the organ on ``on``."""
    tenures = Tenure.objects.running(on).filter(
        user_id=OuterRef("pk"), post__organ_id=organ_id, post__role__in=list(roles)
    )
    if rank is not None:
        tenures = tenures.filter(post__rank=rank)
    return User.objects.filter(Exists(tenures), is_active=True)


def officers(case: Case, on: date, *, rank: Rank | None = None) -> list[int]:
    """Return the ids of the officers of the office in charge, in order."""
    return _ids(without_concerned(case, holders(case.office_id, [Role.OFFICE_OFFICER], on, rank=rank)))


def staff_of_holder(case: Case, on: date, *roles: Role) -> list[int]:
    """
    Return the ids of clerks and leaders (or of ``roles``) of the organ that holds the case.

    An organ without any of them is answered for by the nearest organ above it that has some. In own handling these are
    the officers.
    """
    if case.is_own_handling or case.handling_organ is None:
        return officers(case, on)
    return staff_of(case, case.handling_organ, on, *roles)


def staff_of(case: Case, organ: Organ, on: date, *roles: Role) -> list[int]:
    """Return the same for any ``organ`` that has to do with the case, without whom the case concerns."""
    nearest: Organ | None = organ
    while nearest is not None:
        found = _ids(without_concerned(case, holders(nearest.pk, roles or (Role.CLERK, Role.ORGAN_LEADER), on)))
        if found:
            return found
        nearest = nearest.parent
    return []


def next_competent(case: Case, gone: User | None, on: date) -> User | None:
    """
    Return who takes over from ``gone``: the stand-in (B) of the post from which they handled, else nobody.

    Nobody means the queue of the organ, which owes the case as before.
    """
    if gone is None or case.handling_organ_id is None:
        return None
    role = Role.OFFICE_OFFICER if case.is_own_handling else Role.CLERK
    posts = Tenure.objects.running(on).filter(
        user_id=gone.pk, kind=TenureKind.HOLDER, post__organ_id=case.handling_organ_id, post__role=role
    )
    stand_ins = (
        Tenure.objects.running(on)
        .filter(post_id__in=posts.values("post__stand_in_id"), post__organ_id=case.handling_organ_id, post__role=role)
        .values("user_id")
    )
    competent = User.objects.filter(pk__in=stand_ins, is_active=True).exclude(pk__in=persons.accounts_of(gone))
    return without_concerned(case, competent).order_by("id").first()


def _ids(users: "QuerySet[User]") -> list[int]:
    return list(users.order_by("id").values_list("id", flat=True))
