"""The models of fault accountability: one app label, one chain of migrations, as they point at each other."""

from accountability.models.cards import Card

__all__ = ["Card"]
