"""The lists of public documents: what is found under filters, with words or without, and what the front page shows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import pgettext_lazy

from disclosure.automatic import sources
from disclosure.documents import markup
from disclosure.enums import Category, Door, VersionState
from disclosure.models import Column, Document, DocumentVersion, OwedPublication
from disclosure.public import search, validity
from disclosure.public.filters import DocumentFilter
from efficiency import pairs
from efficiency.access.admin import BoundedPaginator
from efficiency.organs.models import Organ

PAGE_SIZE = 25
NEWEST = 8
# So much of a text is shown around a hit; so much before it and after its beginning is read for that.
AROUND = 96
READ_BEFORE, READ_AFTER = 100, 400
# So much of a text is folded where a word does not stand there as it was typed: that takes long.
FOLDED = 50_000
MOST_OWED = 5
# Signs of Markdown, which an excerpt leaves out: the line below the head of a table, the ends of links, what begins a
# line, what stands around words.
_SIGNS = re.compile(r"^[ \t|:]*-{3,}[-|: \t]*$|\]\([^)\s]*\)|^[#>|\s]+|^\s*[-*+]\s|[*_`\[|]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Tag:
    """Whether a document holds: a word and its look."""

    word: str
    look: str


@dataclass(frozen=True, slots=True)
class Line:
    """A document in a list; after a search its title is marked, and the piece around the first hit follows."""

    document: Document
    title: SafeString | str
    excerpt: SafeString | str
    tag: Tag


@dataclass(frozen=True, slots=True)
class Found:
    """A page of what was found: the lines, how they are counted, and what would be there if there is nothing."""

    page: Page
    lines: Sequence[Line]
    is_more: bool
    owed: Sequence[OwedPublication]


def found(asked: DocumentFilter, number: str | None) -> Found:
    """Return a page of the documents that are asked for: the newest first, with words the best first."""
    paginator: Any
    if search.words_of(asked.words):
        hits = search.best(asked.words, asked.narrowing())
        paginator, is_more = Paginator(hits.keys, PAGE_SIZE), hits.is_more
        page = paginator.get_page(number)
        by_key = shown(Document.objects.filter(pk__in=list(page.object_list))).in_bulk()
        documents = [by_key[key] for key in page.object_list if key in by_key]
    else:
        paginator = BoundedPaginator(asked.qs.order_by("-published_at", "-pk"), PAGE_SIZE)
        page = paginator.get_page(number)
        documents = list(shown(page.object_list))
        is_more = paginator.is_more
    lines = _lines(documents, asked.words, asked.today)
    return Found(page, lines, is_more, _owed(asked) if not lines else ())


def shown(documents: Any) -> QuerySet[Document]:
    """Read what a list shows of a document, in one query, and neither its text nor its elements of the index."""
    rows = documents.select_related("public_version", "organ", "column")
    return rows.defer("search_pairs", "public_version__body")


def newest(on: date, *, most: int = NEWEST) -> Sequence[Line]:
    """Return the newest documents that everybody may read, at most so many."""
    rows = Document.objects.filter(published_at__isnull=False).readable().order_by("-published_at", "-pk")
    return _lines(list(shown(rows)[:most]), "", on)


def tag_of(document: Document, on: date) -> Tag:
    """Return whether a public document holds on the day, or that it was withdrawn."""
    version = document.public_version
    if version is None or version.state == VersionState.WITHDRAWN:
        return Tag(str(VersionState.WITHDRAWN.label), "over-outline")
    found = validity.validity_of(version, on)
    return Tag(str(found.label), validity.LOOKS[found])


def _lines(documents: Sequence[Document], words: str, on: date) -> list[Line]:
    looked_for = search.words_of(words)
    pieces = _pieces(documents, looked_for)
    return [
        _line(document, " ".join(looked_for), pieces.get(document.public_version_id, ()), on) for document in documents
    ]


def _line(document: Document, words: str, pieces: Sequence[str], on: date) -> Line:
    version = cast(DocumentVersion, document.public_version)  # the lists hold public documents alone
    is_readable = version.state == VersionState.PUBLISHED
    title = sources.title_of(document.source, version)
    if not words:
        return Line(document, title, version.summary if is_readable else "", tag_of(document, on))
    excerpt: SafeString | str = ""
    if is_readable:
        hits = (pairs.snippet(text, words, around=AROUND) for text in (version.summary, *pieces))
        excerpt = next((hit for hit in hits if hit is not None), version.summary)
    return Line(document, pairs.marked(title, words), excerpt, tag_of(document, on))


# Where the first of the words stands in each text and file of the versions, and the piece around it. Where it does not
# stand there in this width, the text is folded; if that makes it longer, the places differ, and the piece is of the
# folded text.
_PIECES = """
SELECT texts.version, texts.place = 0,
       substr(CASE WHEN typed.at IS NOT NULL OR length(folded.text) = least(length(texts.text), %(folded)s)
                   THEN texts.text ELSE folded.text END,
              greatest(coalesce(typed.at, folded.at) - %(before)s, 1), %(size)s)
  FROM (SELECT id AS version, 0 AS place, regexp_replace(body, %(marks)s, '', 'g') AS text
          FROM disclosure_documentversion WHERE id = ANY(%(versions)s::bigint[])
         UNION ALL
        SELECT version_id, position, text
          FROM disclosure_documentfile WHERE version_id = ANY(%(versions)s::bigint[]) AND harmful = '') AS texts
 CROSS JOIN LATERAL (SELECT min(nullif(strpos(lower(texts.text), word), 0)) AS at
                       FROM unnest(%(words)s::text[]) AS word) AS typed
  LEFT JOIN LATERAL (SELECT whole.text, min(nullif(strpos(whole.text, word), 0)) AS at
                       FROM (SELECT normalize(lower(left(texts.text, %(folded)s)), NFKC) AS text OFFSET 0) AS whole,
                            unnest(%(words)s::text[]) AS word
                      GROUP BY whole.text) AS folded ON typed.at IS NULL
 WHERE coalesce(typed.at, folded.at) IS NOT NULL
 ORDER BY texts.version, texts.place
"""


def _pieces(documents: Sequence[Document], words: Sequence[str]) -> dict[int | None, list[str]]:
    """
    Return the pieces of the texts and files around the first hit in each, by version, in one query.

    PostgreSQL cuts them out: a text may have a hundred thousand characters, and a page has 25 of them.
    """
    longer = [word for word in words if len(word) > 1]
    versions = [each.public_version_id for each in documents]
    found: dict[int | None, list[str]] = {}
    if not longer or not versions:
        return found
    size = READ_BEFORE + READ_AFTER
    given: dict[str, Any] = {
        "versions": versions,
        "marks": markup.MARKS_INSIDE_WORDS,
        "words": longer,
        "before": READ_BEFORE,
        "size": size,
        "folded": FOLDED,
    }
    with connection.cursor() as cursor:
        cursor.execute(_PIECES, given)
        for version, is_body, piece in cursor.fetchall():
            found.setdefault(version, []).append(_SIGNS.sub("", piece) if is_body else piece)
    return found


def _owed(asked: DocumentFilter) -> Sequence[OwedPublication]:
    """Return what is still to be published where nothing was found: of the organ, under the headings asked for."""
    chosen = asked.chosen
    if "organ" not in chosen or not chosen.keys() & {"category", "column"}:
        return ()
    owed = OwedPublication.objects.open().filter(organ_id=chosen["organ"].pk)
    if "column" in chosen:
        owed = owed.filter(duty__column_id=chosen["column"].pk)
    if "category" in chosen:
        owed = owed.filter(duty__column__category=chosen["category"])
    return list(owed.select_related("duty").order_by("due_on", "pk")[:MOST_OWED])


# --- The front page --------------------------------------------------------------------------------------------------

# The categories of each organ under which it has a document that holds: a look at an index for each organ and heading.
# The bound keeps it that; without one PostgreSQL may read all documents and join them. Headings no longer in use count
# as on the board: what was published under them holds.
_COVERED = """
SELECT o.id, c.category
  FROM unnest(%(organs)s::bigint[]) AS o (id)
 CROSS JOIN (SELECT id, category FROM disclosure_column WHERE category <> '') AS c
 CROSS JOIN LATERAL (
    SELECT FROM disclosure_document AS d JOIN disclosure_documentversion AS v ON v.id = d.public_version_id
     WHERE d.organ_id = o.id AND d.column_id = c.id AND d.published_at IS NOT NULL
       AND v.state = 'published' AND (v.repealed_on IS NULL OR v.repealed_on > %(on)s)
       AND (v.valid_until IS NULL OR v.valid_until >= %(on)s)
     LIMIT 1
 ) AS held
 GROUP BY o.id, c.category
"""


@dataclass(frozen=True, slots=True)
class Cell:
    """Whether an organ has a document that holds under a category."""

    category: Category
    is_covered: bool


@dataclass(frozen=True, slots=True)
class Coverage:
    """An organ with its six categories."""

    organ: Organ
    cells: Sequence[Cell]

    @property
    def covered(self) -> int:
        """How many of the six it has."""
        return sum(cell.is_covered for cell in self.cells)


@dataclass(frozen=True, slots=True)
class DoorView:
    """One of the four fixed parts of disclosure, and what it leads to."""

    door: Door
    text: str
    href: str


def coverage(organs: Sequence[Organ], on: date) -> Sequence[Coverage]:
    """Return which of the six categories each organ has a document under that holds on the day: one query."""
    with connection.cursor() as cursor:
        cursor.execute(_COVERED, {"organs": [organ.pk for organ in organs], "on": on})
        covered = set(cursor.fetchall())
    return [
        Coverage(organ, [Cell(category, (organ.pk, category.value) in covered) for category in Category])
        for organ in organs
    ]


def organs_of(on: date) -> QuerySet[Organ]:
    """Return the organs of which disclosure is expected, in the order of the office."""
    return Organ.objects.active(on).order_by("position", "sort_key", "id")


def columns_by_category() -> list[tuple[Category, list[Column]]]:
    """Return the headings of the catalogue under the six categories."""
    columns = list(Column.objects.filter(is_active=True).exclude(category=""))
    return [(category, [column for column in columns if column.category == category]) for category in Category]


def columns_of_the_law() -> list[Column]:
    """Return the headings of statutory disclosure that are outside of the six categories."""
    return list(Column.objects.filter(is_active=True, category="", door=Door.STATUTORY))


DOOR_TEXTS = {
    Door.GUIDE: pgettext_lazy("part of disclosure", "What is public, where to find it, how to ask for more"),
    Door.RULES: pgettext_lazy("part of disclosure", "The laws and rules that disclosure follows"),
    Door.STATUTORY: pgettext_lazy("part of disclosure", "What organs publish on their own motion, heading by heading"),
    Door.ANNUAL: pgettext_lazy("part of disclosure", "How each organ kept its duty to disclose, year by year"),
}


def doors() -> list[DoorView]:
    """Return the four parts in their fixed order."""
    return [DoorView(door, str(DOOR_TEXTS[door]), f"?door={door.value}") for door in Door]


def today(at: datetime) -> date:
    """Return the local day of a moment."""
    return timezone.localdate(at)
