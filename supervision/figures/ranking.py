"""Who comes first: equal values share a rank and the next one is skipped, few cases stand apart (docs/domain.md 12)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

from supervision.figures.definitions import Definition, rounded
from targets.measures.registry import Direction, Figure

# An organ that had fewer cases than these is listed apart: one case more or less would turn its rate around. (D)
FEWEST_CASES = 5
K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Ranked(Generic[K]):
    """One place of a ranking; without a rank where there is no value, or too few cases."""

    key: K
    figure: Figure
    rank: int | None
    is_apart: bool = False


def rank(found: Mapping[K, Figure], of: Definition, *, fewest: int = FEWEST_CASES) -> list[Ranked[K]]:
    """
    Return the places in their order: ranked ones, then those apart, then those without a value.

    Values are compared as they are shown: what reads the same has the same rank, and the next is skipped (1, 1, 3).
    What is a share of fewer than ``fewest`` cases stands apart and unranked, in its order; what has no base comes last.
    A count is never apart. Among equals the order of ``found`` stays.
    """
    with_value = {key: rounded(each.value, of) for key, each in found.items() if each.value is not None}
    apart = {key for key in with_value if is_apart(found[key], fewest)}
    best_first = sorted(with_value, key=with_value.__getitem__, reverse=of.direction is not Direction.LOWER)
    places: list[Ranked[K]] = []
    previous: Decimal | None = None
    current = 0
    for number, key in enumerate((key for key in best_first if key not in apart), start=1):
        if with_value[key] != previous:
            current, previous = number, with_value[key]
        places.append(Ranked(key, found[key], current))
    places += [Ranked(key, found[key], None, is_apart=True) for key in best_first if key in apart]
    return places + [Ranked(key, each, None) for key, each in found.items() if each.value is None]


def is_apart(figure: Figure, fewest: int = FEWEST_CASES) -> bool:
    """Say whether a figure is a share of too few to be ranked."""
    return figure.denominator is not None and 0 < figure.denominator < fewest
