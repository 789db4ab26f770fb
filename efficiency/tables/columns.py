"""
What the cells of a column mean: from a cell to a value, and from a value back to what the cell would show.

Both ways belong together: a list that was written can be read again and is then found unchanged.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, Protocol

from django.conf import settings
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override, pgettext, pgettext_lazy

from efficiency.tables.cells import Value, plain_lines
from efficiency.tables.workbook import Cell
from efficiency.timing.zone import FIRST_DAY, LAST_DAY

Sentence = str | Promise
# What no text of the database can hold (docs/trust.md O-06).
_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")


class Wrong(Exception):
    """A cell does not hold what its column is for; ``message`` says what would be right."""

    def __init__(self, message: Sentence) -> None:
        super().__init__(str(message))
        self.message = message


class Meaning(Protocol):
    """How the cells of a column are read and shown."""

    def read(self, cell: Cell) -> Any:
        """
        Return the value of a cell that is not blank.

        :raises Wrong: it holds something else
        """

    def shown(self, value: Any) -> Value:
        """Return what a cell shows of a value that ``read`` could have returned."""

    @property
    def blank(self) -> Any:
        """The value of a cell with nothing in it."""


@dataclass(frozen=True, slots=True)
class Text:
    """Text as typed, without blanks around it; numbers are taken as their digits. Nothing is the empty text."""

    longest: int
    shortest: int = 0
    one_line: bool = True
    blank: str = ""

    def read(self, cell: Cell) -> str:
        """Return the text."""
        text = plain_lines(as_text(cell))
        if _UNKEEPABLE.search(text):
            raise Wrong(_("There is a character in it that cannot be kept. Type it again."))
        if self.one_line and "\n" in text:
            raise Wrong(_("It has more than one line: only one is possible here."))
        if len(text) > self.longest:
            raise Wrong(
                _("%(count)s characters are too many: at most %(most)s.") % {"count": len(text), "most": self.longest}
            )
        if len(text) < self.shortest:
            counts = {"count": len(text), "least": self.shortest}
            raise Wrong(_("%(count)s characters are too few: at least %(least)s.") % counts)
        return text

    def shown(self, value: str) -> Value:
        """Return the text itself."""
        return value


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few answers, by its word in any language of the portal or by its value."""

    choices: type[models.TextChoices]
    blank: str = ""

    def read(self, cell: Cell) -> str:
        """Return the value that is stored."""
        text = as_text(cell).casefold()
        found = _answers(self.choices).get(text)
        if found is None:
            answers = pgettext("between items of a list", ", ").join(str(label) for label in self.choices.labels)
            raise Wrong(
                _("“%(text)s” is none of the possible answers: %(answers)s.")
                % {"text": as_text(cell), "answers": answers}
            )
        return found

    def shown(self, value: str) -> Value:
        """Return the word in the language of the viewer."""
        return str(self.choices(value).label) if value else ""


@dataclass(frozen=True, slots=True)
class Day:
    """A day: a cell with a date, or text such as 2026-03-09."""

    blank: None = None

    def read(self, cell: Cell) -> date:
        """Return the day."""
        found = self._day_of(cell)
        if not FIRST_DAY <= found <= LAST_DAY:
            raise Wrong(_("Please give a day from %(first)s to %(last)s.") % {"first": FIRST_DAY, "last": LAST_DAY})
        return found

    def _day_of(self, cell: Cell) -> date:
        if isinstance(cell.value, datetime):
            return cell.value.date()
        if isinstance(cell.value, date):
            return cell.value
        text = as_text(cell).replace("/", "-").replace(".", "-")
        try:
            year, month, day = (int(part) for part in text.split("-"))
            return date(year, month, day)
        except ValueError as fault:
            raise Wrong(_("“%(text)s” is no date. Write it like 2026-03-09.") % {"text": as_text(cell)}) from fault

    def shown(self, value: date | None) -> Value:
        """Return the day itself."""
        return value


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number between two bounds, both included."""

    least: int
    most: int
    blank: int | None = None

    def read(self, cell: Cell) -> int:
        """Return the number."""
        try:
            number = Decimal(as_text(cell))
        except InvalidOperation as fault:
            raise Wrong(_("“%(text)s” is no number.") % {"text": as_text(cell)}) from fault
        if not number.is_finite() or number != number.to_integral_value() or not self.least <= number <= self.most:
            raise Wrong(
                _("A whole number from %(least)s to %(most)s is needed here.")
                % {"least": self.least, "most": self.most}
            )
        return int(number)

    def shown(self, value: int | None) -> Value:
        """Return the number itself."""
        return value


_YES, _NO = pgettext_lazy("cell of a table", "yes"), pgettext_lazy("cell of a table", "no")


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes or no; nothing is no."""

    blank: bool = False

    def read(self, cell: Cell) -> bool:
        """Return whether it is so."""
        if isinstance(cell.value, bool):
            return cell.value
        text = as_text(cell).casefold()
        if text in _words(is_so=True):
            return True
        if text in _words(is_so=False):
            return False
        raise Wrong(_("“%(text)s” is neither yes nor no.") % {"text": as_text(cell)})

    def shown(self, value: bool) -> Value:
        """Return the word."""
        return str(_YES if value else _NO)


_UNKNOWN = _("“%(text)s” is not known here.")


@dataclass(frozen=True, slots=True)
class OneOf:
    """A reference by its code: what the cell names has to be among ``known`` (code to anything)."""

    known: Mapping[str, Any]
    unknown: Sentence = _UNKNOWN
    blank: str = ""

    def read(self, cell: Cell) -> str:
        """Return the code."""
        text = as_text(cell)
        if text not in self.known:
            raise Wrong(self.unknown % {"text": text})
        return text

    def shown(self, value: str) -> Value:
        """Return the code."""
        return value


@dataclass(frozen=True, slots=True)
class Column:
    """
    A column: ``name`` is the key of its values, ``label`` its head in the language of the viewer.

    ``check`` sees the value once it was read and may raise ``Wrong``. A column that ``may_miss`` need not be in the
    file at all: its values are left as they are.
    """

    name: str
    label: Sentence
    meaning: Meaning
    required: bool = False
    may_miss: bool = False
    check: Callable[[Any], None] | None = field(default=None, compare=False)

    def value_of(self, cell: Cell) -> Any:
        """
        Return the value of a cell.

        :raises Wrong: a formula, a fault, nothing where something is needed, or something else than the column is for
        """
        if cell.is_formula:
            raise Wrong(_("There is a formula in it. Put in the value itself."))
        if cell.is_fault:
            raise Wrong(_("There is an error of the spreadsheet in it: %(text)s.") % {"text": cell.value})
        if cell.is_blank:
            if self.required:
                raise Wrong(_("Nothing is in it, but it is needed."))
            return self.meaning.blank
        value = self.meaning.read(cell)
        if self.check is not None:
            self.check(value)
        return value

    def heads(self) -> set[str]:
        """Return what the head of the column may be: its label in each language, or its name."""
        return {self.name.casefold(), *_in_languages(self.label)}


def head_of(columns: Sequence[Column]) -> list[Value]:
    """Return the head of a list that is written with these columns."""
    return [str(column.label) for column in columns]


def shown(columns: Sequence[Column], values: Mapping[str, Any]) -> list[Value]:
    """Return the cells of one row of a list that is written with these columns."""
    return [column.meaning.shown(values[column.name]) for column in columns]


def as_text(cell: Cell) -> str:
    """Return a cell as the text that a person sees in it; whole numbers without a point."""
    match cell.value:
        case bool():
            return str(_YES if cell.value else _NO)
        case float() if cell.value.is_integer():
            return str(int(cell.value))
        case datetime() if cell.value.time().isoformat() == "00:00:00":
            return cell.value.date().isoformat()
        case None:
            return ""
    return str(cell.value).strip()


@cache
def _words(*, is_so: bool) -> frozenset[str]:
    plain = ("1", "true", "y") if is_so else ("0", "false", "n")
    return frozenset({*_in_languages(_YES if is_so else _NO), *plain})


def _in_languages(sentence: Sentence) -> set[str]:
    """Return a sentence in each language of the portal, in lower case and without blanks around."""
    found = set()
    for code, _name in settings.LANGUAGES:
        with override(code):
            found.add(str(sentence).strip().casefold())
    return found


@cache
def _answers(choices: type[models.TextChoices]) -> dict[str, str]:
    found = {str(value).casefold(): str(value) for value in choices.values}
    for choice in choices:
        found |= dict.fromkeys(_in_languages(choice.label), str(choice.value))
    return found
