"""How promises to settle matters are kept: one count over the ledger of deadlines (docs/domain.md 5)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection

from complaints.matters.promises import KIND
from complaints.models import Matter
from efficiency.rounding import half_up, per_cent
from efficiency.timing.due import local_day, start_of
from efficiency.timing.limits import add_months

MONTHS = 12
# Below so many a rate says nothing, and is not shown.
FEWEST = 5
# So long figures of public pages are kept, in seconds; they need not be those of the second (docs/trust.md G-02).
KEPT_FOR = 300
_MOST_KEPT = 500

# Decided in the period; or ended, or still open, after its time and undecided. A matter that stands still is not late.
_COUNT = """
SELECT m.item_id,
       CASE WHEN d.state = 'met' THEN date_trunc('month', d.met_at AT TIME ZONE 'Asia/Shanghai')::date END AS month,
       count(*),
       count(*) FILTER (WHERE d.state = 'met' AND d.met_at < d.overdue_at),
       coalesce(sum((d.met_at AT TIME ZONE 'Asia/Shanghai')::date - (d.started_at AT TIME ZONE 'Asia/Shanghai')::date)
                FILTER (WHERE d.state = 'met'), 0)
  FROM complaints_matter AS m
  JOIN efficiency_deadline AS d ON d.content_type_id = %(matter)s AND d.object_id = m.id AND d.kind = %(kind)s
 WHERE m.item_id = ANY(%(items)s)
   -- What ended before the period is never looked at: the moments of the matter are those of its promise.
   AND (m.finished_at >= %(since)s AND m.finished_at < %(until)s OR m.overdue_at <= %(until)s)
   AND (d.state = 'met' AND d.met_at >= %(since)s AND d.met_at < %(until)s
        OR d.state = 'open' AND d.overdue_at <= %(until)s
        OR d.state = 'cancelled' AND d.ended_at >= d.overdue_at AND d.ended_at >= %(since)s AND d.ended_at < %(until)s)
 GROUP BY 1, 2
 ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Month:
    """What was decided in a month, how much of it in time, and how many calendar days it took from acceptance on."""

    first: date
    decided: int
    in_time: int
    days: int

    @property
    def rate(self) -> Decimal | None:
        """Share in time in per cent; None where too few were decided."""
        return rate_of(self.in_time, self.decided)

    @property
    def average_days(self) -> Decimal | None:
        """Calendar days that a decision took, days on which the clock stood still included; None where too few."""
        return average_of(self.days, self.decided)


@dataclass(frozen=True, slots=True)
class Kept:
    """How the promise of an item was kept in a period."""

    in_time: int = 0
    late: int = 0
    undecided: int = 0  # open and overdue at the end of the period, or ended late without a decision
    months: tuple[Month, ...] = field(default=())

    @property
    def base(self) -> int:
        """Of how many the rate is: decided ones, and those that are overdue."""
        return self.in_time + self.late + self.undecided

    @property
    def rate(self) -> Decimal | None:
        """Share decided in time in per cent, two decimals; None where there are too few."""
        return rate_of(self.in_time, self.base)

    @property
    def average_days(self) -> Decimal | None:
        """The same for all that was decided in the period."""
        return average_of(sum(month.days for month in self.months), sum(month.decided for month in self.months))


def average_of(days: int, decided: int) -> Decimal | None:
    """Return an average with one decimal, half up; None where the base is too small to say anything."""
    if decided < FEWEST:
        return None
    return half_up(Decimal(days) / decided, 1)


def rate_of(part: int, base: int) -> Decimal | None:
    """Return a share in per cent, two decimals, half up; None where the base is too small to say anything."""
    return None if base < FEWEST else per_cent(part, base)


def kept_rate(items: Collection[int], since: datetime, until: datetime) -> dict[int, Kept]:
    """
    Return for each of the items (ids) how its promise was kept in the period; those without a matter are left out.

    One statement, whatever the number of items and matters. Nothing is rounded but the rate, nothing is made up.
    """
    if not items:
        return {}
    asked: dict[str, Any] = {
        "matter": ContentType.objects.get_for_model(Matter).pk,
        "kind": KIND,
        "items": list(items),
        "since": since,
        "until": until,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, asked)
        rows = cursor.fetchall()
    by_item: dict[int, list[tuple[date | None, int, int, int]]] = {}
    for item_id, month, count, in_time, days in rows:
        by_item.setdefault(item_id, []).append((month, count, in_time, days))
    return {item_id: _kept(found) for item_id, found in by_item.items()}


def _kept(rows: Sequence[tuple[date | None, int, int, int]]) -> Kept:
    months = [Month(month, count, in_time, days) for month, count, in_time, days in rows if month is not None]
    in_time = sum(month.in_time for month in months)
    return Kept(
        in_time=in_time,
        late=sum(month.decided for month in months) - in_time,
        undecided=sum(count for month, count, *_rest in rows if month is None),
        months=tuple(months),
    )


_lately: dict[tuple[frozenset[int], int], dict[int, Kept]] = {}


def over_the_year(items: Collection[int], at: datetime) -> Mapping[int, Kept]:
    """Return the same for the eleven months before that of ``at`` and that month, at most five minutes old."""
    key = (frozenset(items), int(at.timestamp()) // KEPT_FOR)
    found = _lately.get(key)  # another thread may clear them at any moment
    if found is None:
        found = kept_rate(items, begin_of_year(at), at)
        if len(_lately) >= _MOST_KEPT:
            _lately.clear()
        _lately[key] = found
    return found


def year_of(found: Kept, at: datetime) -> list[Month]:
    """Return the twelve months up to that of ``at``, those in which nothing was decided among them."""
    known = {month.first: month for month in found.months}
    first = local_day(begin_of_year(at))
    months = [add_months(first, number) for number in range(MONTHS)]
    return [known.get(month, Month(month, 0, 0, 0)) for month in months]


def begin_of_year(at: datetime) -> datetime:
    """Return the first moment of the month eleven months before that of ``at``."""
    return start_of(add_months(local_day(at).replace(day=1), 1 - MONTHS))
