"""Who may know of a letter: whoever signs it, and those who watch over the post (docs/trust.md Z-01)."""

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.urls import reverse

from efficiency.access import persons
from efficiency.access.may import register_relation
from efficiency.access.models import User
from efficiency.access.rows import register_rows
from efficiency.access.scope import Scope, Seat, scope_of
from efficiency.letters.models import OwedLetters, ResponsibilityLetter
from efficiency.organs.models import Role
from efficiency.outbox import registry

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    Person = User | AnonymousUser

# Who watches over the letters of the organs in reach; everybody else knows of their own and those they sign as leader.
WATCHERS = (Role.ORGAN_LEADER, Role.OFFICE_OFFICER, Role.INSPECTOR, Role.AUDITOR)


def of_letter(scope: Scope, letter: ResponsibilityLetter) -> Iterable[Seat]:
    """Return the seats in which a person stands to a letter: all for a signer, else those that watch over the post."""
    if letter.holder_id == scope.user_id or letter.leader_post_id in {seat.post_id for seat in scope.seats}:
        return scope.seats
    return [seat for seat in scope.seats_as(*WATCHERS) if letter.post.organ_id in seat.organ_ids]


def letters(user: "Person") -> models.QuerySet[ResponsibilityLetter]:
    """Return the letters that the person may know of."""
    scope = scope_of(user)
    if not scope.seats:
        return ResponsibilityLetter.objects.none()
    own = Q(holder_id=scope.user_id) | Q(leader_post_id__in=[seat.post_id for seat in scope.seats])
    return ResponsibilityLetter.objects.filter(own | Q(post__organ_id__in=scope.organ_ids_as(*WATCHERS)))


def unsigned(user: User) -> models.QuerySet[ResponsibilityLetter]:
    """Return the letters that lack a signature, of the organs that the person leads or is the office of."""
    reach = scope_of(user).organ_ids_as(Role.ORGAN_LEADER, Role.OFFICE_OFFICER)
    return ResponsibilityLetter.objects.waiting().filter(post__organ_id__in=reach)


def to_sign(user: User) -> models.QuerySet[ResponsibilityLetter]:
    """Return the letters that wait for the signature of the person, as holder or as leader."""
    return ResponsibilityLetter.objects.waiting_for(user, [seat.post_id for seat in scope_of(user).seats])


def of_owed(scope: Scope, owed: OwedLetters) -> Iterable[Seat]:
    """Return the seats that watch over the letters of the organ."""
    return [seat for seat in scope.seats_as(*WATCHERS) if owed.organ_id in seat.organ_ids]


def owed_letters(user: "Person") -> models.QuerySet[OwedLetters]:
    """Return what organs in reach owe, to those who watch over their letters."""
    return OwedLetters.objects.filter(organ_id__in=scope_of(user).organ_ids_as(*WATCHERS))


def labels_of_owed(ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    """Return year and code of the organ, and the list of its letters."""
    page = reverse("admin:efficiency_responsibilityletter_changelist")
    rows = OwedLetters.objects.filter(pk__in=ids).order_by("pk").values_list("pk", "year", "organ__code", "organ_id")
    return {pk: (f"{year}-{code}", f"{page}?post__organ__id__exact={organ}") for pk, year, code, organ in rows}


def may_know_owed(user_ids: Collection[int], ids: Collection[int]) -> set[tuple[int, int]]:
    """Return the pairs of account and row in which the person may know of what an organ owes."""
    found: set[tuple[int, int]] = set()
    for user in (each for each in persons.accounts_with(user_ids) if each.is_active):
        found |= {(user.pk, pk) for pk in owed_letters(user).filter(pk__in=ids).values_list("pk", flat=True)}
    return found


def labels_of(ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    """Return number and page of letters for messages: year and code of the post, no person (docs/trust.md Z-15)."""
    rows = ResponsibilityLetter.objects.filter(pk__in=ids).values_list("pk", "year", "post__code").order_by("pk")
    return {
        pk: (f"{year}-{code}", reverse("admin:efficiency_responsibilityletter_change", args=[pk]))
        for pk, year, code in rows
    }


def may_know(user_ids: Collection[int], ids: Collection[int]) -> set[tuple[int, int]]:
    """Return the pairs of account and letter in which the person may know of the letter."""
    found: set[tuple[int, int]] = set()
    for user in (each for each in persons.accounts_with(user_ids) if each.is_active):
        found |= {(user.pk, pk) for pk in letters(user).filter(pk__in=ids).values_list("pk", flat=True)}
    return found


def register() -> None:
    """Make the answers known; called once Django is ready."""
    register_relation(ResponsibilityLetter, of_letter)
    register_rows(ResponsibilityLetter, letters)
    registry.register_subject(ResponsibilityLetter, labels_of, may_know)
    register_relation(OwedLetters, of_owed)
    register_rows(OwedLetters, owed_letters)
    registry.register_subject(OwedLetters, labels_of_owed, may_know_owed)
