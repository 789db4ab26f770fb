"""Back-office pages of target management."""

from targets.admin import plans

__all__ = ["plans"]
