"""
How papers are set: A4 after GB/T 9704-2012, in Noto Serif SC, every character that the font has not named in its place.

Reportlab takes a third of a second to be loaded and the fonts two thirds, in the few processes that print: so nothing
here is loaded before the first paper is.
"""

import threading
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import structlog
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from efficiency.refusals import Refused

log = structlog.get_logger(__name__)

FOLDER = Path("node_modules") / "@expo-google-fonts" / "noto-serif-sc"
FONTS = {
    "Serif": FOLDER / "400Regular" / "NotoSerifSC_400Regular.ttf",
    "SerifBold": FOLDER / "600SemiBold" / "NotoSerifSC_600SemiBold.ttf",
}
MM = 72 / 25.4
# The page of GB/T 9704: 37 mm above, 28 mm at the binding, and a field of 156 by 225 mm.
LEFT, TOP, WIDTH, HEIGHT = 28 * MM, 37 * MM, 156 * MM, 225 * MM
# The red of a head, and the grey of what only helps.
RED, GREY = "#d7000f", "#8c8c8c"
# A cell of more lines goes on in the next row: a row taller than a page could not be set at all.
MOST_LINES = 24
# ReportLab reads paragraphs with one parser for the whole process: two threads would mix up their papers.
alone = threading.RLock()
NUMERALS = "一二三四五六七八九十"


class FontsMissing(Refused):
    """The fonts were not fetched: ``make setup`` does that. Which ones stands in the log, as at the start."""

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__(_("Papers cannot be printed at the moment: the fonts are missing on the server."))
        log.error("fonts_missing", missing=list(missing))


@dataclass(frozen=True, slots=True)
class Fonts:
    """The two weights as reportlab knows them, and the characters that both of them have."""

    regular: str
    bold: str
    characters: frozenset[int]


def missing_fonts() -> list[str]:
    """Return the paths of fonts that are not there, for the check at the start."""
    return [str(path) for path in FONTS.values() if not (Path(settings.BASE_DIR) / path).is_file()]


@lru_cache(maxsize=1)
def fonts() -> Fonts:
    """
    Return the fonts, read once in a process.

    :raises FontsMissing: they were not fetched
    """
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    if missing := missing_fonts():
        raise FontsMissing(missing)
    known: list[frozenset[int]] = []
    for name, path in FONTS.items():
        font = TTFont(name, str(Path(settings.BASE_DIR) / path))
        pdfmetrics.registerFont(font)
        known.append(frozenset(font.face.charToGlyph))
    return Fonts("Serif", "SerifBold", known[0] & known[1])


def printable(text: str) -> str:
    """
    Return the text as it can be set: a character that the fonts have not stands there by its number, 〔U+20BB7〕.

    Nothing disappears: a rare character of a name is seen to be missing. Tabs become blanks, ends of lines stay.
    """
    characters = fonts().characters
    done = []
    for char in unicodedata.normalize("NFC", str(text).replace("\r\n", "\n").replace("\r", "\n")):
        if char == "\n" or (ord(char) in characters and not unicodedata.category(char).startswith("C")):
            done.append(char)
        elif char == "\t":
            done.append(" ")
        else:
            done.append(f"〔U+{ord(char):04X}〕")
    return "".join(done)


def marked(text: str) -> str:
    """Return the text for a paragraph of reportlab, which reads tags: lines end where they ended."""
    return escape(printable(text)).replace("\n", "<br/>")


def style(size: float, leading: float, **more: Any) -> Any:
    """Return the style of paragraphs of ``size`` points; lines break between any two Chinese characters."""
    from reportlab.lib.styles import ParagraphStyle

    bold = more.pop("bold", False)
    font = fonts().bold if bold else fonts().regular
    name = f"{size}-{leading}-{bold}-{sorted(more.items())}"
    return ParagraphStyle(name, fontName=font, fontSize=size, leading=leading, wordWrap="CJK", **more)


def paragraphs(texts: Iterable[str], of: Any) -> list[Any]:
    """Return a paragraph for each line of the texts: a text of many pages is set and split line by line."""
    from reportlab.platypus import Paragraph

    return [Paragraph(marked(line), of) for text in texts for line in str(text).splitlines() if line.strip()]


def table(rows: Sequence[Sequence[str]], widths: Sequence[float], *, size: float, head: Sequence[str] = ()) -> Any:
    """Return rows as a table with thin lines that goes on over pages; ``head`` stands on each of them."""
    from reportlab.lib.colors import HexColor
    from reportlab.platypus import LongTable, Paragraph

    plain, strong = style(size, size * 1.4), style(size, size * 1.4, bold=True)
    cells = [[Paragraph(marked(cell), strong) for cell in head]] if head else []
    # Between the lines of a table no character is wider than the size of the font.
    rooms = [max(1, int((width - 9) / size)) for width in widths]
    for row in rows:
        for part in _in_pieces(row, rooms):
            cells.append([Paragraph(marked(cell), plain) for cell in part])
    black = HexColor("#000000")
    lines = [
        ("GRID", (0, 0), (-1, -1), 0.5, black),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 4),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ("TOPPADDING", (0, 0), (-1, -1), 3),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
    ]
    if head:
        lines.append(("BACKGROUND", (0, 0), (-1, 0), HexColor("#eeeeee")))
    return LongTable(cells, colWidths=list(widths), style=lines, repeatRows=1 if head else 0, hAlign="LEFT")


def _in_pieces(row: Sequence[str], rooms: Sequence[int]) -> list[list[str]]:
    """Return a row as rows that each fit a page: a long cell goes on below itself; ``rooms``: characters of a line."""
    pieces = [_cut(printable(cell), room) for cell, room in zip(row, rooms, strict=True)]
    longest = max(map(len, pieces), default=1)
    return [[piece[place] if place < len(piece) else "" for piece in pieces] for place in range(longest)]


def _cut(text: str, room: int) -> list[str]:
    """Return a text in pieces of at most ``MOST_LINES`` lines of ``room`` characters."""
    lines = [line[place : place + room] for line in text.split("\n") for place in range(0, max(len(line), 1), room)]
    ends = _ends_of_lines(text, room)
    pieces = []
    for begin in range(0, len(lines), MOST_LINES):
        piece = "".join(
            line + ("\n" if end else "")
            for line, end in zip(lines[begin : begin + MOST_LINES], ends[begin : begin + MOST_LINES], strict=True)
        )
        pieces.append(piece.removesuffix("\n"))
    return pieces


def _ends_of_lines(text: str, room: int) -> list[bool]:
    """Say of each line that ``_cut`` makes whether the text itself ends a line there."""
    ends: list[bool] = []
    for line in text.split("\n"):
        count = max(1, -(-len(line) // room))
        ends += [*[False] * (count - 1), True]
    return ends


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """Return how wide a text is in points."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    return float(stringWidth(text, fonts().bold if bold else fonts().regular, size))


def numeral(number: int) -> str:
    """Return a number of a heading as official papers write it, up to 99: 十二."""
    tens, ones = divmod(number, 10)
    if not 0 < number < 100:
        return str(number)
    return ("" if tens == 0 else "十" if tens == 1 else NUMERALS[tens - 1] + "十") + (
        NUMERALS[ones - 1] if ones else ""
    )


def page_number(canvas: Any, number: int) -> None:
    """Draw — 1 — below the field: at the right on odd pages, at the left on even ones."""
    text, size = f"— {number} —", 14
    canvas.setFont(fonts().regular, size)
    canvas.setFillColor("#000000")
    y = 297 * MM - TOP - HEIGHT - 7 * MM - size
    if number % 2:
        canvas.drawRightString(LEFT + WIDTH - size, y, text)
    else:
        canvas.drawString(LEFT + size, y, text)


def document(where: Any, *, title: str, author: str, on_page: Any = None) -> Any:
    """
    Return an empty document of the format whose bytes depend on what is set alone: no clock, no chance.

    :param on_page: called with the canvas of each page, besides its number
    """
    from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate

    def decorate(canvas: Any, made: Any) -> None:
        canvas.setCatalogEntry("Lang", "zh-CN")
        page_number(canvas, made.page)
        if on_page is not None:
            on_page(canvas)

    bottom = 297 * MM - TOP - HEIGHT
    frame = Frame(LEFT, bottom, WIDTH, HEIGHT, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)
    made = BaseDocTemplate(
        where,
        pagesize=(210 * MM, 297 * MM),
        title=printable(title),
        author=printable(author),
        subject="",
        creator="",
        producer="",
        lang="zh-CN",
        invariant=1,
    )
    made.addPageTemplates([PageTemplate(id="page", frames=[frame], onPage=decorate)])
    return made
