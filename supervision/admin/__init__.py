"""Back-office pages of supervision."""

from supervision.admin import bulletins, contacts, inspections, reception, supervisors, surveys

__all__ = [
    "bulletins",
    "contacts",
    "inspections",
    "reception",
    "supervisors",
    "surveys",
]
