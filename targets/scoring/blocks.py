"""
The blocks that other systems feed (docs/domain.md 8.1): which figures, with which weights.

Each figure is a percentage and gives its share of the weight, evenly from 0 to 100; of the rework rate, which is better
the lower it is, what is missing to 100. A figure without a base is left out like any other indicator.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from targets.scoring.methods import Method, Result
from targets.scoring.numbers import HUNDRED, NOUGHT, exactly
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
# What a plan keeps of a weight.
PLACES = Decimal("0.000001")


def stored(fed: Sequence[Fed]) -> list[Decimal]:
    """Return the weights of figures as a plan keeps them: with six places, and summing to 100."""
    whole = sum((each.weight for each in fed), NOUGHT)
    weights = [(each.weight * HUNDRED / whole).quantize(PLACES) for each in fed]
    if weights:
        weights[-1] += HUNDRED - sum(weights)
    return weights


@exactly
def exact(code: str, given: Sequence[tuple[str, Decimal]]) -> list[Decimal]:
    """
    Return the weights to score the indicators of a block by, in their order.

    Where they are the usual ones of the figures that feed the block, as a plan keeps them, they are their parts without
    any rounding (docs/domain.md 8.2: none before the end); whatever else somebody chose is taken as it stands.

    :param given: measure (empty: none) and weight of each indicator that bears points
    """
    as_given = [weight for _measure, weight in given]
    measures = [measure for measure, _weight in given]
    fed = [each for each in FED.get(code, ()) if each.measure in measures]
    usual = dict(zip((each.measure for each in fed), stored(fed), strict=True))
    if sorted(measures) != sorted(usual) or any(usual[measure] != weight for measure, weight in given):
        return as_given
    whole = sum((each.weight for each in fed), NOUGHT)
    parts = {each.measure: each.weight * HUNDRED / whole for each in fed}
    return [parts[measure] for measure in measures]


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
