"""Back-office pages of fault accountability."""

from accountability.admin import papers

__all__ = ["papers"]
