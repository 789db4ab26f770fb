"""Models of disclosure, gathered by subject."""

from disclosure.models.catalogue import Column, CountedPeriod, OwedPublication, PublicationDuty
from disclosure.models.documents import (
    Document,
    DocumentEvent,
    DocumentFile,
    DocumentVersion,
    IndexCounter,
    SecrecyReview,
)
from disclosure.models.request import (
    DisputeFigures,
    InformationRequest,
    RequestAnswer,
    RequestConsultation,
    RequestErasure,
    RequestEvent,
    RequestExtension,
    RequestFile,
    RequestHold,
    RequestIdentity,
    RequestLook,
    RequestReview,
    RequestToken,
)

__all__ = [
    "Column",
    "CountedPeriod",
    "DisputeFigures",
    "Document",
    "DocumentEvent",
    "DocumentFile",
    "DocumentVersion",
    "IndexCounter",
    "InformationRequest",
    "OwedPublication",
    "PublicationDuty",
    "RequestAnswer",
    "RequestConsultation",
    "RequestErasure",
    "RequestEvent",
    "RequestExtension",
    "RequestFile",
    "RequestHold",
    "RequestIdentity",
    "RequestLook",
    "RequestReview",
    "RequestToken",
    "SecrecyReview",
]
