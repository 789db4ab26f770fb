"""
What the yearly notices of the State Council say, and what is assumed of a year that has none yet.

Pure Python. ``announced`` reads ``chinesecalendar``; ``assumed`` follows docs/domain.md 3.1 rule 12.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import chinese_calendar
from chinese_calendar import constants

from efficiency.timing.calendar import Holiday, OutsideCalendar, WorkCalendar, build, weekday_kind

SOURCE = f"chinesecalendar {chinese_calendar.__version__}"

_HOLIDAYS = {
    constants.Holiday.new_years_day.value: Holiday.NEW_YEAR,
    constants.Holiday.spring_festival.value: Holiday.SPRING_FESTIVAL,
    constants.Holiday.tomb_sweeping_day.value: Holiday.QINGMING,
    constants.Holiday.labour_day.value: Holiday.LABOUR_DAY,
    constants.Holiday.dragon_boat_festival.value: Holiday.DRAGON_BOAT,
    constants.Holiday.mid_autumn_festival.value: Holiday.MID_AUTUMN,
    constants.Holiday.national_day.value: Holiday.NATIONAL_DAY,
    constants.Holiday.anti_fascist_70th_day.value: Holiday.VICTORY_DAY,
}

# First day of the first lunar month, fifth of the fifth, fifteenth of the eighth. Computed with two independent
# libraries (lunardate 0.3.0, lunar-python 1.4.8), which agree; a test holds the past years against the notices.
_LUNAR_DATES = {
    2025: ("01-29", "05-31", "10-06"),
    2026: ("02-17", "06-19", "09-25"),
    2027: ("02-06", "06-09", "09-15"),
    2028: ("01-26", "05-28", "10-03"),
    2029: ("02-13", "06-16", "09-22"),
    2030: ("02-03", "06-05", "09-12"),
    2031: ("01-23", "06-24", "10-01"),
    2032: ("02-11", "06-12", "09-19"),
    2033: ("01-31", "06-01", "09-08"),
    2034: ("02-19", "06-20", "09-27"),
    2035: ("02-08", "06-10", "09-16"),
    2036: ("01-28", "05-30", "10-04"),
    2037: ("02-15", "06-18", "09-24"),
    2038: ("02-04", "06-07", "09-13"),
    2039: ("01-24", "05-27", "10-02"),
    2040: ("02-12", "06-14", "09-20"),
    2041: ("02-01", "06-03", "09-10"),
    2042: ("01-22", "06-22", "09-28"),
    2043: ("02-10", "06-11", "09-17"),
    2044: ("01-30", "05-31", "10-05"),
    2045: ("02-17", "06-19", "09-25"),
    2046: ("02-06", "06-08", "09-15"),
    2047: ("01-26", "05-29", "10-04"),
    2048: ("02-14", "06-15", "09-22"),
    2049: ("02-02", "06-04", "09-11"),
    2050: ("01-23", "06-23", "09-30"),
    2051: ("02-11", "06-13", "09-19"),
    2052: ("02-01", "06-01", "09-07"),
    2053: ("02-19", "06-20", "09-26"),
    2054: ("02-08", "06-10", "09-16"),
    2055: ("01-28", "05-30", "10-05"),
    2056: ("02-15", "06-17", "09-24"),
    2057: ("02-04", "06-06", "09-13"),
    2058: ("01-24", "06-25", "10-02"),
    2059: ("02-12", "06-14", "09-21"),
    2060: ("02-02", "06-03", "09-09"),
}
LAST_ASSUMABLE_YEAR = max(_LUNAR_DATES)


@dataclass(frozen=True)
class Notice:
    """
    The days off and the make-up working days of a year; ``provisional`` if they are assumed.

    The notice for a year may reach into the December before, where New Year's Day is stretched.
    """

    year: int
    days_off: Mapping[date, str]
    makeup_days: frozenset[date]
    provisional: bool = False


def announced() -> dict[int, Notice]:
    """Return the notices that ``chinesecalendar`` knows, by year: 2004 to the last year that it carries."""
    days_off: dict[int, dict[date, str]] = {}
    makeup_days: dict[int, set[date]] = {}
    for day, name in constants.holidays.items():
        days_off.setdefault(_year_of_notice(day, name), {})[day] = _HOLIDAYS[name].value
    for day, name in constants.workdays.items():
        makeup_days.setdefault(_year_of_notice(day, name), set()).add(day)
    # A year of which only the turn is known (31 December belongs to the next notice) is not an announced year.
    known = {day.year for day in constants.holidays if day.month == 10}
    return {
        year: Notice(year, days_off[year], frozenset(makeup_days.get(year, ())))
        for year in sorted(days_off)
        if year in known
    }


def _year_of_notice(day: date, name: str) -> int:
    turn = name == constants.Holiday.new_years_day.value and day.month == 12
    return day.year + 1 if turn else day.year


def statutory_days(year: int) -> list[tuple[date, Holiday]]:
    """
    Return the thirteen days that the law itself names, ascending (全国年节及纪念日放假办法 2024, Art. 2).

    Two of them may fall on one date: Mid-Autumn on 3 October 2028.

    :raises OutsideCalendar: the lunar dates of the year are not known here
    """
    if year not in _LUNAR_DATES:
        raise OutsideCalendar(f"The lunar dates of {year} are not known; they are for {min(_LUNAR_DATES)} to 2060.")
    spring, dragon_boat, mid_autumn = (date.fromisoformat(f"{year}-{text}") for text in _LUNAR_DATES[year])
    days = [
        (date(year, 1, 1), Holiday.NEW_YEAR),
        *((spring + timedelta(days=offset), Holiday.SPRING_FESTIVAL) for offset in range(-1, 3)),
        (_qingming(year), Holiday.QINGMING),
        *((date(year, 5, day), Holiday.LABOUR_DAY) for day in (1, 2)),
        (dragon_boat, Holiday.DRAGON_BOAT),
        (mid_autumn, Holiday.MID_AUTUMN),
        *((date(year, 10, day), Holiday.NATIONAL_DAY) for day in (1, 2, 3)),
    ]
    return sorted(days)


def _qingming(year: int) -> date:
    """Return the day on which the sun reaches 15°: the almanac's rule for the 21st century, without exceptions."""
    return date(year, 4, int((year % 100) * 0.2422 + 4.81) - (year % 100) // 4)


def assumed(year: int) -> Notice:
    """
    Return what is assumed of a year without a notice: its statutory days, those on a weekend made up by the next
    working day, no make-up working days (docs/domain.md 3.1 rule 12).

    Two holidays on one date give one day off. Notices have given a second one so far (2009, 2020), which the law does
    not promise: a date that the confirmation moves should move in favour of whoever owes the work.

    :raises OutsideCalendar: the lunar dates of the year are not known here
    """
    statutory = statutory_days(year)
    days_off = {day: holiday.value for day, holiday in statutory}
    for day, holiday in statutory:
        if weekday_kind(day).is_working:
            continue
        free = day
        while free in days_off or not weekday_kind(free).is_working:
            free += timedelta(days=1)
        days_off[free] = holiday.value
    return Notice(year, days_off, frozenset(), provisional=True)


def calendar_of(notices: Iterable[Notice]) -> WorkCalendar:
    """Return the calendar that notices of successive years make together, from 1 January to 31 December."""
    by_year = sorted(notices, key=lambda notice: notice.year)
    days_off: dict[date, str] = {}
    makeup_days: set[date] = set()
    for notice in by_year:
        days_off |= notice.days_off
        makeup_days |= notice.makeup_days
    return build(
        date(by_year[0].year, 1, 1),
        date(by_year[-1].year, 12, 31),
        days_off=days_off,
        makeup_days=makeup_days,
        provisional_years=(notice.year for notice in by_year if notice.provisional),
    )
