"""The chance that a promise is missed, and how good forecasts were: pure rules (docs/decisions/0039)."""

from datetime import date
from decimal import Decimal

import pytest

from supervision.desk import blocks
from supervision.foresight import tables, views
from supervision.foresight.chances import Ended, Record, Tally, Tenth, all_of, brier, estimate, still_open
from targets.measures.registry import Figure

# Of ten days each: four met with five left, three on the last day, two with one left, one missed.
ROWS = [Ended(10, 5, 4), Ended(10, 0, 3), Ended(10, 1, 2), Ended(10, -1, 1)]


@pytest.mark.parametrize(
    ("left", "missed", "base"),
    [
        (10, 1, 10),  # on the first morning all were open
        (5, 1, 10),  # those met on a day were open that morning
        (4, 1, 6),
        (1, 1, 6),
        (0, 1, 4),
        (11, 0, 0),  # none had so much time
    ],
)
def test_still_open_are_those_not_met_before_that_morning(left, missed, base):
    assert still_open(ROWS, left) == Tally(missed, base)


def test_the_worked_example_mixes_organ_and_city_by_the_prior():
    # 4 of 8 at the organ, 30 of 100 of all: (4 + 10 × 0.3) / (8 + 10).
    found = estimate(Tally(4, 8), Tally(30, 100), Tally(20, 200))

    assert found is not None
    assert (found.value, found.baseline) == (Decimal("0.3889"), Decimal("0.1000"))


def test_an_organ_without_history_has_the_share_of_all():
    found = estimate(Tally(), Tally(30, 100), Tally(30, 100))

    assert found is not None
    assert found.value == Decimal("0.3000")


def test_a_long_history_outweighs_the_share_of_all():
    found = estimate(Tally(0, 990), Tally(500, 1000), Tally(500, 1000))

    assert found is not None
    assert found.value == Decimal("0.0050")


def test_too_few_promises_of_all_organs_say_nothing():
    assert estimate(Tally(3, 19), Tally(3, 19), Tally(3, 19)) is None
    assert estimate(Tally(3, 20), Tally(3, 20), Tally(3, 20)) is not None


def test_the_baseline_knows_no_time():
    assert all_of(ROWS) == Tally(1, 10)


def test_brier_score_is_the_mean_squared_distance():
    # (0.2² + 0.4² + 0.9²) / 3
    given = [(Decimal("0.8"), True), (Decimal("0.4"), False), (Decimal("0.9"), False)]

    assert brier(given) == Decimal("0.3367")
    assert brier([]) is None


def test_skill_is_the_share_of_the_error_that_is_saved():
    assert Record(10, 3, Decimal("0.1500"), Decimal("0.2000"), ()).skill == Decimal("0.2500")
    assert Record(0, 0, None, None, ()).skill is None


def test_shares_are_rounded_half_up_wherever_they_are_read():
    """12.25 % reads 12.3 and 62.125 % reads 62.13: never the even neighbour, never by way of a float."""
    one = Tenth(Decimal("0.1"), Decimal("0.2"), 80, Decimal("0.1225"), 9)
    record = Record(80, 9, None, None, (one,))

    assert [cell.text for cell in tables.of_record(record).rows[0][2:]] == ["12.3%", "9", "11.3%"]
    assert [line["expected"] for line in views._tenths(record)] == ["12.3%"]
    found = {
        date(2026, 3, 1): {
            blocks.RECEIVED: Figure(Decimal(8), None, Decimal(8)),
            blocks.IN_TIME: Figure(Decimal(0), Decimal(8), Decimal("62.125")),
        }
    }
    assert "62.13" in blocks._trend_finding([date(2026, 3, 1)], found)
