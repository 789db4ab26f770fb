"""
The working calendar as a plain value: which days are worked, looked up instead of walked.

Pure Python. It knows nothing of the database or the clock; ``efficiency.timing.store`` loads it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType


class DayKind(StrEnum):
    """What a day is (docs/domain.md 3.1 rule 2)."""

    WORKING = "working"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MAKEUP = "makeup"  # a weekend day that the yearly notice turns into a working day 调休上班日

    @property
    def is_working(self) -> bool:
        """Whether work is done on such a day."""
        return self in (DayKind.WORKING, DayKind.MAKEUP)


class Holiday(StrEnum):
    """The statutory holidays; a notice may name others, which are kept as they are written."""

    NEW_YEAR = "new_year"
    SPRING_FESTIVAL = "spring_festival"
    QINGMING = "qingming"
    LABOUR_DAY = "labour_day"
    DRAGON_BOAT = "dragon_boat"
    MID_AUTUMN = "mid_autumn"
    NATIONAL_DAY = "national_day"
    VICTORY_DAY = "victory_day"  # 2015-09-03, once


class OutsideCalendar(ValueError):
    """The question concerns a day that the calendar does not cover; nothing is ever guessed (pitfall 15)."""


@dataclass(frozen=True, slots=True)
class Day:
    """One day; ``ordinal`` is the running number of working days up to and including it."""

    date: date
    kind: DayKind
    ordinal: int
    holiday: str = ""

    @property
    def is_working(self) -> bool:
        """Whether work is done on this day."""
        return self.kind.is_working


@dataclass(frozen=True)
class WorkCalendar:
    """
    The kinds of a run of days without gaps, from ``first_day`` on.

    ``holidays`` names the days off, ``provisional_years`` are the years that no notice has settled yet, ``version``
    tells one state of the stored calendar from the next. ``before`` is the number of working days before
    ``first_day``, so that a part of a calendar keeps the ordinals of the whole.
    """

    first_day: date
    kinds: Sequence[DayKind]
    holidays: Mapping[date, str] = field(default_factory=dict)
    provisional_years: frozenset[int] = frozenset()
    version: int = 0
    before: int = 0
    _ordinals: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _working_days: tuple[date, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.kinds:
            raise OutsideCalendar("A calendar without days answers nothing.")
        ordinals, working_days, count = [], [], self.before
        for offset, kind in enumerate(self.kinds):
            if kind.is_working:
                count += 1
                working_days.append(self.first_day + timedelta(days=offset))
            ordinals.append(count)
        set_once = object.__setattr__  # the dataclass is frozen for everybody else
        set_once(self, "kinds", tuple(self.kinds))
        set_once(self, "holidays", MappingProxyType(dict(self.holidays)))
        set_once(self, "_ordinals", tuple(ordinals))
        set_once(self, "_working_days", tuple(working_days))

    @property
    def last_day(self) -> date:
        """The last day that the calendar covers."""
        return self.first_day + timedelta(days=len(self.kinds) - 1)

    @property
    def working_days(self) -> Sequence[date]:
        """All working days, ascending."""
        return self._working_days

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first_day <= day <= self.last_day

    def _offset(self, day: date) -> int:
        offset = (day - self.first_day).days
        if not 0 <= offset < len(self.kinds):
            raise OutsideCalendar(f"{day} lies outside the calendar, which covers {self.first_day} to {self.last_day}.")
        return offset

    def day(self, day: date) -> Day:
        """
        Return what the calendar knows of a day.

        :raises OutsideCalendar: the calendar does not cover it
        """
        offset = self._offset(day)
        return Day(day, self.kinds[offset], self._ordinals[offset], self.holidays.get(day, ""))

    def days(self, first: date, last: date) -> Iterator[Day]:
        """
        Yield the days from ``first`` to ``last``, both included.

        :raises OutsideCalendar: one of them is not covered
        """
        for offset in range((last - first).days + 1):
            yield self.day(first + timedelta(days=offset))

    def is_working_day(self, day: date) -> bool:
        """
        Say whether work is done on ``day``.

        :raises OutsideCalendar: the calendar does not cover it
        """
        return self.kinds[self._offset(day)].is_working

    def ordinal(self, day: date) -> int:
        """
        Return the number of working days up to and including ``day``.

        :raises OutsideCalendar: the calendar does not cover it
        """
        return self._ordinals[self._offset(day)]

    def nth_working_day(self, ordinal: int) -> date:
        """
        Return the working day with this running number.

        :raises OutsideCalendar: no day that is covered has it
        """
        index = ordinal - self.before - 1
        if not 0 <= index < len(self._working_days):
            raise OutsideCalendar(f"Working day number {ordinal} lies outside {self.first_day} to {self.last_day}.")
        return self._working_days[index]

    def add_working_days(self, start: date, n: int) -> date:
        """
        Return the n-th working day after ``start``; ``start`` itself is never counted (docs/domain.md 3.1 rule 3).

        :raises OutsideCalendar: ``n`` is below 1, or the answer lies beyond the last known day
        """
        if n < 1:
            raise OutsideCalendar(f"There is no working day number {n} after {start}.")
        return self.nth_working_day(self.ordinal(start) + n)

    def working_days_between(self, after: date, until: date) -> int:
        """
        Return the number of working days in (after, until]; negative when ``until`` is the earlier one.

        :raises OutsideCalendar: one of the days is not covered
        """
        return self.ordinal(until) - self.ordinal(after)

    def on_or_after(self, day: date) -> date:
        """
        Return ``day`` if it is worked, else the next working day (docs/domain.md 3.1 rule 5).

        :raises OutsideCalendar: the answer is not covered
        """
        return day if self.is_working_day(day) else self.nth_working_day(self.ordinal(day) + 1)

    def working_day_before(self, day: date) -> date:
        """
        Return the last working day before ``day``.

        :raises OutsideCalendar: the answer is not covered
        """
        return self.nth_working_day(self.ordinal(day) - self.is_working_day(day))

    def is_provisional(self, first: date, last: date) -> bool:
        """Say whether a span (both ends included) touches a year that no notice has settled yet."""
        return any(first.year <= year <= last.year for year in self.provisional_years)


def weekday_kind(day: date) -> DayKind:
    """Return what a day is before any notice: Saturday and Sunday are free."""
    return DayKind.WEEKEND if day.isoweekday() >= 6 else DayKind.WORKING


def build(
    first: date,
    last: date,
    *,
    days_off: Mapping[date, str],
    makeup_days: Iterable[date] = (),
    provisional_years: Iterable[int] = (),
) -> WorkCalendar:
    """Return the calendar of a span (both ends included) from what the notices say of it."""
    makeup = frozenset(makeup_days)
    kinds = []
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        if day in days_off:
            kinds.append(DayKind.HOLIDAY)
        elif day in makeup:
            kinds.append(DayKind.MAKEUP)
        else:
            kinds.append(weekday_kind(day))
    return WorkCalendar(
        first_day=first,
        kinds=kinds,
        holidays={day: name for day, name in days_off.items() if first <= day <= last},
        provisional_years=frozenset(provisional_years),
    )
