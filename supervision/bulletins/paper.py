"""A bulletin as PDF: A4 as official papers are set, heads of tables on each page, the same bytes each time."""

import io
from typing import Any

from django.utils import translation

from accountability.papers import layout
from accountability.papers.layout import WIDTH
from supervision.bulletins import reading, sections
from supervision.bulletins.reading import Content, Table

CHINESE = "zh-hans"
TITLE, HEADING, SMALL, BODY, CELL = 22, 14, 12, 12, 8.5
# The first column of a table has this part of the width at least.
FIRST = 0.24


def as_pdf(content: Content) -> bytes:
    """
    Return a bulletin as the bytes of a PDF, in Chinese.

    :raises FontsMissing: the fonts were not fetched
    """
    where = io.BytesIO()
    with layout.alone, translation.override(CHINESE):
        made = layout.document(where, title=str(content.bulletin), author=str(content.bulletin.office))
        made.build(_story(content))
    return where.getvalue()


def _story(content: Content) -> list[Any]:
    from reportlab.lib.enums import TA_CENTER
    from reportlab.platypus import CondPageBreak, Spacer

    bulletin = content.bulletin
    centred = layout.style(TITLE, TITLE * 1.5, alignment=TA_CENTER, bold=True)
    heading, small = layout.style(HEADING, HEADING * 1.7, bold=True), layout.style(SMALL, SMALL * 1.6, bold=True)
    body = layout.style(BODY, BODY * 1.7, firstLineIndent=2 * BODY)
    note = layout.style(CELL + 1, CELL * 1.8)
    story: list[Any] = [
        *layout.paragraphs([str(bulletin)], centred),
        *layout.paragraphs([str(bulletin.office)], layout.style(BODY, BODY * 1.8, alignment=TA_CENTER)),
        Spacer(0, BODY),
        layout.table(reading.head_facts(bulletin), [WIDTH * 0.24, WIDTH * 0.76], size=CELL + 1),
    ]
    for number, part in enumerate(sections.parts(content), start=1):
        story += [Spacer(0, BODY), CondPageBreak(6 * HEADING)]
        story += layout.paragraphs([f"{layout.numeral(number)}、{part.title}"], heading)
        story += layout.paragraphs(part.paragraphs, body)
        for table in part.tables:
            story.append(Spacer(0, BODY / 2))
            if table.title:
                story += [CondPageBreak(5 * HEADING), *layout.paragraphs([table.title], small)]
            story.append(layout.table(table.rows, _widths(table), size=CELL, head=table.head))
            story += layout.paragraphs([table.note] if table.note else [], note)
    return story


def _widths(table: Table) -> list[float]:
    """Return the widths of columns: those of words have more room than those of numbers."""
    words = table.numbers_from
    weights = [1.0 if place >= words else 0.6 if place == 0 and words > 1 else 2.4 for place in range(len(table.head))]
    if len(table.head) == 6 and words == 3:  # corrections end with words
        weights = [1.2, 1.6, 1.4, 0.8, 0.8, 2.0]
    return [WIDTH * each / sum(weights) for each in weights]
