"""Whether what is promised keeps to the law on every day, and what it means if one hands in today."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from complaints.matters.promises import AT_MOST_DAYS
from complaints.models.commitment import MOST_WITHOUT_LAW, ItemVersion, MatterType, weight_of
from complaints.refusals import Invalid
from efficiency.timing import store
from efficiency.timing.calendar import OutsideCalendar, WorkCalendar
from efficiency.timing.due import ZONE, Limit, Unit, due_at, reckon
from efficiency.timing.explain import Account, explain
from efficiency.timing.texts import limit_text

# So long after it begins a promise is looked at day by day.
LOOKED_AT = timedelta(days=366)
# An acceptance in the middle of a working day.
NOON = time(12)
# What may come to a promise while it runs: more time, a standstill, and the levels after its last day.
ON_TOP = Limit(2, Unit.MONTH)


def account_from(limit: Limit, at: datetime) -> Account:
    """Return how a matter that is accepted at ``at`` would be counted."""
    return explain(at, limit, calendar=store.load())


def check(version: ItemVersion) -> None:
    """
    Refuse a promise that is longer than the law allows (docs/domain.md 5).

    Of limits in one unit their numbers are compared. A promise in working days under a law that gives calendar days is
    reckoned from each working day of the year after it begins, as holidays may make it the longer one.

    :raises Invalid: it is longer, or there is no limit of the law and it is longer than what may be promised then, or
        it does not go with the type of matter, or the calendar does not reach to its end
    """
    _check_type(version)
    _check_countable(version.committed_limit)
    if (version.statutory_number is None) != (not version.statutory_unit):
        raise Invalid("statutory_unit", _("A statutory limit has a number and a unit, or neither."))
    committed, statutory = version.committed_limit, version.statutory_limit
    if statutory is None:
        if weight_of(committed) > weight_of(Limit(MOST_WITHOUT_LAW, Unit.WORKING_DAY)):
            raise Invalid(
                "committed_number",
                _("Without a statutory limit at most %(count)d working days can be promised.")
                % {"count": MOST_WITHOUT_LAW},
            )
        return
    if weight_of(committed) > weight_of(statutory):
        raise Invalid(
            "committed_number",
            _("The committed limit (%(committed)s) is longer than the statutory one (%(statutory)s).")
            % {"committed": limit_text(committed), "statutory": limit_text(statutory)},
        )
    if (start := first_day_beyond(committed, statutory, version.valid_from)) is not None:
        calendar = store.load()
        ends, law = (due_at(noon_of(start), each, calendar=calendar).date() for each in (committed, statutory))
        raise Invalid(
            "committed_number",
            _(
                "A matter accepted on %(start)s would be promised for %(promised)s, but the law gives time until "
                "%(law)s. Please promise fewer days."
            )
            % {"start": date_format(start), "promised": date_format(ends), "law": date_format(law)},
        )


def _check_type(version: ItemVersion) -> None:
    is_instant = version.matter_type == MatterType.INSTANT
    if is_instant and version.committed_limit != Limit(0, Unit.WORKING_DAY):
        raise Invalid("committed_number", _("What is settled at once has a committed limit of 0 working days."))
    if not is_instant and version.committed_number == 0:
        raise Invalid("committed_number", _("0 days mean that a matter is settled at once; choose that type then."))


def _check_countable(limit: Limit) -> None:
    """
    Refuse what could not be counted for a matter that is accepted on the last day of this year.

    So far the calendar is kept ahead; one promise that outlasts it would stop every report of its organ. What ends
    within a year is always within it.
    """
    if limit.number * AT_MOST_DAYS[limit.unit] <= LOOKED_AT.days:
        return
    calendar = store.load()
    start = noon_of(date(calendar.last_day.year - store.YEARS_AHEAD, 12, 31))
    try:
        reckon(start, limit, calendar=calendar, extensions=[ON_TOP])
    except OutsideCalendar as outside:
        raise Invalid(
            "committed_number",
            _("So long a time cannot be counted: the working calendar reaches to %(day)s. Please promise less.")
            % {"day": date_format(calendar.last_day)},
        ) from outside


def first_day_beyond(limit: Limit, other: Limit, since: date) -> date | None:
    """
    Return the first working day in the year after ``since`` from which ``limit`` ends after ``other``, if there is one.

    Limits in one unit are compared by their numbers, not here; against a year no promise comes near.
    """
    if limit.unit is other.unit or other.unit is Unit.YEAR:
        return None
    return _first_beyond(limit, other, since, store.load().version)


@lru_cache(maxsize=500)
def _first_beyond(committed: Limit, statutory: Limit, since: date, _calendar_version: int) -> date | None:
    """The same for the calendar in force, kept for the many items of a workbook that have the same limits."""
    return first_beyond(committed, statutory, store.load(), since, since + LOOKED_AT)


def first_beyond(committed: Limit, statutory: Limit, calendar: WorkCalendar, first: date, last: date) -> date | None:
    """Return the first working day in the span from which ``committed`` ends after ``statutory``; None without one."""
    for day in calendar.days(max(first, calendar.first_day), min(last, calendar.last_day - LOOKED_AT)):
        if not day.is_working:
            continue
        start = noon_of(day.date)
        law = _due_or_none(start, statutory, calendar)
        if law is None:  # beyond what is known, and so is every later day
            return None
        promised = _due_or_none(start, committed, calendar)
        if promised is None or promised > law:
            return day.date
    return None


def _due_or_none(start: datetime, limit: Limit, calendar: WorkCalendar) -> datetime | None:
    """Return the last second in time; None where the calendar does not reach so far."""
    try:
        return due_at(start, limit, calendar=calendar)
    except OutsideCalendar:
        return None


def noon_of(day: date) -> datetime:
    """Return the moment of the day at which a matter is taken as accepted."""
    return datetime.combine(day, NOON, ZONE)
