"""Whether a target keeps pace with the time (docs/domain.md 8.7)."""

from datetime import date
from decimal import Decimal

import pytest

from targets.scoring import pace
from targets.scoring.pace import Pace

D = Decimal

GREEN, AMBER, RED = Pace
HALF = D("0.5")


@pytest.mark.parametrize(
    ("on", "expected"),
    [(date(2025, 12, 31), 0), (date(2026, 1, 1), 1), (date(2026, 12, 31), 365), (date(2027, 5, 1), 365)],
)
def test_which_part_of_the_year_is_over(on, expected):
    assert abs(pace.elapsed(date(2026, 1, 1), date(2027, 1, 1), on) - D(expected) / 365) < D("1e-20")


def test_a_period_has_days():
    with pytest.raises(ValueError, match="period"):
        pace.elapsed(date(2026, 1, 1), date(2026, 1, 1), date(2026, 1, 1))


@pytest.mark.parametrize(
    ("actual", "expected"), [("50", GREEN), ("49.9", AMBER), ("40", AMBER), ("39.9", RED), ("-1", RED)]
)
def test_half_of_the_time_half_of_the_way(actual, expected):
    assert pace.of_amount(D(actual), D(100), HALF) == expected


@pytest.mark.parametrize(("actual", "expected"), [("8", GREEN), ("8.5", AMBER), ("12", RED)])
def test_the_way_may_lead_down(actual, expected):
    assert pace.of_amount(D(actual), D(4), HALF, baseline=D(12)) == expected


def test_before_the_beginning_nothing_is_late():
    assert pace.of_amount(D(0), D(100), D(0)) == GREEN


@pytest.mark.parametrize(("actual", "expected"), [("5", GREEN), ("6", AMBER), ("10", AMBER), ("11", RED)])
def test_a_ceiling(actual, expected):
    assert pace.of_ceiling(D(actual), D(10), HALF) == expected


@pytest.mark.parametrize(("actual", "expected"), [("95", GREEN), ("90", AMBER), ("76", AMBER), ("75.9", RED)])
def test_a_rate_is_measured_by_the_whole_target(actual, expected):
    assert pace.of_level(D(actual), D(95)) == expected


@pytest.mark.parametrize(("actual", "expected"), [("10", GREEN), ("12", AMBER), ("12.1", RED)])
def test_a_rate_that_should_be_low(actual, expected):
    assert pace.of_level(D(actual), D(10), lower_is_better=True) == expected


def test_a_target_of_nought_is_kept_or_not():
    assert pace.of_level(D(1), D(0), lower_is_better=True) == RED
    assert pace.of_level(D(0), D(0), lower_is_better=True) == GREEN


@pytest.mark.parametrize(("overdue", "late", "expected"), [(1, 0, RED), (0, 2, AMBER), (0, 0, GREEN)])
def test_milestones(overdue, late, expected):
    assert pace.of_milestones(overdue=overdue, late=late) == expected


def test_without_a_figure_there_is_no_colour():
    assert pace.of_amount(None, D(1), HALF) is None
    assert pace.of_amount(D(1), D(0), HALF) is None
    assert pace.of_ceiling(D(1), None, HALF) is None
    assert pace.of_level(None, D(1)) is None
    assert pace.worst([None, AMBER, GREEN]) == AMBER
    assert pace.worst([None]) is None
