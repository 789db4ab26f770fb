"""
Who may know of documents before everybody does, and how a person stands to them (docs/trust.md Z-01, Z-02).

Editors and section heads work for their own organ; leaders, the office and its inspectors reach what lies below them.
"""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from django.db.models import QuerySet

from disclosure.models import Document, DocumentFile, DocumentVersion
from efficiency.access.may import register_relation, ways
from efficiency.access.rows import register_rows
from efficiency.access.scope import Scope, Seat, scope_of
from efficiency.organs.models import Organ, Role

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from efficiency.access.models import User

    Person = User | AnonymousUser

# Their own organ alone, whatever lies below it.
OF_OWN_ORGAN = frozenset({Role.DISCLOSURE_EDITOR, Role.CLERK})


def organs_in_reach(user: "Person", action: str) -> frozenset[int]:
    """
    Return the ids of the organs with whose documents ``user`` may do ``action``.

    :raises KeyError: the matrix does not know the action
    """
    return frozenset().union(*(_reached(seat) for seat, _cell in ways(scope_of(user).seats, action)))


def organs_of(user: "Person", *, on: date) -> QuerySet[Organ]:
    """Return the organs for which ``user`` may write documents."""
    return Organ.objects.active(on).filter(pk__in=organs_in_reach(user, "document.draft"))


def documents_of(user: "Person") -> QuerySet[Document]:
    """Return the documents that ``user`` may work with or look at, whatever state they are in."""
    return Document.objects.filter(organ__in=organs_in_reach(user, "document.see"))


def versions_of(user: "Person") -> QuerySet[DocumentVersion]:
    """Return the versions that ``user`` may know of."""
    return DocumentVersion.objects.filter(document__organ__in=organs_in_reach(user, "document.see"))


def files_of(user: "Person") -> QuerySet[DocumentFile]:
    """Return the files that ``user`` may fetch as staff."""
    return DocumentFile.objects.filter(version__document__organ__in=organs_in_reach(user, "document.see"))


def seats_to(scope: Scope, document: Document) -> Iterable[Seat]:
    """Return the seats that reach the organ of the document."""
    return [seat for seat in scope.seats if document.organ_id in _reached(seat)]


def seats_to_version(scope: Scope, version: DocumentVersion) -> Iterable[Seat]:
    """Return the seats that reach the organ of the version's document."""
    return seats_to(scope, version.document)


def _reached(seat: Seat) -> frozenset[int]:
    return frozenset({seat.organ_id}) if seat.role in OF_OWN_ORGAN else seat.organ_ids


def register() -> None:
    """Make the answers known; called once Django is ready."""
    register_relation(Document, seats_to)
    register_relation(DocumentVersion, seats_to_version)
    register_rows(Document, documents_of)
    register_rows(DocumentVersion, versions_of)
    register_rows(DocumentFile, files_of)
