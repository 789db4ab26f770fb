"""The models of the foundation's parts, gathered under one app label and one chain of migrations."""

from efficiency.access.models import FormerPassword, User
from efficiency.audit.models import AuditRecord
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
from efficiency.keys.models import ApiKey
from efficiency.organs.models import Absence, Duty, Organ, Post, Tenure, TenureChange
from efficiency.outbox.models import Message, MessageChoice
from efficiency.pages.models import SiteIdentity
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
    "ClockConfirmation",
    "Deadline",
    "DueDateChange",
    "Duty",
    "Escalation",
    "Extension",
    "FormerPassword",
    "LimitRule",
    "Message",
    "MessageChoice",
    "Organ",
    "Post",
    "SiteIdentity",
    "Suspension",
    "Sweep",
    "Tenure",
    "TenureChange",
    "User",
]
