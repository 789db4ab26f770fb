"""
Which version of a post sheet is in force, and which counterparts (B) changed: both from the history that triggers keep.

No table of versions stands beside that history, so none can differ from it (docs/domain.md 7).
"""

from dataclasses import dataclass
from datetime import date

from django.db import connection

from efficiency.organs.models import Post
from efficiency.timing.zone import start_of

# Each day on which post or duties were written is a version: one edit writes many rows.
_DAYS = """
SELECT count(DISTINCT day), max(day)
  FROM (SELECT pgh_created_at AS at FROM efficiency_postevent WHERE pgh_obj_id = %s
        UNION ALL
        SELECT pgh_created_at FROM efficiency_dutyevent WHERE post_id = %s) AS written,
       LATERAL (SELECT (at AT TIME ZONE 'Asia/Shanghai')::date AS day) AS local
"""
# What was written together with the post itself is its beginning and no change.
_STAND_INS = """
SELECT post_id, (at AT TIME ZONE 'Asia/Shanghai')::date, before, after
  FROM (SELECT pgh_obj_id AS post_id, pgh_created_at AS at, pgh_id, stand_in_id AS after,
               lag(stand_in_id) OVER history AS before, min(pgh_created_at) OVER history AS begun
          FROM efficiency_postevent WINDOW history AS (PARTITION BY pgh_obj_id ORDER BY pgh_created_at, pgh_id)) AS c
 WHERE at > begun AND after IS DISTINCT FROM before AND at >= %s AND at < %s
 ORDER BY at, pgh_id
"""


@dataclass(frozen=True, slots=True)
class SheetVersion:
    """The how-manieth version of a sheet is in force, and since which day."""

    number: int
    day: date


@dataclass(frozen=True, slots=True)
class StandInChange:
    """That a post has another counterpart since a day; None is none."""

    post_id: int
    day: date
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class HalfYear:
    """The first or second half of a year."""

    year: int
    half: int

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, 1 if self.half == 1 else 7, 1)

    @property
    def until(self) -> date:
        """The day after its last one."""
        return date(self.year, 7, 1) if self.half == 1 else date(self.year + 1, 1, 1)

    @property
    def before(self) -> "HalfYear":
        """The half-year before it."""
        return HalfYear(self.year, 1) if self.half == 2 else HalfYear(self.year - 1, 2)

    def __str__(self) -> str:
        return f"{self.year}-{self.half}"


def last_ended(today: date) -> HalfYear:
    """Return the half-year that ended last before the day."""
    return HalfYear(today.year, 1 if today.month <= 6 else 2).before


def version_of(post: Post) -> SheetVersion:
    """Return which version of the sheet of a post is in force; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_DAYS, [post.pk, post.pk])
        number, day = cursor.fetchone()
    return SheetVersion(number or 1, day or post.since)


def stand_in_changes(half: HalfYear) -> list[StandInChange]:
    """Return which posts got another counterpart, or lost it, in a half-year, the earliest first; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_STAND_INS, [start_of(half.first), start_of(half.until)])
        return [StandInChange(*row) for row in cursor.fetchall()]
