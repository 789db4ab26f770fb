"""
Which rows of a model a person may know of, asked by model: drop-downs, filters, inlines and generic references.

The app that owns a model registers its answer; a model nobody registered has no rows for anybody (docs/trust.md Z-01).
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Exists, OuterRef, Q

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from efficiency.access.models import User

Rows = Callable[["User | AnonymousUser"], models.QuerySet]
_rows: dict[type[models.Model], Rows] = {}


def register_rows(model: type[models.Model], rows: Rows) -> None:
    """Say which rows of ``model`` a person may know of."""
    _rows[model] = rows


def rows_of(model: type[models.Model], user: "User | AnonymousUser") -> models.QuerySet:
    """Return the rows of ``model`` that ``user`` may know of; none where nobody registered an answer."""
    if rows := _rows.get(model):
        return rows(user)
    return model._default_manager.none()


def about(user: "User | AnonymousUser", models_: Iterable[type[models.Model]]) -> Q:
    """
    Return the condition that a generic reference (``content_type``, ``object_id``) is one the person may know of.

    A reference to any other model is left out: what cannot be asked is not shown.
    """
    known = Q(pk__in=[])
    for model in models_:
        known |= Q(
            content_type=ContentType.objects.get_for_model(model),
            object_id__in=rows_of(model, user).values("pk"),
        )
    return known


def met(model: type[models.Model]) -> set[int]:
    """
    Return the keys of the types that rows of ``model`` are about (``content_type``); one question.

    Putting together who may know of dozens of kinds takes Django longer than all else on a page, and few are met. The
    table needs an index that begins with the type.
    """
    there = model._default_manager.order_by().filter(content_type=OuterRef("pk"))
    return set(ContentType.objects.filter(Exists(there)).values_list("pk", flat=True))


def registered() -> tuple[type[models.Model], ...]:
    """Return the models with a registered answer."""
    return tuple(_rows)
