"""Measures: against whom, for how long, with what effect (docs/domain.md 10.3, 10.7)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accountability.faults import measures
from accountability.faults.measures import BadMonths, NotForOrgans
from accountability.faults.words import Against, Measure


class TestGroups:  # docs/domain.md 10.3
    def test_hold_every_measure_once_but_the_sanctions_of_others(self):
        listed = [measure for found in measures.GROUPS.values() for measure in found]

        assert sorted([*listed, *measures.DISCIPLINARY]) == sorted(Measure)
        assert list(measures.GROUPS) == [1, 2, 3, 4, 5, 6, 7]
        assert measures.group_of(Measure.WARNING) is None

    def test_an_organ_bears_the_first_three(self):
        assert measures.measures_for(Against.ORGAN) == (
            Measure.ORDER_TO_RECTIFY,
            Measure.SELF_CRITICISM,
            Measure.ADMONITION_TALK,
            Measure.ADMONISHMENT,
            Measure.CIRCULATED_CRITICISM,
            Measure.LOSS_OF_COMMENDATION,
        )

    @pytest.mark.parametrize("against", [Against.PERSON, Against.HEAD])
    def test_a_person_bears_all(self, against):
        assert len(measures.measures_for(against)) == len(Measure)

    def test_may_be_ordered_together(self):
        measures.check([Measure.ORDER_TO_RECTIFY, Measure.CIRCULATED_CRITICISM], Against.ORGAN)

        with pytest.raises(NotForOrgans):
            measures.check([Measure.ORDER_TO_RECTIFY, Measure.DISCHARGE], Against.ORGAN)


class TestPeriod:  # docs/domain.md 10.7
    @pytest.mark.parametrize(
        ("measure", "months", "last_day"),
        [
            (Measure.ADMONISHMENT, None, date(2027, 2, 28)),  # example 39 of 3.3: 2026-08-31 and 6 months
            (Measure.ADMONISHMENT, 3, date(2026, 11, 30)),
            (Measure.WARNING, None, date(2027, 2, 28)),
            (Measure.DEMERIT, None, date(2027, 8, 31)),
            (Measure.MAJOR_DEMERIT, None, date(2028, 2, 29)),
            (Measure.DEMOTION, None, date(2028, 8, 31)),
            (Measure.DISMISSAL, None, date(2028, 8, 31)),
            (Measure.EXPULSION, None, None),
            (Measure.CIRCULATED_CRITICISM, None, None),
        ],
    )
    def test_lasts_as_the_rules_say(self, measure, months, last_day):
        found = measures.period(measure, date(2026, 8, 31), months=months)

        assert found == measures.Period(date(2026, 8, 31), last_day)

    @pytest.mark.parametrize(
        ("measure", "months"),
        [(Measure.ADMONISHMENT, 2), (Measure.ADMONISHMENT, 7), (Measure.WARNING, 12), (Measure.EXPULSION, 24)],
    )
    def test_cannot_be_otherwise(self, measure, months):
        with pytest.raises(BadMonths):
            measures.period(measure, date(2026, 8, 31), months=months)

    def test_holds_from_its_first_to_its_last_day(self):
        found = measures.period(Measure.WARNING, date(2026, 8, 31))

        days = [date(2026, 8, 30), date(2026, 8, 31), date(2027, 2, 28), date(2027, 3, 1)]
        assert [found.holds_on(day) for day in days] == [False, True, True, False]

    @given(st.sampled_from(sorted(measures.MONTHS)), st.dates(date(2005, 1, 1), date(2100, 1, 1)))
    def test_ends_on_the_same_day_of_the_month_or_its_last(self, measure, from_on):
        last = measures.period(measure, from_on).to_on

        assert (last.year - from_on.year) * 12 + last.month - from_on.month == measures.MONTHS[measure]
        assert last.day == from_on.day or (last + timedelta(days=1)).day == 1


class TestPromotion:  # docs/domain.md 10.7: during them no promotion
    def test_is_barred_until_the_last_of_them_is_over(self):
        warning = measures.period(Measure.WARNING, date(2026, 1, 10))
        demerit = measures.period(Measure.DEMERIT, date(2025, 9, 1))
        criticism = measures.period(Measure.CIRCULATED_CRITICISM, date(2026, 6, 1))

        found = [(Measure.WARNING, warning), (Measure.DEMERIT, demerit), (Measure.CIRCULATED_CRITICISM, criticism)]
        assert measures.promotion_barred_until(found) == date(2026, 9, 2)
        assert measures.promotion_barred_until(found[2:]) is None


class TestDisciplinary:  # docs/domain.md 10.6
    def test_is_decided_within_six_months_of_the_opening_or_twelve(self):
        assert measures.disciplinary_due_on(date(2026, 8, 31)) == date(2027, 2, 28)
        assert measures.disciplinary_due_on(date(2026, 8, 31), is_complex=True) == date(2027, 8, 31)
