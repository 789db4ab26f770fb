"""Back-office pages of supervision."""

from supervision.admin import supervisors

__all__ = ["supervisors"]
