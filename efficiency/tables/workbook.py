"""
The cells of the first sheet of a workbook that somebody sent, row by row (docs/trust.md O-03).

What comes in is bounded before it is unpacked, and nothing is calculated: a formula is a fault of its cell.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from operator import is_
from typing import Any

import structlog
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

log = structlog.get_logger(__name__)

MAX_BYTES = 5 * 1024 * 1024
MAX_UNPACKED_BYTES = 50 * 1024 * 1024
MAX_ENTRIES = 1000
MAX_RATIO = 100
# Small parts pack better than anybody would fear.
RATIO_COUNTS_FROM_BYTES = 1024 * 1024
# Rows may be left out in the file, and are then walked one by one: further down than this nobody goes.
LAST_ROW = 100_000
MAX_COLUMNS = 100
_ESCAPED = re.compile(r"_x[0-9A-Fa-f]{4}_")


class NotAWorkbook(Exception):
    """The file cannot be taken at all; ``message`` says why, for whoever sent it."""

    def __init__(self, message: str | Promise) -> None:
        super().__init__(str(message))
        self.message = message


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell holds: text, a number, a day, a moment, yes or no, nothing; or that it holds a formula or fault."""

    value: Any = None
    is_formula: bool = False
    is_fault: bool = False

    @property
    def is_blank(self) -> bool:
        """Whether nothing is in it but, at most, blanks."""
        return not self.is_formula and (self.value is None or (isinstance(self.value, str) and not self.value.strip()))


BLANK = Cell()


def rows_of(content: bytes, /) -> Iterator[tuple[int, list[Cell]]]:
    """
    Yield the rows of the first sheet that hold anything, each with its number as the spreadsheet shows it.

    Cells beyond the last one that holds something are left off.

    :raises NotAWorkbook: the file is too large, unpacks to too much, is encrypted, damaged, or no workbook
    """
    _check(content)
    # The library takes a fifth of a second to load, and most processes never read a workbook.
    from openpyxl import load_workbook
    from openpyxl.cell.read_only import EMPTY_CELL

    # A row that is not in the file, as the library gives it.
    nothing = (EMPTY_CELL,) * MAX_COLUMNS
    try:
        book = load_workbook(BytesIO(content), read_only=True, keep_links=False)
        sheet = book.worksheets[0]
        # The size that a sheet claims is not believed: what is there is read.
        sheet.reset_dimensions()
        for number, row in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS), 1):
            if number > LAST_ROW:
                raise NotAWorkbook(TOO_LONG)
            if all(map(is_, row, nothing)):
                continue
            cells = [_cell(each) for each in row]
            while cells and cells[-1].is_blank:
                cells.pop()
            if cells:
                yield number, cells
    except NotAWorkbook:
        raise
    except Exception as fault:
        # The library has no error of its own for files that are not as it expects: whatever it stumbles over is one.
        log.info("workbook_refused", fault=type(fault).__name__)
        raise NotAWorkbook(DAMAGED) from fault


DAMAGED = _("The file is damaged or no Excel workbook (XLSX). Save it anew as XLSX and send it again.")
TOO_LONG = _("There is something below row 100,000. Delete the rows below the list and send the file again.")
TOO_LARGE = _("The file is too large: at most 5 MB, and 50 MB unpacked.")
ENCRYPTED = _("The file is protected by a password. Save it without one and send it again.")


def _check(content: bytes) -> None:
    """Look at the directory of the archive alone: nothing is unpacked that could not be held."""
    if len(content) > MAX_BYTES:
        raise NotAWorkbook(TOO_LARGE)
    # What a spreadsheet protects by a password is no archive any more but a container of the older format.
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise NotAWorkbook(ENCRYPTED)
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError, EOFError) as fault:
        raise NotAWorkbook(DAMAGED) from fault
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        raise NotAWorkbook(TOO_LARGE)
    for entry in entries:
        if entry.file_size > RATIO_COUNTS_FROM_BYTES and entry.file_size > MAX_RATIO * max(1, entry.compress_size):
            raise NotAWorkbook(TOO_LARGE)
        if entry.flag_bits & 0x1:
            raise NotAWorkbook(ENCRYPTED)


def _cell(cell: Any) -> Cell:
    kind = getattr(cell, "data_type", "n")
    value = cell.value
    if kind == "f":
        return Cell(is_formula=True)
    if kind == "e":
        return Cell(value, is_fault=True)
    if isinstance(value, str) and _ESCAPED.search(value):
        from openpyxl.utils.escape import unescape

        value = unescape(value)
    return Cell(value)
