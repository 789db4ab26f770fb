"""
What has supervision orders of its own, so that none is built beside it (docs/decisions/0031).

Level four of a promise about such a subject is proposed here like any other, as signing and declining are the same for
all; who signs it gives the order where the subject has its orders, and the proposal ends there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import models

from accountability.models import Correction
from efficiency.access.models import User

# (key of the subject, who orders, when, what is ordered); a refusal of the subject's own is an ``efficiency.refusals``.
Order = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """How an order about a subject is given where it has its own, and which promises are about such orders already."""

    model: type[models.Model]
    order: Order
    leaves_out: tuple[str, ...]


_by_model: dict[type[models.Model], Elsewhere] = {}


def register(model: type[models.Model], order: Order, *, leaves_out: tuple[str, ...] = ()) -> None:
    """
    Say that subjects of ``model`` have orders of their own: ``order(key, by=, at=, text=)`` gives one.

    :param leaves_out: kinds of promises that nothing is proposed about: the answers to such orders themselves
    """
    _by_model[model] = Elsewhere(model, order, leaves_out)


def of(correction: Correction) -> Elsewhere | None:
    """Return where an order is given instead of by this correction; None where by itself."""
    if correction.deadline_id is None or correction.content_type is None:
        return None
    model = correction.content_type.model_class()
    return _by_model.get(model) if model else None


def left_out() -> list[str]:
    """Return the kinds of promises that nothing is proposed about."""
    return [kind for each in _by_model.values() for kind in each.leaves_out]


def order(correction: Correction, *, by: User, at: datetime, text: str) -> None:
    """Give the order where the subject has its orders, in the caller's transaction."""
    found = of(correction)
    if found is not None:
        found.order(correction.object_id, by=by, at=at, text=text)
