"""Back-office pages of target management."""

from targets.admin import plans, reports

__all__ = ["plans", "reports"]
