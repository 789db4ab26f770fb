"""
Search in Chinese: pairs of characters and a mark for the day in one array with a GIN index, then a recheck of the text.

A trigram index cannot answer words of two characters, which most Chinese words have; pairs answer any length from two
up (docs/decisions/0004-pairs-of-characters-for-search.md). A word may stand in a million cases. No search reads them
all: the marks let it look at the newest days first and stop as soon as it has enough.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Case as Conditional
from django.db.models import CharField, F, Max, Min, Q, TextField, Transform, Value, When
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from complaints import codes

if TYPE_CHECKING:
    from django.db.models.expressions import Combinable

    from complaints.querysets import CaseQuerySet

# So many hits are ranked and shown; what is beyond them is "more than".
MOST = 1_000
# More words than these are not looked for.
MOST_WORDS = 8
# So many numbers that begin alike are shown first.
MOST_NUMBERS = 20
# Each stretch of days that is looked through is so many times as long as the one after it.
LONGER = 3
# So many characters of the text stand before its first hit, and in all.
BEFORE, AROUND = 16, 72
SEARCHED = ("title", "description", "named_person")
# Marks of days are pairs of characters for private use, which no pair of a text has.
_PRIVATE, _MARKS = 0xE000, 0x1900
_FIRST_DAY = date(2000, 1, 1)
# Beginning of a number, and what people read out of its end: the sequence, with or without the check digit.
_NUMBER = re.compile(r"XN20\d{0,16}")
_END_OF_NUMBER = re.compile(r"\d{1,14}")
_CENTURY = range(2000, 2100)


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


def elements_of(*, title: str, description: str, named_person: str, received_at: datetime) -> list[str]:
    """
    Return what the index of a case holds: pairs of title, text and named person, characters of the title, the day.

    Single characters are kept for the title alone, as those of a text would double the index.
    """
    found = {*pairs_of(title, description, named_person), *normalise(title)} - {" "}
    return [*sorted(each for each in found if not _is_private(each)), mark_of(received_at)]


def mark_of(moment: datetime) -> str:
    """Return the mark of the day (in UTC) of a moment; days before the year 2000 share one."""
    return _mark(_day(moment))


def condition(words: str) -> Q:
    """
    Return the condition that every word (split at white space) stands in title, text or named person.

    A single character is looked for in the title. One word of digits may also be (the end of) a number.
    """
    found = _text_condition(words)
    return found | numbers if (numbers := _number_condition(words)) else found


def best(cases: "CaseQuerySet", words: str) -> Hits:
    """
    Return which of ``cases``, scoped and filtered before, contain the words: numbers first, then title before text.

    Among equals the newest is first. Of a word that stands in more than ``MOST`` of them the newest ``MOST`` are
    ranked; days are looked through from the newest on, in stretches, until there are so many.
    """
    cases = cases.order_by()
    numbers: list[int] = []
    if (is_number := _number_condition(words)) is not None:
        alike = cases.filter(is_number).order_by("-received_at", "-pk")
        numbers = list(alike.values_list("pk", flat=True)[:MOST_NUMBERS])
    in_title = _words_in_title(words)
    # Ordered by an expression, which no index serves: else PostgreSQL walks all days where it thinks hits are near.
    matching = cases.filter(_text_condition(words)).order_by((F("received_at") + timedelta(0)).desc(), "-pk")
    found: list[tuple[int, float, int]] = []
    for marks in _stretches(cases):
        rows = matching.filter(search_pairs__overlap=marks).annotate(in_title=in_title)
        for pk, in_title_count, received_at in rows.values_list("pk", "in_title", "received_at")[: MOST + 1]:
            found.append((in_title_count, received_at.timestamp(), pk))
        if len(found) > MOST:
            break
    ranked = [pk for _count, _moment, pk in sorted(found[:MOST], reverse=True)]
    known = frozenset(numbers)
    keys = [*numbers, *(pk for pk in ranked if pk not in known)]
    return Hits(keys[:MOST], is_more=len(found) > MOST)


def _text_condition(words: str) -> Q:
    elements: set[str] = set()
    found = Q()
    for word in _words(words):
        elements.update(pairs_of(word) or [word])
        places = SEARCHED if len(word) > 1 else SEARCHED[:1]
        stands_in = Q()
        for place in places:
            stands_in |= Q(**{f"{place}__folded__icontains": word})
        found &= stands_in
    return Q(search_pairs__contains=sorted(elements)) & found if elements else found


def _number_condition(words: str) -> Q | None:
    """Return the condition that one word is the beginning of a number, or what people read out of its end."""
    word = codes.normalise_number(words)
    if _NUMBER.fullmatch(word):
        return Q(number__startswith=word)
    if not _END_OF_NUMBER.fullmatch(word):
        return None
    found = Q()
    for year in _CENTURY:
        found |= Q(number__startswith=f"{codes.PREFIX}{year}{word.zfill(6)}")
    return found


def _words_in_title(words: str) -> "Combinable":
    """Return the expression that counts how many of the words stand in the title."""
    count: Combinable = Value(0)
    for word in _words(words):
        count = count + Conditional(When(title__folded__icontains=word, then=1), default=0)
    return count


def _stretches(cases: "CaseQuerySet") -> Iterator[list[str]]:
    """Return the days on which cases were received, newest first, as lists of their marks that grow longer."""
    # Of all cases, whatever the scope: two looks at the ends of an index.
    ends = cases.model._default_manager.aggregate(oldest=Min("received_at"), newest=Max("received_at"))
    if ends["newest"] is None:
        return
    day, oldest, length = _day(ends["newest"]), _day(ends["oldest"]), 1
    while day >= oldest:
        last = max(oldest, day - length + 1)
        yield [_mark(each) for each in range(day, last - 1, -1)]
        day, length = last - 1, length * LONGER


def _day(moment: datetime) -> int:
    return max(0, (moment.astimezone(UTC).date() - _FIRST_DAY).days)


def _mark(day: int) -> str:
    return chr(_PRIVATE + day // _MARKS) + chr(_PRIVATE + day % _MARKS)


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
    folded: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        as_compared = unicodedata.normalize("NFKC", character).casefold()
        folded.append(as_compared)
        places += [place] * len(as_compared)
    whole = "".join(folded)
    hits = (each.span() for word in words for each in re.finditer(re.escape(word), whole))
    found = sorted((places[begin], places[end - 1] + 1) for begin, end in hits)
    spans: list[tuple[int, int]] = []
    for begin, end in found:
        if spans and begin <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((begin, end))
    return spans


def _as_html(text: str, spans: list[tuple[int, int]]) -> SafeString:
    pieces: list[tuple[str, str]] = []
    done = 0
    for begin, end in spans:
        pieces.append((text[done:begin], text[begin:end]))
        done = end
    return format_html("{}{}", format_html_join("", "{}<mark>{}</mark>", pieces), text[done:])
