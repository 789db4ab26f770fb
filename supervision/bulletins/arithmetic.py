"""
What raw counts make: the second reckoning, by which published figures are proved (docs/domain.md 12). Pure Python.

It knows nothing of how the counts came about. Rates are in per cent and are not rounded here but to six decimals, as
they are stored; without a base there is no value.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

NONE = Decimal(0)
# How many decimals are kept of a value that is not rounded for show.
KEPT = Decimal("0.000001")
# By how much the three rates may differ that are put together of rates which were stored.
NEAR = Decimal("0.00001")
# What a share is multiplied by, by the shape of a figure (``supervision.figures.definitions.Shape``); a mean by nothing.
FACTORS = {"rate": 100, "per_thousand": 1000}


def value_of(
    shape: str, numerator: Decimal, denominator: Decimal | None, *, is_weighted: bool = False
) -> Decimal | None:
    """Return the value that the counts of a figure of a shape make, with six decimals; None without a base."""
    if shape == "count":
        return kept(numerator)
    if not denominator:
        return None
    return kept((1 if is_weighted else FACTORS.get(shape, 1)) * numerator / denominator)


def weighted(parts: Sequence[str], weights: Sequence[Decimal], values: Mapping[str, Decimal | None]) -> Decimal | None:
    """Return rates put together by their weights; a missing one leaves the others in proportion, all missing: None."""
    there = [(weight, value) for name, weight in zip(parts, weights, strict=True) if (value := values.get(name)) is not None]
    if not there:
        return None
    total = sum((weight * value for weight, value in there), NONE)
    return kept(total / sum((weight for weight, _value in there), NONE))


def kept(value: Decimal) -> Decimal:
    """Return a number as it is stored."""
    return value.quantize(KEPT, ROUND_HALF_UP)
