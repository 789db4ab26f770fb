"""Limits, suspensions and the units that they are counted in (docs/domain.md 3.1). Pure Python."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Self

from efficiency.timing.calendar import OutsideCalendar
from efficiency.timing.zone import ONE_DAY, local_day


class BadLimit(ValueError):
    """A limit was written in a way that has no meaning."""


class StillSuspended(ValueError):
    """A suspension has no end yet, so there is no due date to give."""


class Unit(StrEnum):
    """In what a limit is counted."""

    WORKING_DAY = "wd"
    DAY = "d"
    HOUR = "h"
    WORKING_HOUR = "wh"
    MONTH = "m"
    YEAR = "y"

    @property
    def is_hours(self) -> bool:
        """Whether the limit runs from the moment itself instead of from the next day."""
        return self in (Unit.HOUR, Unit.WORKING_HOUR)


@dataclass(frozen=True, slots=True)
class Limit:
    """A number of units, such as 15 working days."""

    number: int
    unit: Unit

    def __post_init__(self) -> None:
        if isinstance(self.number, bool) or not isinstance(self.number, int) or self.number < 0:
            raise BadLimit(f"A limit is a whole number of units, not {self.number!r}.")
        object.__setattr__(self, "unit", Unit(self.unit))

    @classmethod
    def parse(cls, text: str) -> Self:
        """
        Return the limit that is written as number and unit: ``15wd``, ``30d``, ``24h``, ``4wh``, ``6m``, ``2y``.

        :raises BadLimit: the text is none of these
        """
        match = re.fullmatch(r"(\d{1,4})(wd|wh|d|h|m|y)", text.strip(), re.ASCII)
        if match is None:
            raise BadLimit(f"{text!r} is not a limit; write a number and one of wd, d, h, wh, m, y, such as 15wd.")
        return cls(int(match[1]), Unit(match[2]))

    def __str__(self) -> str:
        return f"{self.number}{self.unit.value}"


@dataclass(frozen=True, slots=True)
class Suspension:
    """The days that a suspension touches, both ends included; ``last_day`` is None while it lasts (rule 8)."""

    first_day: date
    last_day: date | None

    def __post_init__(self) -> None:
        if self.last_day is not None and self.last_day < self.first_day:
            raise ValueError(f"A suspension cannot end on {self.last_day}, before it starts on {self.first_day}.")

    @classmethod
    def between(cls, started_at: datetime, ended_at: datetime | None) -> Self:
        """Return the suspension that began and ended at these moments; None means that it lasts."""
        return cls(local_day(started_at), None if ended_at is None else local_day(ended_at))


# Ascending spans of days, both ends included, that neither overlap nor adjoin.
Spans = Sequence[tuple[date, date]]


def merge(suspensions: Sequence[Suspension]) -> list[tuple[date, date]]:
    """
    Return the days that are touched as ascending spans that neither overlap nor adjoin; no day counts twice.

    :raises StillSuspended: one of them has no end
    """
    spans: list[tuple[date, date]] = []
    for suspension in sorted(suspensions, key=lambda each: each.first_day):
        if suspension.last_day is None:
            raise StillSuspended(f"Suspended since {suspension.first_day}.")
        if spans and suspension.first_day <= spans[-1][1] + ONE_DAY:
            spans[-1] = (spans[-1][0], max(spans[-1][1], suspension.last_day))
        else:
            spans.append((suspension.first_day, suspension.last_day))
    return spans


def add_months(day: date, months: int) -> date:
    """Return the same day number so many months later, else the last day of that month (rule 6)."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    first_of_next = date(year + month0 // 11, (month0 + 1) % 12 + 1, 1)
    return date(year, month0 + 1, min(day.day, (first_of_next - ONE_DAY).day))


def period_end(start: date, limit: Limit) -> date:
    """
    Return the last day of a period that lasts, such as a sanction of 6 months; it is never moved (rule 6).

    :raises BadLimit: the unit is not days, months or years
    :raises OutsideCalendar: it would end after the last day that can be written
    """
    try:
        match limit.unit:
            case Unit.DAY:
                return start + timedelta(days=limit.number)
            case Unit.MONTH:
                return add_months(start, limit.number)
            case Unit.YEAR:
                return add_months(start, 12 * limit.number)
    except (ValueError, OverflowError):
        raise OutsideCalendar(f"{limit} from {start} on ends beyond all calendars.") from None
    raise BadLimit(f"A period that lasts is given in days, months or years, not as {limit}.")
