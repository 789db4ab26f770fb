"""Back-office pages of fault accountability."""

from accountability.admin import clauses, sanctions

__all__ = ["clauses", "sanctions"]
