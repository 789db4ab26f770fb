"""The periods that bulletins are of: months, quarters, years of the portal's zone. Pure Python (docs/domain.md 12)."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from efficiency.timing.due import add_months
from efficiency.timing.zone import local_day, start_of

LENGTHS = {"month": 1, "quarter": 3, "year": 12}
TREND = 13
_SLUG = re.compile(r"([0-9]{4})(?:-(?:q([1-4])|([0-9]{2})))?")
FIRST_YEAR, LAST_YEAR = 2000, 2199


@dataclass(frozen=True, slots=True)
class Period:
    """Whole months from the first day; ``span`` is ``month``, ``quarter`` or ``year``."""

    span: str
    since: date

    @property
    def until(self) -> date:
        """The first day after it: it is cut off at 24:00 of the day before."""
        return add_months(self.since, LENGTHS[self.span])

    @property
    def last_day(self) -> date:
        """The last day that belongs to it."""
        return self.until - timedelta(days=1)

    @property
    def cut_off(self) -> datetime:
        """24:00 of the last day."""
        return start_of(self.until)

    @property
    def slug(self) -> str:
        """How addresses name it: 2026-10, 2026-q3, 2026."""
        if self.span == "year":
            return str(self.since.year)
        if self.span == "quarter":
            return f"{self.since.year}-q{(self.since.month + 2) // 3}"
        return f"{self.since:%Y-%m}"

    @property
    def chinese(self) -> str:
        """How Chinese papers name it: 2026年10月, 2026年第三季度, 2026年度."""
        if self.span == "year":
            return f"{self.since.year}年度"
        if self.span == "quarter":
            return f"{self.since.year}年第{'一二三四'[self.since.month // 3]}季度"
        return f"{self.since.year}年{self.since.month}月"

    @property
    def previous(self) -> "Period":
        """The period before."""
        return Period(self.span, add_months(self.since, -LENGTHS[self.span]))

    @property
    def following(self) -> "Period":
        """The period after."""
        return Period(self.span, self.until)

    @property
    def year_before(self) -> "Period":
        """The same period of the year before."""
        return Period(self.span, add_months(self.since, -12))

    def has(self, other: "Period") -> bool:
        """Say whether another period lies wholly within this one."""
        return self.since <= other.since and other.until <= self.until

    def is_over(self, at: datetime) -> bool:
        """Say whether the period was over at a moment."""
        return at >= self.cut_off


def of_slug(slug: str) -> Period | None:
    """Return the period that an address names; None where it names none."""
    found = _SLUG.fullmatch(slug)
    if found is None or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
        return None
    year = int(found[1])
    if found[2]:
        return Period("quarter", date(year, 3 * int(found[2]) - 2, 1))
    if found[3]:
        return Period("month", date(year, int(found[3]), 1)) if 1 <= int(found[3]) <= 12 else None
    return Period("year", date(year, 1, 1))


def around(span: str, day: date) -> Period:
    """Return the period of a length that a day belongs to."""
    if span == "year":
        return Period(span, date(day.year, 1, 1))
    if span == "quarter":
        return Period(span, date(day.year, (day.month - 1) // 3 * 3 + 1, 1))
    return Period(span, day.replace(day=1))


def last_over(span: str, at: datetime) -> Period:
    """Return the last period of a length that was over at a moment."""
    return around(span, local_day(at)).previous
