"""What a cell may hold, and how text is kept from being taken for a formula (docs/trust.md O-02)."""

import unicodedata
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone

Value = str | int | float | Decimal | date | datetime | None

# What a spreadsheet takes for the beginning of a formula, or for an end of the cell before it.
_BEGINS_FORMULA = frozenset("=+-@\t\r\n\x00")
_APOSTROPHE = "'"


def begins_formula(text: str) -> bool:
    """
    Say whether a spreadsheet might take the text for a formula: by its first character after blanks.

    Full-width and small twins count like the character itself, and so does what has no width as a blank.
    """
    for char in text:
        if char in _BEGINS_FORMULA or unicodedata.normalize("NFKC", char) in _BEGINS_FORMULA:
            return True
        if not (char.isspace() or unicodedata.category(char) == "Cf"):
            return False
    return False


def guarded(text: str) -> str:
    """
    Return the text as it stands in a CSV file, where nothing but the text itself can say that it is one.

    An apostrophe before it keeps a formula from being one. A text that itself begins with an apostrophe gets a second,
    so that whoever takes one away has what was typed.
    """
    return _APOSTROPHE + text if text.startswith(_APOSTROPHE) or begins_formula(text) else text


def plain_lines(text: str) -> str:
    """Return the text with its lines ended as they are kept: browsers and spreadsheets end them in other ways too."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def as_local(value: datetime) -> datetime:
    """Return a moment by the local clock and without zone, as spreadsheets know moments; seconds are left out."""
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return local.replace(tzinfo=None, second=0, microsecond=0)
