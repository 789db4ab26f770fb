"""
Search of cases: how pairs of characters (``efficiency.pairs``) answer for those whom some may know by the header alone.

Which cases a viewer may know of, and what they read of each, is part of every statement (docs/trust.md Z-14).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Case, DateTimeField, F, Func, Max, Min, Q, Value, When
from django.db.models.lookups import GreaterThanOrEqual, LessThan

from efficiency import codes, pairs
from efficiency.pairs import day_of, is_private, marks_of, normalise, pairs_of, periods, without_marks, words_of

if TYPE_CHECKING:
    from complaints.querysets import CaseQuerySet

# So many hits are ranked and shown; what is beyond them is "more than".
MOST = 1_000
# So many numbers that begin alike are shown first.
MOST_NUMBERS = 20
SEARCHED = ("title", "description", "named_person")
EDITED = ("edited_title", "edited_text")
# Beginning of a number, and what people read out of its end: the sequence, with or without the check digit.
_NUMBER = re.compile(r"XN20\d{0,16}")
_END_OF_NUMBER = re.compile(r"\d{1,14}")


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
    of_texts = pairs_of(title, description, named_person, edited_title, edited_text)
    found = {*of_texts, *normalise(title), *normalise(edited_title)} - {" "}
    return [*without_marks(found), *marks_of(received_at)]


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
    looked_for = words_of(words)

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
    spans = list(periods(day_of(ends["newest"]), day_of(ends["oldest"])))
    hits = cases.filter(
        _text_condition(words, hidden),
        # The same once more for whoever sees few organs: of each, an index has the cases of a period by themselves.
        GreaterThanOrEqual(received_in_utc(), pairs.since()),
        LessThan(received_in_utc(), pairs.until()),
        search_pairs__contains=pairs.in_period(),
    )
    read_title = F("title") if hidden is None else Case(When(hidden, then=F("edited_title")), default=F("title"))
    hits = hits.annotate(read_title=read_title)
    # Ordered by an expression, which no index serves: else PostgreSQL walks all days where it thinks hits are near.
    hits = hits.order_by((F("received_at") + timedelta(0)).desc(), "-pk")[: MOST + 1]
    return pairs.newest(hits, "pk", "received_at", "read_title", spans=spans, most=MOST + 1)


def _text_condition(words: str, hidden: Q | None) -> Q:
    """Return the condition on the text: what the index holds, and where that is not enough a look at the text."""
    elements: set[str] = set()
    found, instead = Q(), Q()
    for word in words_of(words):
        elements.update(pairs_of(word) or [word])
        # Pairs that stand apart are no word; a single one is the word itself, unless it was meant to pass for a mark.
        if len(word) > 2 or is_private(word):
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
