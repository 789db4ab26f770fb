"""The points that a plan would give for figures that somebody types, before it is approved (docs/domain.md 8.2)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from targets.plans.content import BlockContent, Content, IndicatorContent, indicators_of, parts_of, wholes_of
from targets.plans.enums import IndicatorKind
from targets.scoring import formula
from targets.scoring.blocks import exact
from targets.scoring.methods import BY_DAYS, Method, Result
from targets.scoring.totals import BlockIn, Line, Total, total


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed for an indicator; None: nothing."""

    actual: Decimal | None = None
    events: int | None = None
    done: bool | None = None
    on_time: int = 0
    late: int = 0


def preview(content: Content, typed: Mapping[str, Typed], bonus: Decimal, deductions: Decimal) -> Total:
    """
    Return points and total for typed figures, by the very rules of the appraisal; nothing is kept.

    Indicators for which nothing was typed are left out, as if there were nothing to measure. Vetoes bear no points.

    :raises ValueError: a plan that is not valid, or more milestones done than planned
    """
    blocks = [
        BlockIn(
            block.code,
            block.weight,
            _lines(block, typed),
        )
        for block in content
    ]
    return total(blocks, bonus, deductions)


def _lines(block: BlockContent, typed: Mapping[str, Typed]) -> list[Line]:
    scored = [each for each in wholes_of(block) if each.kind != IndicatorKind.VETO]
    weights = exact(block.code, [(each.measure, each.weight) for each in scored])

    def of(each: IndicatorContent) -> Line:
        return line(each, typed.get(each.key, Typed()))

    return [
        replace(of(each), weight=weight, parts=[of(part) for part in parts_of(block, each.key)])
        for each, weight in zip(scored, weights, strict=True)
    ]


def line(each: IndicatorContent, typed: Typed) -> Line:
    """Return an indicator with what was typed for it."""
    nothing = each.method in BY_DAYS and typed == Typed()
    result = Result(
        actual=typed.actual,
        target=each.target,
        planned=None if nothing or not each.milestones else len(each.milestones),
        on_time=typed.on_time,
        late=typed.late,
        events=typed.events,
        done=typed.done,
        baseline=each.baseline,
        challenge=each.challenge,
    )
    return Line(each.key, each.weight, each.method, result, each.terms)


def asked_by_formula(each: IndicatorContent) -> frozenset[str]:
    """Return the names that the formula of an indicator asks for; none where it has no formula that can be read."""
    if each.method != Method.FORMULA:
        return frozenset()
    try:
        return formula.parse(str(each.terms.get("formula", ""))).names
    except formula.FormulaError:
        return frozenset()


def at_target(content: Content) -> dict[str, Typed]:
    """Return what reaching every target would be typed as: where a preview begins."""
    return {
        each.key: Typed(
            actual=each.target,
            events=0 if each.method == Method.DEDUCT or "n" in asked_by_formula(each) else None,
            done=True if each.method == Method.YES_NO or "d" in asked_by_formula(each) else None,
            on_time=len(each.milestones),
        )
        for each in indicators_of(content)
    }
