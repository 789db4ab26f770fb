"""
Who heads an organ alone (docs/domain.md 8.1): heads and their deputies bear the same mark, and the head is the one who
is below none of the others.
"""

from collections.abc import Collection, Mapping
from datetime import date

from django.db.models import F, Q

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


def acting(organ_ids: Collection[int], on: date) -> Mapping[int, frozenset[int]]:
    """
    Return by organ the posts from which it is headed on a day; one question.

    The head's where somebody holds it, else those of its deputies, else of its leaders: no organ is without a voice.
    """
    held = Tenure.objects.running(on).filter(
        Q(post__role=Role.ORGAN_LEADER) | Q(post__role=Role.OFFICE_OFFICER, post__is_head=True),
        kind=TenureKind.HOLDER,
        user__is_active=True,
        post__organ__in=organ_ids,
    )
    ranked: dict[int, dict[int, set[int]]] = {}
    for tenure in held.select_related("post__superior"):
        post = tenure.post
        rank = 0 if is_chief(post) else 1 if post.is_head else 2
        ranked.setdefault(post.organ_id, {}).setdefault(rank, set()).add(post.pk)
    return {organ: frozenset(by_rank[min(by_rank)]) for organ, by_rank in ranked.items()}


def acting_in(organ_id: int, on: date) -> frozenset[int]:
    """Return the same of one organ; none where nobody holds such a post."""
    return acting([organ_id], on).get(organ_id, frozenset())
