"""Back-office pages of supervision."""

from supervision.admin import bulletins, contacts, foresight, inspections, pilots, reception, supervisors, surveys

__all__ = [
    "bulletins",
    "contacts",
    "foresight",
    "inspections",
    "pilots",
    "reception",
    "supervisors",
    "surveys",
]
