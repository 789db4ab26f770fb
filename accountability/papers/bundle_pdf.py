"""A bundle as PDF: a title page with the contents, then every part."""

import io
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from accountability.papers import layout
from accountability.papers.bundles import Part
from accountability.papers.layout import GREY, HEIGHT, LEFT, MM, TOP, WIDTH

BODY, LINE, CELL = 12, 20, 10.5
# So much has to be left of a page below a title.
ROOM = 6 * LINE


def as_pdf(parts: Sequence[Part], files: Sequence[Sequence[str]], *, label: str, at: datetime) -> bytes:
    """
    Return the parts as one PDF.

    :param files: for each part the names under which its files lie in the ZIP
    :raises FontsMissing: the fonts were not fetched
    """
    where = io.BytesIO()
    with layout.alone:
        made = layout.document(where, title=f"证据材料 {label}", author="", on_page=lambda canvas: _head(canvas, label))
        # The contents know the pages once all parts are set: reportlab sets them twice or thrice.
        made.afterFlowable = lambda flowable: _note(made, flowable)
        made.multiBuild(_story(parts, files, label, at))
    return where.getvalue()


def _head(canvas: Any, label: str) -> None:
    canvas.setFont(layout.fonts().regular, 9)
    canvas.setFillColor(GREY)
    text = layout.printable(f"证据材料  {label}")
    canvas.drawString(LEFT, 297 * MM - TOP + 8, text)


def _note(made: Any, flowable: Any) -> None:
    """Tell the contents on which page a part begins."""
    if (title := getattr(flowable, "part_title", None)) is not None:
        made.notify("TOCEntry", (0, layout.marked(title), made.page))


def _story(parts: Sequence[Part], files: Sequence[Sequence[str]], label: str, at: datetime) -> list[Any]:
    from reportlab.lib.enums import TA_CENTER
    from reportlab.platypus import CondPageBreak, PageBreak, Spacer
    from reportlab.platypus.tableofcontents import TableOfContents

    centred = layout.style(22, 33, alignment=TA_CENTER, bold=True)
    small = layout.style(BODY, LINE, alignment=TA_CENTER)
    contents = TableOfContents(
        levelStyles=[layout.style(BODY, LINE * 1.2, rightIndent=3 * BODY)], dotsMinLevel=0, notifyKind="TOCEntry"
    )
    contents.tableStyle = _plain()
    story: list[Any] = [
        *layout.paragraphs(["证据材料"], centred),
        *layout.paragraphs([label, f"制作时间 {timezone.localtime(at):%Y-%m-%d %H:%M:%S}"], small),
        Spacer(0, LINE),
        *layout.paragraphs(["目录"], layout.style(BODY + 2, LINE * 1.4, bold=True)),
        contents,
    ]
    for number, (part, names) in enumerate(zip(parts, files, strict=True), start=1):
        # A short part goes on where the one before ended; one that would begin near the foot begins on a new page.
        story += [PageBreak() if number == 1 else CondPageBreak(HEIGHT / 3), *_part(part, number, names)]
    return story


def _plain() -> Any:
    from reportlab.platypus import TableStyle

    return TableStyle([("LEFTPADDING", (0, 0), (-1, -1), 0), ("RIGHTPADDING", (0, 0), (-1, -1), 0)])


def _part(part: Part, number: int, names: Sequence[str]) -> list[Any]:
    from reportlab.platypus import CondPageBreak, Paragraph, Spacer

    title = f"{layout.numeral(number)}、{part.title}"
    heading = Paragraph(layout.marked(title), layout.style(16, 26, bold=True))
    heading.part_title = title
    story: list[Any] = [heading, Spacer(0, LINE / 2)]
    if part.rows:
        labels = max(layout.width_of(layout.printable(each), CELL) for each, _value in part.rows)
        first = min(labels + 9, 9 * CELL)
        story += [layout.table(part.rows, [first, WIDTH - first], size=CELL), Spacer(0, LINE / 2)]
    story += layout.paragraphs(part.paragraphs, layout.style(BODY, LINE, firstLineIndent=2 * BODY))
    strong = layout.style(BODY, LINE * 1.2, bold=True)
    for table in part.tables:
        # A title stands by its table; kept together as a whole a long table would leave a page empty.
        story += [CondPageBreak(ROOM), *layout.paragraphs([table.title], strong)]
        if table.rows:
            widths = _widths(table.head, table.rows)
            story += [layout.table(table.rows, widths, size=CELL, head=table.head), Spacer(0, LINE / 2)]
        else:
            story += layout.paragraphs(["（无）"], layout.style(BODY, LINE))
    if names:
        listed = [f"{file.label}：{name}" for file, name in zip(part.files, names, strict=True)]
        story += layout.paragraphs(["压缩包内的文件"], strong)
        story += layout.paragraphs(listed, layout.style(CELL, CELL * 1.5))
    return [*story, Spacer(0, LINE)]


# What a line is not broken in: a day, a number, a word.
_WORD = re.compile(r"[!-~]+")


def _widths(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[float]:
    """
    Return widths that fill the line: each column gets what its cells ask for, where there is room for it.

    Where there is not, no column gets less than its longest word of Latin letters and digits, so that a day or a number
    is never broken; what is left is shared by what the columns ask for beyond that.
    """
    wanted, least = [], []
    for place, title in enumerate(head):
        cells = [layout.printable(cell or " ") for cell in (title, *(row[place] for row in rows[:200]))]
        longest = max(layout.width_of(line, CELL) for cell in cells for line in cell.split("\n"))
        word = max((layout.width_of(found, CELL) for cell in cells for found in _WORD.findall(cell)), default=0)
        wanted.append(max(4 * CELL, min(longest, 24 * CELL)) + 9)
        least.append(max(2 * CELL, min(word, 12 * CELL)) + 9)
    over = sum(wanted) - WIDTH
    if over <= 0:
        wanted[-1] -= over
        return wanted
    room = WIDTH - sum(least)
    if room <= 0:
        return [width * WIDTH / sum(least) for width in least]
    more = [want - width for want, width in zip(wanted, least, strict=True)]
    return [width + room * extra / sum(more) for width, extra in zip(least, more, strict=True)]
