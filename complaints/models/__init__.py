"""Models of the cases, gathered by subject."""

from complaints.models.assistance import OPEN_PART, Assistance, PartState
from complaints.models.attachment import Attachment, DraftFile
from complaints.models.case import Case, CaseEvent, Holding, Recusal
from complaints.models.extension import ExtensionRequest, RequestState
from complaints.models.guidance import KnowledgeEntry, ReplyTemplate
from complaints.models.hold import RetentionHold
from complaints.models.identity import CaseIdentity, Erasure, FilingToken, Reveal, StepToken
from complaints.models.origin import Origin
from complaints.models.public_answer import PublicAnswer, PublicAnswerState
from complaints.models.reply import (
    BEFORE_DECISION,
    IN_WORK,
    ClosingReport,
    Evaluation,
    Reply,
    ReplyState,
    SupervisionOrder,
)
from complaints.models.saved_filter import SavedFilter
from complaints.models.summary import CaseSummary

__all__ = [
    "BEFORE_DECISION",
    "IN_WORK",
    "OPEN_PART",
    "Assistance",
    "Attachment",
    "Case",
    "CaseEvent",
    "CaseIdentity",
    "CaseSummary",
    "ClosingReport",
    "DraftFile",
    "Erasure",
    "Evaluation",
    "ExtensionRequest",
    "FilingToken",
    "Holding",
    "KnowledgeEntry",
    "Origin",
    "PartState",
    "PublicAnswer",
    "PublicAnswerState",
    "Recusal",
    "Reply",
    "ReplyState",
    "ReplyTemplate",
    "RequestState",
    "RetentionHold",
    "Reveal",
    "SavedFilter",
    "StepToken",
    "SupervisionOrder",
]
