"""
Search in Chinese: pairs of characters and marks for the day in one array with a GIN index, then a recheck of the text.

A trigram index cannot answer words of two characters, which most Chinese words have; pairs answer any length from two
up (docs/decisions/0004-pairs-of-characters-for-search.md). A word may stand in a million rows. No search reads them
all: marks of days, and of periods of days, let it look at the newest first and stop as soon as it has enough.

Cases (``complaints.search``) and documents (``disclosure.public.search``) keep such arrays; what both need stands here.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import CharField, QuerySet, TextField, Transform
from django.db.models.expressions import RawSQL
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

# More words than these are not looked for.
MOST_WORDS = 8
# Days in a period that has a mark; the n-th period of a length begins n times its length after the first day.
PERIODS = (1, 8, 64, 512)
# So many characters of the text stand before its first hit, and in all.
BEFORE, AROUND = 16, 72
# Marks are pairs of characters for private use, which no pair of a text has.
_PRIVATE, _MARKS = 0xE000, 0x1900
_ALL_PRIVATE = re.compile(f"[{chr(_PRIVATE)}-{chr(_PRIVATE + _MARKS - 1)}]*")
_MARKS_OF_LENGTH = 100_000
_FIRST_DAY = date(2000, 1, 1)

# A period as ``newest`` takes it: its mark, and from which and before which moment (UTC, without a zone) it reaches.
Span = tuple[str, datetime, datetime]


@CharField.register_lookup
@TextField.register_lookup
class Folded(Transform):
    """A text with the width of its characters folded, in PostgreSQL: ``title__folded__icontains``."""

    lookup_name = "folded"
    template = "normalize(%(expressions)s, NFKC)"
    output_field = TextField()


# --- Texts and words -------------------------------------------------------------------------------------------------


def normalise(text: str) -> str:
    """Fold width, case and white space, so that ＡＢ finds ab."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def words_of(words: str) -> list[str]:
    """Return what is looked for: the words, folded and split at white space, not more than ``MOST_WORDS``."""
    return normalise(words).split()[:MOST_WORDS]


def pairs_of(*texts: str) -> list[str]:
    """Return the distinct pairs of neighbouring characters of the texts, sorted; pairs do not cross white space."""
    found: set[str] = set()
    for text in texts:
        for word in normalise(text).split():
            found.update(word[i : i + 2] for i in range(len(word) - 1))
    return sorted(found)


def without_marks(elements: Iterable[str]) -> list[str]:
    """Return the elements that a text may bring in, sorted: what would pass for a mark is left out."""
    return sorted(each for each in elements if not is_private(each))


def is_private(element: str) -> bool:
    """Say whether an element is made of characters for private use alone, as marks are."""
    return _ALL_PRIVATE.fullmatch(element) is not None


# --- Days ------------------------------------------------------------------------------------------------------------


def marks_of(moment: datetime) -> list[str]:
    """Return the marks of the day (in UTC) of a moment, and of the periods that it lies in."""
    return [_mark(length, day_of(moment)) for length in PERIODS]


def day_of(moment: datetime) -> int:
    """Return how many days after the first a moment lies, in UTC; whatever was before it counts as of that."""
    return day_number(moment.astimezone(UTC).date())


def day_number(day: date) -> int:
    """Return how many days after the first a day is; 0 for those before it."""
    return max(0, (day - _FIRST_DAY).days)


def periods(newest: int, oldest: int) -> Iterator[Span]:
    """Return the periods that cover all days from the newest to the oldest: short ones, then longer ones."""
    day = newest
    while day >= oldest:
        # The longest period that ends here, and is no longer than all that were before it.
        length = max(each for each in PERIODS if each == 1 or ((day + 1) % each == 0 and each <= newest - day))
        yield _mark(length, day), _begin_of(day - length + 1), _begin_of(day + 1)
        day -= length


def _begin_of(day: int) -> datetime:
    """Return when a day begins in UTC; whatever was before the first one counts as of that."""
    return datetime.combine(_FIRST_DAY + timedelta(days=day), time()) if day > 0 else datetime.min  # noqa: DTZ901


def _mark(length: int, day: int) -> str:
    number = PERIODS.index(length) * _MARKS_OF_LENGTH + day // length
    return chr(_PRIVATE + number // _MARKS) + chr(_PRIVATE + number % _MARKS)


# --- The newest hits -------------------------------------------------------------------------------------------------


def in_period() -> RawSQL:
    """Return the mark of the period that ``newest`` looks through, for ``search_pairs__contains``."""
    return RawSQL("ARRAY[period.mark]", [])


def since() -> RawSQL:
    """Return the moment (UTC, without a zone) from which that period reaches."""
    return RawSQL("period.since", [])


def until() -> RawSQL:
    """Return the moment before which it reaches."""
    return RawSQL("period.until", [])


def newest(hits: QuerySet, *columns: str, spans: Sequence[Span], most: int) -> list[tuple[Any, ...]]:
    """
    Return the columns of the newest hits, at most ``most``: one statement, which leaves off when it has so many.

    ``hits`` hold to ``in_period()`` and are ordered and bounded; PostgreSQL takes period after period, in the order of
    ``spans``.
    """
    if not spans:
        return []
    try:
        of_period, values = hits.values_list(*columns).query.sql_with_params()
    except EmptyResultSet:  # nobody's scope
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT hit.* FROM"  # noqa: S608 - Django's own statement
            " unnest(%s::varchar(2)[], %s::timestamp[], %s::timestamp[]) AS period (mark, since, until)"
            f" CROSS JOIN LATERAL ({of_period}) AS hit LIMIT {most}",
            [*(list(each) for each in zip(*spans, strict=True)), *values],
        )
        return cursor.fetchall()


# --- What is shown of a hit ------------------------------------------------------------------------------------------


def marked(text: str, words: str) -> SafeString:
    """Return the text as HTML with each place at which one of the words stands in a ``mark`` element."""
    return _as_html(text, _spans(text, words_of(words)))


def snippet(text: str, words: str, *, around: int = AROUND) -> SafeString | None:
    """Return the piece of the text around the first word of two characters and more, marked; None if there is none."""
    text = " ".join(text.split())
    spans = _spans(text, [word for word in words_of(words) if len(word) > 1])
    if not spans:
        return None
    begin = max(0, spans[0][0] - BEFORE)
    end = min(len(text), max(begin + around, spans[0][1]))
    inside = [(first - begin, min(last, end) - begin) for first, last in spans if first < end]
    before, after = "…" if begin else "", "…" if end < len(text) else ""
    return format_html("{}{}{}", before, _as_html(text[begin:end], inside), after)


@lru_cache(maxsize=20_000)
def _folded(character: str) -> str:
    """Return a character as it is compared; texts are long, and have few different ones."""
    return unicodedata.normalize("NFKC", character).casefold()


def _spans(text: str, words: Iterable[str]) -> list[tuple[int, int]]:
    """Return from where to where the words stand in the text, in order and without overlap."""
    if not (looked_for := list(words)):
        return []
    folded = [_folded(character) for character in text]
    whole = "".join(folded)
    # No character folds to nothing: where there are as many after as before, each has kept its place.
    places: Sequence[int] = range(len(text))
    if len(whole) != len(text):
        places = [place for place, each in enumerate(folded) for _ in each]
    hits = (each.span() for word in looked_for for each in re.finditer(re.escape(word), whole))
    found = sorted((places[begin], places[end - 1] + 1) for begin, end in hits)
    spans: list[tuple[int, int]] = []
    for begin, end in found:
        if spans and begin <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((begin, end))
    return spans


def _as_html(text: str, spans: list[tuple[int, int]]) -> SafeString:
    if not spans:
        return escape(text)
    pieces: list[tuple[str, str]] = []
    done = 0
    for begin, end in spans:
        pieces.append((text[done:begin], text[begin:end]))
        done = end
    return format_html("{}{}", format_html_join("", "{}<mark>{}</mark>", pieces), text[done:])
