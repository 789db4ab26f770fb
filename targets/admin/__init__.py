"""Back-office pages of target management."""

from targets.admin import appraisals, reports

__all__ = [
    "appraisals",
    "reports",
]
