"""What may be public already: looked for before somebody asks for it (docs/ui.md 5.6)."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from disclosure.models import Document
from disclosure.public import search

MOST = 5
SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Hit:
    """A public document that may be what is wanted."""

    title: str
    number: str
    organ: str
    published_at: datetime | None
    href: str


def public_already(words: str) -> list[Hit]:
    """Return a few readable documents that say the words, the best first."""
    if len(words) < SHORTEST:
        return []
    keys = search.best(words.replace("\x00", " ")).keys[:MOST]
    rows = Document.objects.readable().select_related("public_version", "organ").in_bulk(keys)
    return [
        Hit(
            title=row.public_version.title if row.public_version else "",
            number=(row.public_version.document_number if row.public_version else "") or row.index_number or "",
            organ=row.organ.name,
            published_at=row.published_at,
            href=reverse("disclosure:document", args=[row.pk]),
        )
        for row in (rows[key] for key in keys if key in rows)
    ]
