"""The notices as they were announced, and what is assumed of years without one."""

from datetime import date, timedelta

import chinese_calendar
import pytest

from efficiency.timing import notices
from efficiency.timing.calendar import Holiday, OutsideCalendar

ANNOUNCED = notices.announced()
ASSUMABLE = range(2027, notices.LAST_ASSUMABLE_YEAR + 1)


def test_every_day_of_the_announced_years_is_as_the_library_has_it():
    calendar = notices.calendar_of(ANNOUNCED.values())

    wrong = [
        day.date
        for day in calendar.days(date(2004, 1, 1), date(2026, 12, 31))
        if day.is_working != chinese_calendar.is_workday(day.date)
    ]
    assert wrong == []


def test_the_years_from_2004_on_are_announced_without_a_gap():
    assert sorted(ANNOUNCED) == list(range(2004, max(ANNOUNCED) + 1))
    assert max(ANNOUNCED) >= 2026


@pytest.mark.parametrize(
    ("day", "year"), [("2018-12-31", 2019), ("2018-12-29", 2019), ("2011-12-31", 2012), ("2023-12-30", 2024)]
)
def test_days_at_the_end_of_december_belong_to_the_notice_for_the_next_year(day, year):
    notice = ANNOUNCED[year]

    assert date.fromisoformat(day) in {*notice.days_off, *notice.makeup_days}


@pytest.mark.parametrize("year", ANNOUNCED)
def test_T15_a_notice_gives_the_days_of_the_law_and_shifts_weekends_about_them(year):
    notice = ANNOUNCED[year]

    free_weekdays = sum(day.isoweekday() <= 5 for day in notice.days_off) - len(notice.makeup_days)
    by_law = 13 if year >= 2025 else 11 if year >= 2008 else 10
    more = {2006: 1, 2015: 1, 2020: 2}  # one-off shifts over the turn, the victory's 70th anniversary, the epidemic
    assert free_weekdays == by_law + more.get(year, 0)


@pytest.mark.parametrize("year", [2025, 2026])
def test_the_lunar_dates_are_days_off_in_the_years_that_are_known(year):
    for day, holiday in notices.statutory_days(year):
        assert ANNOUNCED[year].days_off[day] in {holiday.value, Holiday.NATIONAL_DAY, Holiday.MID_AUTUMN}


@pytest.mark.parametrize("year", ASSUMABLE)
def test_the_lunar_dates_keep_the_distances_of_the_moon(year):
    days = {holiday: day for day, holiday in reversed(notices.statutory_days(year))}  # the first day of each
    spring = days[Holiday.SPRING_FESTIVAL] + timedelta(days=1)
    month = 29.530589
    months_to_dragon_boat = ((days[Holiday.DRAGON_BOAT] - spring).days - 4) / month
    months_to_mid_autumn = ((days[Holiday.MID_AUTUMN] - spring).days - 14) / month

    assert date(year, 1, 21) <= spring <= date(year, 2, 20)
    assert round(months_to_dragon_boat) in (4, 5)
    assert months_to_dragon_boat == pytest.approx(round(months_to_dragon_boat), abs=0.07)
    assert round(months_to_mid_autumn) in (7, 8)
    assert months_to_mid_autumn == pytest.approx(round(months_to_mid_autumn), abs=0.07)
    # New moon: whole lunations from the one of 6 January 2000, 18:14 UTC (02:14 in Beijing on the 7th).
    lunations = (spring - date(2000, 1, 7)).days / month
    assert lunations == pytest.approx(round(lunations), abs=0.06)


@pytest.mark.parametrize("year", ASSUMABLE)
def test_an_assumed_year_makes_up_each_holiday_on_a_weekend_and_nothing_else(year):
    statutory = [day for day, _holiday in notices.statutory_days(year)]  # two holidays may share a date
    notice = notices.assumed(year)

    made_up = set(notice.days_off) - set(statutory)
    assert len(made_up) == sum(day.isoweekday() >= 6 for day in statutory)
    assert all(day.isoweekday() <= 5 for day in made_up)
    assert notice.provisional
    assert not notice.makeup_days


def test_nothing_is_assumed_of_a_year_whose_moons_are_not_known():
    with pytest.raises(OutsideCalendar):
        notices.assumed(notices.LAST_ASSUMABLE_YEAR + 1)
