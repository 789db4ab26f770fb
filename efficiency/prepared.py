"""
Statements that PostgreSQL thinks over once for each connection, not each time they are asked.

A question of many conditions takes far longer to plan than to answer. Prepared, its plan is kept with the connection
and shared by all who ask the same with other numbers and moments. What is written in the program itself, such as the
names of states, stays in the text: partial indexes are found by it. Only for questions whose best plan is the same
whoever asks (``plan_cache_mode`` in the settings): those that name the place where an index begins.
"""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import NotSupportedError, connection
from django.db.backends.utils import CursorWrapper
from psycopg2.extensions import AsIs

# So many plans are kept with a connection; each takes memory of the server.
MOST_KEPT = 50
# Stands among the names of what is kept, where none of it may be used any more.
_OUTDATED = ""
_PLACES = re.compile(r"%%|IN \((%s(?:, %s)*)\)|%s")


class Prepared:
    """A statement as Django puts it together, with the values that fill it at its first use."""

    __slots__ = ("handed_over", "name", "sql", "text", "types")

    def __init__(self, sql: str, values: Sequence[Any]) -> None:
        self.sql = sql
        text, slots = _with_arrays(sql, values)
        filled: list[Any] = []
        types: list[str] = []
        handed_over: list[int | slice] = []
        for slot in slots:
            if kind := _type_of(values[slot]):
                types.append(kind)
                handed_over.append(slot)
                filled.append(AsIs(f"${len(types)}"))
            else:
                filled.append(values[slot])
        # Where the values stand that are handed over each time, and their types.
        self.handed_over, self.types = tuple(handed_over), tuple(types)
        with connection.cursor() as cursor:
            self.text: str = cursor.mogrify(text, filled).decode()
        self.name = "portal_" + hashlib.sha256(f"{self.types}{self.text}".encode()).hexdigest()[:40]

    def rows(self, values: Sequence[Any]) -> list[tuple]:
        """Return its rows with these values, of the same types as the first."""
        with connection.cursor() as cursor:
            if not _is_usable():
                cursor.execute(self.sql, values)
                return cursor.fetchall()
            given = [values[each] if isinstance(each, int) else list(values[each]) for each in self.handed_over]
            try:
                return self._asked(cursor, given)
            except NotSupportedError:
                # A migration gave a column that it returns another type. A transaction fails with that; outside of one
                # it is asked once more, and in either case everything is prepared anew.
                _kept().add(_OUTDATED)
                if connection.in_atomic_block:
                    raise
                return self._asked(cursor, given)

    def _asked(self, cursor: CursorWrapper, given: Sequence[Any]) -> list[tuple]:
        """Return the rows of the statement as it is prepared in the present connection."""
        kept = _kept()
        if _OUTDATED in kept or (self.name not in kept and len(kept) >= MOST_KEPT):
            cursor.execute("DEALLOCATE ALL")
            kept.clear()
        if self.name not in kept:
            types = f" ({', '.join(self.types)})" if self.types else ""
            cursor.execute(f"PREPARE {self.name}{types} AS {self.text}")
            kept.add(self.name)
        places = f" ({', '.join(['%s'] * len(self.types))})" if self.types else ""
        cursor.execute(f"EXECUTE {self.name}{places}", given or None)
        return cursor.fetchall()


def _with_arrays(sql: str, values: Sequence[Any]) -> tuple[str, list[int | slice]]:
    """
    Return the statement with one array for each list of keys, and which values each of its places takes.

    So those who reach three organs ask the same as those who reach two hundred.
    """
    slots: list[int | slice] = []
    done = 0

    def filled(found: re.Match[str]) -> str:
        nonlocal done
        count = found[0].count("%s")
        if not count:  # an escaped percent sign
            return found[0]
        begin, done = done, done + count
        if found[1] and all(_type_of(value) == "bigint" for value in values[begin:done]):
            slots.append(slice(begin, done))
            return "= ANY (%s)"
        slots.extend(range(begin, done))
        return found[0]

    return _PLACES.sub(filled, sql), slots


def _type_of(value: Any) -> str:
    """Return the type of a value that is handed over; nothing for one that stays in the text."""
    if isinstance(value, bool):
        return ""
    if isinstance(value, int):
        return "bigint"
    if isinstance(value, datetime):
        return "timestamptz"
    is_keys = isinstance(value, list | tuple) and all(
        isinstance(each, int) and not isinstance(each, bool) for each in value
    )
    return "bigint[]" if is_keys else ""


def _is_usable() -> bool:
    """Say whether a connection is one's own from question to question; one behind a pooler is not."""
    return not settings.DATABASES[connection.alias].get("DISABLE_SERVER_SIDE_CURSORS", False)


def _kept() -> set[str]:
    """Return the names of what is prepared in the present connection."""
    link, names = getattr(connection, "_portal_prepared", (None, set()))
    if link is not connection.connection:
        names = set()
        connection._portal_prepared = (connection.connection, names)  # type: ignore[attr-defined]  # goes with it
    return names
