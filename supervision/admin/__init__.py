"""Back-office pages of supervision."""

from supervision.admin import bulletins, contacts, surveys

__all__ = [
    "bulletins",
    "contacts",
    "surveys",
]
