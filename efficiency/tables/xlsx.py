"""
A workbook with one sheet, written while the rows come (ECMA-376).

A writer of our own, because it has so little to do: every text is an inline string, so no cell can be a formula, and
nothing is held back for a table of shared strings. What the sheet cannot say is not offered.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO
from xml.sax.saxutils import escape

from efficiency.tables.cells import Value, as_local

LONGEST_TEXT = 32_767
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - moments of a sheet have no zone
# Positions in ``cellXfs`` below.
_DAY, _MOMENT, _HEAD = 1, 2, 3

_PARTS = {
    "[Content_Types].xml": (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/styles.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>'
        '<Override PartName="/xl/worksheets/sheet1.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        "</Types>"
    ),
    "_rels/.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Type='
        '"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"'
        ' Target="xl/workbook.xml"/>'
        "</Relationships>"
    ),
    "xl/workbook.xml": (
        '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
        ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
        '<sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets>'
        "</workbook>"
    ),
    "xl/_rels/workbook.xml.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Type='
        '"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"'
        ' Target="worksheets/sheet1.xml"/>'
        '<Relationship Id="rId2" Type='
        '"http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles"'
        ' Target="styles.xml"/>'
        "</Relationships>"
    ),
    "xl/styles.xml": (
        '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        '<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
        '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/></numFmts>'
        '<fonts count="2"><font><sz val="11"/></font><font><b/><sz val="11"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        '<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
        '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
        '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
        '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
        "</styleSheet>"
    ),
}
_HEADER = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SHEET_BEGINS = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft"'
    ' state="frozen"/></sheetView></sheetViews><sheetData>'
)
_SHEET_ENDS = "</sheetData></worksheet>"
# Characters that XML cannot hold, and what would be read as one of the escapes that stand for them.
_UNHOLDABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


class _Outlet:
    """A file to write to that hands out what was written; it cannot go back, so the archive does not try to."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []
        self.size = 0

    def write(self, data: bytes) -> int:
        """Keep a piece."""
        self.kept.append(bytes(data))
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        """Do nothing: pieces are taken, not flushed."""

    def take(self) -> bytes:
        """Return what was written since the last time."""
        taken = b"".join(self.kept)
        self.kept, self.size = [], 0
        return taken


def pieces(rows: Iterable[Sequence[Value]], *, at_least: int) -> Iterator[bytes]:
    """
    Return the bytes of a workbook with these rows, the first of which is its head.

    :raises TypeError: a cell holds something else than text, a number, a day or a moment
    :raises ValueError: a text is longer than ``LONGEST_TEXT``
    """
    outlet = _Outlet()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:  # type: ignore[call-overload]  # it need not be read or sought
        for name, text in _PARTS.items():
            archive.writestr(name, _HEADER + text)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            yield from _sheet(sheet, rows, outlet, at_least)
    yield outlet.take()


def _sheet(sheet: IO[bytes], rows: Iterable[Sequence[Value]], outlet: _Outlet, at_least: int) -> Iterator[bytes]:
    sheet.write((_HEADER + _SHEET_BEGINS).encode())
    for number, row in enumerate(rows, 1):
        cells = "".join(_cell(value, is_head=number == 1) for value in row)
        sheet.write(f'<row r="{number}">{cells}</row>'.encode())
        if outlet.size >= at_least:
            yield outlet.take()
    sheet.write(_SHEET_ENDS.encode())


def _cell(value: Value, *, is_head: bool) -> str:
    match value:
        case None | "":
            return "<c/>"
        case str():
            style = f' s="{_HEAD}"' if is_head else ""
            return f'<c t="inlineStr"{style}><is><t xml:space="preserve">{_text(value)}</t></is></c>'
        case datetime():
            return f'<c s="{_MOMENT}"><v>{_serial(as_local(value))}</v></c>'
        case date():
            return f'<c s="{_DAY}"><v>{(value - _EPOCH.date()).days}</v></c>'
        case int() | float() | Decimal() if not isinstance(value, bool):
            return f"<c><v>{value}</v></c>"
    raise TypeError(f"{type(value).__name__} is nothing that a cell holds")


def _text(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"a cell holds at most {LONGEST_TEXT} characters")
    return escape(_UNHOLDABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", text))


def _serial(moment: datetime) -> str:
    since = moment - _EPOCH
    return f"{since.days + since.seconds / 86_400:.10f}"
