"""
The public part of a post sheet: what everybody may read of a post, on its page as in a document.

Integrity risk points never come here, and of a holder the name only where the post says so (docs/trust.md P-15).
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch, QuerySet

from efficiency.organs.models import Duty, DutyKind, Organ, Post, Tenure, TenureKind


@dataclass(frozen=True, slots=True)
class PublicSheet:
    """What of a post sheet is public, and nothing else: templates and documents are given this and not the post."""

    code: str
    name: str
    section: str
    rank: str
    organ: Organ
    business: tuple[str, ...]
    integrity: tuple[str, ...]
    powers: str
    legal_basis: str
    window: str
    phone: str
    holders: tuple[str, ...]
    stand_in: str
    superior: str


def public_sheet(post: Post) -> PublicSheet:
    """Return the public part of the sheet of a post that ``with_sheet`` read."""
    halves: Mapping[str, list[str]] = defaultdict(list)
    for duty in post.duties.all():
        halves[duty.kind].append(duty.text)
    return PublicSheet(
        code=post.code,
        name=post.name,
        section=post.section,
        rank=post.get_rank_display(),
        organ=post.organ,
        business=tuple(halves[DutyKind.BUSINESS]),
        integrity=tuple(halves[DutyKind.INTEGRITY]),
        powers=post.powers,
        legal_basis=post.legal_basis,
        window=post.window,
        phone=post.phone or post.organ.phone,
        holders=tuple(tenure.user.full_name for tenure in post.tenures.all()) if post.holder_is_public else (),
        stand_in=post.stand_in.name if post.stand_in else "",
        superior=post.superior.name if post.superior else "",
    )


def with_sheet(posts: QuerySet[Post], today: date) -> QuerySet[Post]:
    """Read what a public sheet needs, in a fixed number of questions; names only where they are public."""
    holders = Tenure.objects.running(today).filter(kind=TenureKind.HOLDER, post__holder_is_public=True)
    return posts.select_related("organ", "stand_in", "superior").prefetch_related(
        Prefetch("duties", Duty.objects.order_by("kind", "position", "pk")),
        Prefetch("tenures", holders.select_related("user").order_by("since", "pk")),
    )
