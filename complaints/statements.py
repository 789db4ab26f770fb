"""
Questions that follow from a person's scope, put together once and asked with other keys and moments.

Django puts a question of a hundred conditions together anew for each page, which costs more than its answer. Here what
it made is kept for the scope, with places for what changes, and its plan with the connection (``efficiency.prepared``).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import DateTimeField
from django.db.models.expressions import RawSQL

from complaints.models import Case
from efficiency.access.scope import scope_of
from efficiency.prepared import Prepared

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from efficiency.access.models import User

# So many statements are kept: a page has a handful, and people come back to it all day.
MOST_KEPT = 1_000


class Place(Enum):
    """What is filled into a statement when it is asked."""

    NOW = 1
    TODAY_ENDS = 2
    SOON_ENDS = 3
    KEYS = 4


@dataclass(slots=True)
class Statement:
    """
    A statement, what fills its places, some of it when it is asked, and the names of its columns where needed.

    Where it ``is_placed``, each part of it names where an index begins, whoever asks, and its plan is kept as well.
    """

    sql: str
    values: tuple[Any, ...]
    names: tuple[str, ...] = ()
    is_placed: bool = True
    prepared: Prepared | None = None

    def rows(self, filled: dict[Place, Any]) -> list[tuple]:
        """Ask it with these values."""
        values = [filled[each] if isinstance(each, Place) else each for each in self.values]
        if self.is_placed:
            self.prepared = self.prepared or Prepared(self.sql, values)
            return self.prepared.rows(values)
        with connection.cursor() as cursor:
            cursor.execute(self.sql, values)
            return cursor.fetchall()


NOTHING = Statement("SELECT NULL::bigint, NULL::timestamptz WHERE false", ())


class Statements:
    """Statements that were put together before, by what they follow from."""

    def __init__(self) -> None:
        self.kept: dict[tuple, Statement] = {}

    def of(self, user: "User | AnonymousUser", make: Callable[..., Statement], *of_what: Any) -> Statement:
        """Return the statement that ``make`` puts together for ``user``."""
        # The types of content are rows as well: with another database they have other keys.
        key = (scope_of(user), ContentType.objects.get_for_model(Case).pk, make, *of_what)
        statement = self.kept.get(key)
        if statement is None:
            if len(self.kept) >= MOST_KEPT:
                self.kept = {}
            statement = self.kept[key] = make(user, *of_what)
        return statement


kept = Statements()


def place(which: Place) -> Any:
    """Return what stands in a question for a moment that is filled in when it is asked."""
    return RawSQL("%s", [which], output_field=DateTimeField())


def given_keys() -> Any:
    """Return what stands in a question for the keys that are filled in when it is asked."""
    return RawSQL("SELECT unnest(%s::bigint[])", [Place.KEYS])


def compiled(rows: "QuerySet[Any, Any]") -> tuple[str, tuple[Any, ...]]:
    """
    Return a question as Django puts it together, and what fills it.

    :raises EmptyResultSet: nothing can be found by it
    """
    return rows.query.sql_with_params()


def of_keys(rows: "QuerySet[Any, Any]") -> Statement:
    """Return the statement that finds the keys of the rows."""
    try:
        return Statement(*compiled(rows.values_list("pk")))
    except EmptyResultSet:
        return NOTHING


def visible_among(user: "User | AnonymousUser", given: Sequence[int]) -> list[int]:
    """Return those of the keys whose case ``user`` may read (``CaseQuerySet.visible_to``)."""
    return keys(kept.of(user, _visible_among), {Place.KEYS: list(given)})


def _visible_among(user: "User | AnonymousUser") -> Statement:
    return of_keys(Case.objects.filter(pk__in=given_keys()).visible_to(user))


def keys(statement: Statement, filled: dict[Place, Any]) -> list[int]:
    """Ask a statement that begins with the keys of rows for these."""
    return [row[0] for row in statement.rows(filled)]
