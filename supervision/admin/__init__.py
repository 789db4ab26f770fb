"""Back-office pages of supervision."""

from supervision.admin import bulletins

__all__ = ["bulletins"]
