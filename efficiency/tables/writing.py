"""A table as the bytes of a file, piece by piece: however many rows there are, few are in memory."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from efficiency.tables import xlsx
from efficiency.tables.cells import Value, as_local, guarded

Row = Sequence[Value]
# Pieces of about this many bytes go out at a time.
PIECE = 64 * 1024


class Format(models.TextChoices):
    """The formats in which a list can be taken out."""

    XLSX = "xlsx", _("Excel workbook (XLSX)")
    CSV = "csv", _("plain table (CSV)")


CONTENT_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def written(rows: Iterable[Row], as_: Format, /) -> Iterator[bytes]:
    """
    Return the rows, the head among them, as the pieces of a file of the format.

    Text stays text, also what looks like a formula or a number; numbers stay numbers, days and moments are local.

    :raises TypeError: a cell holds something else
    :raises ValueError: a text is longer than a cell of a workbook can hold
    """
    return xlsx.pieces(rows, at_least=PIECE) if as_ == Format.XLSX else _csv(rows)


def _csv(rows: Iterable[Row]) -> Iterator[bytes]:
    # The mark at the beginning tells spreadsheets that the file is UTF-8.
    buffer = io.StringIO("\ufeff")
    buffer.seek(0, io.SEEK_END)
    writer = csv.writer(buffer)
    for row in rows:
        writer.writerow([_plain(value) for value in row])
        if buffer.tell() >= PIECE:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()


def _plain(value: Value) -> Any:
    match value:
        case None:
            return ""
        case str():
            return guarded(value)
        case datetime():
            return f"{as_local(value):%Y-%m-%d %H:%M}"
        case date():
            return value.isoformat()
        case int() | float() | Decimal() if not isinstance(value, bool):
            return value
    raise TypeError(f"{type(value).__name__} is nothing that a cell holds")
