"""
The queues of staff at a city's size: which cases stand in them, and how many, without reading what they do not show.

A queue is a handful of conditions of which one has to hold (``worklist.ways_to_wait``). Each is asked for its first
``MOST`` cases, which an index of the cases at work has in order, and the answers are put together: what is looked at
does not grow with what is stored, and hardly with what is open. Beyond ``MOST`` a queue says "more than".

The statements follow from the person's scope alone, and putting them together costs more than running them: they are
kept, with places for the moments that change.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import DateTimeField, Q, QuerySet
from django.db.models.expressions import RawSQL

from complaints import deadlines, worklist
from complaints.models import Case
from complaints.worklist import Edges
from efficiency.access.scope import scope_of

if TYPE_CHECKING:
    from efficiency.access.models import User

# So many cases of a queue are counted and shown.
MOST = 1_000
FIGURES = ("overdue", "today", "soon", "approve", "returned")
# So many cases that wait for somebody else are shown to whoever handles them.
MOST_WAITING = 10
# So many statements are kept: a page has four, and people come back to it all day.
MOST_KEPT = 1_000


class Place(Enum):
    """What is filled into a statement when it is asked."""

    NOW = 1
    TODAY_ENDS = 2
    SOON_ENDS = 3
    KEYS = 4


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases a person asks for: whose, under which figure, in which state and of which kind; empty for all."""

    whose: str = ""
    figure: str = ""
    state: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement, what fills its places, some of it when it is asked, and the names of its columns where needed."""

    sql: str
    values: tuple[Any, ...]
    names: tuple[str, ...] = ()

    def rows(self, filled: dict[Place, Any]) -> list[tuple]:
        """Ask it with these values."""
        with connection.cursor() as cursor:
            values = [filled[each] if isinstance(each, Place) else each for each in self.values]
            cursor.execute(self.sql, values)
            return cursor.fetchall()


class _Statements:
    """Statements that were put together before, by what they follow from."""

    def __init__(self) -> None:
        self.kept: dict[tuple, Statement] = {}

    def of(self, user: "User", make: Callable[..., Statement], *of_what: Any) -> Statement:
        """Return the statement that ``make`` puts together for ``user``."""
        # The types of content are rows as well: with another database they have other keys.
        key = (scope_of(user), deadlines.content_type().pk, make.__name__, *of_what)
        if key not in self.kept:
            if len(self.kept) >= MOST_KEPT:
                self.kept = {}
            self.kept[key] = make(user, *of_what)
        return self.kept[key]


_statements = _Statements()


def keys_of(user: "User", wanted: Wanted, *, at: datetime) -> list[int]:
    """Return the keys of the cases of a queue in its order, at most one more than ``MOST``."""
    return [key for key, _due in _statements.of(user, _queue, wanted).rows(_moments(at))]


def counts(user: "User", *, at: datetime) -> dict[str, int]:
    """Return the figures above the queue, each at most one more than ``MOST``: one question for all of them."""
    [row] = _statements.of(user, _figures).rows(_moments(at))
    return dict(zip(FIGURES, row, strict=True))


def waiting_for_others(user: "User") -> list[int]:
    """Return the keys of the first cases that the person handles and in which somebody else has the next step."""
    return [key for key, _due in _statements.of(user, _others).rows({})]


def standing(keys: Sequence[int], user: "User") -> list[Case]:
    """
    Return the cases with these keys in this order, each with what decides whose move it is (``worklist.with_moves``).

    The keys come from the questions above, so they are in the person's scope. Two questions, however many there are.
    """
    if not keys:
        return []
    cases = Case.objects.select_related("handling_organ", "office", "handler").defer("description", "search_pairs")
    found = cases.in_bulk(list(keys))
    add_moves(found.values(), user)
    return [found[key] for key in keys if key in found]


def add_moves(cases: Iterable[Case], user: "User") -> None:
    """Set on each of the cases, which are in the person's scope, what decides whose move it is: one question."""
    by_key = {case.pk: case for case in cases}
    statement = _statements.of(user, _facts)
    for key, *facts in statement.rows({Place.KEYS: list(by_key)}):
        for name, value in zip(statement.names, facts, strict=True):
            setattr(by_key[key], name, value)


def _moments(at: datetime) -> dict[Place, Any]:
    edges = worklist.edges(at)
    return {Place.NOW: edges.now, Place.TODAY_ENDS: edges.today_ends, Place.SOON_ENDS: edges.soon_ends}


def _place(place: Place) -> Any:
    return RawSQL("%s", [place], output_field=DateTimeField())


def _edges() -> Edges:
    """Return the edges that are filled in when the statement is asked."""
    return Edges(*(_place(each) for each in (Place.NOW, Place.TODAY_ENDS, Place.SOON_ENDS)))


def _queue(user: "User", wanted: Wanted) -> Statement:
    """Put together the first cases of a queue."""
    asked = {name: value for name, value in (("state", wanted.state), ("kind", wanted.kind)) if value}
    return _first(_visible(user).filter(**asked), _ways(user, wanted), MOST + 1)


def _ways(user: "User", wanted: Wanted) -> list[Q]:
    """Return the conditions of which one has to hold for a case to stand in a queue."""
    if wanted.figure == "approve":
        return worklist.ways_to_decide(user)
    match wanted.whose:
        case "all":
            places = [Q()]
        case "section":
            places = worklist.ways_to_lie(user)
        case _:
            # A figure counts over the organ, so its list does as well.
            places = worklist.ways_to_lie(user) if wanted.figure else worklist.ways_to_wait(user)
    if not wanted.figure:
        return places
    under = worklist.returned(user) if wanted.figure == "returned" else worklist.lateness(wanted.figure, _edges())
    return [place & under for place in places]


def _figures(user: "User") -> Statement:
    """Put together all figures as one row."""
    parts = [_queue(user, Wanted(whose="section", figure=name)) for name in FIGURES]
    counted = ", ".join(f"(SELECT count(*) FROM ({part.sql}) AS counted)" for part in parts)  # noqa: S608
    return Statement(f"SELECT {counted}", tuple(value for part in parts for value in part.values))


def _others(user: "User") -> Statement:
    waiting = worklist.waiting_for(user)
    return _first(_visible(user).filter(worklist.in_hand(user)).exclude(waiting), [Q()], MOST_WAITING)


def _facts(user: "User") -> Statement:
    """Put together what decides whose move it is, of given cases."""
    given: Any = RawSQL("SELECT unnest(%s::bigint[])", [Place.KEYS])
    cases = worklist.with_moves(Case.objects.filter(pk__in=given), user)
    names = tuple(cases.query.annotations)
    return Statement(*_compiled(cases.values_list("pk", *names)), names)


def _visible(user: "User") -> Any:
    return worklist.with_moves(Case.objects.visible_to(user).open(), user)


def _first(cases: Any, ways: Iterable[Q], most: int) -> Statement:
    """Put together the first cases, by urgency, for which one of the conditions holds; none is returned twice."""
    parts: list[str] = []
    values: list[Any] = []
    for way in ways:
        try:
            sql, of_part = _compiled(cases.filter(way).by_urgency().values_list("pk", "next_due_at")[:most])
        except EmptyResultSet:
            continue
        parts.append(f"({sql})")
        values += of_part
    if not parts:
        return Statement("SELECT NULL::bigint, NULL::timestamptz WHERE false", ())
    if len(parts) == 1:
        return Statement(parts[0], tuple(values))
    united = " UNION ".join(parts)
    ordered = f"SELECT id, due FROM ({united}) AS found (id, due) ORDER BY due NULLS LAST, id LIMIT {most}"  # noqa: S608
    return Statement(ordered, tuple(values))


def _compiled(cases: "QuerySet[Any, Any]") -> tuple[str, tuple[Any, ...]]:
    return cases.query.sql_with_params()
