"""What may be public already: looked for before somebody asks for it (docs/ui.md 5.6)."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.urls import NoReverseMatch, reverse

from disclosure.models import Document

MOST = 5
SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Hit:
    """A public document that may be what is wanted."""

    pk: int
    title: str
    number: str
    organ: str
    published_at: datetime | None
    href: str


def public_already(words: str) -> list[Hit]:
    """Return a few readable documents whose title or number holds all the words, the newest first."""
    parts = [part for part in words.replace("\x00", " ").split()[:6] if len(part) >= SHORTEST]
    if not parts:
        return []
    wanted = Q()
    for part in parts:
        wanted &= (
            Q(public_version__title__icontains=part)
            | Q(public_version__document_number__icontains=part)
            | Q(index_number__icontains=part)
        )
    rows = Document.objects.readable().filter(wanted).select_related("public_version", "organ")
    return [
        Hit(
            pk=row.pk,
            title=row.public_version.title if row.public_version else "",
            number=(row.public_version.document_number if row.public_version else "") or row.index_number or "",
            organ=row.organ.name,
            published_at=row.published_at,
            href=_address(row.pk),
        )
        for row in rows.order_by("-published_at", "-id")[:MOST]
    ]


def _address(pk: int) -> str:
    """Return the page of a document; nothing where the portal has no such pages."""
    try:
        return reverse("disclosure:document", args=[pk])
    except NoReverseMatch:
        return ""
