"""Limits in hours and in working hours (docs/domain.md 3.1 rule 7): they run from the moment itself. Pure Python."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from efficiency.timing.calendar import WorkCalendar
from efficiency.timing.limits import Spans
from efficiency.timing.zone import ZONE, end_of, start_of

# The office hours that ``wh`` counts.
OFFICE_HOURS = ((time(8, 30), time(12)), (time(14), time(17, 30)))
OFFICE_DAY = timedelta(hours=7)


def count_hours(start: datetime, number: int, *, pauses: Spans) -> datetime:
    """Return the moment so many hours later; they run through nights and holidays, but not on suspended days."""
    # Added in UTC: the portal's zone had summer time once, and a sum on its wall clock would skip an hour then.
    end = (start.astimezone(UTC) + timedelta(hours=number)).astimezone(ZONE)
    for first, last in pauses:
        opens, closes = start_of(first), end_of(last)
        if closes > start and opens < end:
            end += closes - max(opens, start)
    return end


def count_working_hours(start: datetime, number: int, *, calendar: WorkCalendar, pauses: Spans) -> datetime:
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


def _office_frames() -> Iterator[tuple[timedelta, timedelta]]:
    for opens, closes in OFFICE_HOURS:
        yield (
            timedelta(hours=opens.hour, minutes=opens.minute),
            timedelta(hours=closes.hour, minutes=closes.minute),
        )
