"""
When a promise falls due: the rules of docs/domain.md 3.1 as pure functions on a plain calendar.

Every moment that goes in is aware (of any zone); every moment that comes out is in the portal's zone, Asia/Shanghai.
Days are days of that zone. Nothing here reads a clock or a database.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Self
from zoneinfo import ZoneInfo

from efficiency.timing.calendar import OutsideCalendar, WorkCalendar

ZONE = ZoneInfo("Asia/Shanghai")
ONE_DAY = timedelta(days=1)
ONE_SECOND = timedelta(seconds=1)
# The time of the reminder (rule 11), and the office hours that ``wh`` counts (rule 7).
REMINDER_TIME = time(9)
OFFICE_HOURS = ((time(8, 30), time(12)), (time(14), time(17, 30)))
OFFICE_DAY = timedelta(hours=7)
# Level four follows the red threshold after so many working days (docs/domain.md 3.5).
FOURTH_AFTER_RED = 5


class BadLimit(ValueError):
    """A limit was written in a way that has no meaning."""


class NaiveMoment(ValueError):
    """A moment without a zone was handed in; which day it belongs to would be a guess."""


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


class ReceiptRule(StrEnum):
    """When something that was filed outside office hours counts as received (rule 3)."""

    INSTANT = "instant"
    NEXT_WORKING_DAY = "next_working_day"


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


@dataclass(frozen=True, slots=True)
class Stage:
    """A stretch of a promise: the limit itself, or one extension of it."""

    limit: Limit
    after: date  # the day that is not counted; the start, or the old last day
    end: date | datetime  # the last day, or for hours the moment
    counted_to: date  # the day on which the count is full, before the end moved to a working day (rule 5)


@dataclass(frozen=True, slots=True)
class Reckoning:
    """All moments of one promise. A level is passed at its moment, not a second earlier."""

    started_at: datetime
    last_day: date
    due_at: datetime  # the last second in time, as it is shown
    overdue_at: datetime  # the first moment that is late: for days 24:00 of the last day
    warn_at: datetime
    red_at: datetime
    fourth_at: datetime
    provisional: bool
    stages: tuple[Stage, ...] = field(repr=False)


def local(moment: datetime) -> datetime:
    """
    Return the moment in the portal's zone.

    :raises NaiveMoment: it has no zone
    """
    if moment.utcoffset() is None:
        raise NaiveMoment(f"{moment} has no zone.")
    return moment.astimezone(ZONE)


def local_day(moment: datetime) -> date:
    """
    Return the day of a moment in the portal's zone: 00:00 to 08:00 belong to the previous day in UTC only.

    :raises NaiveMoment: it has no zone
    """
    return local(moment).date()


def start_of(day: date) -> datetime:
    """Return 00:00 of a day in the portal's zone."""
    return datetime.combine(day, time(), ZONE)


def end_of(day: date) -> datetime:
    """Return 24:00 of a day, which is the first moment that no longer belongs to it (rule 4)."""
    return start_of(day + ONE_DAY)


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


def received_at(
    filed_at: datetime, *, calendar: WorkCalendar, receipt_rule: ReceiptRule | str = ReceiptRule.INSTANT
) -> datetime:
    """
    Return the moment from which a promise runs.

    ``instant``: the filing itself, whatever the hour (rule 3). ``next_working_day``: a filing on a day off, or after
    the office has closed, counts as received when it next opens; one before opening or at noon belongs to its day.

    :raises NaiveMoment: the moment has no zone
    :raises OutsideCalendar: the calendar does not cover the days in question
    """
    moment = local(filed_at)
    if ReceiptRule(receipt_rule) is ReceiptRule.INSTANT:
        return moment
    day = moment.date()
    if calendar.is_working_day(day) and moment.time() <= OFFICE_HOURS[-1][1]:
        return moment
    return datetime.combine(calendar.add_working_days(day, 1), OFFICE_HOURS[0][0], ZONE)


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


Spans = Sequence[tuple[date, date]]


def _count_working_days(after: date, number: int, *, calendar: WorkCalendar, pauses: Spans) -> date:
    """Return the day on which the count is full: each working day after ``after`` that no pause touches counts one."""
    if number == 0:  # "at once": the same working day, or the next one
        after, number = after - ONE_DAY, 1
    ordinal = calendar.ordinal(after) + number
    for first, last in pauses:
        if last <= after:
            continue
        if first > calendar.nth_working_day(ordinal):
            break
        ordinal += calendar.working_days_between(max(first - ONE_DAY, after), last)
    return calendar.nth_working_day(ordinal)


def _stretch(after: date, counted_to: date, *, pauses: Spans) -> date:
    """Return the day on which a count of calendar days is full, each day that a pause touches added."""
    for first, last in pauses:
        if last > after and first <= counted_to:
            counted_to += last - max(first - ONE_DAY, after)
    return counted_to


def _move_to_working_day(day: date, *, calendar: WorkCalendar, pauses: Spans) -> date:
    """Return the day itself, or the next one that is worked and not suspended (rule 5)."""
    day = calendar.on_or_after(day)
    for first, last in pauses:
        if first <= day <= last:
            day = calendar.on_or_after(last + ONE_DAY)
    return day


def _count_hours(start: datetime, number: int, *, pauses: Spans) -> datetime:
    """Return the moment so many hours later; they run through nights and holidays, but not on suspended days."""
    # Added in UTC: the portal's zone had summer time once, and a sum on its wall clock would skip an hour then.
    end = (start.astimezone(UTC) + timedelta(hours=number)).astimezone(ZONE)
    for first, last in pauses:
        opens, closes = start_of(first), end_of(last)
        if closes > start and opens < end:
            end += closes - max(opens, start)
    return end


def _worked_before(moment: datetime, calendar: WorkCalendar) -> timedelta:
    """Return the office hours from the beginning of the calendar to a moment."""
    day, clock = moment.date(), timedelta(hours=moment.hour, minutes=moment.minute, seconds=moment.second)
    clock += timedelta(microseconds=moment.microsecond)
    whole_days = calendar.ordinal(day)
    if not calendar.is_working_day(day):
        return whole_days * OFFICE_DAY
    today = timedelta()
    for opens, closes in _office_frames():
        today += min(max(clock - opens, timedelta()), closes - opens)
    return (whole_days - 1) * OFFICE_DAY + today


def _office_frames() -> Iterator[tuple[timedelta, timedelta]]:
    for opens, closes in OFFICE_HOURS:
        yield (
            timedelta(hours=opens.hour, minutes=opens.minute),
            timedelta(hours=closes.hour, minutes=closes.minute),
        )


def _count_working_hours(start: datetime, number: int, *, calendar: WorkCalendar, pauses: Spans) -> datetime:
    """Return the moment at which so many office hours have passed; it never falls into a break or a night."""
    if number == 0:
        return start
    worked = _worked_before(start, calendar) + timedelta(hours=number)
    end = _moment_of(worked, calendar)
    for first, last in pauses:
        opens, closes = start_of(first), end_of(last)
        if closes > start and opens < end:
            worked += _worked_before(closes, calendar) - _worked_before(max(opens, start), calendar)
            end = _moment_of(worked, calendar)
    return end


def _moment_of(worked: timedelta, calendar: WorkCalendar) -> datetime:
    """Return the first moment by which so many office hours have passed since the beginning of the calendar."""
    full_days, rest = divmod(worked, OFFICE_DAY)
    if not rest:
        full_days, rest = full_days - 1, OFFICE_DAY  # the end of a day, not the opening of the next
    midnight = start_of(calendar.nth_working_day(full_days + 1))
    for opens, closes in _office_frames():
        if rest <= closes - opens:
            return midnight + opens + rest
        rest -= closes - opens
    raise AssertionError("an office day holds its hours")


def _stage(end: date | datetime, limit: Limit, *, calendar: WorkCalendar, pauses: Spans) -> Stage:
    """Return the stretch that begins where the one before ended."""
    if limit.unit.is_hours:
        start = end if isinstance(end, datetime) else end_of(end)
        moment = (
            _count_hours(start, limit.number, pauses=pauses)
            if limit.unit is Unit.HOUR
            else _count_working_hours(start, limit.number, calendar=calendar, pauses=pauses)
        )
        return Stage(limit, start.date(), moment, moment.date())
    after = end.date() if isinstance(end, datetime) else end
    if limit.unit is Unit.WORKING_DAY:
        last = _count_working_days(after, limit.number, calendar=calendar, pauses=pauses)
        return Stage(limit, after, last, last)
    full = _stretch(after, period_end(after, limit), pauses=pauses)
    return Stage(limit, after, _move_to_working_day(full, calendar=calendar, pauses=pauses), full)


def stages_of(
    started_at: datetime,
    limit: Limit,
    *,
    calendar: WorkCalendar,
    suspensions: Sequence[Suspension] = (),
    extensions: Sequence[Limit] = (),
) -> tuple[Stage, ...]:
    """
    Return the stretches of a promise: the limit, then each extension from the old last day on (rule 9).

    A suspension that begins after the end touches nothing; granting one is refused by whoever grants it.

    :raises StillSuspended: a suspension has no end
    :raises OutsideCalendar: the calendar does not reach far enough
    """
    pauses = merge(suspensions)
    # An hour limit runs from the moment itself, every other one from the day.
    stages: list[Stage] = []
    end: date | datetime = started_at if limit.unit.is_hours else started_at.date()
    for each in (limit, *extensions):
        stages.append(_stage(end, each, calendar=calendar, pauses=pauses))
        end = stages[-1].end
    return tuple(stages)


def _due(end: date | datetime) -> datetime:
    return end if isinstance(end, datetime) else end_of(end) - ONE_SECOND


def due_at(
    start: datetime,
    limit: Limit,
    *,
    calendar: WorkCalendar,
    suspensions: Sequence[Suspension] = (),
    extensions: Sequence[Limit] = (),
    receipt_rule: ReceiptRule | str = ReceiptRule.INSTANT,
) -> datetime:
    """
    Return the last second in time: 23:59:59 of the last day, or for hours the moment itself (rules 3 to 9).

    :raises NaiveMoment: ``start`` has no zone
    :raises StillSuspended: a suspension has no end
    :raises OutsideCalendar: the calendar does not reach far enough
    """
    started_at = received_at(start, calendar=calendar, receipt_rule=receipt_rule)
    return _due(stages_of(started_at, limit, calendar=calendar, suspensions=suspensions, extensions=extensions)[-1].end)


def red_after(limit: Limit) -> int:
    """
    Return after how many working days overdue a promise turns red, by its original limit (docs/domain.md 3.5).

    Hours go with the days that they make up; limits in calendar days, months and years are long ones.
    """
    match limit.unit:
        case Unit.WORKING_DAY:
            days = limit.number
        case Unit.HOUR:
            days = -(-limit.number // 24)
        case Unit.WORKING_HOUR:
            days = -(-limit.number // 7)
        case _:
            return 5
    return 2 if days <= 3 else 3 if days <= 10 else 5


def warn_at(started_at: datetime, last_day: date, *, calendar: WorkCalendar) -> datetime:
    """
    Return 09:00 of the working day before the last day, or the start where that is later (rule 11).

    :raises OutsideCalendar: the calendar does not cover the last day
    """
    started_at = local(started_at)
    if last_day <= started_at.date():
        return started_at
    try:
        reminder_day = calendar.working_day_before(last_day)
    except OutsideCalendar:
        if last_day not in calendar:
            raise
        return started_at  # before the first working day that is known, so before the start
    return max(started_at, datetime.combine(reminder_day, REMINDER_TIME, ZONE))


def passed_at(last_day: date, working_days: int, *, calendar: WorkCalendar) -> datetime:
    """
    Return when a threshold "+k" is passed: 24:00 of the k-th working day after the last day (rule 10).

    :raises OutsideCalendar: the calendar does not reach far enough
    """
    return end_of(last_day if working_days == 0 else calendar.add_working_days(last_day, working_days))


def overdue_by(last_day: date, on: date, *, calendar: WorkCalendar) -> int:
    """
    Return how many working days a promise is overdue on a day: those in (last day, day]; 0 until the end (rule 10).

    :raises OutsideCalendar: the calendar does not cover both days
    """
    return max(0, calendar.working_days_between(last_day, on))


def is_in_time(at: datetime, overdue_at: datetime) -> bool:
    """
    Say whether something done at ``at`` was in time; the whole last day is, 24:00 is not (rule 4).

    :raises NaiveMoment: one of them has no zone
    """
    return local(at) < local(overdue_at)


def reckon(
    start: datetime,
    limit: Limit,
    *,
    calendar: WorkCalendar,
    suspensions: Sequence[Suspension] = (),
    extensions: Sequence[Limit] = (),
    receipt_rule: ReceiptRule | str = ReceiptRule.INSTANT,
    red: int | None = None,
    fourth: int | None = None,
) -> Reckoning:
    """
    Return all moments of a promise.

    ``red`` and ``fourth`` are working days after the last day; left out, they follow from the original limit
    (``red_after``, and five more).

    :raises NaiveMoment: ``start`` has no zone
    :raises StillSuspended: a suspension has no end
    :raises OutsideCalendar: the calendar does not reach far enough
    """
    started_at = received_at(start, calendar=calendar, receipt_rule=receipt_rule)
    stages = stages_of(started_at, limit, calendar=calendar, suspensions=suspensions, extensions=extensions)
    due = _due(stages[-1].end)
    last_day = due.date()
    red = red_after(limit) if red is None else red
    fourth = red + FOURTH_AFTER_RED if fourth is None else fourth
    return Reckoning(
        started_at=started_at,
        last_day=last_day,
        due_at=due,
        overdue_at=due + ONE_SECOND,
        warn_at=warn_at(started_at, last_day, calendar=calendar),
        red_at=passed_at(last_day, red, calendar=calendar),
        fourth_at=passed_at(last_day, fourth, calendar=calendar),
        provisional=calendar.is_provisional(local_day(start), last_day),
        stages=stages,
    )
