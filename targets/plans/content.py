"""
What stands in a plan, as values: read from a revision, typed on a page, taken from a template, compared, checked.

Reading takes three statements, writing a fixed number, however many plans there are.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from targets.models import Block, Indicator, Milestone, Revision
from targets.plans.enums import Direction, IndicatorKind, Source
from targets.scoring.methods import Method

BATCH = 1000


@dataclass(frozen=True, slots=True)
class MilestoneContent:
    """A step with its last day."""

    name: str
    due_on: date


@dataclass(frozen=True, slots=True)
class IndicatorContent:
    """An indicator; ``carries`` and ``responsible_post`` are keys of rows."""

    key: str
    name: str
    weight: Decimal
    method: str
    kind: str = IndicatorKind.QUANTITY
    unit: str = ""
    baseline: Decimal | None = None
    target: Decimal | None = None
    challenge: Decimal | None = None
    direction: str = Direction.HIGHER
    terms: Mapping[str, Any] = field(default_factory=dict)
    measure: str = ""
    carries: int | None = None
    responsible_post: int | None = None
    note: str = ""
    milestones: tuple[MilestoneContent, ...] = ()
    part_of: str = ""

    @property
    def source(self) -> str:
        """Where its figure comes from: computed if it names a measure, of a composite its parts."""
        if self.method == Method.COMPOSITE:
            return Source.PARTS
        return Source.COMPUTED if self.measure else Source.REPORTED


@dataclass(frozen=True, slots=True)
class BlockContent:
    """A block with its indicators."""

    code: str
    name: str
    weight: Decimal
    indicators: tuple[IndicatorContent, ...] = ()


Content = tuple[BlockContent, ...]


def indicators_of(content: Iterable[BlockContent]) -> Iterator[IndicatorContent]:
    """Yield the indicators of all blocks in their order."""
    for block in content:
        yield from block.indicators


def wholes_of(block: BlockContent) -> list[IndicatorContent]:
    """Return the indicators of a block that are no parts of another: among these its weight is shared out."""
    return [each for each in block.indicators if not each.part_of]


def parts_of(block: BlockContent, key: str) -> list[IndicatorContent]:
    """Return the parts of an indicator of a block, in their order."""
    return [each for each in block.indicators if each.part_of == key]


def arranged(content: Iterable[BlockContent]) -> Content:
    """Return the same content with each part right behind the indicator that it belongs to."""
    return tuple(replace(block, indicators=tuple(_arranged(block))) for block in content)


def _arranged(block: BlockContent) -> Iterator[IndicatorContent]:
    waiting = {each.key: parts_of(block, each.key) for each in block.indicators if not each.part_of}
    for each in block.indicators:
        if each.part_of not in waiting:
            yield each
        if not each.part_of:
            # Once, also where two have the same key, which a draft must not.
            parts, waiting[each.key] = waiting[each.key], []
            yield from parts


def read(revision: Revision) -> Content:
    """Return what stands in a revision."""
    return read_many([revision.pk]).get(revision.pk, ())


def read_many(revision_ids: Collection[int]) -> dict[int, Content]:
    """Return what stands in each of these revisions, in three statements; one without blocks is left out."""
    milestones: dict[int, list[MilestoneContent]] = defaultdict(list)
    rows = Milestone.objects.filter(indicator__revision_id__in=revision_ids).order_by("indicator_id", "position")
    for indicator_id, name, due_on in rows.values_list("indicator_id", "name", "due_on"):
        milestones[indicator_id].append(MilestoneContent(name, due_on))
    indicators: dict[int, list[IndicatorContent]] = defaultdict(list)
    for row in Indicator.objects.filter(revision_id__in=revision_ids).order_by("block_id", "position", "pk"):
        indicators[row.block_id].append(_content_of(row, tuple(milestones[row.pk])))
    found: dict[int, list[BlockContent]] = defaultdict(list)
    for block in Block.objects.filter(revision_id__in=revision_ids).order_by("position", "code"):
        of_block = BlockContent(block.code, block.name, block.weight, tuple(indicators[block.pk]))
        found[block.revision_id].append(of_block)
    return {pk: tuple(blocks) for pk, blocks in found.items()}


def _content_of(row: Indicator, milestones: tuple[MilestoneContent, ...]) -> IndicatorContent:
    return IndicatorContent(
        key=row.key,
        name=row.name,
        weight=row.weight,
        method=row.method,
        kind=row.kind,
        unit=row.unit,
        baseline=row.baseline,
        target=row.target,
        challenge=row.challenge,
        direction=row.direction,
        terms=row.terms,
        measure=row.measure,
        carries=row.carries_id,
        responsible_post=row.responsible_post_id,
        note=row.note,
        milestones=milestones,
        part_of=row.part_of,
    )


def write(revision: Revision, content: Content) -> None:
    """Let a draft say this and nothing else, in the caller's transaction, which has locked the plan."""
    Block.objects.filter(revision=revision).delete()
    write_many([(revision, content)])


def write_many(pairs: Collection[tuple[Revision, Content]]) -> None:
    """Write the content of revisions that have none yet, in three statements by the thousand rows."""
    blocks = [
        (Block(revision=revision, code=each.code, name=each.name, weight=each.weight, position=position), each)
        for revision, content in pairs
        for position, each in enumerate(arranged(content))
    ]
    Block.objects.bulk_create((row for row, _each in blocks), batch_size=BATCH)
    indicators = [
        (_row_of(block, each, position), each)
        for block, of_block in blocks
        for position, each in enumerate(of_block.indicators)
    ]
    Indicator.objects.bulk_create((row for row, _each in indicators), batch_size=BATCH)
    Milestone.objects.bulk_create(
        (
            Milestone(indicator=row, position=position, name=step.name, due_on=step.due_on)
            for row, each in indicators
            for position, step in enumerate(each.milestones, 1)
        ),
        batch_size=BATCH,
    )


def _row_of(block: Block, each: IndicatorContent, position: int) -> Indicator:
    return Indicator(
        revision_id=block.revision_id,
        block=block,
        key=each.key,
        name=each.name,
        kind=each.kind,
        unit=each.unit,
        baseline=each.baseline,
        target=each.target,
        challenge=each.challenge,
        weight=each.weight,
        direction=each.direction,
        method=each.method,
        terms=dict(each.terms),
        source=each.source,
        measure=each.measure,
        carries_id=each.carries,
        responsible_post_id=each.responsible_post,
        note=each.note,
        part_of=each.part_of,
        position=position,
    )
