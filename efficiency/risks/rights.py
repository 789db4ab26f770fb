"""Who may know of a review of risk points: those who work with the risk points of the organ (docs/trust.md P-15)."""

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from django.db import models
from django.urls import reverse

from efficiency.access.may import MATRIX, register_relation
from efficiency.access.models import User
from efficiency.access.rows import register_rows
from efficiency.access.scope import Scope, Seat, scope_of
from efficiency.outbox import registry
from efficiency.risks.models import RiskReview

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


def of_review(scope: Scope, review: RiskReview) -> Iterable[Seat]:
    """Return the seats that reach the organ of the post."""
    return [seat for seat in scope.seats if review.post.organ_id in seat.organ_ids]


def reviews(user: "User | AnonymousUser") -> models.QuerySet[RiskReview]:
    """Return the reviews of the organs in reach to those who work with risk points."""
    return RiskReview.objects.filter(post__organ_id__in=scope_of(user).organ_ids_as(*MATRIX["risk.see"]))


def labels_of(ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    """Return code and page of the post of each review."""
    rows = RiskReview.objects.filter(pk__in=ids).values_list("pk", "post__code", "post_id").order_by("pk")
    return {pk: (code, reverse("admin:efficiency_post_change", args=[post_id])) for pk, code, post_id in rows}


def may_know(user_ids: Collection[int], ids: Collection[int]) -> set[tuple[int, int]]:
    """Return the pairs of account and review in which the person may know of the review."""
    found: set[tuple[int, int]] = set()
    for user in User.objects.filter(pk__in=user_ids, is_active=True).order_by("pk"):
        found |= {(user.pk, pk) for pk in reviews(user).filter(pk__in=ids).values_list("pk", flat=True)}
    return found


def register() -> None:
    """Make the answers known; called once Django is ready."""
    register_relation(RiskReview, of_review)
    register_rows(RiskReview, reviews)
    registry.register_subject(RiskReview, labels_of, may_know)
