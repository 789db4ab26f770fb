"""Back-office pages of fault accountability."""

from accountability.admin import card_points, cards, corrections, faults, papers

__all__ = [
    "card_points",
    "cards",
    "corrections",
    "faults",
    "papers",
]
