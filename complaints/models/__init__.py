"""Models of the cases, gathered by subject."""

from complaints.models.attachment import Attachment, DraftFile
from complaints.models.case import Case, CaseEvent, Holding, Recusal
from complaints.models.identity import CaseIdentity, Erasure, FilingToken, Reveal
from complaints.models.reply import ClosingReport, Evaluation, Reply, ReplyState, SupervisionOrder

__all__ = [
    "Attachment",
    "Case",
    "CaseEvent",
    "CaseIdentity",
    "ClosingReport",
    "DraftFile",
    "Erasure",
    "Evaluation",
    "FilingToken",
    "Holding",
    "Recusal",
    "Reply",
    "ReplyState",
    "Reveal",
    "SupervisionOrder",
]
