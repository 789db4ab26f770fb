"""
A dataset as the bytes of a file, piece by piece: however many rows there are, few are in memory.

CSV comes from the one writer of lists (docs/trust.md O-02); JSON needs no guard, its texts are those of the rows.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from disclosure.open_data.places import absolute, address_of
from disclosure.open_data.words import in_both, licence
from efficiency.datasets import Dataset, Field, Value
from efficiency.tables import cells
from efficiency.tables.writing import PIECE, Format, written


def csv_of(dataset: Dataset, /, *, at: datetime) -> Iterator[bytes]:
    """Return the dataset as CSV: UTF-8 with a mark, a head of field names, CRLF at the ends of lines (RFC 4180)."""
    return written(_table(dataset, at), Format.CSV)


def _table(dataset: Dataset, at: datetime) -> Iterator[list[cells.Value]]:
    yield [each.name for each in dataset.fields]
    for row in dataset.rows(at):
        yield [_cell(each, value) for each, value in zip(dataset.fields, row, strict=True)]


def _cell(of: Field, value: Value) -> cells.Value:
    match value:
        case bool():
            return "true" if value else "false"
        case datetime():
            return _moment(value)
        case str() if of.is_address and value:
            return absolute(value)
    return value


def json_of(dataset: Dataset, /, *, at: datetime) -> Iterator[bytes]:
    """Return the dataset as one JSON object: what it is, and its rows as objects with the names of the fields."""
    return _in_pieces(_json(dataset, at))


def _json(dataset: Dataset, at: datetime) -> Iterator[str]:
    changed_at = dataset.stamp(at).changed_at
    about = {
        "dataset": dataset.name,
        "title": in_both(dataset.title),
        "description": in_both(dataset.description),
        "modified": _moment(changed_at) if changed_at else None,
        "licence": licence(),
        "dictionary": absolute(address_of("package")),
    }
    yield f'{_dumped(about)[:-1]},"rows":['
    separator = "\n"
    for row in dataset.rows(at):
        pairs = zip(dataset.fields, row, strict=True)
        yield separator + _dumped({each.name: _plain(each, value) for each, value in pairs})
        separator = ",\n"
    yield "\n]}\n"


def _plain(of: Field, value: Value) -> Any:
    match value:
        case datetime():
            return _moment(value)
        case date():
            return value.isoformat()
        case str() if of.is_address and value:
            return absolute(value)
    return value


def _moment(value: datetime) -> str:
    return timezone.localtime(value).isoformat(timespec="seconds")


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _in_pieces(texts: Iterable[str]) -> Iterator[bytes]:
    kept: list[str] = []
    size = 0
    for text in texts:
        kept.append(text)
        size += len(text)
        if size >= PIECE:
            yield "".join(kept).encode()
            kept, size = [], 0
    yield "".join(kept).encode()


# --- The dictionary --------------------------------------------------------------------------------------------------

DICTIONARY_HEAD = (
    *("field", "type", "required", "title_zh", "title_en", "meaning_zh", "meaning_en", "unit_zh", "unit_en"),
    *("code", "code_zh", "code_en"),
)


def dictionary_of(dataset: Dataset, /) -> Iterator[bytes]:
    """Return what the fields mean, in Chinese and English, as CSV: a row for each field, and for each of its codes."""
    return written(_dictionary(dataset), Format.CSV)


def _dictionary(dataset: Dataset) -> Iterator[Sequence[cells.Value]]:
    yield DICTIONARY_HEAD
    for each in dataset.fields:
        title, meaning, unit = in_both(each.title), in_both(each.meaning), in_both(each.unit)
        row = [each.name, each.type.value, "true" if each.is_required else "false"]
        row += [title["zh"], title["en"], meaning["zh"], meaning["en"], unit["zh"], unit["en"]]
        yield [*row, "", "", ""]
        for code, words in each.codes:
            said = in_both(words)
            yield [each.name, "", "", "", "", "", "", "", "", str(code), said["zh"], said["en"]]
