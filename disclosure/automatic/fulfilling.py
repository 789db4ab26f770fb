"""What a published document fulfils of the catalogue, in the transaction of its publication (docs/domain.md 6)."""

from datetime import datetime

from disclosure.catalogue import fulfilling
from disclosure.models import Document


def follow(document: Document, at: datetime) -> None:
    """Mark what the version that everybody reads now fulfils: what its editor named, and what its fact asks for."""
    version = document.public_version
    if version is not None and version.is_public:
        version.document = document
        fulfilling.fulfil(version, at=at, publishes=list(version.owed.values_list("pk", flat=True)))
