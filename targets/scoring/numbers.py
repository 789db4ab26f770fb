"""
Numbers of the appraisal: decimals, so exact that nothing is rounded before the end (docs/domain.md 8.2).

Thirds and sevenths have no last digit, so sums are made with fifty of them and the last thirty are guard: a total that
is 89.995 by the rules is 89.995 here, whichever way it was added up, and rounds up to 90.00.
"""

from collections.abc import Callable
from decimal import (
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
    localcontext,
)
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from efficiency.rounding import half_up

NOUGHT, ONE, HUNDRED = Decimal(0), Decimal(1), Decimal(100)
EXACT = Context(prec=50, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, DivisionByZero, Overflow])
# What lies behind the twentieth place is left over from divisions, not from the rules.
GUARD, CENT = Decimal("1e-20"), Decimal("0.01")

P = ParamSpec("P")
R = TypeVar("R")


def exactly(rule: Callable[P, R]) -> Callable[P, R]:
    """Let a rule calculate with fifty digits, whatever the context of its caller."""

    @wraps(rule)
    def with_all_digits(*args: P.args, **kwargs: P.kwargs) -> R:
        with localcontext(EXACT):
            return rule(*args, **kwargs)

    return with_all_digits


@exactly
def rounded(value: Decimal) -> Decimal:
    """Return a total with two decimals, half up: the one rounding there is."""
    return half_up(value.quantize(GUARD))


@exactly
def settled(value: Decimal) -> Decimal:
    """Return a number without its guard digits, as it is compared: what is equal by the rules is equal here."""
    return value.quantize(GUARD)


def number(given: Any) -> Decimal | None:
    """Return what JSON or a form has as a finite decimal; None: it is none. True and false are no numbers."""
    if isinstance(given, bool) or not isinstance(given, (Decimal, int, float, str)):
        return None
    try:
        found = Decimal(str(given).strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found.adjusted()) <= 30 else None


def clamped(value: Decimal, least: Decimal, most: Decimal) -> Decimal:
    """Return a value, or the bound beyond which it lies."""
    return max(least, min(most, value))
