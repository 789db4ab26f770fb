"""Back-office pages of fault accountability."""

from accountability.admin import corrections

__all__ = ["corrections"]
