"""The models of fault accountability: one app label, one chain of migrations, as they point at each other."""

from accountability.models.cards import Card
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
    "Correction",
    "CorrectionCounter",
    "CorrectionEvent",
    "CorrectionExtension",
    "CorrectionFile",
    "CorrectionToken",
]
