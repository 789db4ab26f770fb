"""Back-office pages of target management."""

from targets.admin import appraisals, plans, reports

__all__ = ["appraisals", "plans", "reports"]
