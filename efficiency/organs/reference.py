"""
The shape of reference data (organs, posts with both halves of their duties) and how it comes into the database.

Loading adds what is missing and never changes a row that is there: from the first day on the office owns its organs
and posts, and a second loading must not take back what it has edited.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from efficiency.organs import pinyin, searching
from efficiency.organs.models import (
    Duty,
    DutyKind,
    Level,
    Organ,
    OrganKind,
    Post,
    Rank,
    RiskGrade,
    RiskKind,
    RiskPoint,
    Role,
)


@dataclass(frozen=True, slots=True)
class OrganRow:
    """One organ; ``parent`` and ``district`` are codes of other rows, a district being its own district."""

    code: str
    name: str
    level: Level
    kind: OrganKind
    parent: str = ""
    district: str = ""
    short_name: str = ""
    position: int = 0
    is_pilot: bool = False
    phone: str = ""
    complaint_phone: str = ""
    address: str = ""
    duties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Risk:
    """An integrity risk point of a sheet and what is done against it."""

    text: str
    kind: RiskKind
    grade: RiskGrade
    measure: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A post responsibility sheet 岗位责任书 without its holder; ``organ``, ``superior``, ``stand_in`` are codes."""

    code: str
    organ: str
    name: str
    section: str
    rank: Rank
    business: tuple[str, ...]
    integrity: tuple[str, ...]
    role: Role | None = None
    is_head: bool = False
    superior: str = ""
    stand_in: str = ""
    powers: str = ""
    legal_basis: str = ""
    window: str = ""
    phone: str = ""
    holder_is_public: bool = False
    risks: tuple[Risk, ...] = ()


def sort_key_of(name: str) -> str:
    """Return the pinyin of ``name``, syllables apart, by which lists are sorted: the server knows no Chinese order."""
    return " ".join(pinyin.syllables(name))


@transaction.atomic
def load_organs(rows: Iterable[OrganRow], *, since: date) -> int:
    """
    Add the organs that are not there yet, parents before children, and return how many were added.

    :raises KeyError: a row names a parent or district that is neither in the database nor above it in ``rows``
    """
    known = {organ.code: organ for organ in Organ.objects.order_by("id")}
    added = 0
    for row in rows:
        if row.code in known:
            continue
        known[row.code] = organ = Organ.objects.create(
            code=row.code,
            name=row.name,
            short_name=row.short_name,
            sort_key=sort_key_of(row.name),
            level=row.level,
            kind=row.kind,
            parent=known[row.parent] if row.parent else None,
            district=known[row.district] if row.district and row.district != row.code else None,
            position=row.position,
            is_pilot=row.is_pilot,
            phone=row.phone,
            complaint_phone=row.complaint_phone,
            address=row.address,
            duties_text="\n".join(row.duties),
            since=since,
        )
        if row.district == row.code:
            organ.district = organ
            organ.save(update_fields=["district"])
        added += 1
    return added


@transaction.atomic
def load_posts(sheets: Iterable[Sheet], *, since: date) -> int:
    """
    Add the posts that are not there yet, each with its duties and risk points, and return how many were added.

    Superior posts and stand-ins are joined afterwards, as two posts stand in for each other.

    :raises KeyError: a sheet names an organ or a post that does not exist
    """
    organs = dict(Organ.objects.order_by("id").values_list("code", "id"))
    there = set(Post.objects.values_list("code", flat=True).order_by("code"))
    new = [sheet for sheet in sheets if sheet.code not in there]
    Post.objects.bulk_create(
        Post(
            organ_id=organs[sheet.organ],
            code=sheet.code,
            name=sheet.name,
            section=sheet.section,
            role=sheet.role or "",
            rank=sheet.rank,
            is_head=sheet.is_head,
            powers=sheet.powers,
            legal_basis=sheet.legal_basis,
            window=sheet.window,
            phone=sheet.phone,
            holder_is_public=sheet.holder_is_public,
            since=since,
        )
        for sheet in new
    )
    posts = {post.code: post for post in Post.objects.order_by("id")}
    joined = []
    for sheet in new:
        post = posts[sheet.code]
        post.superior = posts[sheet.superior] if sheet.superior else None
        post.stand_in = posts[sheet.stand_in] if sheet.stand_in else None
        joined.append(post)
    Post.objects.bulk_update(joined, ["superior", "stand_in"])
    Duty.objects.bulk_create(
        Duty(post=posts[sheet.code], kind=kind, text=text, position=position)
        for sheet in new
        for kind, texts in ((DutyKind.BUSINESS, sheet.business), (DutyKind.INTEGRITY, sheet.integrity))
        for position, text in enumerate(texts, start=1)
    )
    RiskPoint.objects.bulk_create(
        RiskPoint(
            post=posts[sheet.code],
            text=risk.text,
            kind=risk.kind,
            grade=risk.grade,
            measure=risk.measure,
            position=position,
        )
        for sheet in new
        for position, risk in enumerate(sheet.risks, start=1)
    )
    searching.refresh_all()
    return len(new)
