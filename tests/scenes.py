"""
The small city with its people, and a case in each of the usual states: led there once a run, copied for each test.

Most tests begin with a case that is being handled. The steps that lead there have tests of their own, and are a hundred
statements; what they wrote is kept in a schema of its own, and coming there is one. A copy is taken only where nothing
differs from how the steps found it: the same people on the same posts, the same day, no other row anywhere.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db import connection, transaction
from django.utils import timezone

from tests import known, pristine

# Names of scenes, each with what adds it to the one before.
Way = Iterable[tuple[str, Callable[[Any], None]]]
SCHEMA = "scenes"
CAST = "cast"
# Where a run has fewer tests, leading each case by hand is quicker than keeping scenes first.
WORTH_IT = 60
# Of an account: what a log-in writes, which no step looks at.
_OF_LOG_IN = "last_login"


def forget() -> None:
    """Let no scene of an earlier run be copied."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
    _tables_of.clear()


def keep(
    make_cast: Callable[[], Any], ways: Iterable[Iterable[tuple[str, Callable[[Any], None]]]], at: datetime
) -> None:
    """
    Keep what ``make_cast`` writes, and what each step of each way adds to it, by the names of the way.

    Called once, when the database is as migrations leave it, and leaves it so. ``at`` is found again by ``recent``.
    """
    forget()
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {SCHEMA}")
        cursor.execute(f"COMMENT ON SCHEMA {SCHEMA} IS %s", [at.isoformat()])
    cast = make_cast()
    of_cast = _keep(CAST, _with_rows())
    for way in ways:
        for name, step in way:
            step(cast)
            _keep(name, _with_rows() - of_cast)
        _clear(_with_rows() - of_cast)
    _tables_of.clear()
    pristine.restore()


def recent() -> datetime:
    """
    Return the moment of this run at which the scenes of today were kept, so that they are copied; else this one.

    A day that has changed meanwhile would make what was promised then another day's.
    """
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = %s", [SCHEMA])
        row = cursor.fetchone()
    kept = datetime.fromisoformat(row[0]) if row and row[0] else now
    known.names(kept)
    return kept if timezone.localdate(kept) == timezone.localdate(now) else now


def _clear(tables: set[str]) -> None:
    rows = [f'DELETE FROM public."{table}"' for table in tables]  # noqa: S608 - names from the catalogue
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(";\n".join(["SET LOCAL session_replication_role = replica", *rows]))


def _with_rows() -> set[str]:
    """Return the tables that have rows which migrations did not seed."""
    seeded = set(pristine.tables(pristine.SCHEMA))
    with connection.cursor() as cursor:
        found = set()
        for table in set(pristine.tables("public")) - seeded:
            cursor.execute(f'SELECT EXISTS (SELECT FROM public."{table}")')  # noqa: S608 - a name from the catalogue
            if cursor.fetchone()[0]:
                found.add(table)
    return found


def _keep(name: str, tables: set[str]) -> set[str]:
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f'CREATE TABLE {SCHEMA}."{name}.{table}" AS TABLE public."{table}"')
    return tables


def put_cast() -> bool:
    """Put the people on their posts as they were kept; False where none are."""
    if not _tables(CAST):
        return False
    # Accounts have the same keys in each test, and so would have what is counted of them.
    cache.clear()
    _put(CAST)
    known.begins(CAST)
    return True


def put(name: str) -> bool:
    """Add what was kept by this name; False where it was not kept, or where anything is not as the steps found it."""
    if not _tables(name) or not (known.is_in(CAST) if connection.in_atomic_block else _is_untouched()):
        return False
    _put(name)
    known.begins((CAST, name))
    return True


def _put(name: str) -> None:
    rows = [f'INSERT INTO public."{table}" TABLE {SCHEMA}."{name}.{table}"' for table in _tables(name)]
    with transaction.atomic(), connection.cursor() as cursor:
        # The guards have seen these rows when they were made.
        cursor.execute(
            ";\n".join(
                ["SET LOCAL session_replication_role = replica", *rows, "SET LOCAL session_replication_role = origin"]
            )
        )


def _is_untouched() -> bool:
    """Say whether the people and posts are as they were kept, the calendar as it was seeded, and all else is empty."""
    of_cast = _tables(CAST)
    row = f"(to_jsonb(t) - '{_OF_LOG_IN}')"
    rows = f"array_agg({row} ORDER BY {row}::text)"
    same = [
        f'(SELECT {rows} FROM public."{table}" AS t) = (SELECT {rows} FROM {SCHEMA}."{CAST}.{table}" AS t)'  # noqa: S608
        for table in of_cast
        if not table.endswith("event")
    ]
    same += [
        f'(SELECT count(*) FROM public."{table}") = (SELECT count(*) FROM {pristine.SCHEMA}."{table}")'  # noqa: S608
        for table in pristine.tables(pristine.SCHEMA)
        if table.endswith("calendarversion")
    ]
    empty = [f'NOT EXISTS (SELECT FROM public."{table}")' for table in _looked_at()]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {' AND '.join([*same, *empty])}")
        return bool(cursor.fetchone()[0])


_tables_of: dict[str, list[str]] = {}


def _tables(name: str) -> list[str]:
    """Return the tables that are kept by a name."""
    if not _tables_of:
        for each in pristine.tables(SCHEMA):
            scene, _point, table = each.partition(".")
            _tables_of.setdefault(scene, []).append(table)
        _tables_of.setdefault(CAST, [])
    return _tables_of.get(name, [])


def _looked_at() -> list[str]:
    """Return the tables in which a step could find something that was not there: all but logs and sessions."""
    if "" not in _tables_of:
        known = {*pristine.tables(pristine.SCHEMA), *_tables(CAST)}
        apart = ("django_session", "axes_", "efficiency_auditrecord")
        others = [table for table in pristine.tables("public") if not table.startswith(apart)]
        _tables_of[""] = [table for table in others if table not in known and not table.endswith("event")] + [
            "complaints_caseevent"
        ]
    return _tables_of[""]
