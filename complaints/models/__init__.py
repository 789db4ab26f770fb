"""Models of the cases, gathered by subject."""

from complaints.models.assistance import OPEN_PART, Assistance, PartState
from complaints.models.attachment import Attachment, DraftFile
from complaints.models.case import Case, CaseEvent, Holding, Recusal
from complaints.models.draft import FormDraft
from complaints.models.extension import ExtensionRequest, RequestState
from complaints.models.feed import CalendarFeed
from complaints.models.guidance import KnowledgeEntry, ReplyTemplate
from complaints.models.hold import RetentionHold
from complaints.models.identity import CaseIdentity, Erasure, FilingToken, Reveal, StepToken
from complaints.models.mail import IncomingMail, MailLook, MailPoll, MailReason, MailState
from complaints.models.origin import Origin
from complaints.models.public_answer import PublicAnswer, PublicAnswerState
from complaints.models.question import Question
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
from complaints.models.suspension import NO_LONGER_MEANT, STILL_MEANT, SuspensionRequest

__all__ = [
    "BEFORE_DECISION",
    "IN_WORK",
    "NO_LONGER_MEANT",
    "OPEN_PART",
    "STILL_MEANT",
    "Assistance",
    "Attachment",
    "CalendarFeed",
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
    "FormDraft",
    "Holding",
    "IncomingMail",
    "KnowledgeEntry",
    "MailLook",
    "MailPoll",
    "MailReason",
    "MailState",
    "Origin",
    "PartState",
    "PublicAnswer",
    "PublicAnswerState",
    "Question",
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
    "SuspensionRequest",
]
