"""Back-office pages of target management."""

from targets.admin import appraisals, entries, plans, reports, terms

__all__ = ["appraisals", "entries", "plans", "reports", "terms"]
