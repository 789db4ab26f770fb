"""The back office of the foundation: organs and people, time and limits, engine and messages, the record."""

from efficiency.admin import (
    absences,
    calendar,
    counterparts,
    engine,
    keys,
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
    "counterparts",
    "engine",
    "keys",
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
