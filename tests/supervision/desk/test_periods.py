"""Periods of the overview: their codes, what comes before, what a running one is compared with (docs/domain.md 12)."""

from datetime import date

import pytest

from supervision.desk.periods import NoPeriod, Period, Span


class TestCode:
    @pytest.mark.parametrize(
        ("code", "since", "until"),
        [
            ("2026-03", date(2026, 3, 1), date(2026, 4, 1)),
            ("2026-12", date(2026, 12, 1), date(2027, 1, 1)),
            ("2026-Q1", date(2026, 1, 1), date(2026, 4, 1)),
            ("2026-Q4", date(2026, 10, 1), date(2027, 1, 1)),
            ("2026", date(2026, 1, 1), date(2027, 1, 1)),
        ],
    )
    def test_a_code_names_days_and_comes_back(self, code, since, until):
        period = Period.read(code)

        assert (period.since, period.until, period.code) == (since, until, code)

    @pytest.mark.parametrize("code", ["", "2026-13", "2026-00", "2026-Q5", "26-01", "1999", "2026-3", "２０２６", "x"])
    def test_what_names_none_is_refused(self, code):
        with pytest.raises(NoPeriod):
            Period.read(code)


class TestCompared:
    def test_the_period_before_has_the_same_length(self):
        assert Period.read("2026-Q1").before().code == "2025-Q4"
        assert Period.read("2026-01").before().code == "2025-12"
        own = Period(date(2026, 3, 11), date(2026, 3, 21))
        assert own.before() == Period(date(2026, 3, 1), date(2026, 3, 11))

    def test_a_range_of_whole_months_goes_back_by_as_many_months(self):
        two = Period(date(2026, 2, 1), date(2026, 4, 1))

        assert two.before() == Period(date(2025, 12, 1), date(2026, 2, 1))
        assert two.following() == Period(date(2026, 4, 1), date(2026, 6, 1))
        assert two.a_year_before() == Period(date(2025, 2, 1), date(2025, 4, 1))

    def test_the_same_days_a_year_before(self):
        assert Period.read("2026-03").a_year_before().code == "2025-03"
        assert Period.of(date(2024, 2, 29), Span.MONTH).a_year_before().code == "2023-02"

    def test_a_running_period_is_held_against_as_many_days(self):
        march, today = Period.read("2026-03"), date(2026, 3, 10)

        assert march.compared(march.before(), today) == Period(date(2026, 2, 1), date(2026, 2, 11), Span.MONTH)

    def test_a_longer_month_is_not_held_against_days_that_the_shorter_one_lacks(self):
        march = Period.read("2026-03")

        assert march.compared(march.before(), date(2026, 3, 31)).until == date(2026, 3, 1)

    def test_a_period_that_is_over_is_held_against_the_whole_one(self):
        march = Period.read("2026-03")

        assert march.compared(march.before(), date(2026, 4, 1)) == march.before()
