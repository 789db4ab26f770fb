"""Back-office pages of fault accountability."""

from accountability.admin import card_points, cards, clauses, corrections, faults, papers, sanctions

__all__ = [
    "card_points",
    "cards",
    "clauses",
    "corrections",
    "faults",
    "papers",
    "sanctions",
]
