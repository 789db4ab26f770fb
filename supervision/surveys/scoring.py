"""
The survey score (docs/domain.md 11): 100 × Σ(points × answers) / answers. Plain Python, nothing stored.

Five grades count 1.0, 0.8, 0.6, 0.3 and 0 points; a score has two decimals, a half is rounded up.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from efficiency.rounding import half_up

# What each grade gives.
POINTS = {5: Decimal("1.0"), 4: Decimal("0.8"), 3: Decimal("0.6"), 2: Decimal("0.3"), 1: Decimal("0")}
# Below so many answers an organ is neither scored nor shown: who gave them might be told.
LEAST_ANSWERS = 10


def score(counts: Mapping[int, int]) -> Decimal | None:
    """
    Return the score of an item from its answers by grade, 0 to 100; None where nobody answered.

    :param counts: how many chose each grade, 5 the best
    :raises KeyError: there is no such grade
    """
    answers = sum(counts.values())
    if not answers:
        return None
    points = sum((POINTS[grade] * count for grade, count in counts.items()), Decimal(0))
    return half_up(100 * points / answers)


def score_of_all(items: Iterable[Mapping[int, int]]) -> Decimal | None:
    """
    Return the score of an organ: all grades of its items together, so that an item left out weighs nothing.

    An item of fewer than ten answers does not count: it is not shown, and the score would tell what it is. None where
    no item has enough.
    """
    together: dict[int, int] = {}
    for counts in items:
        if not is_enough(sum(counts.values())):
            continue
        for grade, count in counts.items():
            together[grade] = together.get(grade, 0) + count
    return score(together)


def is_enough(answers: int) -> bool:
    """Say whether so many answers may be scored and shown."""
    return answers >= LEAST_ANSWERS
