"""Who keeps a grade that only so many may have, and who comes in which place (docs/domain.md 8.6, 12). Pure."""

from collections.abc import Callable, Collection, Hashable, Iterable
from decimal import ROUND_FLOOR, Decimal
from typing import Any, TypeVar

from targets.scoring.numbers import exactly

T = TypeVar("T")


@exactly
def quota(number: int, share: Decimal, *, least: int = 0) -> int:
    """Return how many of a number may have a grade: rounded down, but at least ``least`` of any."""
    if not number:
        return 0
    return max(least, int((number * share).to_integral_value(ROUND_FLOOR)))


def within(candidates: Iterable[T], places: int, *, order: Callable[[T], Any]) -> tuple[list[T], list[T]]:
    """
    Return who of the candidates gets one of so many places, and who is tied at the edge.

    :param order: what decides, the best lowest
    :return: those within; those whom nothing parts and for whom there are not places enough. Chance decides nothing:
        none of the latter is within
    """
    ordered = sorted(candidates, key=order)
    if len(ordered) <= places:
        return ordered, []
    edge = order(ordered[places])
    kept = [each for each in ordered[:places] if order(each) < edge]
    tied = [each for each in ordered if order(each) == edge]
    # Where the edge falls between two that differ, nobody is tied for a place.
    return kept, tied if len(kept) < places else []


def ranks(scores: Collection[tuple[Hashable, Decimal | None]]) -> dict[Hashable, int | None]:
    """Return the place of each by score, the highest first: the same score is the same place, the next is skipped."""
    found: dict[Hashable, int | None] = {}
    first: dict[Decimal, int] = {}
    for place, known in enumerate(
        sorted((score for _key, score in scores if score is not None), reverse=True), start=1
    ):
        first.setdefault(known, place)
    for key, score in scores:
        found[key] = None if score is None else first[score]
    return found
