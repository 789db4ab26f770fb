"""
What is searched by of a document: written with each publication and withdrawal, in the same transaction.

One array with a GIN index holds everything (docs/decisions/0025-titles-and-facets-in-the-index-of-documents.md):

- pairs of characters of title, document number, text and attachments, and the single characters of the title; of the
  text as it is written and as it is read, where marks of Markdown stand inside of words;
- the pairs of title and number once more behind ``TITLE``, so that titles are found before texts at any size;
- the marks of the day of publication (``efficiency.pairs``);
- organ, column and theme, so that a filter narrows down inside the index.

Elements tell themselves apart by their length: pairs have two characters, pairs of titles three, facets more. Index
numbers are not among them, as their pairs of digits would be those of all documents: an index of their own finds them.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from disclosure.automatic import sources
from disclosure.documents import markup
from disclosure.enums import VersionState
from efficiency.pairs import marks_of, normalise, pairs_of, without_marks

if TYPE_CHECKING:
    from disclosure.models import Document, DocumentVersion

TITLE = "t"
# Brackets of document numbers, which people type in many ways and leave out: 〔2026〕, [2026], (2026).
_BRACKETS = str.maketrans(dict.fromkeys("〔〕［］[]【】()（）〈〉", " "))


def index(document: "Document", version: "DocumentVersion | None") -> None:
    """
    Store what the document is found by, now that everybody reads ``version`` of it, or that it was withdrawn.

    Called in the transaction of the step, after the rows of version and files are written. Of a withdrawn version the
    title and the number stay, nothing of its text, and of words of citizens not the title either (P-14); with None the
    document is not found at all.
    """
    document.search_pairs = elements_for(document, version)
    type(document)._default_manager.filter(pk=document.pk).update(search_pairs=document.search_pairs)


def follow(document: "Document", _at: datetime) -> None:
    """Index the document anew, as what everybody may read of it has changed (``disclosure.documents.following``)."""
    index(document, document.public_version)


def elements_for(document: "Document", version: "DocumentVersion | None", *, has_files: bool = True) -> list[str]:
    """Return the elements of a document as they ought to be; a query for the texts of its files, if it may have any."""
    if version is None or version.published_at is None:
        return []
    is_readable = version.state == VersionState.PUBLISHED
    body = version.body
    # What a reader reads as one word may be written with marks in it: 行政 in bold, then 许可.
    texts = (version.summary, body, markup.to_text(body) if markup.may_part_words(body) else "")
    files = [file.text for file in version.files.all() if not file.harmful] if is_readable and has_files else []
    return elements_of(
        title=sources.title_of(document.source, version),
        number=version.document_number,
        texts=(*texts, *files) if is_readable else (),
        published_at=version.published_at,
        facets=facets_of(document.organ_id, document.column_id, document.theme),
    )


def elements_of(
    *, title: str, number: str, texts: Iterable[str], published_at: datetime, facets: Iterable[str]
) -> list[str]:
    """Return the elements of the index for these texts, each once."""
    named = pairs_of(title, parts_of_number(number))
    found = {*named, *pairs_of(*texts), *normalise(title)} - {" "}
    return [
        *without_marks(found),
        *(f"{TITLE}{pair}" for pair in without_marks(named)),
        *marks_of(published_at),
        *facets,
    ]


def facets_of(organ_id: int, column_id: int, theme: str) -> list[str]:
    """Return the elements by which filters narrow down inside the index."""
    return [organ_facet(organ_id), column_facet(column_id), *([theme_facet(theme)] if theme else [])]


def organ_facet(organ_id: int) -> str:
    """Return the element of an organ."""
    return f"organ:{organ_id}"


def column_facet(column_id: int) -> str:
    """Return the element of a heading of the catalogue."""
    return f"column:{column_id}"


def theme_facet(theme: str) -> str:
    """Return the element of a theme."""
    return f"theme:{theme}"


def parts_of_number(number: str) -> str:
    """Return the parts of a document number, apart at its brackets: 佛建〔2026〕12号 as 佛建 2026 12号."""
    return number.translate(_BRACKETS)
