"""Who may know of duties and of what is owed, and how a person stands to them; what everybody may know is public."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING

from django.db.models import QuerySet
from django.urls import reverse

from disclosure.models import Column, OwedPublication, PublicationDuty
from efficiency.access.may import MATRIX, register_relation
from efficiency.access.models import User
from efficiency.access.rows import register_rows
from efficiency.access.scope import Scope, Seat, scope_of
from efficiency.organs.models import Organ
from efficiency.outbox import registry

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    Person = User | AnonymousUser


def duties_of(user: "Person") -> QuerySet[PublicationDuty]:
    """Return the duties of the organs in reach of the person."""
    reach = scope_of(user).organ_ids_as(*MATRIX["publicationduty.see"])
    return PublicationDuty.objects.filter(organ_id__in=reach) if reach else PublicationDuty.objects.none()


def owed_of(user: "Person") -> QuerySet[OwedPublication]:
    """Return what is owed by the organs in reach of the person. Nobody is recused from it: it is about no person."""
    reach = scope_of(user).organ_ids_as(*MATRIX["owed.see"])
    return OwedPublication.objects.filter(organ_id__in=reach) if reach else OwedPublication.objects.none()


def columns_of(user: "Person") -> QuerySet[Column]:
    """Return all headings to whoever holds a post: they are the same for all organs, and public."""
    return Column.objects.all() if scope_of(user).seats else Column.objects.none()


def organs_of(user: "Person", *, on: date, fresh: bool = False) -> QuerySet[Organ]:
    """Return the organs on which ``user`` may lay duties."""
    reach = scope_of(user, fresh=fresh).organ_ids_as(*MATRIX["publicationduty.edit"])
    return Organ.objects.active(on).filter(pk__in=reach)


def seats_to(scope: Scope, row: PublicationDuty | OwedPublication) -> Iterable[Seat]:
    """Return the seats that reach the organ of a duty, or of what is owed."""
    return [seat for seat in scope.seats if row.organ_id in seat.organ_ids]


def seats_to_column(scope: Scope, column: Column) -> Iterable[Seat]:
    """Return all seats: a heading belongs to no organ."""
    return scope.seats


def labels_of(ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    """Return number and page of what is owed, for messages: no title, no person (docs/trust.md Z-15)."""
    return {pk: (f"GK-{pk}", reverse("admin:disclosure_owedpublication_change", args=[pk])) for pk in ids}


def may_know(user_ids: Collection[int], ids: Collection[int]) -> set[tuple[int, int]]:
    """Return the pairs of account and owed publication in which the person may know of it at this moment (Z-15)."""
    found: set[tuple[int, int]] = set()
    for user in User.objects.filter(pk__in=user_ids, is_active=True).order_by("pk"):
        found |= {(user.pk, pk) for pk in owed_of(user).filter(pk__in=ids).values_list("pk", flat=True)}
    return found


def register() -> None:
    """Make the answers known; called once Django is ready."""
    register_relation(PublicationDuty, seats_to)
    register_relation(OwedPublication, seats_to)
    register_relation(Column, seats_to_column)
    register_rows(PublicationDuty, duties_of)
    register_rows(OwedPublication, owed_of)
    register_rows(Column, columns_of)
    registry.register_subject(OwedPublication, labels_of, may_know)
