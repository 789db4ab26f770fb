"""Which days a figure is asked for: a month, a quarter, a year, or from one day to another (docs/domain.md 12)."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Self

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from efficiency.timing.due import ONE_DAY, add_months

FIRST_YEAR, LAST_YEAR = 2005, 2199
_CODE = re.compile(r"(\d{4})(?:-(?:Q([1-4])|(\d{2})))?", re.ASCII)


class Span(StrEnum):
    """How long a period is; RANGE is what a person set by two days."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    RANGE = "range"

    @property
    def months(self) -> int:
        """How many months it has; none of a range."""
        return {Span.MONTH: 1, Span.QUARTER: 3, Span.YEAR: 12}.get(self, 0)


class NoPeriod(ValueError):
    """A text names no period."""


@dataclass(frozen=True, slots=True)
class Period:
    """Days of the portal's zone from ``since`` until before ``until``."""

    since: date
    until: date
    span: Span = Span.RANGE

    @classmethod
    def of(cls, day: date, span: Span) -> Self:
        """Return the month, quarter or year of a day."""
        month = {Span.MONTH: day.month, Span.QUARTER: (day.month - 1) // 3 * 3 + 1, Span.YEAR: 1}[span]
        since = date(day.year, month, 1)
        return cls(since, add_months(since, span.months), span)

    @classmethod
    def read(cls, code: str) -> Self:
        """
        Return the period of a code: 2026-03, 2026-Q1 or 2026.

        :raises NoPeriod: it is none, or of a year that the portal does not know
        """
        found = _CODE.fullmatch(code)
        if found is None:
            raise NoPeriod(code)
        year, quarter, month = int(found[1]), found[2], found[3]
        if not FIRST_YEAR <= year <= LAST_YEAR or (month and not 1 <= int(month) <= 12):
            raise NoPeriod(code)
        if quarter:
            return cls.of(date(year, int(quarter) * 3, 1), Span.QUARTER)
        return cls.of(date(year, int(month), 1), Span.MONTH) if month else cls.of(date(year, 1, 1), Span.YEAR)

    @property
    def code(self) -> str:
        """The code of the period, which ``read`` knows; "" of a range."""
        match self.span:
            case Span.MONTH:
                return f"{self.since:%Y-%m}"
            case Span.QUARTER:
                return f"{self.since.year}-Q{(self.since.month + 2) // 3}"
            case Span.YEAR:
                return str(self.since.year)
        return ""

    @property
    def last(self) -> date:
        """The last day that belongs to it."""
        return self.until - ONE_DAY

    @property
    def words(self) -> str:
        """What it is called."""
        year, month = self.since.year, self.since.month
        match self.span:
            case Span.MONTH:
                return pgettext("period", "%(year)s-%(month)02d") % {"year": year, "month": month}
            case Span.QUARTER:
                return pgettext("period", "%(year)s, quarter %(quarter)s") % {"year": year, "quarter": (month + 2) // 3}
            case Span.YEAR:
                return pgettext("period", "%(year)s") % {"year": year}
        return _("%(first)s to %(last)s") % {"first": self.since.isoformat(), "last": self.last.isoformat()}

    @property
    def is_whole_months(self) -> bool:
        """Whether it begins with the first day of a month and ends with the last one of one."""
        return self.since.day == self.until.day == 1

    @property
    def months(self) -> int:
        """Of how many whole months it is; 0 where it is not of whole ones."""
        if not self.is_whole_months:
            return 0
        return (self.until.year - self.since.year) * 12 + self.until.month - self.since.month

    def before(self) -> "Period":
        """Return the period before it, of the same length: as many months before where it is of whole ones."""
        if not self.months:
            return Period(self.since - (self.until - self.since), self.since)
        return Period(add_months(self.since, -self.months), self.since, self.span)

    def following(self) -> "Period":
        """Return the period after it."""
        if not self.months:
            return Period(self.until, self.until + (self.until - self.since))
        return Period(self.until, add_months(self.until, self.months), self.span)

    def a_year_before(self) -> "Period":
        """Return the same days a year before."""
        return Period(add_months(self.since, -12), add_months(self.until, -12), self.span)

    def is_running(self, today: date) -> bool:
        """Say whether it has begun and is not over."""
        return self.since <= today < self.until

    def compared(self, other: "Period", today: date) -> "Period":
        """
        Return as much of the ``other`` period as of this one is over.

        A month that is half over is held against the first half of the month before: whole ones would look better,
        or worse, by their length alone (D).
        """
        if not self.is_running(today):
            return other
        over = today + ONE_DAY - self.since
        return Period(other.since, min(other.until, other.since + over), other.span)

    def compared_words(self, *, is_running: bool) -> str:
        """Return with what it is compared where that is the period before: a sentence with ``%(change)s``."""
        match self.span, is_running:
            case Span.MONTH, False:
                return _("%(change)s compared with the month before")
            case Span.MONTH, True:
                return _("%(change)s compared with the same days of the month before")
            case Span.QUARTER, False:
                return _("%(change)s compared with the quarter before")
            case Span.QUARTER, True:
                return _("%(change)s compared with the same days of the quarter before")
            case Span.YEAR, False:
                return _("%(change)s compared with the year before")
            case Span.YEAR, True:
                return _("%(change)s compared with the same days of the year before")
        if self.months:
            return _("%(change)s compared with as many months before")
        return _("%(change)s compared with as many days before")
