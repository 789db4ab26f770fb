"""
When a promise falls due: the rules of docs/domain.md 3.1 as pure functions on a plain calendar.

Every moment that goes in is aware (of any zone); every moment that comes out is in the portal's zone, Asia/Shanghai.
Days are days of that zone. Nothing here reads a clock or a database.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum

from efficiency.timing.calendar import OutsideCalendar, WorkCalendar
from efficiency.timing.hours import OFFICE_HOURS, count_hours, count_working_hours
from efficiency.timing.limits import (
    BadLimit,
    Limit,
    Spans,
    StillSuspended,
    Suspension,
    Unit,
    add_months,
    merge,
    period_end,
)
from efficiency.timing.zone import (
    ONE_DAY,
    ONE_SECOND,
    ZONE,
    NaiveMoment,
    end_of,
    local,
    local_day,
    start_of,
)

# What reckoning needs and gives, in one place for those who only want to reckon.
__all__ = [
    "FOURTH_AFTER_RED",
    "OFFICE_HOURS",
    "ONE_DAY",
    "ONE_SECOND",
    "REMINDER_TIME",
    "ZONE",
    "BadLimit",
    "Limit",
    "NaiveMoment",
    "ReceiptRule",
    "Reckoning",
    "Spans",
    "Stage",
    "StillSuspended",
    "Suspension",
    "Unit",
    "add_months",
    "due_at",
    "end_of",
    "is_in_time",
    "local",
    "local_day",
    "merge",
    "overdue_by",
    "passed_at",
    "period_end",
    "received_at",
    "reckon",
    "red_after",
    "stages_of",
    "start_of",
    "warn_at",
]

# The time of the reminder (rule 11).
REMINDER_TIME = time(9)
# Level four follows the red threshold after so many working days (docs/domain.md 3.5).
FOURTH_AFTER_RED = 5


class ReceiptRule(StrEnum):
    """When something that was filed outside office hours counts as received (rule 3)."""

    INSTANT = "instant"
    NEXT_WORKING_DAY = "next_working_day"


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


def _stage(end: date | datetime, limit: Limit, *, calendar: WorkCalendar, pauses: Spans) -> Stage:
    """Return the stretch that begins where the one before ended."""
    if limit.unit.is_hours:
        start = end if isinstance(end, datetime) else end_of(end)
        moment = (
            count_hours(start, limit.number, pauses=pauses)
            if limit.unit is Unit.HOUR
            else count_working_hours(start, limit.number, calendar=calendar, pauses=pauses)
        )
        return Stage(limit, start.date(), moment, moment.date())
    after = end.date() if isinstance(end, datetime) else end
    if limit.unit is Unit.WORKING_DAY:
        last = _count_working_days(after, limit.number, calendar=calendar, pauses=pauses)
        return Stage(limit, after, last, last)
    full = _stretch(after, period_end(after, limit), pauses=pauses)
    return Stage(limit, after, _move_to_working_day(full, calendar=calendar, pauses=pauses), full)


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


def _due(end: date | datetime) -> datetime:
    return end if isinstance(end, datetime) else end_of(end) - ONE_SECOND
