"""Models of disclosure, gathered by subject."""

from disclosure.models.catalogue import Column, OwedPublication, PublicationDuty
from disclosure.models.documents import (
    Document,
    DocumentEvent,
    DocumentFile,
    DocumentVersion,
    IndexCounter,
    SecrecyReview,
)

__all__ = [
    "Column",
    "Document",
    "DocumentEvent",
    "DocumentFile",
    "DocumentVersion",
    "IndexCounter",
    "OwedPublication",
    "PublicationDuty",
    "SecrecyReview",
]
