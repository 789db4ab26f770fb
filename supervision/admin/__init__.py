"""Back-office pages of supervision."""

from supervision.admin import bulletins, contacts

__all__ = [
    "bulletins",
    "contacts",
]
