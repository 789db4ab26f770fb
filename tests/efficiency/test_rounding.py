"""Half up, and nowhere otherwise (docs/domain.md 12)."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from efficiency.rounding import half_up, per_cent

ROOT = Path(__file__).parents[2]
APPS = ("efficiency", "complaints", "disclosure", "accountability", "targets", "supervision")


@pytest.mark.parametrize(
    ("value", "places", "rounded"),
    [
        ("62.125", 2, "62.13"),  # Python's own rounding gives 62.12
        ("0.005", 2, "0.01"),
        ("2.5", 0, "3"),
        ("-2.5", 0, "-3"),
        ("12.449999", 1, "12.4"),
        ("7", 2, "7.00"),
    ],
)
def test_12_a_half_is_rounded_up(value, places, rounded):
    assert str(half_up(Decimal(value), places)) == rounded


def test_12_shares_of_a_whole_are_not_adjusted_and_nothing_has_no_share():
    thirds = [per_cent(1, 3)] * 3

    assert thirds == [Decimal("33.33")] * 3
    assert sum(thirds) == Decimal("99.99")
    assert per_cent(84, 90) == Decimal("93.33")
    assert per_cent(0, 0) is None


def test_12_there_is_one_place_for_it():
    elsewhere = [
        path.relative_to(ROOT)
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        if path != ROOT / "efficiency/rounding.py" and re.search(r"ROUND_HALF_UP", path.read_text())
    ]

    assert elsewhere == []
