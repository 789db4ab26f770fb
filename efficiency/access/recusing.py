"""
From which rows of a model a person is recused, asked by model: what came of such a row is absent for them too (Z-07).

The app that owns a model registers its answer; whoever keeps references to rows of other parts asks here. A person may
be recused from a row because it is about them, or because it is about an organ of theirs: whoever leads that organ has
to answer what comes of it, and is kept out by the first alone.
"""

from collections.abc import Callable
from typing import Protocol

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.expressions import Combinable

from efficiency.access.scope import Scope

# What is about the person alone (True), or all from which the person is recused (False).
Recused = Callable[[Scope, bool], models.QuerySet]


class CameFrom(Protocol):
    """Names the row of a model from which something came."""

    def __call__(self, *, of: type[models.Model]) -> Combinable:
        """Return the expression of its key, of whatever is asked about (``OuterRef``); null where there is none."""


_recused: dict[type[models.Model], Recused] = {}


def register_recused(model: type[models.Model], recused: Recused) -> None:
    """Say from which rows of ``model`` a person is recused."""
    _recused[model] = recused


def is_recused_at_all(scope: Scope, *, personally: bool = False) -> Q:
    """
    Return the condition that there is any row from which a person is recused; of most people there is none.

    It is of no row: the database asks it once, before it follows the way of each of many rows, which costs far more.
    """
    found = Q(pk__in=[])
    for recused in _recused.values():
        found |= Q(Exists(recused(scope, personally).order_by()))
    return found


def is_about_recused(scope: Scope, *, personally: bool = False, came_from: CameFrom | None = None) -> Q:
    """
    Return the condition that a generic reference (``content_type``, ``object_id``) is a row a person is recused from.

    :param personally: only what is about the person, not what is about an organ of theirs
    :param came_from: asked for each model which row of it the reference leads to, where it leads there over others
    """
    found = Q(pk__in=[])
    for model, recused in _recused.items():
        rows = recused(scope, personally).order_by()
        if came_from is None:
            of_model = Q(content_type=ContentType.objects.get_for_model(model))
            found |= of_model & Q(Exists(rows.filter(pk=OuterRef("object_id"))))
        else:
            found |= Q(Exists(rows.filter(pk=came_from(of=model))))
    return found
