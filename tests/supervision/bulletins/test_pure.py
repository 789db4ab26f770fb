"""What needs no database: periods, the second reckoning, hidden cells, typed numbers (docs/domain.md 12)."""

import random
from datetime import date
from decimal import Decimal
from itertools import product

import pytest

from supervision.bulletins import arithmetic, periods, suppression, texts
from supervision.bulletins.enums import Span
from supervision.bulletins.periods import Period
from supervision.bulletins.refusals import Invalid
from tests.factories.cases import local


class TestPeriods:
    @pytest.mark.parametrize(
        ("slug", "span", "since", "until", "chinese"),
        [
            ("2026-10", "month", date(2026, 10, 1), date(2026, 11, 1), "2026年10月"),
            ("2026-12", "month", date(2026, 12, 1), date(2027, 1, 1), "2026年12月"),
            ("2026-q3", "quarter", date(2026, 7, 1), date(2026, 10, 1), "2026年第三季度"),
            ("2026", "year", date(2026, 1, 1), date(2027, 1, 1), "2026年度"),
        ],
    )
    def test_an_address_names_one_period(self, slug, span, since, until, chinese):
        period = periods.of_slug(slug)
        assert period == Period(span, since)
        assert (period.until, period.slug, period.chinese) == (until, slug, chinese)

    @pytest.mark.parametrize("slug", ["", "2026-13", "2026-00", "2026-q5", "1999", "2026-1", "２０２６"])
    def test_other_addresses_name_none(self, slug):
        assert periods.of_slug(slug) is None

    def test_the_cut_off_is_24_00_of_the_last_day(self):
        march = Period(Span.MONTH, date(2026, 3, 1))
        assert march.cut_off == local(2026, 4, 1, 0)
        assert not march.is_over(local(2026, 3, 31, 23, 59))
        assert march.is_over(local(2026, 4, 1, 0))

    def test_the_year_before_and_the_period_before(self):
        first = Period(Span.QUARTER, date(2026, 1, 1))
        assert (first.previous.slug, first.year_before.slug, first.following.slug) == ("2025-q4", "2025-q1", "2026-q2")


class TestSecondReckoning:
    @pytest.mark.parametrize(
        ("shape", "numerator", "denominator", "wanted"),
        [
            ("rate", 150, 240, "62.5"),
            ("rate", 84, 90, "93.333333333333"),
            ("rate", 1, 3, "33.333333333333"),
            ("per_thousand", 4, 321, "12.461059190031"),
            ("days", 7, 2, "3.5"),
            ("count", 240, None, "240"),
            ("rate", 0, 0, None),
            ("days", 0, 0, None),
        ],
    )
    def test_counts_make_a_value_and_no_base_makes_none(self, shape, numerator, denominator, wanted):
        base = None if denominator is None else Decimal(denominator)
        found = arithmetic.value_of(shape, Decimal(numerator), base)
        assert found == (None if wanted is None else Decimal(wanted))


class TestSmallCells:
    """Cells of fewer than five cases by category and organ are not shown, and cannot be worked out from sums."""

    @pytest.mark.parametrize("count", [1, 2, 3, 4])
    def test_Z14_an_organ_with_a_cell_under_five_is_shown_without_its_categories(self, count):
        cells = {("a", "x"): count, ("a", "y"): 9, ("b", "x"): 5, ("b", "y"): 6, ("c", "x"): 8, ("c", "y"): 7}
        assert "a" in suppression.hidden_rows(cells)

    def test_one_hidden_organ_alone_could_be_worked_out_so_another_is_hidden_with_it(self):
        cells = {("a", "x"): 1, ("a", "y"): 9, ("b", "x"): 5, ("b", "y"): 6, ("c", "x"): 8, ("c", "y"): 7}
        assert suppression.hidden_rows(cells) == {"a", "b"}

    def test_nothing_is_hidden_where_no_cell_is_small(self):
        assert suppression.hidden_rows({("a", "x"): 5, ("b", "y"): 12}) == frozenset()

    def test_where_nothing_helps_no_organ_is_shown(self):
        assert suppression.hidden_rows({("a", "x"): 2}) == {"a"}

    def test_hidden_cells_of_a_month_do_not_follow_from_the_quarter(self):
        january = {("a", "x"): 1, ("a", "y"): 9, ("b", "x"): 5, ("b", "y"): 6, ("c", "x"): 8, ("c", "y"): 7}
        others = dict.fromkeys(january, 10)
        hidden = suppression.hidden_rows(january)
        quarter = {cell: january[cell] + 2 * others[cell] for cell in january}
        assert suppression.hidden_rows(others) == suppression.hidden_rows(quarter) == frozenset()
        # Shown without these, January would be the quarter less the two other months.
        assert suppression.hidden_rows(quarter, hidden) == hidden == {"a", "b"}

    def test_an_organ_that_had_nothing_to_do_is_hidden_nowhere(self):
        assert suppression.hidden_rows({("a", "x"): 9, ("b", "x"): 9}, {"gone"}) == frozenset()

    def test_whatever_the_table_more_than_one_table_fits_what_is_known(self):
        chance = random.Random(12)
        tried = 0
        for _round in range(300):
            rows, columns = "abcd"[: chance.randint(2, 4)], "xyz"[: chance.randint(2, 3)]
            cells = {(row, column): chance.choice([0, 0, 1, 4, 5, 6, 7]) for row in rows for column in columns}
            begun = chance.sample(rows, chance.randint(0, 1))
            hidden = suppression.hidden_rows(cells, begun)
            small = [cell for cell, count in cells.items() if 0 < count < 5]
            assert all(row in hidden for row, _column in small)
            if not small or hidden == set(rows):
                continue
            tried += 1
            for cell in small:
                assert len(_possible(cells, sorted(hidden), columns, cell)) > 1, (cells, hidden, cell)
        assert tried > 20


def _possible(cells, hidden, columns, cell):
    """Return what a hidden cell can be by all tables of the same sums: by trying all of them, two values are enough."""
    sums = {row: sum(cells.get((row, column), 0) for column in columns) for row in hidden}
    rest = {column: sum(cells.get((row, column), 0) for row in hidden) for column in columns}
    found = set()

    def fill(place, left):
        if len(found) > 1:
            return
        if place == len(hidden):
            if not any(left.values()):
                found.add(chosen[cell])
            return
        row = hidden[place]
        for counts in product(*(range(min(left[column], sums[row]) + 1) for column in columns)):
            if sum(counts) == sums[row]:
                for column, count in zip(columns, counts, strict=True):
                    chosen[row, column] = count
                after = {column: left[column] - count for column, count in zip(columns, counts, strict=True)}
                fill(place + 1, after)

    chosen: dict = {}
    fill(0, rest)
    return found


class Known:
    """A filler that knows one figure."""

    def fill(self, name, side="", organ=""):
        return {"received": "240", "closing_rate": "93.33%"}.get(name) if not organ else None


class TestTexts:
    def test_numbers_are_filled_in_from_the_figures(self):
        assert texts.filled("收到{{received}}件，办结率{{ closing_rate }}。", Known()) == "收到240件，办结率93.33%。"

    @pytest.mark.parametrize(
        "typed", ["办结率94%", "收到240件", "办结率９３．３％", "百分之九十三点三", "收到二百四十件"]
    )
    def test_a_typed_number_is_refused(self, typed):
        with pytest.raises(Invalid):
            texts.checked("figures", typed, Known())

    @pytest.mark.parametrize(
        "typed",
        [
            "2026年3月",
            "3月15日起",
            "依据佛府〔2026〕12号文",
            "按照第29条",
            "2026年第三季度",
            "请拨打12345",
            "一是抓整改",
        ],
    )
    def test_days_papers_and_articles_may_be_typed(self, typed):
        assert texts.checked("figures", typed, Known()) == typed

    @pytest.mark.parametrize(
        "typed", ["{{nothing}}", "{{received:nothing}}", "{{received@440600-JS}}", "{{ 收件数 }}", "{{received"]
    )
    def test_a_placeholder_asks_for_a_figure_that_there_is(self, typed):
        with pytest.raises(Invalid):
            texts.checked("figures", typed, Known())
