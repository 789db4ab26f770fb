"""Same value same rank, the next skipped; fewer than five cases apart; no base last, unranked (docs/domain.md 12)."""

from decimal import Decimal

from supervision.figures.definitions import definition
from supervision.figures.ranking import rank
from targets.measures.registry import Figure, share

CLOSING, REWORK = definition("closing_rate"), definition("rework_rate")


def rate(numerator, denominator):
    of, base = Decimal(numerator), Decimal(denominator)
    return Figure(of, base, share(of, base))


def places(found, of=CLOSING):
    return [(each.key, each.rank) for each in rank(found, of)]


def test_equal_values_share_a_rank_and_the_next_is_skipped():
    found = {"a": rate(9, 10), "b": rate(19, 20), "c": rate(95, 100), "d": rate(1, 10)}
    assert places(found) == [("b", 1), ("c", 1), ("a", 3), ("d", 4)]


def test_what_reads_the_same_has_the_same_rank():
    assert places({"a": rate(10, 30), "b": rate(33333, 100000)}) == [("a", 1), ("b", 1)]


def test_the_lowest_comes_first_where_less_is_better():
    assert places({"a": rate(3, 10), "b": rate(1, 10)}, REWORK) == [("b", 1), ("a", 2)]


def test_fewer_than_five_cases_are_listed_apart():
    found = {"few": rate(4, 4), "enough": rate(4, 5)}
    assert places(found) == [("enough", 1), ("few", None)]
    assert [each.is_apart for each in rank(found, CLOSING)] == [False, True]


def test_without_a_base_an_organ_is_last_and_unranked():
    assert places({"none": rate(0, 0), "a": rate(0, 10), "few": rate(1, 1)}) == [
        ("a", 1),
        ("few", None),
        ("none", None),
    ]
