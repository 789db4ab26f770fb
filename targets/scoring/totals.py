"""
From indicators to blocks, from blocks to the total (docs/domain.md 8.2, 8.3). Pure; rounded once, at the end.

What has nothing to measure is left out, and its weight is spread over the rest in proportion: an indicator over its
block, a block without any indicator left over the other blocks (ours). Points are those of the spread weight.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from targets.scoring.methods import Method, Result, points
from targets.scoring.numbers import HUNDRED, NOUGHT, exactly, rounded

MOST_BONUS = Decimal(3)


@dataclass(frozen=True, slots=True)
class Line:
    """An indicator with what was found: weights are those among the lines of its block."""

    key: str
    weight: Decimal
    method: Method | str
    result: Result
    terms: Mapping[str, Any] = field(default_factory=dict)
    # Of a composite: its parts, whose weights count among each other as those of indicators do in a block.
    parts: Sequence["Line"] = ()


@dataclass(frozen=True, slots=True)
class BlockIn:
    """A block: its code (A to E), its weight among the blocks, its indicators."""

    code: str
    weight: Decimal
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class ScoredLine:
    """
    The points of an indicator, and the weight that they are points of; both None where it is left out.

    Of a composite ``score`` is what its parts come to, 0 to 100, and ``parts`` are scored as indicators in a block.
    """

    key: str
    weight: Decimal
    applied: Decimal | None
    points: Decimal | None
    score: Decimal | None = None
    parts: tuple["ScoredLine", ...] = ()


@dataclass(frozen=True, slots=True)
class BlockScore:
    """The score of a block, 0 to 100; None: nothing in it could be measured."""

    score: Decimal | None
    lines: tuple[ScoredLine, ...]


@dataclass(frozen=True, slots=True)
class ScoredBlock:
    """A block in the total: its own weight, the spread one, its score (0 to 100), and its points of the total."""

    code: str
    weight: Decimal
    applied: Decimal | None
    score: Decimal | None
    points: Decimal | None
    lines: tuple[ScoredLine, ...]


@dataclass(frozen=True, slots=True)
class Total:
    """The total: ``unrounded``, and ``score`` with two decimals, by which grades go; None: nothing was measured."""

    blocks: tuple[ScoredBlock, ...]
    bonus: Decimal
    deductions: Decimal
    unrounded: Decimal | None
    score: Decimal | None


@exactly
def block_score(lines: Sequence[Line]) -> BlockScore:
    """Return the score of a block of so many indicators; weights count among each other, whatever their sum."""
    whole = sum((line.weight for line in lines), NOUGHT)
    # What a composite comes to is a share of whatever weight it has: its parts are reckoned once.
    inner = {line.key: block_score(line.parts) for line in lines if line.method == Method.COMPOSITE}
    left = [line for line in lines if _points(line, line.weight, inner) is not None]
    applied: dict[str, Decimal] = {}
    found: dict[str, Decimal] = {}
    while left:
        applied = spread({line.key: line.weight for line in left}, whole)
        given = {line.key: _points(line, applied.get(line.key), inner) for line in left}
        found = {key: value for key, value in given.items() if value is not None}
        # A formula may divide by what the weight has become: then that one is left out as well.
        if len(found) == len(left):
            break
        left = [line for line in left if line.key in found]
        applied = {}
    scored = tuple(
        ScoredLine(
            line.key,
            line.weight,
            applied.get(line.key),
            found.get(line.key),
            *((inner[line.key].score, inner[line.key].lines) if line.key in inner else ()),
        )
        for line in lines
    )
    if not applied:
        return BlockScore(None, scored)
    return BlockScore(
        sum((line.points for line in scored if line.points is not None), NOUGHT) * HUNDRED / whole, scored
    )


@exactly
def total(
    blocks: Sequence[BlockIn],
    bonus: Decimal = NOUGHT,
    deductions: Decimal | Iterable[Decimal] = NOUGHT,
    *,
    put_right: Decimal = NOUGHT,
    most_bonus: Decimal = MOST_BONUS,
) -> Total:
    """
    Return the total: the blocks by their weights, plus the bonus (at most 3), less deductions, never below nought.

    :param most_bonus: what bonuses come to at most, where the office set something else
    :param put_right: points for what was upheld: no bonus, and with them it comes to a hundred and the bonus at most
    :param deductions: points to take off, as numbers above nought, one or several
    :raises ValueError: a bonus or a deduction below nought
    """
    taken = deductions if isinstance(deductions, Decimal) else sum(deductions, NOUGHT)
    if bonus < 0 or taken < 0:
        raise ValueError("A bonus adds points and a deduction takes them: both are numbers above nought.")
    scores = [block_score(block.lines) for block in blocks]
    measured = {
        block.code: block.weight for block, found in zip(blocks, scores, strict=True) if found.score is not None
    }
    applied = spread(measured, sum((block.weight for block in blocks), NOUGHT))
    scored = tuple(
        ScoredBlock(
            block.code,
            block.weight,
            applied.get(block.code),
            found.score,
            None if found.score is None or block.code not in applied else applied[block.code] * found.score / HUNDRED,
            found.lines,
        )
        for block, found in zip(blocks, scores, strict=True)
    )
    bonus = min(bonus, most_bonus)
    if not applied:
        return Total(scored, bonus, taken, None, None)
    reached = sum((block.points for block in scored if block.points is not None), NOUGHT)
    unrounded = max(NOUGHT, min(HUNDRED, reached + put_right - taken) + bonus)
    return Total(scored, bonus, taken, unrounded, rounded(unrounded))


def _points(line: Line, weight: Decimal | None, inner: Mapping[str, BlockScore]) -> Decimal | None:
    if weight is None:
        return None
    if line.key in inner:
        score = inner[line.key].score
        return None if score is None else weight * score / HUNDRED
    return points(line.method, weight, line.result, line.terms)


@exactly
def spread(weights: Mapping[str, Decimal], whole: Decimal) -> dict[str, Decimal]:
    """Return weights raised in proportion until they make the whole again; what weighs nothing raises nothing."""
    rest = sum(weights.values(), NOUGHT)
    if not rest:
        return {}
    return dict(weights) if rest == whole else {key: weight * whole / rest for key, weight in weights.items()}
