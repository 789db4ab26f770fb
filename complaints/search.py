"""
Search in Chinese: pairs of characters and marks for the day in one array with a GIN index, then a recheck of the text.

A trigram index cannot answer words of two characters, which most Chinese words have; pairs answer any length from two
up (docs/decisions/0004-pairs-of-characters-for-search.md). A word may stand in a million cases. No search reads them
all: marks of days, and of periods of days, let it look at the newest first and stop as soon as it has enough.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Case, CharField, DateTimeField, F, Func, Max, Min, Q, TextField, Transform, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.lookups import GreaterThanOrEqual, LessThan
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

from complaints import codes

if TYPE_CHECKING:
    from complaints.querysets import CaseQuerySet

# So many hits are ranked and shown; what is beyond them is "more than".
MOST = 1_000
# More words than these are not looked for.
MOST_WORDS = 8
# So many numbers that begin alike are shown first.
MOST_NUMBERS = 20
# Days in a period that has a mark; the n-th period of a length begins n times its length after the first day.
PERIODS = (1, 8, 64, 512)
# So many characters of the text stand before its first hit, and in all.
BEFORE, AROUND = 16, 72
SEARCHED = ("title", "description", "named_person")
EDITED = ("edited_title", "edited_text")
# Marks are pairs of characters for private use, which no pair of a text has.
_PRIVATE, _MARKS = 0xE000, 0x1900
_MARKS_OF_LENGTH = 100_000
_FIRST_DAY = date(2000, 1, 1)
# Beginning of a number, and what people read out of its end: the sequence, with or without the check digit.
_NUMBER = re.compile(r"XN20\d{0,16}")
_END_OF_NUMBER = re.compile(r"\d{1,14}")


@CharField.register_lookup
@TextField.register_lookup
class Folded(Transform):
    """A text with the width of its characters folded, in PostgreSQL: ``title__folded__icontains``."""

    lookup_name = "folded"
    template = "normalize(%(expressions)s, NFKC)"
    output_field = TextField()


@dataclass(frozen=True, slots=True)
class Hits:
    """Keys of the cases found, the best first, and whether there are more than ``MOST``."""

    keys: list[int]
    is_more: bool


def received_in_utc() -> Func:
    """
    Return when a case was received, without a zone: the index by handling organ and period is made of it.

    Asked for by the column itself, every index of moments would offer itself, also for whoever sees all cases.
    """
    return Func(Value("UTC"), F("received_at"), function="timezone", output_field=DateTimeField())


def normalise(text: str) -> str:
    """Fold width, case and white space, so that ＡＢ finds ab."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def pairs_of(*texts: str) -> list[str]:
    """Return the distinct pairs of neighbouring characters of the texts, sorted; pairs do not cross white space."""
    found: set[str] = set()
    for text in texts:
        for word in normalise(text).split():
            found.update(word[i : i + 2] for i in range(len(word) - 1))
    return sorted(found)


def _words(words: str) -> list[str]:
    return normalise(words).split()[:MOST_WORDS]


def elements_of(
    *,
    title: str,
    description: str,
    named_person: str,
    received_at: datetime,
    edited_title: str = "",
    edited_text: str = "",
) -> list[str]:
    """
    Return what the index of a case holds: pairs of title, text and named person, characters of the title, the day.

    Single characters are kept for titles alone, as those of a text would double the index. What some read in place of
    the complaint is in it too; who may find a case by which of both is looked at again for each hit.
    """
    pairs = pairs_of(title, description, named_person, edited_title, edited_text)
    found = {*pairs, *normalise(title), *normalise(edited_title)} - {" "}
    return [*sorted(each for each in found if not _is_private(each)), *marks_of(received_at)]


def marks_of(moment: datetime) -> list[str]:
    """Return the marks of the day (in UTC) of a moment, and of the periods that it lies in."""
    return [_mark(length, _day(moment)) for length in PERIODS]


def condition(words: str, hidden: Q | None = None) -> Q:
    """
    Return the condition that every word (split at white space) stands in title, text or named person.

    A single character is looked for in the title. One word of digits may also be (the end of) a number. Of the cases
    that are ``hidden`` from whoever searches, only what the office wrote in place of the complaint is looked at.
    """
    found = _text_condition(words, hidden)
    return found | numbers if (numbers := _number_condition(words)) else found


def best(cases: "CaseQuerySet", words: str, hidden: Q | None = None) -> Hits:
    """
    Return which of ``cases``, scoped and filtered before, contain the words: numbers first, then title before text.

    Among equals the newest is first. Where more than ``MOST`` are found, the newest ``MOST`` are ranked. ``hidden`` as
    in ``condition``.
    """
    numbers: list[int] = []
    if (is_number := _number_condition(words)) is not None:
        alike = cases.filter(is_number).order_by("-received_at", "-pk")
        numbers = list(alike.values_list("pk", flat=True)[:MOST_NUMBERS])
    found = _newest(cases, words, hidden)
    looked_for = _words(words)

    def rank(hit: tuple[int, datetime, str]) -> tuple[int, datetime, int]:
        key, received_at, title = hit
        folded = normalise(title)
        return sum(word in folded for word in looked_for), received_at, key

    known = frozenset(numbers)
    ranked = sorted(found[:MOST], key=rank, reverse=True)
    keys = [*numbers, *(key for key, _received_at, _title in ranked if key not in known)]
    return Hits(keys[:MOST], is_more=len(found) > MOST)


def _newest(cases: "CaseQuerySet", words: str, hidden: Q | None) -> list[tuple[int, datetime, str]]:
    """
    Return key, moment and title of the newest hits of the text, at most one more than ``MOST``: one statement.

    PostgreSQL takes period after period, the newest first, and leaves off when it has so many.
    """
    # Of all cases, whatever the scope: two looks at the ends of an index.
    ends = cases.model._default_manager.aggregate(newest=Max("received_at"), oldest=Min("received_at"))
    if ends["newest"] is None:
        return []
    spans = list(periods(_day(ends["newest"]), _day(ends["oldest"])))
    hits = cases.filter(
        _text_condition(words, hidden),
        # The same once more for whoever sees few organs: of each, an index has the cases of a period by themselves.
        GreaterThanOrEqual(received_in_utc(), RawSQL("period.since", [])),
        LessThan(received_in_utc(), RawSQL("period.until", [])),
        search_pairs__contains=RawSQL("ARRAY[period.mark]", []),
    )
    read_title = F("title") if hidden is None else Case(When(hidden, then=F("edited_title")), default=F("title"))
    hits = hits.annotate(read_title=read_title)
    # Ordered by an expression, which no index serves: else PostgreSQL walks all days where it thinks hits are near.
    hits = hits.order_by((F("received_at") + timedelta(0)).desc(), "-pk")[: MOST + 1]
    try:
        of_period, values = hits.values_list("pk", "received_at", "read_title").query.sql_with_params()
    except EmptyResultSet:  # nobody's scope
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT hit.* FROM"  # noqa: S608 - Django's own statement
            " unnest(%s::varchar(2)[], %s::timestamp[], %s::timestamp[]) AS period (mark, since, until)"
            f" CROSS JOIN LATERAL ({of_period}) AS hit LIMIT {MOST + 1}",
            [*(list(each) for each in zip(*spans, strict=True)), *values],
        )
        return cursor.fetchall()


def _text_condition(words: str, hidden: Q | None) -> Q:
    """Return the condition on the text: what the index holds, and where that is not enough a look at the text."""
    elements: set[str] = set()
    found, instead = Q(), Q()
    for word in _words(words):
        elements.update(pairs_of(word) or [word])
        # Pairs that stand apart are no word; a single one is the word itself, unless it was meant to pass for a mark.
        if len(word) > 2 or _is_private(word):
            found &= _stands_in(SEARCHED, word)
        # The index holds both texts of a hidden case, of which one is read.
        instead &= _stands_in(EDITED if len(word) > 1 else EDITED[:1], word)
    if not elements:
        return Q()
    if hidden is not None:
        found = (found & ~hidden) | (instead & hidden)
    return Q(search_pairs__contains=sorted(elements)) & found


def _stands_in(places: Iterable[str], word: str) -> Q:
    """Return the condition that the word stands there as it is, nearly always so, or in another width or case."""
    found = Q()
    for look_up in ("contains", "folded__icontains"):
        for place in places:
            found |= Q(**{f"{place}__{look_up}": word})
    return found


def _number_condition(words: str) -> Q | None:
    """Return the condition that one word is the beginning of a number, or what people read out of its end."""
    word = codes.normalise_number(words)
    if _NUMBER.fullmatch(word):
        return Q(number__startswith=word)
    return Q(number__in=codes.numbers_ending_in(word)) if _END_OF_NUMBER.fullmatch(word) else None


def periods(newest: int, oldest: int) -> Iterator[tuple[str, datetime, datetime]]:
    """
    Return the marks of all days from the newest to the oldest: short periods, then longer ones.

    Each comes with the moments, as ``received_in_utc`` is written, from which and before which its cases were received.
    """
    day = newest
    while day >= oldest:
        # The longest period that ends here, and is no longer than all that were before it.
        length = max(each for each in PERIODS if each == 1 or ((day + 1) % each == 0 and each <= newest - day))
        yield _mark(length, day), _begin_of(day - length + 1), _begin_of(day + 1)
        day -= length


def _begin_of(day: int) -> datetime:
    """Return when a day begins in UTC; whatever was before the first one counts as of that."""
    return datetime.combine(_FIRST_DAY + timedelta(days=day), time()) if day > 0 else datetime.min  # noqa: DTZ901


def _day(moment: datetime) -> int:
    return max(0, (moment.astimezone(UTC).date() - _FIRST_DAY).days)


def _mark(length: int, day: int) -> str:
    number = PERIODS.index(length) * _MARKS_OF_LENGTH + day // length
    return chr(_PRIVATE + number // _MARKS) + chr(_PRIVATE + number % _MARKS)


def _is_private(element: str) -> bool:
    return all(_PRIVATE <= ord(each) < _PRIVATE + _MARKS for each in element)


def marked(text: str, words: str) -> SafeString:
    """Return the text as HTML with each place at which one of the words stands in a ``mark`` element."""
    return _as_html(text, _spans(text, _words(words)))


def snippet(text: str, words: str) -> SafeString | None:
    """Return the piece of the text around the first word of two characters and more, marked; None if there is none."""
    text = " ".join(text.split())
    spans = _spans(text, [word for word in _words(words) if len(word) > 1])
    if not spans:
        return None
    begin = max(0, spans[0][0] - BEFORE)
    end = min(len(text), max(begin + AROUND, spans[0][1]))
    inside = [(first - begin, min(last, end) - begin) for first, last in spans if first < end]
    before, after = "…" if begin else "", "…" if end < len(text) else ""
    return format_html("{}{}{}", before, _as_html(text[begin:end], inside), after)


def _spans(text: str, words: Iterable[str]) -> list[tuple[int, int]]:
    """Return from where to where the words stand in the text, in order and without overlap."""
    if not (looked_for := list(words)):
        return []
    folded: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        as_compared = _folded(character)
        folded.append(as_compared)
        places += [place] * len(as_compared)
    whole = "".join(folded)
    hits = (each.span() for word in looked_for for each in re.finditer(re.escape(word), whole))
    found = sorted((places[begin], places[end - 1] + 1) for begin, end in hits)
    spans: list[tuple[int, int]] = []
    for begin, end in found:
        if spans and begin <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((begin, end))
    return spans


@lru_cache(maxsize=20_000)
def _folded(character: str) -> str:
    """Return a character as it is compared; a page of hits looks at the same few thousand again and again."""
    return unicodedata.normalize("NFKC", character).casefold()


def _as_html(text: str, spans: list[tuple[int, int]]) -> SafeString:
    if not spans:
        return escape(text)
    pieces: list[tuple[str, str]] = []
    done = 0
    for begin, end in spans:
        pieces.append((text[done:begin], text[begin:end]))
        done = end
    return format_html("{}{}", format_html_join("", "{}<mark>{}</mark>", pieces), text[done:])
