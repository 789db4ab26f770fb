"""
Red, amber, green: whether an indicator keeps pace with the time that has passed (ours, docs/domain.md 8.7). Pure.
"""

from datetime import date
from decimal import Decimal

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy

from targets.scoring.numbers import NOUGHT, ONE, clamped, exactly

# Of what should have been reached by now; below the second it is red.
GREEN_FROM, AMBER_FROM = Decimal(1), Decimal("0.8")


class Pace(TextChoices):
    """How an indicator goes."""

    GREEN = "green", pgettext_lazy("pace of a target", "on course")
    AMBER = "amber", pgettext_lazy("pace of a target", "falling behind")
    RED = "red", pgettext_lazy("pace of a target", "at risk")


@exactly
def elapsed(since: date, until: date, on: date) -> Decimal:
    """
    Return which part of a period is over at the end of a day, 0 to 1.

    :param until: the first day after the period
    """
    whole = (until - since).days
    if whole <= 0:
        raise ValueError("A period ends after it begins.")
    return clamped(Decimal((on - since).days + 1) / whole, NOUGHT, ONE)


@exactly
def of_amount(
    actual: Decimal | None, target: Decimal | None, passed: Decimal, *, baseline: Decimal | None = None
) -> Pace | None:
    """
    Return the pace of what adds up over the period: it should be as far on its way as the time is.

    :param passed: part of the period that is over, 0 to 1
    :param baseline: where the way begins; None: at nought
    :return: None where there is nothing to go by: no figure, no target, or no way from the baseline to it
    """
    begins = NOUGHT if baseline is None else baseline
    if actual is None or target is None or begins == target:
        return None
    if not passed:
        return Pace.GREEN
    return _pace((actual - begins) / (target - begins) / passed)


@exactly
def of_ceiling(actual: Decimal | None, ceiling: Decimal | None, passed: Decimal) -> Pace | None:
    """Return the pace of what adds up and must stay within a ceiling: red beyond it, amber when ahead of the time."""
    if actual is None or ceiling is None:
        return None
    if actual > ceiling:
        return Pace.RED
    return Pace.GREEN if actual <= ceiling * passed else Pace.AMBER


@exactly
def of_level(actual: Decimal | None, target: Decimal | None, *, lower_is_better: bool = False) -> Pace | None:
    """
    Return the pace of what does not add up, such as a rate: it is measured against the whole target at any time.

    :param lower_is_better: the target is the most that there may be
    """
    if actual is None or target is None:
        return None
    if (actual <= target) if lower_is_better else (actual >= target):
        return Pace.GREEN
    if target <= 0:
        return Pace.RED
    return _pace(ONE - (actual - target) / target if lower_is_better else actual / target)


def of_milestones(*, overdue: int, late: int) -> Pace:
    """Return the pace of milestones: red while one is overdue, amber where one was done late."""
    if overdue:
        return Pace.RED
    return Pace.AMBER if late else Pace.GREEN


def worst(paces: list[Pace | None]) -> Pace | None:
    """Return the worst of several; None where there is none."""
    order = list(Pace)
    return max((pace for pace in paces if pace is not None), key=order.index, default=None)


def _pace(ratio: Decimal) -> Pace:
    if ratio >= GREEN_FROM:
        return Pace.GREEN
    return Pace.AMBER if ratio >= AMBER_FROM else Pace.RED
