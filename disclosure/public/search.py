"""
Search of documents in Chinese: title and numbers before text, the newest first, inside of any filter.

Whatever is public everybody may know of, so there is no scope; what may not be read any more is not in the index
(``disclosure.public.indexing``).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import models
from django.db.models import Exists, F, Max, Min, OuterRef, Q, QuerySet, Transform

from disclosure.documents import markup
from disclosure.enums import VersionState
from disclosure.models import Document, DocumentFile
from disclosure.public.indexing import TITLE, parts_of_number
from efficiency import pairs

# So many hits are ranked and shown; what is beyond them is "more than" (docs/trust.md R-08).
MOST = 300
# So many numbers that begin alike are shown first.
MOST_NUMBERS = 20
NAMES = ("public_version__title", "public_version__document_number")
TEXTS = ("public_version__title", "public_version__summary", "public_version__body")
# The text as it is read, where marks stand inside of a word: looked at last, as it is put together for that.
_READ = "public_version__body__unmarked__folded__icontains"
# 佛建〔2026〕12号, however its brackets are typed: whose number it is, year, running number.
_NUMBER = re.compile(r"(\D{1,20}?)\s*[\[(〔【\s]\s*(\d{4})\s*[\])〕】\s]\s*(?:第\s*)?(\d{1,6})\s*号?")
# The beginning of an index number: code of the organ, year, running number.
_INDEX_NUMBER = re.compile(r"[\w-]{1,40}/\d{4}(/\d{0,8})?", re.ASCII)


@models.TextField.register_lookup
class Unmarked(Transform):
    """A text without the marks of Markdown that can stand inside of words, in PostgreSQL: ``body__unmarked``."""

    lookup_name = "unmarked"

    def as_sql(self, compiler: Any, connection: Any, **_context: Any) -> tuple[str, tuple[Any, ...]]:  # type: ignore[override]
        """Return it as an expression."""
        inner, values = compiler.compile(self.lhs)
        return f"regexp_replace({inner}, %s, '', 'g')", (*values, markup.MARKS_INSIDE_WORDS)


@dataclass(frozen=True, slots=True)
class Hits:
    """Keys of the documents found, the best first, and whether there are more than ``MOST``."""

    keys: list[int]
    is_more: bool


@dataclass(frozen=True, slots=True)
class Narrowing:
    """
    How a search is narrowed down: ``facets`` inside the index, ``rows`` beside it, days of publication from and before.

    ``rows`` are looked at one by one, so what can be a facet is one.
    """

    facets: Sequence[str] = ()
    rows: Q = field(default_factory=Q)
    since: date | None = None
    until: date | None = None


def best(words: str, narrowed: Narrowing | None = None) -> Hits:
    """
    Return which public documents contain every word: by number, then in the title, then in the text.

    Among equals the newest is first; with several words those with more of them in the title come before. Where more
    than ``MOST`` are found, the newest of the titles are shown, and what room is left goes to the newest of the texts.
    """
    narrowed = narrowed or Narrowing()
    looked_for = words_of(words)
    if not looked_for:
        return Hits([], is_more=False)
    spans = _spans(narrowed)
    found: dict[int, None] = dict.fromkeys(_by_number(words, narrowed))
    titles = _newest(_in_names(looked_for), narrowed, spans)
    found |= dict.fromkeys(key for key, _published_at, _title in titles)
    # A single character is looked for in titles alone.
    if len(found) <= MOST and any(len(word) > 1 for word in looked_for):
        texts = _newest(_in_texts(looked_for), narrowed, spans)

        def rank(hit: tuple[Any, ...]) -> tuple[int, Any, int]:
            key, published_at, title = hit
            folded = pairs.normalise(title)
            return sum(word in folded for word in looked_for), published_at, key

        found |= dict.fromkeys(key for key, _published_at, _title in sorted(texts, key=rank, reverse=True))
    keys = list(found)
    return Hits(keys[:MOST], is_more=len(keys) > MOST)


def words_of(words: str) -> list[str]:
    """Return what is looked for: brackets of numbers part words as white space does."""
    return pairs.words_of(parts_of_number(words))


def _spans(narrowed: Narrowing) -> list[pairs.Span]:
    """Return the periods to look through, the newest first: two looks at the ends of an index."""
    published = Document.objects.filter(published_at__isnull=False)
    ends = published.aggregate(newest=Max("published_at"), oldest=Min("published_at"))
    if ends["newest"] is None:
        return []
    newest, oldest = pairs.day_of(ends["newest"]), pairs.day_of(ends["oldest"])
    # Marks are of days in UTC, a few hours apart from those of the filter: a day more at either end.
    if narrowed.until is not None:
        newest = min(newest, pairs.day_number(narrowed.until + timedelta(days=1)))
    if narrowed.since is not None:
        oldest = max(oldest, pairs.day_number(narrowed.since - timedelta(days=1)))
    return list(pairs.periods(newest, oldest))


def _newest(condition: Q, narrowed: Narrowing, spans: Sequence[pairs.Span]) -> list[tuple[Any, ...]]:
    """Return key, moment and title of the newest documents that meet the condition, at most one more than ``MOST``."""
    # Each condition on the array by itself, so that the parser of PostgreSQL sees constants it can plan with.
    hits = Document.objects.filter(condition, narrowed.rows, search_pairs__contains=pairs.in_period())
    if narrowed.facets:
        hits = hits.filter(search_pairs__contains=list(narrowed.facets))
    # Ordered by an expression, which no index serves: else PostgreSQL walks all days where it thinks hits are near.
    hits = hits.order_by((F("published_at") + timedelta(0)).desc(), "-pk")[: MOST + 1]
    return pairs.newest(hits, "pk", "published_at", "public_version__title", spans=spans, most=MOST + 1)


def _in_names(words: Sequence[str]) -> Q:
    """Return the condition that each word stands in title or numbers."""
    elements: set[str] = set()
    found = Q()
    for word in words:
        elements.update(f"{TITLE}{pair}" for pair in pairs.pairs_of(word))
        if len(word) == 1:
            elements.add(word)
        # Pairs that stand apart are no word; a single one is the word itself, unless it was meant to pass for a mark.
        if len(word) > 2 or pairs.is_private(word):
            found &= _stands_in(NAMES, word)
    return Q(search_pairs__contains=sorted(elements)) & found


def _in_texts(words: Sequence[str]) -> Q:
    """Return the condition that each word stands somewhere; what the index cannot say is looked for in the texts."""
    elements: set[str] = set()
    found = Q()
    for word in words:
        elements.update(pairs.pairs_of(word) or [word])
        if len(word) > 2 or pairs.is_private(word):
            found &= _stands_in(TEXTS + NAMES[1:], word) | Q(**{_READ: word}) | _in_files(word)
    # What may be read no more has titles and numbers alone in the index.
    return Q(search_pairs__contains=sorted(elements), public_version__state=VersionState.PUBLISHED) & found


def _stands_in(places: Iterable[str], word: str) -> Q:
    """Return the condition that the word stands there as it is, nearly always so, or in another width or case."""
    found = Q()
    for look_up in ("contains", "folded__icontains"):
        for place in places:
            found |= Q(**{f"{place}__{look_up}": word})
    return found


def _in_files(word: str) -> Q:
    """Return the condition that the word stands in a file of the public version."""
    files = DocumentFile.objects.filter(version=OuterRef("public_version"), harmful="")
    return Q(Exists(files.filter(_stands_in(("text",), word))))


def _by_number(words: str, narrowed: Narrowing) -> list[int]:
    """Return the documents whose number is meant, or whose index number begins so: two looks at indexes."""
    text = words.strip()
    meant = Q(index_number__startswith=text) if _INDEX_NUMBER.fullmatch(text) else Q()
    if number := canonical_number(words):
        meant |= Q(public_version__document_number=number)
    if not meant:
        return []
    hits: QuerySet[Document] = Document.objects.public().filter(meant, narrowed.rows)
    if narrowed.facets:
        hits = hits.filter(search_pairs__contains=list(narrowed.facets))
    return list(hits.order_by("-published_at", "-pk").values_list("pk", flat=True)[:MOST_NUMBERS])


def canonical_number(words: str) -> str:
    """Return a document number as it is written, 佛建〔2026〕12号, from whatever was typed; nothing for other words."""
    met = _NUMBER.fullmatch(pairs.normalise(words))
    return f"{met[1].strip()}〔{met[2]}〕{int(met[3])}号" if met else ""
