"""A sheet as rows of a workbook, and as lines of a paper: the same words and numbers as its page has."""

from collections.abc import Iterator
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from efficiency.tables import Value
from targets.appraisal import names
from targets.appraisal.reading import BlockShown, Content
from targets.models import Sheet
from targets.scoring.numbers import rounded


def head() -> list[str]:
    """Return what stands above the columns of indicators."""
    return [
        pgettext("appraisal sheet", "Key"),
        pgettext("appraisal sheet", "Indicator"),
        pgettext("appraisal sheet", "Weight"),
        pgettext("appraisal sheet", "Target"),
        pgettext("appraisal sheet", "Actual"),
        pgettext("appraisal sheet", "Method"),
        pgettext("appraisal sheet", "Points"),
        pgettext("appraisal sheet", "Source"),
    ]


def head_of_adjustments() -> list[str]:
    """Return what stands above the columns of adjustments."""
    return [
        pgettext("appraisal sheet", "Adjustment"),
        pgettext("appraisal sheet", "Points"),
        pgettext("appraisal sheet", "Day"),
        pgettext("appraisal sheet", "Reason"),
    ]


def facts(sheet: Sheet, *, with_rank: bool) -> list[tuple[str, str]]:
    """Return what stands above everything: whose sheet it is, score, grade, and what made it so."""
    appraisal = sheet.appraisal
    found = [
        (pgettext("appraisal sheet", "Organ"), str(sheet.organ)),
        *([(pgettext("appraisal sheet", "Post"), sheet.post.name)] if sheet.post else []),
        (pgettext("appraisal sheet", "Period"), f"{appraisal.year} {appraisal.get_span_display()}"),
        (pgettext("appraisal sheet", "State"), str(appraisal.get_state_display())),
        (pgettext("appraisal sheet", "Self-score"), number(sheet.self_score)),
        (pgettext("appraisal sheet", "Bonus"), number(sheet.bonus)),
        *([(pgettext("appraisal sheet", "Put right"), number(sheet.put_right))] if sheet.put_right else []),
        (pgettext("appraisal sheet", "Deductions"), number(sheet.deducted)),
        (pgettext("appraisal sheet", "Score"), number(sheet.total)),
        (pgettext("appraisal sheet", "Grade"), sheet.get_grade_display() or "–"),
    ]
    if with_rank:
        found.append((pgettext("appraisal sheet", "Rank"), str(sheet.rank or "–")))
    return found


def number(value: Decimal | None) -> str:
    """Return a number in words: a dash where there is none."""
    return "–" if value is None else f"{value:f}"


def short(value: Decimal) -> str:
    """Return a weight in words: at most two decimals; 53.33 of 8 parts in 15."""
    return f"{rounded(value):f}".rstrip("0").rstrip(".")


def lines_of(block: BlockShown) -> list[list[str]]:
    """Return the indicators of a block as cells of text."""
    return [
        [
            line.key,
            f"└ {line.name}" if line.is_part else line.name,
            short(line.weight) if line.applied is None else f"{short(line.weight)} → {short(line.applied)}",
            line.target,
            line.actual,
            line.method,
            number(line.points),
            f"{line.source.label} {line.remark}".strip(),
        ]
        for line in block.lines
    ]


def heading(block: BlockShown) -> str:
    """Return what stands above a block: name, weight, score, and what it adds to the total."""
    named = {
        "code": block.code,
        "name": block.name,
        "weight": short(block.weight),
        "score": number(block.score),
        "points": number(block.points),
    }
    return _("%(code)s %(name)s: weight %(weight)s, score %(score)s, points %(points)s") % named


def workbook(sheet: Sheet, content: Content, *, with_rank: bool) -> Iterator[list[Value]]:
    """Yield the sheet as rows: what stands above, each block with its indicators, what was taken off or limits it."""
    yield [names.of_sheet(sheet)]
    for label, value in facts(sheet, with_rank=with_rank):
        yield [label, value]
    if content.cap_reason:
        yield [pgettext("appraisal sheet", "Why the grade is lower"), content.cap_reason]
    for words in content.no_commendation:
        yield [pgettext("appraisal sheet", "Commendation"), words]
    yield []
    yield [pgettext("appraisal sheet", "Block"), *head()]
    for block in content.blocks:
        yield [block.code, "", block.name, block.weight, "", "", "", block.points, ""]
        for line, cells in zip(block.lines, lines_of(block), strict=True):
            yield [block.code, *cells[:2], line.weight, *cells[3:6], line.points, cells[7]]
    if content.deductions:
        yield []
        yield [
            pgettext("appraisal sheet", "Effect"),
            pgettext("appraisal sheet", "Cause"),
            pgettext("appraisal sheet", "Points off"),
            pgettext("appraisal sheet", "Grade at most"),
            pgettext("appraisal sheet", "Day"),
            pgettext("appraisal sheet", "Source"),
        ]
        for each in content.deductions:
            yield [each.effect, each.cause, each.points, each.cap, each.on, each.source.label]
    if content.adjustments:
        yield []
        yield [*head_of_adjustments()]
        for row in content.adjustments:
            yield [row.what, row.points or None, row.on, row.reason]
