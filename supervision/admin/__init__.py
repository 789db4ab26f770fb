"""Back-office pages of supervision."""

from supervision.admin import pilots, supervisors

__all__ = ["pilots", "supervisors"]
