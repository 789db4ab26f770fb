"""Models of the cases, gathered by subject."""

from complaints.models.assistance import OPEN_PART, Assistance, PartState
from complaints.models.attachment import Attachment
from complaints.models.case import Case, CaseEvent, Holding, Recusal
from complaints.models.commitment import (
    Audience,
    ItemKind,
    ItemVersion,
    MatterType,
    ServiceItem,
    Theme,
    VersionState,
)
from complaints.models.draft import FormDraft
from complaints.models.extension import ExtensionRequest
from complaints.models.feed import CalendarFeed
from complaints.models.guidance import KnowledgeEntry, ReplyTemplate
from complaints.models.hold import RetentionHold
from complaints.models.identity import CaseIdentity, Erasure, FilingToken, Reveal, StepToken
from complaints.models.mail import IncomingMail, MailLook, MailPoll, MailReason, MailState
from complaints.models.matter import (
    Doubt,
    Matter,
    MatterGround,
    MatterReport,
    MatterState,
    Outcome,
    ReportKind,
)
from complaints.models.open311 import FiledRequest
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
from complaints.models.request import Request, RequestState
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
    "Audience",
    "CalendarFeed",
    "Case",
    "CaseEvent",
    "CaseIdentity",
    "CaseSummary",
    "ClosingReport",
    "Doubt",
    "Erasure",
    "Evaluation",
    "ExtensionRequest",
    "FiledRequest",
    "FilingToken",
    "FormDraft",
    "Holding",
    "IncomingMail",
    "ItemKind",
    "ItemVersion",
    "KnowledgeEntry",
    "MailLook",
    "MailPoll",
    "MailReason",
    "MailState",
    "Matter",
    "MatterGround",
    "MatterReport",
    "MatterState",
    "MatterType",
    "Origin",
    "Outcome",
    "PartState",
    "PublicAnswer",
    "PublicAnswerState",
    "Question",
    "Recusal",
    "Reply",
    "ReplyState",
    "ReplyTemplate",
    "ReportKind",
    "Request",
    "RequestState",
    "RetentionHold",
    "Reveal",
    "SavedFilter",
    "ServiceItem",
    "StepToken",
    "SupervisionOrder",
    "SuspensionRequest",
    "Theme",
    "VersionState",
]
