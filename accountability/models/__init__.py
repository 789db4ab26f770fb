"""The models of fault accountability: one app label, one chain of migrations, as they point at each other."""

from accountability.models.cards import Card, CardAppeal, CardEvent, CardFile, CardTerm, SweepWithdrawal
from accountability.models.papers import BUNDLE_LASTS, Bundle, BundleState, Paper, PaperRevocation

__all__ = [
    "BUNDLE_LASTS",
    "Bundle",
    "BundleState",
    "Card",
    "CardAppeal",
    "CardEvent",
    "CardFile",
    "CardTerm",
    "Paper",
    "PaperRevocation",
    "SweepWithdrawal",
]
