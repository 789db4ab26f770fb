"""A sheet as PDF: A4 as official papers are set, every row of it, the same bytes for the same content."""

import io
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accountability.papers import layout
from accountability.papers.layout import WIDTH
from targets.appraisal import names
from targets.appraisal.reading import Content
from targets.models import Sheet
from targets.sheets import rows
from targets.sheets.rows import number

TITLE, HEADING, BODY = 18, 12, 9
# Parts of the width for the columns of indicators: key, name, weight, target, actual, method, points, source.
COLUMNS = (0.07, 0.22, 0.11, 0.11, 0.11, 0.14, 0.09, 0.15)
DEDUCTIONS = (0.15, 0.3, 0.1, 0.15, 0.14, 0.16)
ADJUSTMENTS = (0.25, 0.1, 0.14, 0.51)


def as_pdf(sheet: Sheet, content: Content, *, with_rank: bool) -> bytes:
    """
    Return a sheet as the bytes of a PDF.

    :param with_rank: whether the reader may know the rank
    :raises FontsMissing: the fonts were not fetched
    """
    where = io.BytesIO()
    with layout.alone:
        made = layout.document(where, title=names.of_sheet(sheet), author=str(sheet.appraisal.office))
        made.build(_story(sheet, content, with_rank))
    return where.getvalue()


def _story(sheet: Sheet, content: Content, with_rank: bool) -> list[Any]:
    from reportlab.lib.enums import TA_CENTER
    from reportlab.platypus import CondPageBreak, Spacer

    centred = layout.style(TITLE, TITLE * 1.5, alignment=TA_CENTER, bold=True)
    heading = layout.style(HEADING, HEADING * 1.6, bold=True)
    story: list[Any] = [
        *layout.paragraphs([_("Appraisal sheet")], centred),
        *layout.paragraphs([names.of_sheet(sheet)], layout.style(HEADING, HEADING * 1.6, alignment=TA_CENTER)),
        Spacer(0, BODY),
        layout.table(rows.facts(sheet, with_rank=with_rank), [WIDTH * 0.3, WIDTH * 0.7], size=BODY + 1),
    ]
    if content.cap_reason:
        story += layout.paragraphs(
            [_("Why the grade is lower than the score: %(reason)s") % {"reason": content.cap_reason}],
            layout.style(BODY + 1, BODY * 1.8),
        )
    story += layout.paragraphs(content.no_commendation, layout.style(BODY + 1, BODY * 1.8))
    for block in content.blocks:
        story += [Spacer(0, BODY), CondPageBreak(6 * HEADING), *layout.paragraphs([rows.heading(block)], heading)]
        if block.lines:
            story.append(
                layout.table(rows.lines_of(block), [WIDTH * part for part in COLUMNS], size=BODY, head=rows.head())
            )
    if content.deductions:
        story += [Spacer(0, BODY), CondPageBreak(6 * HEADING)]
        story += layout.paragraphs([_("Deductions, limits of the grade, vetoes")], heading)
        story.append(
            layout.table(
                [
                    [
                        each.effect,
                        each.cause,
                        number(each.points) if each.points else "–",
                        each.cap or "–",
                        each.on.isoformat() if each.on else "–",
                        each.source.label or "–",
                    ]
                    for each in content.deductions
                ],
                [WIDTH * part for part in DEDUCTIONS],
                size=BODY,
                head=[
                    pgettext("appraisal sheet", "Effect"),
                    pgettext("appraisal sheet", "Cause"),
                    pgettext("appraisal sheet", "Points off"),
                    pgettext("appraisal sheet", "Grade at most"),
                    pgettext("appraisal sheet", "Day"),
                    pgettext("appraisal sheet", "Source"),
                ],
            )
        )
    if content.adjustments:
        story += [Spacer(0, BODY), CondPageBreak(6 * HEADING)]
        story += layout.paragraphs([_("Adjustments by two persons")], heading)
        story.append(
            layout.table(
                [
                    [
                        each.what,
                        f"{each.points:+f}" if each.points else "–",
                        each.on.isoformat() if each.on else "–",
                        each.reason,
                    ]
                    for each in content.adjustments
                ],
                [WIDTH * part for part in ADJUSTMENTS],
                size=BODY,
                head=rows.head_of_adjustments(),
            )
        )
    return story
