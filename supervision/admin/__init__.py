"""Back-office pages of supervision."""

from supervision.admin import surveys

__all__ = ["surveys"]
