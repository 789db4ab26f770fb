"""
The stored calendar as a plain value, kept for each process as long as it is the newest.

Each call asks the database for the number of the newest version, one look at the end of an index, and reads the days
again only when it has changed; so no process ever counts with a calendar of yesterday.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from efficiency.remembering import asked_once
from efficiency.timing import notices, sql
from efficiency.timing.calendar import DayKind, OutsideCalendar, WorkCalendar, build
from efficiency.timing.due import local_day
from efficiency.timing.models import CalendarDay, CalendarYear
from efficiency.timing.notices import Notice

# How many years are kept ahead of the present one, so that no limit of the field runs off the end.
YEARS_AHEAD = 2
# From when on the office is told that the notice for the next year is missing (trap T14).
WARN_BEFORE = timedelta(days=60)
# How long a statement may take, or wait for a lock, while all open promises are counted anew. The pages have bounds
# that are meant for one row (STATEMENT_TIMEOUT_MS, LOCK_TIMEOUT_MS in docs/operate.md).
LONGEST_COUNT_MS = 600_000
LONGEST_WAIT_MS = 60_000

_Version = tuple[int, datetime]
_kept: tuple[_Version, WorkCalendar] | None = None


def load() -> WorkCalendar:
    """
    Return the calendar in force.

    :raises OutsideCalendar: no calendar is stored
    """
    return asked_once("calendar in force", lambda: _load(sql.VERSION))


def hold() -> WorkCalendar:
    """
    Return the calendar in force for a result that is stored in the present transaction.

    A change that is committed meanwhile waits for the end of this transaction and then looks at what it stored
    (``efficiency.timing.actions.settle``). It never makes the caller wait for a change.

    :raises TransactionManagementError: there is no transaction
    :raises OutsideCalendar: no calendar is stored
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("Hold the calendar inside the transaction that stores the result.")
    return _load("SELECT id, at FROM efficiency_calendar_held()")


def _load(version_query: str) -> WorkCalendar:
    global _kept  # one calendar a process, replaced as a whole
    with connection.cursor() as cursor:
        cursor.execute(version_query)
        newest = cursor.fetchone()
        if _kept is not None and _kept[0] == newest:
            return _kept[1]
        cursor.execute(sql.WHOLE_CALENDAR)
        row = cursor.fetchone()
    if row is None or row[2] is None:
        raise OutsideCalendar("No calendar is stored; `manage.py migrate` seeds one.")
    number, at, first, kinds, holidays, provisional, before = row
    kinds_by_name = {kind.value: kind for kind in DayKind}
    loaded = WorkCalendar(
        first_day=first,
        kinds=[kinds_by_name[kind] for kind in kinds],
        # A cursor of Django's hands jsonb over as text.
        holidays={date.fromisoformat(day): name for day, name in json.loads(holidays).items()},
        provisional_years=frozenset(provisional),
        version=number,
        before=before,
    )
    _kept = ((number, at), loaded)
    return loaded


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far the calendar reaches."""

    confirmed_until: date
    covered_until: date
    days_left: int  # until the last day that a notice has settled; below 0 when it has passed
    is_short: bool  # the notice for the time after that should be typed in now


def coverage(at: datetime) -> Coverage:
    """
    Say how far the calendar reaches, seen from ``at``; the office is warned 60 days before the notices end (T14).

    :raises OutsideCalendar: no calendar is stored
    """
    calendar = load()
    year = local_day(at).year
    while year in calendar.provisional_years:  # a present year that was never confirmed
        year -= 1
    while date(year + 1, 1, 1) in calendar and year + 1 not in calendar.provisional_years:
        year += 1
    confirmed_until = min(date(year, 12, 31), calendar.last_day)
    left = confirmed_until - local_day(at)
    return Coverage(confirmed_until, calendar.last_day, left.days, left <= WARN_BEFORE)


def seed(up_to_year: int | None = None, *, at: datetime | None = None) -> int:
    """
    Store the announced years (from 2004 on) and assumed ones up to a year; return how many years were new.

    ``up_to_year`` left out means two years after that of ``at``, and two assumed years without it. Safe to run at any
    time: a year that is stored already is left as it is.

    :raises OutsideCalendar: nothing can be assumed of a year so far ahead
    """
    announced = notices.announced()
    if up_to_year is None:
        up_to_year = (local_day(at).year if at else max(announced)) + YEARS_AHEAD
    with transaction.atomic():
        lock()
        stored = set(CalendarYear.objects.values_list("year", flat=True))
        new = [
            announced.get(year) or notices.assumed(year)
            for year in range(min(announced), max([up_to_year, *announced]) + 1)
            if year not in stored
        ]
        if new:
            _insert_years(new)
            write_years([notice.year for notice in new])
    return len(new)


def reach(at: datetime) -> None:
    """
    Have years stored, assumed ones where nothing was announced, until the end of the one after ``at``.

    What follows from a promise at ``at`` takes its time from them. A year of which nothing can be assumed is left out.
    """
    if load().last_day < date(local_day(at).year + 1, 12, 31):
        with suppress(OutsideCalendar):
            seed(at=at)


def _insert_years(new: Sequence[Notice]) -> None:
    # Plain SQL: this also runs between migrations, when the table may lack columns that the model has.
    rows = [
        {
            "year": notice.year,
            "state": (CalendarYear.State.PROVISIONAL if notice.provisional else CalendarYear.State.CONFIRMED).value,
            "notice": "" if notice.provisional else notices.SOURCE,
            "days_off": {day.isoformat(): name for day, name in sorted(notice.days_off.items())},
            "makeup_days": [day.isoformat() for day in sorted(notice.makeup_days)],
        }
        for notice in new
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql.INSERT_YEARS, [json.dumps(rows)])


def seed_after_migrate(sender: Any, using: str, **_signal: Any) -> None:
    """Seed the calendar as soon as its tables stand; made for the ``post_migrate`` signal."""
    if using == connection.alias and CalendarDay._meta.db_table in connection.introspection.table_names():
        seed()


def lock(*, counts_all: bool = False) -> None:
    """
    Let no other transaction change the calendar until this one ends; call it before anything is read.

    :param counts_all: all open promises are counted anew in it, which takes longer than a page otherwise may
    """
    with connection.cursor() as cursor:
        if counts_all:
            take_time(cursor)
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [sql.CALENDAR_LOCK])


def take_time(cursor: CursorWrapper) -> None:
    """Let the statements of this transaction run, and wait for locks, for as long as a count of all promises takes."""
    cursor.execute(
        "SELECT set_config('statement_timeout', %s, true), set_config('lock_timeout', %s, true)",
        [str(LONGEST_COUNT_MS), str(LONGEST_WAIT_MS)],
    )


def write_years(years: Iterable[int]) -> date | None:
    """
    Bring the days of these years, and of the Decembers before, in line with the notices; return the first that changed.

    Days that stay as they are are not written; all later days get new numbers by the same statement.
    """
    first_year, last_year = min(years := list(years)), max(years)
    # The notice of the year before says what January does not, and that of the year after may reach into December.
    around = CalendarYear.objects.filter(year__range=(first_year - 1, last_year + 1)).order_by("year")
    first = date(first_year, 1, 1)
    days_off: dict[date, str] = {}
    makeup_days: set[date] = set()
    for year, off, makeup in around.values_list("year", "days_off", "makeup_days"):
        days_off |= {date.fromisoformat(day): name for day, name in off.items()}
        makeup_days |= set(makeup)
        if year < first_year:
            first = date(year, 12, 1)
    return _write(build(first, date(last_year, 12, 31), days_off=days_off, makeup_days=makeup_days))


def _write(part: WorkCalendar) -> date | None:
    days = list(part.days(part.first_day, part.last_day))
    stored: Mapping[date, tuple[str, str]] = {
        day: (kind, holiday)
        for day, kind, holiday in CalendarDay.objects.filter(
            date__gte=part.first_day, date__lte=part.last_day
        ).values_list("date", "kind", "holiday")
    }
    changed = [day for day in days if stored.get(day.date) != (day.kind.value, day.holiday)]
    if not changed:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            sql.WRITE_DAYS,
            {
                "dates": [day.date for day in changed],
                "kinds": [day.kind.value for day in changed],
                "holidays": [day.holiday for day in changed],
            },
        )
    return changed[0].date
