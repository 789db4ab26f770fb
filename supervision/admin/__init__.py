"""Back-office pages of supervision."""

from supervision.admin import reception

__all__ = ["reception"]
