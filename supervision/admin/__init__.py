"""Back-office pages of supervision."""

from supervision.admin import bulletins, contacts, reception, surveys

__all__ = [
    "bulletins",
    "contacts",
    "reception",
    "surveys",
]
