"""
What raw counts make: the second reckoning, by which published figures are proved (docs/domain.md 12). Pure Python.

It knows nothing of how the counts came about. Rates are in per cent and have twelve decimals, as they are stored:
rounding them once more for show gives what rounding once would. Without a base there is no value.
"""

from decimal import Decimal

from efficiency.rounding import half_up

# How many decimals are kept of a value that is not rounded for show.
KEPT_PLACES = 12
# What a share is multiplied by, by the shape of a figure (``figures.definitions.Shape``); a mean by nothing.
FACTORS = {"rate": 100, "per_thousand": 1000}


def value_of(
    shape: str, numerator: Decimal, denominator: Decimal | None, *, is_weighted: bool = False
) -> Decimal | None:
    """Return the value that the counts of a figure of a shape make, with twelve decimals; None without a base."""
    if shape == "count":
        return kept(numerator)
    if not denominator:
        return None
    return kept((1 if is_weighted else FACTORS.get(shape, 1)) * numerator / denominator)


def kept(value: Decimal) -> Decimal:
    """Return a number as it is stored."""
    return half_up(value, KEPT_PLACES)
