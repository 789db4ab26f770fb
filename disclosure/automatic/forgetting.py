"""
What documents said of facts whose words are to be erased where they are not public (docs/trust.md P-10).

In its place stands ``GONE``; numbers, days, states and steps stay. What everybody reads stays as long as they do.
"""

from collections.abc import Collection

from django.db.models import OuterRef, Subquery

from disclosure.enums import VersionState
from disclosure.models import Document, DocumentVersion, OwedPublication, PublicationDuty
from disclosure.public import indexing
from efficiency.audit.append_only import GONE

ENDED = (VersionState.REPLACED, VersionState.WITHDRAWN, VersionState.DISCARDED, VersionState.KEPT)


def forget(kind: str, keys: Collection[str]) -> None:
    """Erase the words of all that is not public of the documents made of these facts, and of what was owed on them."""
    of_them = DocumentVersion.objects.filter(document__source=kind, document__source_key__in=keys, state__in=ENDED)
    of_them.exclude(summary="").update(summary=GONE)
    of_them.update(title=GONE, body=GONE)
    title = PublicationDuty.objects.filter(pk=OuterRef("duty")).values("title")
    OwedPublication.objects.filter(duty__event=kind, source_key__in=keys).update(title=Subquery(title))
    gone = Document.objects.filter(source=kind, source_key__in=keys, public_version__state=VersionState.WITHDRAWN)
    for document in gone.select_related("public_version"):
        indexing.index(document, document.public_version)
