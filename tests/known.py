"""
What lies in the database of a test, known by how it came there, so that the same course need not be taken again.

Many tests lead a case by the same steps to the same state before they begin. Those steps have tests of their own. A
worker that has taken a step from a known situation keeps what the step wrote, and lays it down when a later test takes
the same step from the same situation. A situation is known only while nobody else has written anything: PostgreSQL
counts what was written to each table in the transaction of the test.
"""

import json
import os
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from io import BytesIO
from itertools import count
from typing import Any, TypeVar

from django.core.cache import cache
from django.db import connection
from django.utils import timezone
from django.utils.translation import get_language

T = TypeVar("T")
# Set, every step is taken: a run that proves that laying down hides nothing (CONTRIBUTING.md).
IS_OFF = bool(os.environ.get("TAKE_EVERY_STEP"))
# The situation in which every test begins.
NOTHING = "nothing"
# What a test may write without a step finding anything otherwise: sessions, attempts to log in, the record of looks.
_APART = ("django_session", "axes_", "efficiency_auditrecord")
# Of accounts, what a log-in writes: no step looks at it.
_LOOK = """
SELECT pg_current_xact_id()::text,
       (SELECT md5(string_agg((to_jsonb(u) - 'last_login')::text, '' ORDER BY id)) FROM efficiency_user AS u),
       (SELECT jsonb_object_agg(relname, written) FROM (
           SELECT relname, pg_stat_get_xact_tuples_inserted(oid) + pg_stat_get_xact_tuples_updated(oid)
                         + pg_stat_get_xact_tuples_deleted(oid) AS written
             FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace) AS each
         WHERE written > 0)
"""


@dataclass(frozen=True, slots=True)
class _Look:
    """What was written in a transaction so far: to how many rows of each table, and what accounts hold."""

    transaction: str
    accounts: str | None
    written: dict[str, int]

    def changed_since(self, before: "_Look") -> set[str]:
        """Return the tables that were written to."""
        return {table for table, rows in self.written.items() if rows != before.written.get(table, 0)}

    def tells_of_nothing_since(self, before: "_Look") -> bool:
        """Say whether nothing was written that a step could find."""
        changed = {table for table in self.changed_since(before) if not table.startswith(_APART)}
        return self.transaction == before.transaction and (
            not changed or (changed == {"efficiency_user"} and self.accounts == before.accounts)
        )


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a step has led to: the situation, the rows of the tables that it wrote to, and what it returned by name."""

    situation: Hashable
    rows: dict[str, bytes]
    name: Any


class _Here:
    """Where the test stands: in which situation, and how the database looked then."""

    situation: Hashable = None
    look: _Look | None = None
    is_on_its_way = False
    # What accounts hold where there are none.
    of_nobody = None


_kept: dict[tuple[Hashable, Hashable], _Kept] = {}
_situations = count(1)


def begins(situation: Hashable) -> None:
    """Say that the transaction of the test is in a situation that has a name."""
    if connection.in_atomic_block:
        _Here.situation, _Here.look = situation, _look()


def is_in(situation: Hashable) -> bool:
    """Say whether the transaction of the test is in this situation still."""
    return _here(_look()) == situation


def step(
    key: Callable[[], Hashable], take: Callable[[], T], *, name_of: Callable[[T], Any], find: Callable[[Any], T]
) -> T:
    """
    Take a step, or lay down what it wrote when it was taken before from the same situation.

    :param key: returns what distinguishes the step from all others; raises ``LookupError`` where nothing can
    :param name_of: returns by which name ``find`` brings back what ``take`` returned
    """
    if IS_OFF or not connection.in_atomic_block or _Here.is_on_its_way:
        return take()
    try:
        # A step may depend on the day, and on the language in which somebody is told of it.
        what = (key(), timezone.localdate(), get_language())
    except LookupError:
        return take()
    before = _look()
    situation = _here(before)
    if situation is None:
        return take()
    which = (situation, what)
    if which in _kept:
        return find(_lay_down(_kept[which]).name)
    with taken_for_real():
        taken = take()
    after = _look()
    changed = after.changed_since(before)
    # Of what stands apart, the rows of the step alone are kept: there may be others where it is laid down.
    if not any(table.startswith(_APART) and table in before.written for table in changed):
        _kept[which] = _Kept(next(_situations), {table: _rows_of(table) for table in changed}, name_of(taken))
        _Here.situation, _Here.look = _kept[which].situation, after
    return taken


def plain(value: Any) -> Hashable:
    """
    Return a value of a step as it can be compared.

    :raises LookupError: it is nothing that could be, or a moment that no other test will name
    """
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, datetime) and value.microsecond and value not in _moments:
        raise LookupError(value)
    if value is None or isinstance(value, str | int | datetime):
        return value
    raise LookupError(value)


# Moments of today that are the same in all tests of a run.
_moments: set[datetime] = set()


def names(moment: datetime) -> None:
    """Say that tests name this moment again and again."""
    _moments.add(moment)


def _here(look: _Look) -> Hashable:
    """Return the situation, None where it is not known; every transaction of a test begins with nothing written."""
    if _Here.look is None or _Here.look.transaction != look.transaction:
        _Here.situation, _Here.look = NOTHING, _Look(look.transaction, _Here.of_nobody, {})
        # Accounts and cases have the same keys in many tests, and so would have what is counted of them.
        cache.clear()
    return _Here.situation if look.tells_of_nothing_since(_Here.look) else None


@contextmanager
def taken_for_real() -> Iterator[None]:
    """
    Take every step inside, and keep nothing of them.

    For a test that counts what a step asks, or that breaks something which the step would come upon: what was laid
    down would not show it.
    """
    _Here.is_on_its_way = True
    try:
        yield
    finally:
        _Here.is_on_its_way = False


def _look() -> _Look:
    with connection.cursor() as cursor:
        cursor.execute(_LOOK)
        transaction, accounts, written = cursor.fetchone()
    # Django leaves such a column as text: it decodes its own fields alone.
    return _Look(transaction, accounts, json.loads(written or "{}"))


def _rows_of(table: str) -> bytes:
    rows = BytesIO()
    with connection.cursor() as cursor:
        cursor.copy_expert(f'COPY public."{table}" TO STDOUT', rows)
    return rows.getvalue()


def _lay_down(kept: _Kept) -> _Kept:
    """Bring the tables that a step wrote to into the state in which it left them."""
    with connection.cursor() as cursor:
        # The guards have seen these rows when they were made.
        replaced = [table for table in kept.rows if not table.startswith(_APART)]
        emptied = [f'DELETE FROM public."{table}"' for table in replaced]  # noqa: S608 - names from the catalogue
        cursor.execute(";\n".join(["SET LOCAL session_replication_role = replica", *emptied]))
        for table, rows in kept.rows.items():
            if rows:
                cursor.copy_expert(f'COPY public."{table}" FROM STDIN', BytesIO(rows))
        cursor.execute("SET LOCAL session_replication_role = origin")
    _Here.situation, _Here.look = kept.situation, _look()
    return kept
