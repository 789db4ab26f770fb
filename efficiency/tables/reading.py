"""
A list that somebody sends as a workbook: read, checked cell by cell, and compared with what is there.

Nothing is changed here. ``read`` says what the file holds and what is wrong in it, by row and column; ``compare`` says
what would change. Whoever owns the rows applies it, all or nothing, if what is there is still what was compared
(``fingerprint``).
"""

import hashlib
import json
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext_lazy as _

from efficiency.tables.cells import Value
from efficiency.tables.columns import Column, Sentence, Wrong
from efficiency.tables.workbook import BLANK, Cell, rows_of

MAX_ROWS = 5000
# More faults than a person mends in one go are counted, not listed.
MAX_FAULTS = 200

Key = tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: row as the spreadsheet counts, column by its letter and its head, and what to do."""

    row: int
    message: Sentence
    letter: str = ""
    label: Sentence = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the file: its number there, its key, and its values by the names of the columns that are there."""

    number: int
    key: Key
    values: Mapping[str, Any]


@dataclass(slots=True)
class Table:
    """What a file holds. With a fault in it, nothing of it may be applied."""

    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    fault_count: int = 0
    # Which column stands where (counted from 0), for faults that are found later.
    places: dict[str, int] = field(default_factory=dict)
    columns: dict[str, Column] = field(default_factory=dict)

    def add_fault(self, row: int, message: Sentence, name: str = "") -> None:
        """Note that something is wrong in a row, in the column ``name`` where one is at fault."""
        place, column = self.places.get(name), self.columns.get(name)
        self._add(row, message, place, column.label if column else "")

    def _add(self, row: int, message: Sentence, place: int | None, label: Sentence = "") -> None:
        self.fault_count += 1
        if len(self.faults) < MAX_FAULTS:
            letter = letter_of(place) if place is not None else ""
            self.faults.append(Fault(row, message, letter, label))


def letter_of(place: int) -> str:
    """Return the letter under which a spreadsheet shows the column of this place, the first being 0."""
    # The library is loaded where there is a workbook: see ``rows_of``.
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(place + 1))


def read(content: bytes, columns: Sequence[Column], *, key: Sequence[str], most_rows: int = MAX_ROWS) -> Table:
    """
    Return what the first sheet of a workbook holds under the heads of ``columns``, in any order.

    :param key: names of the columns by which a row is known; no two rows may have the same
    :raises NotAWorkbook: the file cannot be read at all
    """
    return read_rows(rows_of(content), columns, key=key, most_rows=most_rows)


def read_rows(
    rows: Iterable[tuple[int, list[Cell]]],
    columns: Sequence[Column],
    *,
    key: Sequence[str],
    most_rows: int = MAX_ROWS,
) -> Table:
    """Return what rows of cells hold, the first of them being the head; for ``read`` and for other formats."""
    table = Table(columns={column.name: column for column in columns})
    first_seen: dict[Key, int] = {}
    has_head = False
    for number, cells in rows:
        if not has_head:
            has_head = True
            _read_head(table, number, cells)
            if table.faults:
                return table
            continue
        if len(first_seen) >= most_rows:
            table.add_fault(number, _("There are more rows than %(most)s. Split the list.") % {"most": most_rows})
            return table
        row = _read_row(table, number, cells, key)
        if row.key in first_seen:
            table.add_fault(
                number, _("The same is in row %(row)s already.") % {"row": first_seen[row.key]}, str(key[0])
            )
            continue
        first_seen[row.key] = number
        table.rows.append(row)
    if not has_head:
        table.add_fault(1, _("The sheet is empty: the heads of the columns have to be in its first row."))
    elif not first_seen and not table.faults:
        table.add_fault(2, _("There is no row below the heads."))
    return table


def _read_head(table: Table, number: int, cells: Sequence[Cell]) -> None:
    by_head = {head: name for name, column in table.columns.items() for head in column.heads()}
    for place, cell in enumerate(cells):
        if cell.is_blank:
            continue
        text = " ".join(str(cell.value).split())
        name = None if cell.is_formula or cell.is_fault else by_head.get(text.casefold())
        if name is None:
            table._add(number, _("“%(text)s” is no column of this list.") % {"text": text}, place)
        elif name in table.places:
            table._add(number, _("“%(text)s” is there twice.") % {"text": text}, place)
        else:
            table.places[name] = place
    for name, column in table.columns.items():
        if name not in table.places and not column.may_miss:
            table._add(number, _("The column “%(label)s” is missing.") % {"label": column.label}, None)


def _read_row(table: Table, number: int, cells: Sequence[Cell], key: Sequence[str]) -> Row:
    values: dict[str, Any] = {}
    for name, place in table.places.items():
        cell = cells[place] if place < len(cells) else BLANK
        try:
            values[name] = table.columns[name].value_of(cell)
        except Wrong as wrong:
            table.add_fault(number, wrong.message, name)
    named = set(table.places.values())
    for place, cell in enumerate(cells):
        if place not in named and not cell.is_blank:
            table._add(number, _("Something is in a column without a head."), place)
    # A row whose key could not be read is its own: its fault is enough.
    is_known = all(name in values for name in key)
    return Row(number, tuple(values[name] for name in key) if is_known else (number, None), values)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of a row that is there: what the cell showed and what it would show."""

    label: Sentence
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class Change:
    """A row that is there and would be another: the fields that differ."""

    row: Row
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What applying a file would do: rows that are new, that change, that are the same, and that the file lacks."""

    new: tuple[Row, ...]
    changed: tuple[Change, ...]
    gone: tuple[Key, ...]
    same: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing of what the file names would change."""
        return not self.new and not self.changed


def compare(table: Table, there: Mapping[Key, Mapping[str, Any]]) -> Preview:
    """Return what the rows of a faultless table would change of what is there, keyed and named alike."""
    new, changed, same = [], [], 0
    for row in table.rows:
        before = there.get(row.key)
        if before is None:
            new.append(row)
            continue
        fields = tuple(
            FieldChange(column.label, column.meaning.shown(before[name]), column.meaning.shown(row.values[name]))
            for name, column in table.columns.items()
            if name in row.values and before[name] != row.values[name]
        )
        if fields:
            changed.append(Change(row, fields))
        else:
            same += 1
    named = {row.key for row in table.rows}
    return Preview(tuple(new), tuple(changed), tuple(each for each in there if each not in named), same)


def fingerprint(there: Mapping[Key, Mapping[str, Any]]) -> str:
    """Return the SHA-256 of what is there: another one means that somebody changed it meanwhile."""
    rows = sorted([list(map(str, key)), dict(values)] for key, values in there.items())
    text = json.dumps(rows, cls=DjangoJSONEncoder, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
