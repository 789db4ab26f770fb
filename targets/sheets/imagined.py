"""
A computed appraisal as ``targets.scoring.what_if`` takes it: read from its sheets, never written (docs/domain.md 8.8).

Five statements, however many sheets there are. What an indicator was scored by follows from its line; where that does
not give the stored score again, the sheet says so (``Imagined.is_same``) instead of showing a wrong difference.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet

from accountability.cards.score import scores_of_months
from accountability.faults.effects import RED_IN_YEAR
from efficiency import patience
from targets.appraisal import lifting
from targets.appraisal.computing import LATE
from targets.appraisal.deductions import Event
from targets.appraisal.enums import DeductionCause, DeductionKind, Subject
from targets.appraisal.grading import VETOED, Terms, counting, red_cards_lifted
from targets.measures import limits
from targets.measures.accountability import means, months_of
from targets.measures.registry import Key, Window
from targets.models import Appraisal, Sheet, SheetBlock, SheetDeduction, SheetLine
from targets.plans import spans
from targets.scoring.blocks import exact
from targets.scoring.grades import OrganGrade
from targets.scoring.methods import BY_DAYS, Method, Result
from targets.scoring.numbers import NOUGHT
from targets.scoring.totals import BlockIn, Line
from targets.scoring.what_if import Appraised, Assumptions, Compared, Rules, Taken, compare

# Points by hand, as a cause beside those of events.
BY_HAND = "by_hand"
MONITORING = "monitoring"
# Why a line has no points though it has a weight (``SheetLine.remark``): reported, and not so that it counts.
NOT_ACHIEVED = ("no_report", "unproved")


@dataclass(frozen=True, slots=True)
class Imagined:
    """A sheet as it was and as it would have been; ``is_same``: the rules give what is stored."""

    sheet: Sheet
    found: Compared
    is_same: bool


@dataclass(frozen=True, slots=True)
class Loaded:
    """Sheets with what stands on them, and the same as the rules take it."""

    sheets: Sequence[Sheet]
    lines: Sequence[SheetLine]
    blocks: Mapping[int, Sequence[SheetBlock]]
    everybody: Sequence[Appraised]

    def lines_of(self, sheet: Sheet | None) -> list[SheetLine]:
        """Return the lines of one sheet; none of none."""
        return [line for line in self.lines if sheet is not None and line.sheet_id == sheet.pk]

    def blocks_of(self, sheet: Sheet | None) -> Sequence[SheetBlock]:
        """Return the blocks of a sheet, or of the first that has any."""
        if sheet is not None and self.blocks.get(sheet.pk):
            return self.blocks[sheet.pk]
        return next((blocks for blocks in self.blocks.values() if blocks), [])


def rules_of(appraisal: Appraisal) -> Rules:
    """Return what an appraisal was decided by."""
    terms = Terms.read(appraisal.terms, wider_quota=appraisal.wider_quota)
    if appraisal.subject == Subject.POST:
        return Rules(terms.people, terms.person_share, 0, dict(terms.points))
    return Rules(terms.organs, terms.share, terms.least, dict(terms.points))


def load(rows: "QuerySet[Sheet]") -> Loaded:
    """Return sheets as the rules take them, in their order: whole groups, for whoever is left out takes no place."""
    sheets = list(rows)
    keys = [sheet.pk for sheet in sheets]
    found = SheetLine.objects.filter(sheet__in=keys).select_related("indicator").order_by("sheet_id", "position")
    # A veto weighs nothing and gives nothing.
    listed = [line for line in found if line.weight]
    lines: dict[tuple[int, str], list[SheetLine]] = defaultdict(list)
    for line in listed:
        lines[line.sheet_id, line.block].append(line)
    blocks: dict[int, list[SheetBlock]] = defaultdict(list)
    for block in SheetBlock.objects.filter(sheet__in=keys).order_by("sheet_id", "code"):
        blocks[block.sheet_id].append(block)
    events: dict[int, list[Event]] = defaultdict(list)
    caps: dict[int, list[str]] = defaultdict(list)
    lifted_red: Counter[int] = Counter()
    for sheet, counts, red in _counting(sheets):
        events[sheet.pk] = [event for event in counts if event.kind == DeductionKind.POINTS]
        beside = (event for event in counts if event.kind != DeductionKind.POINTS)
        caps[sheet.pk] = [str(event.cap) for event in beside if event.cause != DeductionCause.RED_CARDS]
        lifted_red[sheet.pk] = red
    everybody = [
        Appraised(
            key=sheet.pk,
            group=sheet.organ_id if sheet.post_id else sheet.group,
            blocks=[
                BlockIn(block.code, block.weight, _lines(block.code, lines[sheet.pk, block.code]))
                for block in blocks[sheet.pk]
            ],
            bonus=sheet.bonus,
            put_right=sheet.put_right,
            taken=_taken(sheet, events[sheet.pk]),
            cap=sheet.cap or None,
            cap_beside_red=None if sheet.post_id else _lowest(caps[sheet.pk], is_vetoed=sheet.is_vetoed),
            is_vetoed=sheet.is_vetoed and not sheet.post_id,
            red=sheet.red_cards - lifted_red[sheet.pk],
            yellow=sheet.yellow_cards,
            person=sheet.person_key,
        )
        for sheet in sheets
    ]
    return Loaded(sheets, listed, blocks, everybody)


def _lowest(caps: Sequence[str], *, is_vetoed: bool) -> str | None:
    """Return the lowest cap of an organ; a veto, also one by hand, leaves it at most qualified."""
    order = [grade.value for grade in OrganGrade]
    found = [*caps, VETOED[False]] if is_vetoed else caps
    return max((cap for cap in found if cap in order), key=order.index, default=None)


def _counting(sheets: Sequence[Sheet]) -> Iterator[tuple[Sheet, list[Event], int]]:
    """Yield of each sheet the events of the records that count, and how many red cards are lifted; two statements."""
    keys = [sheet.pk for sheet in sheets]
    rows: dict[int, list[Event]] = defaultdict(list)
    found = SheetDeduction.objects.filter(sheet__in=keys).select_related("content_type").order_by("sheet_id", "pk")
    for row in found:
        kind, cause = DeductionKind(row.kind), DeductionCause(row.cause)
        _cause, model, key, text = lifting.key_of(row)
        rows[row.sheet_id].append(Event(kind, cause, row.points, row.cap, model, key, row.on, text))
    lifted = lifting.lifted_of(keys)
    for sheet in sheets:
        gone, events = lifted.get(sheet.pk, set()), rows[sheet.pk]
        counts = counting(events, gone, is_person=sheet.post_id is not None)
        yield sheet, counts, red_cards_lifted(events, gone)


def _taken(sheet: Sheet, events: Sequence[Event]) -> list[Taken]:
    found = [Taken(event.cause, event.points) for event in events]
    rest = sheet.deducted - sum((event.points for event in events), NOUGHT)
    return [*found, Taken(BY_HAND, rest)] if rest > 0 else found


def _lines(code: str, lines: Sequence[SheetLine]) -> list[Line]:
    wholes = [line for line in lines if not line.part_of]
    weights = exact(code, [(line.measure, line.weight) for line in wholes])
    parts: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if line.part_of:
            parts[line.part_of].append(Line(line.key, line.weight, line.method, _result(line), line.terms))
    return [
        Line(line.key, weight, line.method, _result(line), line.terms, parts.get(line.key, ()))
        for line, weight in zip(wholes, weights, strict=True)
    ]


def _result(line: SheetLine) -> Result:
    """Return what a line was scored by, as far as it says so; what was left out had nothing to measure."""
    if line.remark in NOT_ACHIEVED and not line.left_out:
        return Result(is_unproved=True)
    indicator = line.indicator
    result = Result(
        actual=line.actual,
        target=line.target,
        events=None if line.actual is None else int(line.actual),
        done=None if line.actual is None else bool(line.actual),
        baseline=indicator.baseline if indicator else None,
        challenge=indicator.challenge if indicator else None,
    )
    if line.method not in BY_DAYS or line.left_out or not line.denominator:
        return result
    on_time = int(line.numerator or 0)
    return replace(result, planned=int(line.denominator), on_time=on_time, late=_late(line, on_time))


def _late(line: SheetLine, on_time: int) -> int:
    """
    Return how many milestones were late but done: the line has planned ones, those on time, and the points.

    Of what had to be done by one day it says so itself, as the points for what was late may be any share.
    """
    if line.method == Method.DEADLINE:
        return int(line.remark == LATE)
    if not line.applied_weight or line.points is None or not line.denominator:
        return 0
    reached = line.points / line.applied_weight * line.denominator
    return max(0, round(2 * (reached - on_time)))


def imagine(
    appraisal: Appraisal, loaded: Loaded, imagined: Assumptions, cards: Mapping[Hashable, tuple[int, int]] | None = None
) -> list[Imagined]:
    """
    Return sheets as they were and as they would have been, in their order.

    :param cards: yellow and red cards by the key of the sheet, where they would have been others (``cards_with``)
    """
    if cards:
        rules = imagined.rules or rules_of(appraisal)
        # The limit of red cards follows from how many there would have been.
        limit = RED_IN_YEAR if rules.red_cards is None else rules.red_cards
        imagined = replace(imagined, rules=replace(rules, red_cards=limit), cards=cards)
    found = compare(loaded.everybody, rules_of(appraisal), imagined)
    return [Imagined(sheet, each, _is_same(sheet, each)) for sheet, each in zip(loaded.sheets, found, strict=True)]


def _is_same(sheet: Sheet, each: Compared) -> bool:
    before = each.before
    return before.score == sheet.total and str(before.grade or "") == sheet.grade and before.rank == sheet.rank


# What a figure would have been, by the key of the sheet and the name of the figure; None: there would be none.
Figures = Mapping[tuple[int, str], Decimal | None]


@transaction.atomic
def figures_with(
    appraisal: Appraisal, loaded: Loaded, points: Mapping[str, int], imagined: limits.Limits
) -> dict[tuple[int, str], Decimal | None]:
    """
    Return the figures of the sheets that would have been others: one statement for each that is touched.

    :param points: of cards by colour; they are what the monthly scores follow from
    :param imagined: limits of promises, by which those are judged anew that the figures in time count, and the cards
        that follow
    """
    patience.for_this_transaction()
    monitoring = monitoring_with(appraisal, loaded, points, imagined)
    found: dict[tuple[int, str], Decimal | None] = {
        (sheet.pk, MONITORING): monitoring[sheet.organ_id] for sheet in loaded.sheets if sheet.organ_id in monitoring
    }
    since, until = spans.bounds(appraisal.year, appraisal.span)
    is_of_posts = appraisal.subject == Subject.POST
    whose = {sheet.pk: sheet.post_id if is_of_posts else sheet.organ_id for sheet in loaded.sheets}
    asked: dict[str, set[int]] = defaultdict(set)
    for line in loaded.lines:
        place = whose[line.sheet_id]
        if place is not None and (imagined.touches(line.measure) or (imagined and line.measure in limits.CARDS)):
            asked[line.measure].add(line.sheet_id)
    for name, sheets in sorted(asked.items()):
        ids = sorted({place for sheet in sheets if (place := whose[sheet]) is not None})
        key = Key.POST if is_of_posts else Key.ORGAN
        ask = limits.card_figures if name in limits.CARDS else limits.figures
        given = ask(name, key, ids, imagined, since=since, until=until, as_of=appraisal.as_of)
        for sheet in sheets:
            if (place := whose[sheet]) is not None:
                found[sheet, name] = given[place].value
    return found


def monitoring_with(
    appraisal: Appraisal, loaded: Loaded, points: Mapping[str, int], imagined: limits.Limits | None = None
) -> dict[int, Decimal]:
    """
    Return the mean of the monthly scores of the organs had cards cost other points, or promises had other limits.

    One statement, none where nothing of it is imagined.

    :param points: by colour, ``yellow`` and ``red``; empty: as they were issued
    """
    if not points and not imagined:
        return {}
    since, until = spans.bounds(appraisal.year, appraisal.span)
    months = months_of(Window(since, until, appraisal.as_of))
    organs = {sheet.organ_id for sheet in loaded.sheets}
    instead = limits.judged(imagined) if imagined else None
    found = scores_of_months(months, organ_ids=organs, as_of=appraisal.as_of, points=points, instead=instead)
    return {organ: mean.value for organ, mean in means(found, organs).items() if mean.value is not None}


@transaction.atomic
def cards_with(appraisal: Appraisal, loaded: Loaded, imagined: limits.Limits) -> dict[Hashable, tuple[int, int]]:
    """
    Return yellow and red cards of the sheets of organs under imagined limits, by their keys; two statements at most.

    Those of people stay as they were: who would have answered for a card that nobody got is nobody's to say.
    """
    if not imagined or appraisal.subject == Subject.POST:
        return {}
    patience.for_this_transaction()
    since, until = spans.bounds(appraisal.year, appraisal.span)
    organs = sorted({sheet.organ_id for sheet in loaded.sheets})
    yellow, red = (
        limits.card_figures(name, Key.ORGAN, organs, imagined, since=since, until=until, as_of=appraisal.as_of)
        for name in ("cards_yellow", "cards_red")
    )
    lifted = {each.key: sheet.red_cards - each.red for sheet, each in zip(loaded.sheets, loaded.everybody, strict=True)}
    return {
        sheet.pk: (int(yellow[sheet.organ_id].value or 0), int(red[sheet.organ_id].value or 0) - lifted[sheet.pk])
        for sheet in loaded.sheets
        if sheet.organ_id in yellow
    }
