"""
Who heads an organ alone (docs/domain.md 8.1): heads and their deputies bear the same mark, and the head is the one who
is below none of the others.
"""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django.db.models import Case, F, IntegerField, Q, QuerySet, Subquery, When

from efficiency.organs.models import Post, Role, Tenure, TenureKind


def chiefs(prefix: str = "") -> Q:
    """Return the condition of the posts of heads, without those of deputies."""
    above, organ = f"{prefix}superior", f"{prefix}organ"
    below = Q(**{f"{above}__is_head": True, f"{above}__organ": F(organ)})
    return Q(**{f"{prefix}is_head": True}) & (Q(**{f"{above}__isnull": True}) | ~below)


def is_chief(post: Post) -> bool:
    """Say of one post what ``chiefs`` says of many."""
    if not post.is_head:
        return False
    above = post.superior
    return above is None or not above.is_head or above.organ_id != post.organ_id


def leading(on: date) -> QuerySet[Tenure]:
    """Return the tenures from which organs can be headed on a day."""
    return Tenure.objects.running(on).filter(
        Q(post__role=Role.ORGAN_LEADER) | Q(post__role=Role.OFFICE_OFFICER, post__is_head=True),
        kind=TenureKind.HOLDER,
        user__is_active=True,
    )


def before(held: QuerySet[Tenure], post_id: int) -> QuerySet[Tenure]:
    """Keep those of ``leading`` whose posts come before one post: heads before deputies before other leaders."""
    own = Post.objects.filter(pk=post_id).annotate(nearness=_rank()).values("nearness")[:1]
    return held.annotate(nearness=_rank("post__")).filter(nearness__lt=Subquery(own))


def _rank(prefix: str = "") -> Case:
    return Case(
        When(chiefs(prefix), then=0),
        When(**{f"{prefix}is_head": True}, then=1),
        default=2,
        output_field=IntegerField(),
    )


def acting(organ_ids: Collection[int], on: date) -> Mapping[int, frozenset[int]]:
    """
    Return by organ the posts from which it is headed on a day; one question.

    The head's where somebody holds it, else those of its deputies, else of its leaders: no organ is without a voice.
    """
    return nearest(leading(on).filter(post__organ__in=organ_ids))


def nearest(held: QuerySet[Any]) -> Mapping[int, frozenset[int]]:
    """Return by organ the posts of the highest rank among these of ``leading``, such as those not recused."""
    ranked: dict[int, dict[int, set[int]]] = {}
    rows = held.annotate(nearness=_rank("post__")).values_list("post__organ", "nearness", "post")
    for organ_id, rank, post_id in rows:
        ranked.setdefault(organ_id, {}).setdefault(rank, set()).add(post_id)
    return {organ: frozenset(by_rank[min(by_rank)]) for organ, by_rank in ranked.items()}


def acting_in(organ_id: int, on: date) -> frozenset[int]:
    """Return the same of one organ; none where nobody holds such a post."""
    return acting([organ_id], on).get(organ_id, frozenset())
