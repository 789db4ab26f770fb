"""Each figure is told in words, and shown as docs/domain.md 12 has it: half up, "–" without a base, never adjusted."""

from decimal import Decimal

import pytest
from django.test import override_settings

from supervision.figures import definitions
from supervision.figures.definitions import change, definition, shown, three_rates
from targets.measures.registry import Figure, share

NONE = Figure(Decimal(0), Decimal(0), None)


def rate(numerator, denominator):
    of, base = Decimal(numerator), Decimal(denominator)
    return Figure(of, base, share(of, base))


@pytest.mark.parametrize("of", definitions.definitions(), ids=lambda of: of.name)
class TestWords:
    def test_say_formula_sides_exclusions_and_source(self, of):
        for words in (of.label, of.unit, of.numerator, of.formula, of.exclusions, of.source):
            assert str(words).strip()
        assert bool(str(of.denominator)) is of.has_base


class TestShown:
    @pytest.mark.parametrize(
        ("numerator", "denominator", "words"),
        [
            *[(150, 240, "62.50"), (84, 90, "93.33"), (85, 90, "94.44"), (60, 88, "68.18"), (54, 60, "90.00")],
            *[(1, 3, "33.33"), (2, 3, "66.67"), (0, 7, "0.00"), (7, 7, "100.00")],
        ],
    )
    def test_a_rate_has_two_decimals(self, numerator, denominator, words):
        assert shown(rate(numerator, denominator), definition("closing_rate")) == words

    def test_the_half_goes_up_not_to_the_even_one(self):
        assert shown(rate(1, 800), definition("closing_rate")) == "0.13"  # 0.125
        assert shown(rate(1, 32), definition("closing_rate")) == "3.13"  # 3.125

    def test_shares_of_three_thirds_do_not_add_up_and_are_not_adjusted(self):
        thirds = [shown(rate(1, 3), definition("share_kind")) for _each in range(3)]
        assert sum(Decimal(each) for each in thirds) == Decimal("99.99")

    def test_what_has_no_base_is_a_dash_neither_nought_nor_hundred(self):
        assert shown(NONE, definition("closing_rate")) == "–"

    def test_counts_are_whole_and_days_have_one_decimal(self):
        assert shown(Figure(Decimal(240), None, Decimal(240)), definition("received")) == "240"
        assert shown(Figure(Decimal(21), Decimal(4), Decimal("5.25")), definition("average_days")) == "5.3"


class TestChange:
    def test_of_a_rate_is_told_in_percentage_points(self):
        found = change(rate(93, 100), rate(936, 1000), definition("closing_rate"))
        assert found.words == "−0.6 个百分点"
        assert found.is_better is False

    def test_less_is_better_where_the_figure_says_so(self):
        assert change(rate(1, 100), rate(2, 100), definition("rework_rate")).is_better is True

    def test_it_is_the_difference_of_what_is_shown(self):
        """93.334 − 93.326 is shown as 93.33 − 93.33."""
        same = change(rate(93334, 100000), rate(93326, 100000), definition("closing_rate"))
        assert (same.words, same.is_better) == ("±0 个百分点", None)

    def test_nothing_is_compared_with_nothing(self):
        assert change(NONE, rate(1, 2), definition("closing_rate")) == definitions.Change("–", None)
        assert change(rate(1, 2), NONE, definition("closing_rate")) == definitions.Change("–", None)

    def test_of_cases_neither_more_nor_less_is_better(self):
        more = change(
            Figure(Decimal(12), None, Decimal(12)), Figure(Decimal(2), None, Decimal(2)), definition("received")
        )
        assert (more.words, more.is_better) == ("+10 件", None)


class TestThreeRates:
    def test_weigh_a_fifth_and_two_fifths_twice(self):
        assert three_rates([Decimal(100), Decimal(50), Decimal(90)]).value == Decimal("76.0")

    def test_a_missing_one_leaves_the_others_in_proportion(self):
        assert three_rates([None, Decimal(50), Decimal(90)]).value == Decimal(70)
        assert three_rates([Decimal(100), None, Decimal(40)]).value == Decimal(60)

    def test_without_any_there_is_no_value(self):
        assert three_rates([None, None, None]).value is None

    @override_settings(THREE_RATES=["0.5", "0.5", "0"])
    def test_weights_are_the_offices_to_set(self):
        assert three_rates([Decimal(100), Decimal(50), Decimal(90)]).value == Decimal(75)
