"""Who may know of which keys: whoever keeps them and the auditor, of the organs in reach."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import models

from efficiency.access.may import MATRIX, register_relation
from efficiency.access.rows import register_rows
from efficiency.access.scope import Scope, Seat, scope_of
from efficiency.keys.models import ApiKey

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from efficiency.access.models import User


def of_key(scope: Scope, key: ApiKey) -> Iterable[Seat]:
    """Return the seats that reach the organ of the key."""
    return [seat for seat in scope.seats if key.organ_id in seat.organ_ids]


def keys(user: "User | AnonymousUser") -> models.QuerySet[ApiKey]:
    """Return the keys of the organs in reach to those who keep them."""
    return ApiKey.objects.filter(organ_id__in=scope_of(user).organ_ids_as(*MATRIX["key.see"]))


def register() -> None:
    """Make the answers known; called once Django is ready."""
    register_relation(ApiKey, of_key)
    register_rows(ApiKey, keys)
