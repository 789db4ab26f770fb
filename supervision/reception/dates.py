"""
On which day a head receives, by when that is announced, and how the day is cut into slots (docs/domain.md 11).

Pure: calendar and times are handed in.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from efficiency.timing.calendar import WorkCalendar
from efficiency.timing.zone import ZONE

# The day of the month unless an organ has its own.
DEFAULT_DAY = 21
# A month has each of these.
LAST_DAY = 28
# Announced so many working days before, at least.
ANNOUNCED_BEFORE = 2
SLOT = timedelta(minutes=20)
ONE_DAY = timedelta(days=1)
# Who does not come says so until then on the day before.
CANCEL_UNTIL = time(17, 30)


def reception_day(year: int, month: int, *, calendar: WorkCalendar, day: int = DEFAULT_DAY) -> date:
    """
    Return the reception day of a month: the ``day``, moved to the next working day.

    :raises OutsideCalendar: the calendar does not reach so far
    """
    return calendar.on_or_after(date(year, month, day))


def announced_by(on: date, *, calendar: WorkCalendar) -> date:
    """
    Return the last day on which a reception on ``on`` is announced in time: two working days lie before it.

    :raises OutsideCalendar: the calendar does not reach so far
    """
    return calendar.nth_working_day(calendar.ordinal(on) - ANNOUNCED_BEFORE)


def recorded_by(on: date, *, calendar: WorkCalendar) -> date:
    """
    Return the last day on which what was said on ``on`` is written down: the working day after it (D).

    :raises OutsideCalendar: the calendar does not reach so far
    """
    return calendar.add_working_days(on, 1)


def cancelled_until(on: date) -> datetime:
    """Return until when an appointment on ``on`` is booked and cancelled: 17:30 of the day before."""
    return datetime.combine(on - timedelta(days=1), CANCEL_UNTIL, tzinfo=ZONE)


@dataclass(frozen=True, slots=True)
class Hours:
    """From when until when somebody receives, with at most one break."""

    starts: time
    ends: time
    break_from: time | None = None
    break_until: time | None = None


def slots(on: date, hours: Hours) -> Iterator[tuple[datetime, datetime]]:
    """Yield beginning and end of each slot of twenty minutes that lies in the hours and outside the break."""
    begins, last = _at(on, hours.starts), _at(on, hours.ends)
    pause = (_at(on, hours.break_from), _at(on, hours.break_until)) if hours.break_from and hours.break_until else None
    while begins + SLOT <= last:
        ends = begins + SLOT
        if pause is not None and begins < pause[1] and ends > pause[0]:
            begins = pause[1]
            continue
        yield begins, ends
        begins = ends


def opens_at(on: date, hours: Hours) -> datetime:
    """Return when the first slot of a day begins."""
    return _at(on, hours.starts)


def closes_at(on: date, hours: Hours) -> datetime:
    """Return when the last slot of a day ends; when the hours end, where there is none."""
    return max((ends for _begins, ends in slots(on, hours)), default=_at(on, hours.ends))


def months_from(day: date, count: int) -> Iterator[date]:
    """Yield the first days of ``count`` months, that of ``day`` first."""
    year, month = day.year, day.month
    for _each in range(count):
        yield date(year, month, 1)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def _at(on: date, when: time) -> datetime:
    return datetime.combine(on, when, tzinfo=ZONE)
