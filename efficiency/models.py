"""The models of the foundation's parts, gathered under one app label and one chain of migrations."""

from efficiency.access.models import FormerPassword, User
from efficiency.audit.models import AuditRecord
from efficiency.chain.models import ChainHead, Redaction, Seal, SealMark, SealSalt
from efficiency.deadlines.models import (
    Acknowledgement,
    BatchInHand,
    ClockConfirmation,
    Deadline,
    DueDateChange,
    Escalation,
    Extension,
    LimitRule,
    Suspension,
    Sweep,
)
from efficiency.files.models import DraftFile
from efficiency.keys.models import ApiKey
from efficiency.letters.models import LetterSignature, LetterVoid, OwedLetters, ResponsibilityLetter
from efficiency.organs.models import (
    Absence,
    CounterpartChange,
    Duty,
    Organ,
    OrganHandOver,
    Post,
    PostEntry,
    RiskPoint,
    Tenure,
    TenureChange,
)
from efficiency.outbox.models import Message, MessageChoice
from efficiency.pages.models import SiteIdentity
from efficiency.risks.models import RiskReview
from efficiency.tables.models import TableUpload
from efficiency.telling.models import UntoldFact
from efficiency.timing.models import CalendarDay, CalendarProposal, CalendarVersion, CalendarYear

__all__ = [
    "Absence",
    "Acknowledgement",
    "ApiKey",
    "AuditRecord",
    "BatchInHand",
    "CalendarDay",
    "CalendarProposal",
    "CalendarVersion",
    "CalendarYear",
    "ChainHead",
    "ClockConfirmation",
    "CounterpartChange",
    "Deadline",
    "DraftFile",
    "DueDateChange",
    "Duty",
    "Escalation",
    "Extension",
    "FormerPassword",
    "LetterSignature",
    "LetterVoid",
    "LimitRule",
    "Message",
    "MessageChoice",
    "Organ",
    "OrganHandOver",
    "OwedLetters",
    "Post",
    "PostEntry",
    "Redaction",
    "ResponsibilityLetter",
    "RiskPoint",
    "RiskReview",
    "Seal",
    "SealMark",
    "SealSalt",
    "SiteIdentity",
    "Suspension",
    "Sweep",
    "TableUpload",
    "Tenure",
    "TenureChange",
    "UntoldFact",
    "User",
]
