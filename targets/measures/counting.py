"""
Figures that are counted from rows: one statement finds the rows, the figure and what it came from both come of it.

A source is a statement with the columns ``id``, ``organ_id``, ``post_id``, ``counted`` and ``base``: what the row adds
to the numerator (null: it is not in it), and whether it is in the denominator. ``at`` is the moment that places the row
in a period, null for what counts because it stands at the cut-off; ``case_id`` the case behind it, null where there is
none.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from targets.measures.registry import Figure, Key, Part, Window, share

NONE = Decimal(0)
# What is about a case that is absent for whoever looks counts nowhere (docs/trust.md Z-07).
KNOWN = "(case_id IS NULL OR case_id <> ALL(%(without)s))"


@dataclass(frozen=True, slots=True)
class Source:
    """Rows of one model that a figure counts; ``parts``: on which of its sides."""

    model: type[Any]
    statement: str
    parts: tuple[Part, ...] = (Part.NUMERATOR, Part.DENOMINATOR)
    # Further values of the statement; the keys of content types are asked for when the figure is.
    values: Callable[[], Mapping[str, Any]] = field(default=dict)


Value = Callable[[Decimal, Decimal], Decimal | None]


def number(numerator: Decimal, _denominator: Decimal) -> Decimal:
    """Return a count as it is."""
    return numerator


def mean(numerator: Decimal, denominator: Decimal) -> Decimal | None:
    """Return an average, not rounded; None where there is nothing."""
    return numerator / denominator if denominator else None


def per_thousand(numerator: Decimal, denominator: Decimal) -> Decimal | None:
    """Return so many of a thousand, not rounded; None where there is nothing."""
    return 1000 * numerator / denominator if denominator else None


@dataclass(frozen=True, slots=True)
class Count:
    """How a figure follows from its sources."""

    sources: tuple[Source, ...]
    value: Value = share
    # How what the rows add is put together: their sum, or how many different ones there are.
    total: str = "sum(counted)"
    has_base: bool = True

    def figures(
        self, key: Key, ids: Collection[int], window: Window, more: Mapping[str, Any] | None = None
    ) -> dict[int, Figure]:
        """
        Return the figure for each id, in one statement.

        :param more: further values, where a statement takes such
        """
        union = " UNION ALL ".join(
            f"SELECT {key.value} AS key, counted, base FROM ({each.statement}) AS source"  # noqa: S608 - our own
            + (f" WHERE {KNOWN}" if window.without else "")
            for each in self.sources
        )
        statement = (
            f"SELECT key, coalesce({self.total}, 0), count(*) FILTER (WHERE base)"  # noqa: S608 - our own constants
            f" FROM ({union}) AS counted WHERE key = ANY(%(ids)s) GROUP BY key"
        )
        with connection.cursor() as cursor:
            cursor.execute(statement, self.parameters(window) | {"ids": list(ids)} | dict(more or {}))
            found = {row[0]: (Decimal(row[1]), Decimal(row[2])) for row in cursor.fetchall()}
        return {each: self._figure(*found.get(each, (NONE, NONE))) for each in ids}

    def _figure(self, numerator: Decimal, denominator: Decimal) -> Figure:
        return Figure(numerator, denominator if self.has_base else None, self.value(numerator, denominator))

    def parameters(self, window: Window) -> dict[str, Any]:
        """Return the values that the statements take."""
        found = window.parameters | {"without": list(window.without)}
        for each in self.sources:
            found |= each.values()
        return found

    def rows(self, key: Key, ids: Collection[int], window: Window, part: Part) -> QuerySet[Any]:
        """
        Return exactly the rows that a side of the figure counts.

        :raises LookupError: the figure has no such side
        """
        return self.rows_of(key, ids, window, part)

    def rows_of(
        self,
        key: Key,
        ids: Collection[int] | None,
        window: Window,
        part: Part,
        *,
        of_cases: Mapping[str, str] | None = None,
    ) -> QuerySet[Any]:
        """
        Return the same for whoever it is (``ids`` None), or of what is about cases of a class alone.

        :param of_cases: values of ``kind``, ``category``, ``channel`` of the cases

        :raises LookupError: the figure has no such side
        """
        source = next((each for each in self.sources if part in each.parts), None)
        if source is None:
            raise LookupError(f"There is no {part}.")
        given = window.parameters | dict(source.values()) | {"without": list(window.without)}
        # Whose they are not, such as what an organ as a whole is not to answer for, counts nowhere.
        where = [f"{key.value} IS NOT NULL", "counted IS NOT NULL" if part is Part.NUMERATOR else "base"]
        if window.without:
            where.append(KNOWN)
        if ids is not None:
            where[0], given["ids"] = f"{key.value} = ANY(%(ids)s)", list(ids)
        if of_cases:
            classes = " AND ".join(f"{name} = %({name})s" for name in of_cases)
            where.append(f"case_id IN (SELECT id FROM complaints_case WHERE {classes})")  # noqa: S608 - our own names
            given |= of_cases
        wanted = f"SELECT id FROM ({source.statement}) AS source WHERE {' AND '.join(where)}"  # noqa: S608
        counted = RawSQL(*positional(wanted, given))  # noqa: S611 - the values are parameters
        return source.model._default_manager.filter(pk__in=counted)


def positional(statement: str, named: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """Return a statement with its named values in the order of their places, as parts of Django's queries take them."""
    places = _Places(named)
    return statement % places, places.found


class _Places(dict[str, str]):
    def __init__(self, named: Mapping[str, Any]) -> None:
        super().__init__()
        self.named = named
        self.found: list[Any] = []

    def __missing__(self, name: str) -> str:
        self.found.append(self.named[name])
        return "%s"
