"""Back-office pages of supervision."""

from supervision.admin import foresight

__all__ = ["foresight"]
