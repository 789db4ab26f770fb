"""Back-office pages of supervision."""

from supervision.admin import inspections

__all__ = ["inspections"]
