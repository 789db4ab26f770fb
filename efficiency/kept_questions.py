"""
Whether there is a row, by questions that are put together once for the scope of a person.

Who may know of what makes long questions (docs/trust.md Z-01, Z-07): Django takes some ten milliseconds and more to put
one together, many times as long as PostgreSQL takes to answer it. What it made is kept for the scope of the person,
with places for the one value that differs. The scope is read anew as always; with another scope it is another question.
Plans are not kept: these would drive those of the queue out of each connection.
"""

import sys
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from efficiency.access.models import User
from efficiency.access.scope import Scope, scope_of
from efficiency.remembering import not_remembering

Value = TypeVar("Value")
By = TypeVar("By", bound=User | AnonymousUser | Scope)

# So many are kept in a process, what was asked longest ago goes first: two dozen for each of 800 people, the staff who
# are there in a day. People of the same role share the text, which is kept once; values and scope take about two
# kilobytes, so all of them 40 MB at most.
MOST_KEPT = 20_000
_LARGEST_KEY = 2**63 - 1


@dataclass(slots=True)
class _Question:
    """A question as it was put together, and where the value stands in its values; ``sql`` empty: never anything."""

    sql: str
    values: tuple[Any, ...]
    places: frozenset[int] = frozenset()

    def is_answered(self, value: Any) -> bool:
        """Ask whether there is a row."""
        if not self.sql:
            return False
        values: list[Any] = [value if place in self.places else other for place, other in enumerate(self.values)]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, values)
            return cursor.fetchone() is not None

    def among(self, pks: Collection[int]) -> set[int]:
        """Ask which of these keys it finds."""
        if not self.sql:
            return set()
        with connection.cursor() as cursor:
            # The statement is Django's own, with a place for each value.
            cursor.execute(f"SELECT id FROM ({self.sql}) AS known (id) WHERE id = ANY(%s)", [*self.values, list(pks)])  # noqa: S608
            return {row[0] for row in cursor.fetchall()}


_kept: OrderedDict[tuple, _Question | None] = OrderedDict()
# Held for the moment of looking up or keeping, never while a question is put together or asked.
_lock = Lock()
_UNKNOWN = _Question("?", ())


def is_within(by: By, rows: Callable[[By], QuerySet[Any]], pk: int, /) -> bool:
    """
    Say whether ``rows(by)`` has the row with this key: ``is_within(user, Card.objects.visible_to, card.pk)``.

    Every step of every subject asks this once it has locked it.
    """

    def ask(key: int) -> QuerySet[Any]:
        return rows(by).filter(pk=key)

    # Of a key that no row can have Django makes no question, and that would be kept as the answer for all.
    if not 0 < pk < _LARGEST_KEY:
        return False
    found = is_there(by, rows, ask, pk, pk + 1)
    return ask(pk).exists() if found is None else found


def is_there(
    by: By, name: Hashable, ask: Callable[[Value], QuerySet[Any]], value: Value, another: Value, /
) -> bool | None:
    """
    Say whether ``ask(value)`` has a row; None says that it has to be asked itself.

    What ``name`` asks follows from the scope of the person and the value. Where it asks the database while it is put
    together, or reckons with the value, nothing is kept.

    :param another: what the value may be as well: the question is put together with both, and what differs has to be
        that value itself
    """
    question = _question_of(by, name, lambda: _question(ask, value, another))
    return question if question is None else question.is_answered(value)


def those_within(by: By, rows: Callable[[By], QuerySet[Any]], pks: Collection[int], /) -> set[int]:
    """Return those of the keys that ``rows(by)`` has, as ``is_within`` says of one."""
    if not pks:
        return set()
    nothing = None  # no value differs
    question = _question_of(
        by, (those_within, rows), lambda: _question(lambda _: rows(by), nothing, nothing, most=None)
    )
    if question is None:
        return set(rows(by).order_by().filter(pk__in=pks).values_list("pk", flat=True))
    return question.among(pks)


def _question_of(
    by: User | AnonymousUser | Scope, name: Hashable, make: Callable[[], _Question | None]
) -> _Question | None:
    scope = by if isinstance(by, Scope) else scope_of(by)
    # The types of content are rows as well: with another database they have other keys.
    key = (scope, ContentType.objects.get_for_model(User).pk, connection.settings_dict["NAME"], name)
    with _lock:
        question = _kept.get(key, _UNKNOWN)
        if question is not _UNKNOWN:
            _kept.move_to_end(key)
    if question is _UNKNOWN:
        # What a process asks once, such as the types of content, is known the second time.
        question = make() or make()
        with _lock:
            _kept[key] = question
            while len(_kept) > MOST_KEPT:
                _kept.popitem(last=False)
    return question


def _question(
    ask: Callable[[Value], QuerySet[Any]], value: Value, another: Value, *, most: int | None = 1
) -> _Question | None:
    """Put the question together; None where it cannot be kept."""
    with not_remembering(), _noting_queries() as asked:
        try:
            sql, values = _compiled(ask(value), most)
            other_sql, others = (sql, values) if value is another else _compiled(ask(another), most)
        except EmptyResultSet:
            return None if asked else _Question("", ())
    pairs = list(zip(values, others, strict=False))
    differing = frozenset(place for place, (one, other) in enumerate(pairs) if one != other)
    is_plain = all(pairs[place] == (value, another) for place in differing)
    if asked or sql != other_sql or len(values) != len(others) or not is_plain:
        return None
    return _Question(sql, values, differing)


def _compiled(rows: QuerySet[Any], most: int | None) -> tuple[str, tuple[Any, ...]]:
    sql, values = rows.order_by().values("pk")[:most].query.sql_with_params()
    return sys.intern(sql), tuple(values)


@contextmanager
def _noting_queries() -> Iterator[list[str]]:
    """Note what is asked of the database meanwhile."""
    asked: list[str] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield asked
