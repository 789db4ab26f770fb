"""The overview as PDF: A4 across, a block on each page, with filters, cut-off and what the figures mean."""

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accountability.papers import layout
from accountability.papers.layout import MM
from supervision.desk.asked import Asked
from supervision.desk.exporting import head
from supervision.figures.tables import Table

ACROSS, DOWN, MARGIN = 297 * MM, 210 * MM, 15 * MM
WIDTH = ACROSS - 2 * MARGIN
TITLE, HEADING, BODY, NOTE = 18, 14, 10, 8


def as_pdf(tables: Sequence[Table], asked: Asked) -> bytes:
    """
    Return the tables as the bytes of a PDF, each on a page of its own.

    :raises FontsMissing: the fonts were not fetched
    """
    where = io.BytesIO()
    with layout.alone:
        oldest = min((table.as_of for table in tables if table.as_of), default=asked.at)
        _document(where, asked, oldest).build(_story(tables, asked))
    return where.getvalue()


def _document(where: Any, asked: Asked, oldest: datetime) -> Any:
    from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate

    fonts = layout.fonts()

    def decorate(canvas: Any, made: Any) -> None:
        canvas.setCatalogEntry("Lang", "zh-CN")
        canvas.setFont(fonts.regular, NOTE)
        canvas.drawString(MARGIN, 8 * MM, layout.printable(_stamp(asked, oldest)))
        canvas.drawRightString(ACROSS - MARGIN, 8 * MM, str(made.page))

    made = BaseDocTemplate(where, pagesize=(ACROSS, DOWN), title=_title(), invariant=1)
    frame = Frame(MARGIN, MARGIN, WIDTH, DOWN - 2 * MARGIN, 0, 0, 0, 0)
    made.addPageTemplates(PageTemplate(frames=[frame], onPage=decorate))
    return made


def _title() -> str:
    return _("Overview of administrative efficiency")


def _stamp(asked: Asked, oldest: datetime) -> str:
    return _("%(title)s · %(period)s · counted until %(moment)s") % {
        "title": _title(),
        "period": asked.period.words,
        "moment": f"{timezone.localtime(oldest):%Y-%m-%d %H:%M}",
    }


def _story(tables: Sequence[Table], asked: Asked) -> list[Any]:
    from reportlab.platypus import PageBreak, Spacer

    heading = layout.style(HEADING, HEADING * 1.6, bold=True)
    note = layout.style(NOTE, NOTE * 1.6)
    story: list[Any] = layout.paragraphs([_title()], layout.style(TITLE, TITLE * 1.6, bold=True))
    for number, table in enumerate(tables):
        if number:
            story.append(PageBreak())
        story += layout.paragraphs([table.title], heading)
        above = head(table.title, asked, table.definitions, cut=table.cut, as_of=table.as_of)
        lines = [[_text(cell) for cell in line] for line in above if line][1:]
        story += layout.paragraphs([pgettext("between label and text", ": ").join(line) for line in lines], note)
        story.append(Spacer(0, BODY))
        story += _table(table, table.rows)
        if table.apart:
            story += layout.paragraphs([table.apart_title], heading)
            story += _table(table, table.apart)
    return story


def _table(table: Table, rows: Sequence[Any]) -> list[Any]:
    if not rows:
        return layout.paragraphs([_("Nothing under these conditions")], layout.style(BODY, BODY * 1.6))
    parts = [2 if not each.is_number else 1 for each in table.head]
    widths = [WIDTH * part / sum(parts) for part in parts]
    cells = [[cell.text for cell in row] for row in rows]
    return [layout.table(cells, widths, size=BODY, head=[each.label for each in table.head])]


def _text(value: Any) -> str:
    return f"{value:%Y-%m-%d %H:%M}" if hasattr(value, "hour") else str(value)
