"""The models of fault accountability: one app label, one chain of migrations, as they point at each other."""

from accountability.models.cards import Card
from accountability.models.faults import (
    Appeal,
    Clue,
    Evidence,
    EvidenceRelease,
    FaultAccess,
    FaultCase,
    FaultDecision,
    FaultEvent,
    FaultFile,
    FaultNotice,
    FaultProposal,
    FaultToken,
    FaultVote,
    Investigator,
    Respondent,
    Statement,
)

__all__ = [
    "Appeal",
    "Card",
    "Clue",
    "Evidence",
    "EvidenceRelease",
    "FaultAccess",
    "FaultCase",
    "FaultDecision",
    "FaultEvent",
    "FaultFile",
    "FaultNotice",
    "FaultProposal",
    "FaultToken",
    "FaultVote",
    "Investigator",
    "Respondent",
    "Statement",
]
