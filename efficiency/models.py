"""The models of the foundation's parts, gathered under one app label and one chain of migrations."""

from efficiency.access.models import User
from efficiency.audit.models import AuditRecord
from efficiency.deadlines.models import (
    Acknowledgement,
    Deadline,
    Escalation,
    Extension,
    LimitRule,
    Suspension,
    Sweep,
)
from efficiency.organs.models import Duty, Organ, Post, Tenure
from efficiency.outbox.models import Message

__all__ = [
    "Acknowledgement",
    "AuditRecord",
    "Deadline",
    "Duty",
    "Escalation",
    "Extension",
    "LimitRule",
    "Message",
    "Organ",
    "Post",
    "Suspension",
    "Sweep",
    "Tenure",
    "User",
]
