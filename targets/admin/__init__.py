"""Back-office pages of target management."""

from targets.admin import reports

__all__ = ["reports"]
