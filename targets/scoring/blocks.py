"""
The blocks that other systems feed (docs/domain.md 8.1): which figures, with which weights.

Each figure is a percentage and gives its share of the weight, evenly from 0 to 100; of the rework rate, which is better
the lower it is, what is missing to 100. A figure without a base is left out like any other indicator.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from targets.scoring.methods import Method, Result
from targets.scoring.numbers import HUNDRED, NOUGHT
from targets.scoring.totals import BlockIn, Line

# Weights of the blocks as long as a plan says nothing else.
WEIGHTS: Mapping[str, Decimal] = {
    "A": Decimal(50),
    "B": Decimal(15),
    "C": Decimal(10),
    "D": Decimal(10),
    "E": Decimal(15),
}


@dataclass(frozen=True, slots=True)
class Fed:
    """A figure that feeds a block: name of the measure, weight among those of the block, whether less is better."""

    measure: str
    weight: Decimal
    less_is_better: bool = False


FED: Mapping[str, tuple[Fed, ...]] = {
    "B": (
        Fed("on_time_acceptance", Decimal(30)),
        Fed("on_time_closing", Decimal(50)),
        Fed("rework_rate", Decimal(20), less_is_better=True),
    ),
    "C": (Fed("disclosure_completeness", Decimal(70)), Fed("requests_on_time", Decimal(30))),
    "D": (Fed("monitoring", Decimal(100)),),
    # Eight parts and seven: 53.33 and 46.67 would not be exact.
    "E": (Fed("survey", Decimal(8)), Fed("satisfaction", Decimal(7))),
}


def fed_block(code: str, figures: Mapping[str, Decimal | None], weight: Decimal | None = None) -> BlockIn:
    """
    Return a block that figures feed, ready to be scored.

    :param figures: percentages by name of the measure; missing or None: no base
    :param weight: of the block; None: the usual one
    """
    lines = tuple(fed_line(fed, figures.get(fed.measure)) for fed in FED[code])
    return BlockIn(code, WEIGHTS[code] if weight is None else weight, lines)


def fed_line(fed: Fed, figure: Decimal | None) -> Line:
    """Return the line of a figure: evenly from 0 to 100, or the other way round."""
    begins, ends = (HUNDRED, NOUGHT) if fed.less_is_better else (NOUGHT, HUNDRED)
    return Line(fed.measure, fed.weight, Method.LINEAR, Result(actual=figure, baseline=begins, target=ends))
