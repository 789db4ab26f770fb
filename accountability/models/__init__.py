"""The models of fault accountability: one app label, one chain of migrations, as they point at each other."""

from accountability.models.cards import Card, CardAppeal, CardEvent, CardFile, CardTerm, SweepWithdrawal

__all__ = ["Card", "CardAppeal", "CardEvent", "CardFile", "CardTerm", "SweepWithdrawal"]
