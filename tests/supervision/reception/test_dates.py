"""On which day a head receives, by when it is announced, how the day is cut into slots (docs/domain.md 11)."""

from datetime import date, time

import pytest

from efficiency.timing import notices
from supervision.reception import dates
from supervision.reception.dates import Hours
from tests.factories.cases import local

YEAR_2026 = [
    date(2026, 1, 21),
    date(2026, 2, 24),
    date(2026, 3, 23),
    date(2026, 4, 21),
    date(2026, 5, 21),
    date(2026, 6, 22),
    date(2026, 7, 21),
    date(2026, 8, 21),
    date(2026, 9, 21),
    date(2026, 10, 21),
    date(2026, 11, 23),
    date(2026, 12, 21),
]


@pytest.fixture(scope="module")
def calendar():
    announced = notices.announced()
    years = [announced[2025], announced[2026], notices.assumed(2027)]
    return notices.calendar_of(years)


class TestTheDay:
    def test_11_monthly_by_default_the_21st_moved_to_the_next_working_day(self, calendar):
        assert [dates.reception_day(2026, month, calendar=calendar) for month in range(1, 13)] == YEAR_2026

    def test_11_each_organ_may_have_its_own_day(self, calendar):
        assert dates.reception_day(2026, 5, calendar=calendar, day=15) == date(2026, 5, 15)
        assert dates.reception_day(2026, 8, calendar=calendar, day=15) == date(2026, 8, 17)

    def test_11_a_year_that_is_not_announced_is_provisional(self, calendar):
        on = dates.reception_day(2027, 3, calendar=calendar)

        assert calendar.is_provisional(date(2027, 3, 1), on)
        assert not calendar.is_provisional(date(2026, 3, 1), date(2026, 3, 23))

    @pytest.mark.parametrize(
        ("on", "last"),
        [
            (date(2026, 10, 21), date(2026, 10, 19)),
            # Over the Spring Festival: the working days before 24 February are the 14th, made up for, and the 13th.
            (date(2026, 6, 22), date(2026, 6, 17)),
            (date(2026, 11, 23), date(2026, 11, 19)),
        ],
    )
    def test_11_announced_at_least_two_working_days_before(self, calendar, on, last):
        assert dates.announced_by(on, calendar=calendar) == last

    def test_11_written_down_by_the_working_day_after(self, calendar):
        assert dates.recorded_by(date(2026, 8, 21), calendar=calendar) == date(2026, 8, 24)

    def test_11_cancelled_until_half_past_five_of_the_day_before(self):
        assert dates.cancelled_until(date(2026, 11, 23)) == local(2026, 11, 22, 17, 30)


class TestSlots:
    def test_11_slots_of_twenty_minutes(self):
        found = list(dates.slots(date(2026, 10, 21), Hours(time(9), time(10, 10))))

        assert found == [
            (local(2026, 10, 21, 9), local(2026, 10, 21, 9, 20)),
            (local(2026, 10, 21, 9, 20), local(2026, 10, 21, 9, 40)),
            (local(2026, 10, 21, 9, 40), local(2026, 10, 21, 10)),
        ]

    def test_11_no_slot_reaches_into_the_break(self):
        hours = Hours(time(9), time(11), time(9, 30), time(10))

        assert [f"{begins:%H:%M}" for begins, _ends in dates.slots(date(2026, 10, 21), hours)] == [
            "09:00",
            "10:00",
            "10:20",
            "10:40",
        ]

    def test_months_go_over_the_end_of_the_year(self):
        assert list(dates.months_from(date(2026, 11, 30), 3)) == [
            date(2026, 11, 1),
            date(2026, 12, 1),
            date(2027, 1, 1),
        ]
