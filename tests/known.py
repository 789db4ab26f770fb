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
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import wraps
from io import BytesIO
from itertools import count
from types import SimpleNamespace
from typing import Any, ParamSpec, TypeVar

from django.core.cache import cache
from django.core.files.base import ContentFile
from django.db import connection
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import get_language

from efficiency.files import store

T = TypeVar("T")
P = ParamSpec("P")
# Set, every step is taken: a run that proves that laying down hides nothing (CONTRIBUTING.md).
IS_OFF = bool(os.environ.get("TAKE_EVERY_STEP"))
# The situation in which every test begins.
NOTHING = "nothing"
# What a test may write without a step finding anything otherwise: sessions, attempts to log in, the record of looks.
_RECORDS = "efficiency_auditrecord"
_APART = ("django_session", "axes_", _RECORDS)
# Of accounts, what a log-in writes: no step looks at it.
_LOOK = """
SELECT pg_current_xact_id()::text,
       (SELECT md5(string_agg((to_jsonb(u) - 'last_login')::text, '' ORDER BY id)) FROM efficiency_user AS u),
       (SELECT coalesce(max(id), 0) FROM efficiency_auditrecord),
       (SELECT jsonb_object_agg(relname, written) FROM (
           SELECT relname, pg_stat_get_xact_tuples_inserted(oid) + pg_stat_get_xact_tuples_updated(oid)
                         + pg_stat_get_xact_tuples_deleted(oid) AS written
             FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace) AS each
         WHERE written > 0)
"""


@dataclass(frozen=True, slots=True)
class _Look:
    """What was written in a transaction so far: to how many rows of each table; what accounts hold, the last record."""

    transaction: str
    accounts: str | None
    # The last record of acts.
    recorded: int
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
    """What a step has led to: the situation, rows of the tables that it wrote to, files, what it returned by name."""

    situation: Hashable
    rows: dict[str, bytes]
    files: dict[str, bytes]
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
    with _noting_files() as files:
        taken = take()
    after = _look()
    changed = after.changed_since(before)
    # Of what stands apart, the rows of the step alone are kept: there may be others where it is laid down. Records are
    # only added, so one knows which those are.
    if not any(table.startswith(_APART) and table != _RECORDS and table in before.written for table in changed):
        rows = {table: _rows_of(table, before.recorded if table == _RECORDS else None) for table in changed}
        _kept[which] = _Kept(next(_situations), rows, files, name_of(taken))
        _Here.situation, _Here.look = _kept[which].situation, after
    return taken


def led(function: Callable[P, T]) -> Callable[P, T]:
    """
    Let a function that leads something to where tests begin be a step, known by its name and by what it is given.

    Rows count by key and version, people and values by what they hold. Where it is laid down, rows that were given are
    read anew, as the function would have changed them, and so are those that it returns.
    """

    @wraps(function)
    def take_or_lay_down(*given: P.args, **named: P.kwargs) -> T:
        values = [*given, *named.values()]

        def find(name: Any) -> Any:
            for row in values:
                if isinstance(row, Model) and hasattr(row, "version"):
                    row.refresh_from_db()
            return _found(name, values)

        return step(
            lambda: (function.__module__, function.__name__, told(given), told(named)),
            lambda: function(*given, **named),
            name_of=lambda taken: _name(taken, values),
            find=find,
        )

    return take_or_lay_down


def told(value: Any) -> Hashable:
    """
    Return what a step is given as it can be compared.

    :raises LookupError: as ``plain``
    """
    match value:
        case Model():
            return value._meta.label, value.pk, getattr(value, "version", None)
        case dict():
            # What it is by may be rows, which have no order.
            return tuple(sorted(((told(name), told(each)) for name, each in value.items()), key=repr))
        case list() | tuple():
            return tuple(told(each) for each in value)
        case SimpleNamespace():
            return told(vars(value))
        case datetime():
            return plain(value)
        case Decimal():
            return "decimal", str(value)
        case bytes() | date() | timedelta():
            return value
        case _ if is_dataclass(value) and not isinstance(value, type):
            return type(value).__qualname__, *(told(getattr(value, each.name)) for each in fields(value))
        case _:
            return plain(value)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row that a step returned."""

    model: type[Model]
    pk: Any


@dataclass(frozen=True, slots=True)
class _Several:
    """What a step returned in a row."""

    kind: type[list[Any]] | type[tuple[Any, ...]]
    names: list[Any]


@dataclass(frozen=True, slots=True)
class _Given:
    """What a step returned that it was given, by its place."""

    place: int


def _name(taken: Any, values: list[Any]) -> Any:
    """Return by which name ``_found`` brings back what a step returned."""
    for place, value in enumerate(values):
        if value is taken and isinstance(value, Model):
            return _Given(place)
    if isinstance(taken, Model):
        return _Row(type(taken), taken.pk)
    if isinstance(taken, dict):
        return {name: _name(each, values) for name, each in taken.items()}
    if type(taken) in (list, tuple):
        return _Several(type(taken), [_name(each, values) for each in taken])
    if is_dataclass(taken):
        return type(taken), {each.name: _name(getattr(taken, each.name), values) for each in fields(taken)}
    return taken


def _found(name: Any, values: list[Any]) -> Any:
    match name:
        case _Given():
            return values[name.place]
        case _Row():
            return name.model._default_manager.get(pk=name.pk)
        case dict():
            return dict(zip(name, _all_found(list(name.values()), values), strict=True))
        case _Several():
            return name.kind(_all_found(name.names, values))
        case (kind, dict() as held) if isinstance(kind, type):
            return kind(**dict(zip(held, _all_found(list(held.values()), values), strict=True)))
        case _:
            return name


def _all_found(names: list[Any], values: list[Any]) -> list[Any]:
    """Return what several names stand for; rows of one model are read at once."""
    keys: dict[type[Model], list[Any]] = {}
    for each in names:
        if isinstance(each, _Row):
            keys.setdefault(each.model, []).append(each.pk)
    rows = {model: model._default_manager.in_bulk(of_model) for model, of_model in keys.items()}
    return [rows[each.model][each.pk] if isinstance(each, _Row) else _found(each, values) for each in names]


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
        _Here.situation, _Here.look = NOTHING, _Look(look.transaction, _Here.of_nobody, 0, {})
        # Accounts and cases have the same keys in many tests, and so would have what is counted of them.
        cache.clear()
        # A server keeps what it counted back for a second, and the next test would find it among its own.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_force_next_flush()")
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
        transaction, accounts, recorded, written = cursor.fetchone()
    # Django leaves such a column as text: it decodes its own fields alone.
    return _Look(transaction, accounts, recorded, json.loads(written or "{}"))


def _rows_of(table: str, after: int | None) -> bytes:
    """Return the rows of a table; of records those after one."""
    rows = BytesIO()
    wanted = f'public."{table}"' if after is None else f'(SELECT * FROM public."{table}" WHERE id > {after})'  # noqa: S608
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {wanted} TO STDOUT", rows)
    return rows.getvalue()


# What the steps that are being taken have written to the storage, each inside the one before.
_files: list[dict[str, bytes]] = []


@contextmanager
def _noting_files() -> Iterator[dict[str, bytes]]:
    """Note the files that are written meanwhile, by name."""
    written: dict[str, bytes] = {}
    write = store.write

    def noting(content: bytes, folder: str) -> str:
        name = write(content, folder)
        written[name] = content
        return name

    _files.append(written)
    store.write = noting
    try:
        yield written
    finally:
        store.write = write
        _files.pop()


def _lay_down_files(files: dict[str, bytes]) -> None:
    """Write what a step wrote to the storage, where it is there no longer: another test may have cleared it up."""
    for name, content in files.items():
        if not store.storage().exists(name):
            store.storage().save(name, ContentFile(content))
    for written in _files:
        written.update(files)


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
    _lay_down_files(kept.files)
    _Here.situation, _Here.look = kept.situation, _look()
    return kept
