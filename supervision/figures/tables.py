"""A table of the overview or of the outlook: shown on a page, taken out as a file, set on paper; the same rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from efficiency.tables import Value


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column."""

    label: str
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: what is read, what a file holds, and where it leads."""

    text: str
    value: Value = None
    href: str = ""
    note: str = ""
    # How a box around the text looks; "" for none.
    look: str = ""
    is_chinese: bool = False

    @property
    def filed(self) -> Value:
        """What stands in a file: the value, else the text."""
        return self.text if self.value is None else self.value


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a head. ``name`` is the one in addresses; ``definitions`` the figures that stand in it."""

    name: str
    title: str
    head: tuple[Head, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    definitions: tuple[str, ...] = ()
    # Rows that stand for themselves below, such as organs with few cases.
    apart: tuple[tuple[Cell, ...], ...] = field(default=())
    apart_title: str = ""
    # How many rows there are where the table has the first of them alone; 0 where it has all.
    total: int = 0
    # When the oldest number in it was counted; None: when it was asked for.
    as_of: datetime | None = None

    @property
    def cut(self) -> str:
        """Say how many of how many rows the table has; "" where it has all: no list is cut in silence."""
        if self.total <= len(self.rows):
            return ""
        return ngettext(
            "The first %(shown)d of %(total)d row. Please narrow the list down for the others.",
            "The first %(shown)d of %(total)d rows. Please narrow the list down for the others.",
            self.total,
        ) % {"shown": len(self.rows), "total": self.total}

    def lines(self) -> Iterator[Sequence[Value]]:
        """Return the rows of a file, the head among them."""
        yield [each.label for each in self.head]
        for row in self.rows:
            yield [cell.filed for cell in row]
        if self.apart:
            yield []
            yield [self.apart_title]
            for row in self.apart:
                yield [cell.filed for cell in row]


@dataclass(frozen=True, slots=True)
class Placed:
    """A table on the page, with the addresses of its files."""

    table: Table
    xlsx: str
    csv: str
    # So many rows stand on the page; None for all.
    most: int | None = None

    @property
    def left_out(self) -> int:
        """How many rows stand in the files alone."""
        return 0 if self.most is None else max(0, len(self.table.rows) - self.most)

    @property
    def rows(self) -> list[list[tuple[Cell, Head]]]:
        """The rows, each cell with the head of its column."""
        return _paired(self.table, self.table.rows[: self.most])

    @property
    def body(self) -> SafeString:
        """The same as the rows of a table on the page."""
        return _lines(self.table, self.table.rows[: self.most])

    @property
    def body_apart(self) -> SafeString:
        """The same of the rows that stand apart."""
        return _lines(self.table, self.table.apart)

    @property
    def apart(self) -> list[list[tuple[Cell, Head]]]:
        """The rows that stand apart."""
        return _paired(self.table, self.table.apart)


def _paired(table: Table, rows: Sequence[Sequence[Cell]]) -> list[list[tuple[Cell, Head]]]:
    return [list(zip(row, table.head, strict=True)) for row in rows]


def _lines(table: Table, rows: Sequence[Sequence[Cell]]) -> SafeString:
    """Return rows as HTML: for the hundreds of cells of a page a template takes longer than for all the rest."""
    opened = [format_html("<td{}>", _NUMBER if head.is_number else "") for head in table.head]
    lines = [format_html_join("", "{}{}</td>", zip(opened, map(_shown, row), strict=True)) for row in rows]
    return format_html_join("", "<tr>{}</tr>", ((line,) for line in lines))


_NUMBER = format_html(' class="{}"', "number")


def _shown(cell: Cell) -> SafeString | str:
    if cell.href:
        return format_html('<a href="{}">{}</a>', cell.href, cell.text)
    return format_html('<bdi lang="zh-Hans">{}</bdi>', cell.text) if cell.is_chinese else cell.text


def count(number: int, href: str = "") -> Cell:
    """Return a cell with a count, which leads to its rows if there are any."""
    return Cell(str(number), number, href if number else "")
