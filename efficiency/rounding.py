"""
Rounding as figures are read: half up, on decimals (docs/domain.md 12). Plain Python.

Python rounds a half to the even neighbour unless it is told: 62.125 would read 62.12. Hence the one place for it.
"""

from decimal import ROUND_HALF_UP, Decimal


def half_up(value: Decimal | int, places: int = 2) -> Decimal:
    """Return a number with so many decimals, a half rounded away from nought."""
    return Decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def per_cent(part: Decimal | int, whole: Decimal | int, places: int = 2) -> Decimal | None:
    """Return a share in per cent with so many decimals, half up; None of nothing, which has no share."""
    return half_up(Decimal(100) * part / whole, places) if whole else None
