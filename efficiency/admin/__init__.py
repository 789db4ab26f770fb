"""The back office of the foundation: organs and people, time and limits, engine and messages, the record."""

from efficiency.admin import (
    absences,
    calendar,
    engine,
    letters,
    limits,
    lists,
    messages,
    notices,
    organs,
    people,
    record,
    site,
)

__all__ = [
    "absences",
    "calendar",
    "engine",
    "letters",
    "limits",
    "lists",
    "messages",
    "notices",
    "organs",
    "people",
    "record",
    "site",
]
