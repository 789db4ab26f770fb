"""
The lot by which cases are drawn: the same seed and the same population always give the same cases. Pure Python.

``sha256-v1``: a case is ranked by the SHA-256 of ``seed:number``; of each organ the first are drawn, as many as its
share makes, rounded up. Nobody can tell the ranks before the seed is there, and everybody can reckon them afterwards.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from supervision.foresight.sampling.enums import Stratum

ALGORITHM = "sha256-v1"
# The order in which strata are drawn; a case of two belongs to the first.
ORDER = (Stratum.DISSATISFIED, Stratum.REOPENED, Stratum.REST)


@dataclass(frozen=True, slots=True)
class Closed:
    """A case of the population: its number, whose reply it is, and which stratum it belongs to."""

    number: str
    organ_id: int
    stratum: str


def rank(seed: str, number: str) -> str:
    """Return by what a case is ranked."""
    return hashlib.sha256(f"{seed}:{number}".encode()).hexdigest()


def fingerprint(population: Iterable[Closed]) -> str:
    """Return the SHA-256 of a population: each case with its organ and stratum, in the order of the numbers."""
    lines = sorted(f"{each.number} {each.organ_id} {each.stratum}" for each in population)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def draw(population: Iterable[Closed], *, seed: str, per_cent: int) -> list[Closed]:
    """
    Return the cases drawn: all that are dissatisfied or reopened, and ``per_cent`` of the rest of each organ.

    In the order of the strata, within each by rank.
    """
    by_stratum: dict[str, list[Closed]] = {stratum: [] for stratum in ORDER}
    rest: dict[int, list[Closed]] = defaultdict(list)
    for each in population:
        if each.stratum == Stratum.REST:
            rest[each.organ_id].append(each)
        else:
            by_stratum[each.stratum].append(each)
    for cases in rest.values():
        by_stratum[Stratum.REST] += _ranked(cases, seed)[: share_of(len(cases), per_cent)]
    return [case for stratum in ORDER for case in _ranked(by_stratum[stratum], seed)]


def share_of(number: int, per_cent: int) -> int:
    """Return so many per cent of a number, rounded up."""
    return -(-number * per_cent // 100)


def _ranked(cases: Sequence[Closed], seed: str) -> list[Closed]:
    return sorted(cases, key=lambda each: rank(seed, each.number))
