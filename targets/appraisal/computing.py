"""
All sheets of an appraisal at once, from the data as it was known at a moment (docs/domain.md 8.1 to 8.6).

``calculate`` reads and reckons, and writes nothing: the same appraisal gives the same sheets whenever it is asked, so a
snapshot can be proven. ``compute`` puts what was reckoned in the place of what was there before. The number of
statements does not depend on how many organs, posts and indicators there are.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q

from efficiency import patience, rows
from efficiency.timing.due import ONE_DAY
from efficiency.timing.zone import start_of
from targets.appraisal import deductions, taking_part
from targets.appraisal.deductions import Cards, Event, Known
from targets.appraisal.enums import (
    AdjustmentState,
    DeductionCause,
    DeductionKind,
    LineSource,
    Subject,
)
from targets.appraisal.grading import VETOED, Terms, grade
from targets.appraisal.results import TWELVE, TWENTY, Adjusted, BlockOut, LineOut, SheetOut, kept
from targets.measures import registry
from targets.measures.registry import Figure
from targets.models import (
    Adjustment,
    Appraisal,
    Block,
    Indicator,
    Plan,
    Sheet,
    SheetBlock,
    SheetDeduction,
    SheetLine,
)
from targets.plans import spans
from targets.plans.enums import IndicatorKind, Source
from targets.reports import results as reported
from targets.reports.results import Accepted
from targets.scoring.blocks import exact
from targets.scoring.methods import Method, Result
from targets.scoring.numbers import HUNDRED, NOUGHT, exactly
from targets.scoring.totals import BlockIn, Line, ScoredBlock, ScoredLine, total

REPORT = "targets.report"
# What of a sheet ``grading`` puts down; and what ``compute`` does beside it.
GRADED = (
    *("bonus", "put_right", "deducted", "computed_total", "total", "grade_by_score", "grade", "cap", "cap_reason"),
    *("is_vetoed", "rank"),
)
COMPUTED = ("plan_id", "revision_id", "gap", "blocks_total", "yellow_cards", "red_cards")
# Why a sheet has nothing to score.
NO_PLAN, NO_HOLDER, NO_BASE = "no_plan", "no_holder", "no_base"
# Why a line has no points, or none to get.
NO_REPORT, UNPROVED, NOT_DUE, LATE = "no_report", "unproved", "not_due", "late"


class AlreadyPublished(Exception):
    """What was published is not computed anew."""


# --- Computing ------------------------------------------------------------------------------------------------------


@transaction.atomic
def compute(appraisal: Appraisal, /, *, at: datetime) -> list[SheetOut]:
    """
    Compute all sheets as of ``appraisal.as_of`` in the place of what they had, and grade them; who has none gets one.

    The caller has locked the appraisal.

    :raises AlreadyPublished: it was published
    """
    if not appraisal.is_before_publication:
        raise AlreadyPublished
    patience.for_this_transaction()
    terms = Terms.read(appraisal.terms, wider_quota=appraisal.wider_quota)
    vetoes = deductions.veto_list(appraisal.office_id, as_of=appraisal.as_of)
    on = taking_part.last_day(appraisal)
    # The wider quota stands beside: where its approval falls away, that of the law holds again.
    usual = Terms.read(appraisal.terms)
    appraisal.terms = {**appraisal.terms, **usual.written(), "vetoes": vetoes.on(on)}
    appraisal.computed_at = at
    appraisal.save(update_fields=["terms", "computed_at"])
    plans = taking_part.plans_of(appraisal)
    taking_part.add_missing(appraisal, plans)
    sheets = calculate(appraisal, plans=plans)
    adjust(sheets, adjustments_of(appraisal))
    grade(sheets, terms)
    _replace(appraisal, sheets)
    return sheets


def calculate(appraisal: Appraisal, /, *, plans: Mapping[tuple[int, int | None], Plan] | None = None) -> list[SheetOut]:
    """
    Return the sheets of an appraisal with lines, blocks and deductions as of ``as_of``, not graded; nothing is written.

    :param plans: as ``taking_part.plans_of`` gives them, where they are known already
    """
    plans = taking_part.plans_of(appraisal) if plans is None else plans
    since, until = spans.bounds(appraisal.year, appraisal.span)
    sheets = sheets_of(appraisal)
    for sheet in sheets:
        if plan := plans.get((sheet.organ_id, sheet.post_id)):
            sheet.plan_id, sheet.revision_id = plan.pk, plan.revision_id
    vetoes = deductions.veto_list(appraisal.office_id, as_of=appraisal.as_of)
    points = Terms.read(appraisal.terms).points
    same = {account: min(sheet.accounts) for sheet in sheets for account in sheet.accounts}
    known = deductions.known(since, until, as_of=appraisal.as_of, vetoes=vetoes, points=points, same=same)
    _score(appraisal, sheets, list(plans.values()), since, until)
    on = until - ONE_DAY
    unsigned = deductions.not_signed(vetoes, on=on)
    _deduct(sheets, known, taking_part.signed_by(plans.values(), appraisal.as_of), unsigned)
    if vetoes.has(DeductionCause.FALSE_DATA, on):
        _falsified(appraisal, sheets, since, until)
    return sheets


def sheets_of(appraisal: Appraisal) -> list[SheetOut]:
    """Return whose sheets there are, in the order of their keys, with nothing computed."""
    listed = appraisal.sheets.order_by("pk").values_list(
        "pk", "organ_id", "post_id", "person_id", "group", "accounts", "self_score"
    )
    return [
        SheetOut(pk, organ_id, post_id, person_id, group, accounts, self_score=self_score)
        for pk, organ_id, post_id, person_id, group, accounts, self_score in listed
    ]


# --- Lines and blocks -----------------------------------------------------------------------------------------------


def _score(appraisal: Appraisal, sheets: Sequence[SheetOut], plans: Sequence[Plan], since: date, until: date) -> None:
    revisions = [sheet.revision_id for sheet in sheets if sheet.revision_id is not None]
    blocks: dict[int, list[Block]] = defaultdict(list)
    for block in Block.objects.filter(revision_id__in=revisions).order_by("revision_id", "position", "code"):
        blocks[block.revision_id].append(block)
    indicators: dict[int, list[Indicator]] = defaultdict(list)
    found = Indicator.objects.filter(revision_id__in=revisions).order_by("block_id", "position", "pk")
    for indicator in found:
        indicators[indicator.block_id].append(indicator)
    accepted = reported.of_plans(plans, until, as_of=appraisal.as_of) if plans else {}
    is_due = appraisal.as_of >= start_of(until)
    figures = _figures(appraisal, sheets, indicators, blocks, since, until)
    for sheet in sheets:
        if sheet.post_id is not None and sheet.person_id is None:
            sheet.gap = NO_HOLDER
        elif sheet.revision_id is None:
            sheet.gap = NO_PLAN
        else:
            _score_one(sheet, blocks[sheet.revision_id], indicators, accepted, figures, is_due=is_due)


def _figures(
    appraisal: Appraisal,
    sheets: Sequence[SheetOut],
    indicators: Mapping[int, Sequence[Indicator]],
    blocks: Mapping[int, Sequence[Block]],
    since: date,
    until: date,
) -> dict[str, Mapping[int, Figure]]:
    """Return each measure that an indicator asks for, of whom it is asked: one statement a measure."""
    asked: dict[str, set[int]] = defaultdict(set)
    for sheet in sheets:
        whose = sheet.organ_id if sheet.post_id is None else sheet.post_id
        for block in blocks.get(sheet.revision_id or 0, ()):
            for indicator in indicators.get(block.pk, ()):
                if indicator.measure:
                    asked[indicator.measure].add(whose)
    known = {measure.name: measure for measure in registry.measures()}
    found: dict[str, Mapping[int, Figure]] = {}
    for name, ids in sorted(asked.items()):
        measure = known.get(name)
        if measure is None:
            # A figure that the portal computes no more has no base.
            found[name] = {}
        elif appraisal.subject == Subject.ORGAN:
            found[name] = measure.of_organs(sorted(ids), since, until, appraisal.as_of)
        else:
            # What means nothing of a post is left out of its sheet.
            found[name] = measure.of_posts(sorted(ids), since, until, appraisal.as_of) if measure.has_posts else {}
    return found


@exactly
def _score_one(
    sheet: SheetOut,
    blocks: Sequence[Block],
    indicators: Mapping[int, Sequence[Indicator]],
    accepted: Mapping[int, Accepted],
    figures: Mapping[str, Mapping[int, Figure]],
    *,
    is_due: bool,
) -> None:
    """Put lines and blocks of one sheet together."""
    whose = sheet.organ_id if sheet.post_id is None else sheet.post_id
    taken: dict[int, _Taken] = {}
    asked: list[BlockIn] = []
    for block in blocks:
        own = indicators.get(block.pk, ())
        for each in own:
            if each.source == Source.PARTS:
                taken[each.pk] = _Taken(Result())
            elif each.source == Source.COMPUTED:
                taken[each.pk] = _computed(each, figures[each.measure].get(whose))
            else:
                taken[each.pk] = _reported(each, accepted.get(each.pk), is_due=is_due)
        scored = [each for each in own if each.kind != IndicatorKind.VETO and not each.part_of]
        weights = exact(block.code, [(each.measure, each.weight) for each in scored])
        parts: dict[str, list[Line]] = defaultdict(list)
        for each in own:
            if each.part_of:
                part = Line(each.key, each.weight, each.method, taken[each.pk].result, each.terms)
                parts[each.part_of].append(part)
        lines = [
            Line(each.key, weight, each.method, taken[each.pk].result, each.terms, parts.get(each.key, ()))
            for each, weight in zip(scored, weights, strict=True)
        ]
        asked.append(BlockIn(block.code, block.weight, lines))
    reached = total(asked)
    by_code = {block.code: block for block in reached.blocks}
    sheet.blocks = [_block_out(block, by_code[block.code]) for block in blocks]
    sheet.lines = [
        _line_out(block.code, each, taken[each.pk], *_found(by_code[block.code], each, _factor(asked, block.code)))
        for block in blocks
        for each in indicators.get(block.pk, ())
    ]
    sheet.deductions = [
        Event(DeductionKind.VETO, DeductionCause.INDICATOR, cap=VETOED[sheet.post_id is not None], text=each.key)
        for block in blocks
        for each in indicators.get(block.pk, ())
        if each.kind == IndicatorKind.VETO and taken[each.pk].vetoes(each)
    ]
    if reached.unrounded is None:
        sheet.gap = NO_BASE
    else:
        sheet.blocks_total = kept(reached.unrounded, TWENTY)


class _Taken:
    """What an indicator is scored by, and what its line says of it."""

    __slots__ = ("actual", "denominator", "numerator", "remark", "report_value_id", "result")

    def __init__(
        self,
        result: Result,
        *,
        numerator: Decimal | None = None,
        denominator: Decimal | None = None,
        report_value_id: int | None = None,
        remark: str = "",
    ) -> None:
        self.result = result
        self.numerator, self.denominator = numerator, denominator
        self.report_value_id, self.remark = report_value_id, remark
        self.actual = result.actual
        if self.actual is None and result.events is not None:
            self.actual = Decimal(result.events)
        if self.actual is None and result.done is not None:
            self.actual = Decimal(result.done)

    def vetoes(self, indicator: Indicator) -> bool:
        """Say whether what a veto is about happened: it was reported, or the portal counted it beyond the target."""
        if indicator.source == Source.COMPUTED:
            return self.result.actual is not None and self.result.actual > (indicator.target or NOUGHT)
        return bool(self.result.done)


def _computed(indicator: Indicator, figure: Figure | None) -> _Taken:
    value = None if figure is None else figure.value
    result = Result(
        actual=value,
        target=indicator.target,
        events=None if value is None else int(value),
        done=None if value is None else bool(value),
        baseline=indicator.baseline,
        challenge=indicator.challenge,
    )
    return _Taken(
        result,
        numerator=None if figure is None else figure.numerator,
        denominator=None if figure is None else figure.denominator,
        remark=NO_BASE if value is None else "",
    )


def _reported(indicator: Indicator, accepted: Accepted | None, *, is_due: bool) -> _Taken:
    """Return what was accepted; nothing is asked for before the time is over, and then what is missing is nought."""
    if accepted is None or accepted.report is None:
        return _Taken(Result(), remark=NOT_DUE) if not is_due else _Taken(Result(is_unproved=True), remark=NO_REPORT)
    result, value = accepted.result, accepted.value
    remark = NO_REPORT if value is None else UNPROVED if result.is_unproved else ""
    if not remark and indicator.method == Method.DEADLINE and result.late:
        remark = LATE
    if result.planned is None:
        return _Taken(result, report_value_id=value.pk if value else None, remark=remark)
    return _Taken(
        result,
        numerator=Decimal(result.on_time),
        denominator=Decimal(result.planned),
        report_value_id=value.pk if value else None,
        remark=remark,
    )


def _found(block: ScoredBlock, each: Indicator, factor: Decimal) -> tuple[ScoredLine | None, Decimal]:
    """Return what an indicator was scored with, and the factor of its points; a part makes points of its composite."""
    if not each.part_of:
        return next((line for line in block.lines if line.key == each.key), None), factor
    whole = next((line for line in block.lines if line.key == each.part_of), None)
    parts = whole.parts if whole else ()
    weights = sum((line.weight for line in parts), NOUGHT)
    return next((line for line in parts if line.key == each.key), None), HUNDRED / weights if weights else NOUGHT


def _factor(asked: Sequence[BlockIn], code: str) -> Decimal:
    """Return by what points of a block are to be raised so that they add up to its score, which is one of a hundred."""
    whole = sum((line.weight for block in asked if block.code == code for line in block.lines), NOUGHT)
    return HUNDRED / whole if whole else NOUGHT


def _block_out(block: Block, scored: ScoredBlock) -> BlockOut:
    return BlockOut(
        code=block.code,
        name=block.name,
        weight=block.weight,
        applied_weight=kept(scored.applied or NOUGHT) or NOUGHT,
        score=kept(scored.score),
        is_left_out=scored.score is None,
    )


def _line_out(code: str, each: Indicator, taken: _Taken, scored: ScoredLine | None, factor: Decimal) -> LineOut:
    is_veto = each.kind == IndicatorKind.VETO
    points = NOUGHT if is_veto else None if scored is None or scored.points is None else scored.points * factor
    applied = NOUGHT if scored is None or scored.applied is None else scored.applied * factor
    terms = dict(each.terms)
    return LineOut(
        block=code,
        key=each.key,
        name=each.name,
        indicator_id=each.pk,
        unit=each.unit,
        weight=each.weight,
        applied_weight=kept(applied) or NOUGHT,
        target=each.target,
        actual=kept(scored.score if each.source == Source.PARTS and scored else taken.actual, TWELVE),
        numerator=kept(taken.numerator, TWELVE),
        denominator=kept(taken.denominator, TWELVE),
        method=each.method,
        terms=terms,
        points=kept(points),
        left_out=points is None,
        source=LineSource(each.source),
        measure=each.measure,
        report_value_id=taken.report_value_id,
        remark=taken.remark or (NO_BASE if points is None else ""),
        part_of=each.part_of,
    )


# --- Deductions -----------------------------------------------------------------------------------------------------


def _deduct(sheets: Iterable[SheetOut], known: Known, signed: set[int], unsigned: Sequence[Event]) -> None:
    """Put to each sheet what counts for it; ``unsigned`` to organs that did not sign their letter."""
    for sheet in sheets:
        if sheet.post_id is None:
            cards = known.cards_of_organs.get(sheet.organ_id, Cards())
            found = known.of_organs.get(sheet.organ_id, ())
            missing = () if sheet.plan_id in signed else unsigned
        else:
            cards = known.cards_of_people.get(sheet.person_key or 0, Cards())
            found, missing = known.of_people.get(sheet.person_key or 0, ()), ()
        sheet.yellow_cards, sheet.red_cards = cards.yellow, len(cards.red)
        sheet.deductions = [*sheet.deductions, *found, *missing]


def _falsified(appraisal: Appraisal, sheets: Sequence[SheetOut], since: date, until: date) -> None:
    """Let data that was found false veto the sheet of the organ, or of the post, that reported it (8.5)."""
    by_place = {(sheet.organ_id, sheet.post_id): sheet for sheet in sheets}
    organs = sorted({sheet.organ_id for sheet in sheets})
    for value in reported.false_values(organs, since, until, as_of=appraisal.as_of):
        report = value.report
        sheet = by_place.get((report.organ_id, report.post_id))
        if sheet is not None:
            event = Event(
                DeductionKind.VETO,
                DeductionCause.FALSE_DATA,
                cap=VETOED[sheet.post_id is not None],
                model=REPORT,
                object_id=report.pk,
                text=value.indicator.key,
            )
            sheet.deductions = [*sheet.deductions, event]


def adjustments_of(appraisal: Appraisal, *, by: datetime | None = None) -> dict[int, list[Adjusted]]:
    """Return the adjustments that count by sheet; with ``by`` those that counted at that moment."""
    found: dict[int, list[Adjusted]] = defaultdict(list)
    counts = Q(state=AdjustmentState.CONFIRMED)
    if by is not None:
        later = Adjustment.objects.filter(revokes=OuterRef("pk"), state=AdjustmentState.CONFIRMED, confirmed_at__gt=by)
        counts = (counts | Q(Exists(later), state=AdjustmentState.REVOKED)) & Q(confirmed_at__lte=by)
    rows = Adjustment.objects.filter(counts, sheet__appraisal=appraisal, revokes__isnull=True).order_by("pk")
    lifts = ("lifts_cause", "lifts_model", "lifts_id", "lifts_text")
    columns = ("pk", "sheet_id", "points", "veto", "puts_right", "is_error", *lifts)
    for pk, sheet_id, points, veto, puts_right, is_error, *key in rows.values_list(*columns):
        found[sheet_id].append(Adjusted(pk, points, veto, puts_right, tuple(key) if key[0] else None, is_error))
    return found


def adjust(sheets: Iterable[SheetOut], adjustments: Mapping[int, Sequence[Adjusted]]) -> None:
    """Put the adjustments, by the keys of sheets, to each of them."""
    for sheet in sheets:
        sheet.adjustments = adjustments.get(sheet.id or 0, ())


# --- Grading what is stored -----------------------------------------------------------------------------------------


@transaction.atomic
def grading(appraisal: Appraisal, /) -> list[SheetOut]:
    """
    Count bonus, deductions, total, grade and rank of all sheets anew, from what they hold and what was confirmed.

    No line is touched: this is what an adjustment asks for, after publication as well. A fixed number of statements.
    """
    sheets = stored(appraisal, with_lines=False)
    grade(sheets, Terms.read(appraisal.terms, wider_quota=appraisal.wider_quota))
    _update(sheets, GRADED)
    return sheets


def stored(appraisal: Appraisal, /, *, with_lines: bool = True) -> list[SheetOut]:
    """Return the sheets as they lie in the database, in the order of their keys."""
    columns = ("pk", "organ_id", "post_id", "person_id", "group", "accounts", "self_score", *COMPUTED, *GRADED)
    sheets = []
    for row in appraisal.sheets.order_by("pk").values(*columns):
        pk = row.pop("pk")
        sheets.append(SheetOut(id=pk, **row))
    by_id = {sheet.id: sheet for sheet in sheets}
    for sheet in sheets:
        sheet.lines, sheet.blocks, sheet.deductions = [], [], []
    own = {"sheet__appraisal": appraisal}
    for row in SheetBlock.objects.filter(**own).order_by("sheet_id", "pk").values("sheet_id", *BLOCK):
        by_id[row.pop("sheet_id")].blocks.append(BlockOut(**row))  # type: ignore[attr-defined]  # a list above
    models = {key: label for label, key in _content_types().items()}
    for row in SheetDeduction.objects.filter(**own).order_by("sheet_id", "pk").values("sheet_id", *_DEDUCTION):
        sheet = by_id[row.pop("sheet_id")]
        model = models.get(row.pop("content_type_id"), "")
        sheet.deductions.append(Event(model=model, **row))  # type: ignore[attr-defined]  # a list above
    if with_lines:
        for row in SheetLine.objects.filter(**own).order_by("sheet_id", "position").values("sheet_id", *LINE):
            by_id[row.pop("sheet_id")].lines.append(LineOut(**row))  # type: ignore[attr-defined]  # a list above
    adjust(sheets, adjustments_of(appraisal))
    return sheets


# --- Writing --------------------------------------------------------------------------------------------------------

BLOCK = ("code", "name", "weight", "applied_weight", "score", "is_left_out")
LINE = tuple(LineOut.__dataclass_fields__)
_DEDUCTION = ("kind", "cause", "points", "cap", "content_type_id", "object_id", "on", "text")
_TYPES = {
    **dict.fromkeys(("yellow_cards", "red_cards", "rank"), "integer"),
    **dict.fromkeys(("plan_id", "revision_id"), "bigint"),
    **dict.fromkeys(("blocks_total", "bonus", "put_right", "deducted", "computed_total", "total"), "numeric"),
    "is_vetoed": "boolean",
}


def _content_types() -> dict[str, int]:
    labels = (
        *(deductions.SANCTION, deductions.CARD, deductions.CASE, deductions.CORRECTION, deductions.LETTER),
        *(deductions.OWED, REPORT),
    )
    return {label: ContentType.objects.get_for_model(apps.get_model(label)).pk for label in labels}


def _replace(appraisal: Appraisal, sheets: Sequence[SheetOut]) -> None:
    """Put what was computed in the place of what the sheets had: three deletions, three copies, one change."""
    for model in (SheetLine, SheetBlock, SheetDeduction):
        # By their sheets: by a join Django would look each row up a second time.
        own = model._default_manager.filter(sheet__in=Sheet.objects.filter(appraisal=appraisal).values("pk"))
        own._raw_delete(own.db)
    types = _content_types()
    rows.put(
        SheetLine._meta.db_table,
        ("sheet_id", "position", *LINE),
        (
            rows.line((sheet.id, position, *(_cell(getattr(line, name)) for name in LINE)))
            for sheet in sheets
            for position, line in enumerate(sheet.lines, start=1)
        ),
    )
    rows.put(
        SheetBlock._meta.db_table,
        ("sheet_id", *BLOCK),
        (
            rows.line((sheet.id, *(getattr(block, name) for name in BLOCK)))
            for sheet in sheets
            for block in sheet.blocks
        ),
    )
    rows.put(
        SheetDeduction._meta.db_table,
        ("sheet_id", *_DEDUCTION),
        (rows.line((sheet.id, *_deduction(event, types))) for sheet in sheets for event in sheet.deductions),
    )
    _update(sheets, (*COMPUTED, *GRADED))


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value


def _deduction(event: Event, types: Mapping[str, int]) -> tuple[Any, ...]:
    content_type = types[event.model] if event.model else None
    return (
        *(str(event.kind), str(event.cause), event.points, str(event.cap), content_type, event.object_id),
        *(event.on, event.text),
    )


def _update(sheets: Sequence[SheetOut], columns: Sequence[str]) -> None:
    """Put columns of all sheets down in one statement."""
    given = [{"id": sheet.id} | {name: getattr(sheet, name) for name in columns} for sheet in sheets]
    typed = ", ".join(f'"{name}" {_TYPES.get(name, "text")}' for name in columns)
    changed = ", ".join(f'"{name}" = r."{name}"' for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {Sheet._meta.db_table} AS s SET {changed}"  # noqa: S608 - our own names
            f" FROM json_to_recordset(%s) AS r(id bigint, {typed}) WHERE s.id = r.id",
            [json.dumps(given, default=str)],
        )
