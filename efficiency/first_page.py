"""
Whether anything waits for a person: what every part asks for the first page, put together once.

Django puts a question of fifty conditions together in several milliseconds, a dozen parts ask one each, and mostly
nothing waits. What it made is kept for the scope of the person, with places for the moment; where something waits, the
part asks as it always does. Plans are not kept: these would drive those of the queue out of each connection.
"""

import sys
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.remembering import not_remembering

# So many are kept in a process, what was asked longest ago goes first: two dozen for each of 800 people, the staff who
# are there in a day. People of the same role share the text, which is kept once; values and scope take about two
# kilobytes, so all of them 40 MB at most.
MOST_KEPT = 20_000
_LATER = timedelta(seconds=1)


@dataclass(slots=True)
class _Question:
    """A question as it was put together, and where in its values the moment stands; ``sql`` empty: never anything."""

    sql: str
    values: tuple[Any, ...]
    moments: frozenset[int] = frozenset()

    def is_answered(self, at: datetime | None) -> bool:
        """Ask whether there is a row."""
        if not self.sql:
            return False
        values = [at if place in self.moments else value for place, value in enumerate(self.values)]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, values)
            return cursor.fetchone() is not None


_kept: OrderedDict[tuple, _Question | None] = OrderedDict()
# Held for the moment of looking up or keeping, never while a question is put together or asked.
_lock = Lock()
_UNKNOWN = _Question("?", ())


def may_wait(user: User, make: Callable[..., QuerySet[Any]], /, *, at: datetime | None = None) -> bool:
    """
    Say whether ``make(user)``, or ``make(user, at=at)`` where a moment is given, may have a row: False is certain.

    ``make`` follows from the scope of the person and the moment. Where it asks the database while it is put together,
    or reckons with the moment, nothing is kept, and True says that it has to be asked itself.
    """
    # The types of content are rows as well: with another database they have other keys.
    key = (scope_of(user), ContentType.objects.get_for_model(User).pk, connection.settings_dict["NAME"], make)
    with _lock:
        question = _kept.get(key, _UNKNOWN)
        if question is not _UNKNOWN:
            _kept.move_to_end(key)
    if question is _UNKNOWN:
        # What a process asks once, such as the types of content, is known the second time.
        question = _question(user, make, at) or _question(user, make, at)
        with _lock:
            _kept[key] = question
            while len(_kept) > MOST_KEPT:
                _kept.popitem(last=False)
    return question is None or question.is_answered(at)


def _question(user: User, make: Callable[..., QuerySet[Any]], at: datetime | None) -> _Question | None:
    """Put the question together; None where it cannot be kept."""
    with not_remembering(), _noting_queries() as asked:
        try:
            sql, values = _compiled(make(user) if at is None else make(user, at=at))
            if at is None:
                return None if asked else _Question(sql, values)
            # Put together for another moment as well: what differs has to be that moment itself.
            later = at + _LATER
            other_sql, others = _compiled(make(user, at=later))
        except EmptyResultSet:
            return None if asked else _Question("", ())
    pairs = list(zip(values, others, strict=False))
    differing = frozenset(place for place, (value, other) in enumerate(pairs) if value != other)
    is_plain = all(pairs[place] == (at, later) for place in differing)
    if asked or sql != other_sql or len(values) != len(others) or not is_plain:
        return None
    return _Question(sql, values, differing)


def _compiled(rows: QuerySet[Any]) -> tuple[str, tuple[Any, ...]]:
    sql, values = rows.order_by().values("pk")[:1].query.sql_with_params()
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
