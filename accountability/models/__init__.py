"""The models of fault accountability: one app label, one chain of migrations, as they point at each other."""

from accountability.models.cards import Card, CardAppeal, CardEvent, CardFile, CardTerm, SweepWithdrawal
from accountability.models.corrections import (
    Correction,
    CorrectionCounter,
    CorrectionEvent,
    CorrectionExtension,
    CorrectionFile,
    CorrectionToken,
)

__all__ = [
    "Card",
    "CardAppeal",
    "CardEvent",
    "CardFile",
    "CardTerm",
    "Correction",
    "CorrectionCounter",
    "CorrectionEvent",
    "CorrectionExtension",
    "CorrectionFile",
    "CorrectionToken",
    "SweepWithdrawal",
]
