"""What a new plan begins with: the usual blocks with what the portal computes, or the plan of the year before."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.utils import translation

from targets.measures import registry
from targets.plans.content import BlockContent, Content, IndicatorContent, MilestoneContent
from targets.plans.enums import BlockCode, Direction, IndicatorKind
from targets.scoring import blocks
from targets.scoring.methods import Method

WHOLE = Decimal(100)
# Of a year such as 2024 only: 29 February has no next year.
_LAST_OF_FEBRUARY = 28


def standard(*, of_post: bool = False) -> Content:
    """
    Return the usual blocks with their usual weights (docs/domain.md 8.1): A is empty, B to E compute themselves.

    What the portal cannot compute yet is in it as well: it is left out of the score as long as there is nothing. Of a
    post only the figures that mean something for one are in it; the weight of a block without any goes to A (ours).
    """
    # A plan is an official paper: its words are Chinese, whatever language whoever drafts it reads.
    with translation.override(settings.LANGUAGE_CODE):
        found = {code: tuple(_fed(code, of_post=of_post)) for code in blocks.WEIGHTS}
        weights = {code: weight for code, weight in blocks.WEIGHTS.items() if code == BlockCode.A or found[code]}
        weights[BlockCode.A] += WHOLE - sum(weights.values())
        return tuple(
            BlockContent(code, str(BlockCode(code).label), weight, found[code]) for code, weight in weights.items()
        )


def _fed(code: str, *, of_post: bool) -> list[IndicatorContent]:
    """Return the indicators of a block that other systems feed; the weights of each block are made to sum to 100."""
    of_posts = {each.name for each in registry.measures() if each.has_posts}
    fed = [each for each in blocks.FED.get(code, ()) if not of_post or each.measure in of_posts]
    weights = blocks.stored(fed)
    known = {each.name: each for each in registry.measures()}
    found = []
    for number, (each, weight) in enumerate(zip(fed, weights, strict=True), 1):
        measure = known.get(each.measure)
        begins, ends = (WHOLE, Decimal(0)) if each.less_is_better else (Decimal(0), WHOLE)
        found.append(
            IndicatorContent(
                key=f"{code}{number}",
                name=str(measure.label) if measure else each.measure,
                weight=weight,
                method=Method.LINEAR,
                kind=IndicatorKind.RATIO,
                unit=str(measure.unit) if measure else "",
                baseline=begins,
                target=ends,
                direction=Direction.LOWER if each.less_is_better else Direction.HIGHER,
                measure=each.measure,
            )
        )
    return found


def from_before(content: Content, years: int, carries: Mapping[str, int], before: Mapping[int, str]) -> Content:
    """
    Return the content of an earlier plan, moved on by so many years.

    :param carries: the indicators that may be carried now, by key
    :param before: the keys of the indicators that the earlier plan carried, by their rows
    """

    def moved(each: IndicatorContent) -> IndicatorContent:
        milestones = tuple(MilestoneContent(step.name, _later(step.due_on, years)) for step in each.milestones)
        carried = carries.get(before.get(each.carries, "")) if each.carries is not None else None
        return replace(each, milestones=milestones, carries=carried)

    return tuple(replace(block, indicators=tuple(moved(each) for each in block.indicators)) for block in content)


def _later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=_LAST_OF_FEBRUARY)
