"""Who may know of items and their versions, and how a person stands to them; what is published is for everybody."""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

from complaints.models import ItemVersion, ServiceItem, VersionState
from efficiency.access.may import MATRIX, register_relation
from efficiency.access.rows import register_rows
from efficiency.access.scope import Scope, Seat, scope_of
from efficiency.organs.models import Organ

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from efficiency.access.models import User

    Person = User | AnonymousUser


def items_of(user: "Person") -> QuerySet[ServiceItem]:
    """Return the items that ``user`` may know of: those of the organs in reach, and all that were ever published."""
    seats = scope_of(user).seats_as(*MATRIX["item.see"])
    if not seats:
        return ServiceItem.objects.none()
    reached = frozenset().union(*(seat.organ_ids for seat in seats))
    published = ItemVersion.objects.published().values("item")
    return ServiceItem.objects.filter(Q(organ__in=reached) | Q(pk__in=published))


def versions_of(user: "Person") -> QuerySet[ItemVersion]:
    """Return the versions that ``user`` may know of: all that are published, and drafts of the organs in reach."""
    seats = scope_of(user).seats_as(*MATRIX["item.see"])
    if not seats:
        return ItemVersion.objects.none()
    reached = frozenset().union(*(seat.organ_ids for seat in seats))
    return ItemVersion.objects.filter(Q(item__organ__in=reached) | Q(state=VersionState.PUBLISHED))


def organs_of(user: "Person", *, on: date) -> QuerySet[Organ]:
    """Return the organs for which ``user`` may write items."""
    seats = scope_of(user).seats_as(*MATRIX["item.draft"])
    reached = frozenset().union(*(seat.organ_ids for seat in seats))
    return Organ.objects.active(on).filter(pk__in=reached)


def seats_to_item(scope: Scope, item: ServiceItem) -> Iterable[Seat]:
    """Return the seats that reach the organ of the item."""
    return [seat for seat in scope.seats if item.organ_id in seat.organ_ids]


def seats_to_version(scope: Scope, version: ItemVersion) -> Iterable[Seat]:
    """Return the seats that reach the organ of the version's item."""
    return seats_to_item(scope, version.item)


def register() -> None:
    """Make the answers known; called once Django is ready."""
    register_relation(ServiceItem, seats_to_item)
    register_relation(ItemVersion, seats_to_version)
    register_rows(ServiceItem, items_of)
    register_rows(ItemVersion, versions_of)
