"""
How organs keep their duties to publish (docs/domain.md 6 and 12): what is complete, in time, late or missing.

Everything is said as it stood at a moment, and the rows that a figure counts come from the same statement as the
figure. A publication is due once its last day is over. Two rates are shown, and they are not the same:

completeness: of what was due by then and is still required, the share that is published and holds. What was owed anew
because its document had ended is counted by what is owed now; what its source took back is required no more.
on time: of what was published in the period, or was overdue at its end, the share that was published in time. What was
released after its last day is in the base as well, so that no release polishes the rate.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models.expressions import RawSQL

from disclosure.catalogue.fulfilling import TAKEN_BACK
from disclosure.enums import Category
from disclosure.models import OwedPublication, PublicationDuty
from disclosure.models.catalogue import OwedQuerySet
from efficiency.rounding import per_cent
from efficiency.timing.due import end_of, local_day, start_of

# What moments differ by at least.
TICK = timedelta(microseconds=1)
# So many gaps of an organ are named in a list of organs.
MOST_GAPS = 3

# Whether a document could be read at the cut-off.
_READABLE = """
    version.published_at < b.cut AND (version.ended_at IS NULL OR version.ended_at >= b.cut)
    AND version.state IN ('published', 'replaced', 'withdrawn')
"""
# … and whether what it says held on that day; its last day counts.
_CURRENT = """
    (version.valid_until IS NULL OR version.valid_until >= b.on_day)
    AND (version.repealed_on IS NULL OR version.repealed_on > b.on_day)
"""
_BOUNDS = "(SELECT %s::timestamptz AS begins, %s::timestamptz AS cut, %s::date AS cut_day, %s::date AS on_day) AS b"
_OWED = f"""
SELECT owed.id, owed.organ_id, owed.duty_id, owed.due_on, b.begins, b.cut,
       owed.due_on < b.cut_day AS is_over,
       coalesce(owed.published_at < b.cut, false) AS is_published,
       coalesce(owed.published_at >= b.begins, false) AS published_in_period,
       coalesce((owed.published_at AT TIME ZONE 'Asia/Shanghai')::date <= owed.due_on, false) AS is_in_time,
       coalesce(owed.released_at < b.cut, false) AS is_released,
       coalesce(owed.released_at >= b.begins
                AND (owed.released_at AT TIME ZONE 'Asia/Shanghai')::date > owed.due_on, false) AS released_late,
       EXISTS (SELECT FROM disclosure_owedpublication AS renewal
                WHERE renewal.duty_id = owed.duty_id AND renewal.key = 'after:' || owed.id
                  AND renewal.raised_at < b.cut) AS is_renewed,
       owed.document_id IS NOT NULL AND EXISTS (
           SELECT FROM disclosure_documentversion AS version
            WHERE version.document_id = owed.document_id AND {_READABLE} AND (duty.rhythm <> 'once' OR {_CURRENT})
       ) AS holds,
       {TAKEN_BACK.format(cut="b.cut")} AS is_taken_back
  FROM {_BOUNDS}, disclosure_owedpublication AS owed
  JOIN disclosure_publicationduty AS duty ON duty.id = owed.duty_id
 WHERE owed.organ_id = ANY(%s::bigint[]) AND owed.raised_at < b.cut
"""  # noqa: S608 - put together from our own constants
_TOLD_NO_MORE = "(is_taken_back AND NOT holds)"
# What each figure counts.
FIGURES = {
    "required": f"is_over AND NOT is_released AND NOT is_renewed AND NOT {_TOLD_NO_MORE}",
    "complete": "is_over AND NOT is_released AND NOT is_renewed AND is_published AND holds",
    "kept": "is_published AND published_in_period AND is_in_time",
    "late": "is_published AND published_in_period AND NOT is_in_time",
    "missing": "is_over AND NOT is_released AND NOT is_published",
    # Run out within the last hour: what is owed anew has not come up yet.
    "lapsed": "is_over AND NOT is_released AND NOT is_renewed AND is_published AND NOT holds AND NOT is_taken_back",
    "dropped": "is_released AND NOT is_published AND released_late",
    "waiting": "NOT is_over AND NOT is_released AND NOT is_published",
}
_COUNTED = ", ".join(f"count(*) FILTER (WHERE {condition}) AS {name}" for name, condition in FIGURES.items())
# The bound keeps what is asked about each row from being asked anew for each figure.
_ASKED_ONCE = f"({_OWED} OFFSET 0) AS owed"
_COUNTS = f"SELECT organ_id, {_COUNTED} FROM {_ASKED_ONCE} GROUP BY organ_id"  # noqa: S608 - ours
_LINES = f"""
SELECT duty_id, {_COUNTED},
       min(due_on) FILTER (WHERE {FIGURES["missing"]}) AS missing_since,
       min(due_on) FILTER (WHERE {FIGURES["waiting"]}) AS next_on,
       (array_agg(id ORDER BY due_on DESC, id DESC) FILTER (WHERE is_published AND NOT is_renewed))[1] AS last_id
  FROM {_ASKED_ONCE} GROUP BY duty_id
"""  # noqa: S608 - put together from our own constants
_GAPS = f"""
SELECT id FROM (
    SELECT id, row_number() OVER (PARTITION BY organ_id ORDER BY due_on, id) AS place FROM ({_OWED}) AS owed
     WHERE {FIGURES["missing"]}
) AS missing WHERE place <= {MOST_GAPS}
"""  # noqa: S608 - put together from our own constants
_COVERAGE = f"""
SELECT organ.id, heading.category
  FROM {_BOUNDS}, unnest(%s::bigint[]) AS organ (id)
 CROSS JOIN disclosure_column AS heading
 WHERE heading.category <> '' AND EXISTS (
     SELECT FROM disclosure_document AS document
       JOIN disclosure_documentversion AS version ON version.document_id = document.id
      WHERE document.organ_id = organ.id AND document.column_id = heading.id
        AND document.published_at IS NOT NULL  -- an index has these by organ and heading, the newest first
        AND {_READABLE} AND {_CURRENT})
 GROUP BY organ.id, heading.category
"""  # noqa: S608 - put together from our own constants


@dataclass(frozen=True, slots=True)
class Period:
    """Days of the portal's zone, both ends included, as far as the moment at which somebody looks."""

    first: date
    last: date
    at: datetime

    @property
    def cut(self) -> datetime:
        """The first moment that is not looked at any more: 24:00 of the last day, or after now if that comes first."""
        return min(end_of(self.last), self.at + TICK)

    @property
    def on(self) -> date:
        """The last day that is looked at."""
        return local_day(self.cut - TICK)

    @property
    def bounds(self) -> list[Any]:
        """The parameters of ``_BOUNDS``."""
        return [start_of(self.first), self.cut, local_day(self.cut), self.on]


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted of an organ, or of several together; ``categories`` are those with a current document."""

    required: int = 0
    complete: int = 0
    kept: int = 0
    late: int = 0
    missing: int = 0
    lapsed: int = 0
    dropped: int = 0
    waiting: int = 0
    categories: frozenset[str] = field(default=frozenset())

    @property
    def completeness(self) -> Decimal | None:
        """``disclosure_completeness`` in per cent; None where nothing was due."""
        return rate_of(self.complete, self.required)

    @property
    def on_time_base(self) -> int:
        """Of how many the rate of publication in time is."""
        return self.kept + self.late + self.missing + self.dropped

    @property
    def on_time(self) -> Decimal | None:
        """``disclosure_on_time`` in per cent; None where nothing was published or overdue."""
        return rate_of(self.kept, self.on_time_base)

    @property
    def gaps(self) -> int:
        """How many required publications are not there."""
        return self.required - self.complete

    @property
    def coverage(self) -> int:
        """In how many of the six categories there is a current document."""
        return len(self.categories)


NOTHING = Figures()


def rate_of(part: int, base: int) -> Decimal | None:
    """Return a share in per cent, two decimals half-up; None where the base is 0 (docs/domain.md 12)."""
    return per_cent(part, base)


def counts_of(organ_ids: Collection[int], period: Period) -> dict[int, Figures]:
    """Return the figures of each organ without the six categories; one question, however many organs there are."""
    counted = {row["organ_id"]: row for row in _read(_COUNTS, organ_ids, period)}
    return {pk: Figures(**_counts(counted.get(pk, {}))) for pk in organ_ids}


def figures_of(organ_ids: Collection[int], period: Period) -> dict[int, Figures]:
    """Return the figures of each organ; two questions, however many organs there are."""
    return with_categories(counts_of(organ_ids, period), period)


def with_categories(counts: Mapping[int, Figures], period: Period) -> dict[int, Figures]:
    """Return the figures of organs with the categories in which each has a current document; one question."""
    covered: dict[int, set[str]] = {}
    for row in _read(_COVERAGE, counts.keys(), period):
        covered.setdefault(row["id"], set()).add(row["category"])
    return {pk: replace(figures, categories=frozenset(covered.get(pk, ()))) for pk, figures in counts.items()}


def sum_of(figures: Iterable[Figures]) -> Figures:
    """Return the figures of several organs together; the six categories are no sum and are left out."""
    found = list(figures)
    return Figures(**{name: sum(getattr(each, name) for each in found) for name in FIGURES})


def rows_of(figure: str, organ_ids: Collection[int], period: Period) -> OwedQuerySet:
    """
    Return exactly the rows that a figure counts.

    :raises KeyError: there is no such figure
    """
    return rows_of_any([figure], organ_ids, period)


def rows_of_any(figures: Collection[str], organ_ids: Collection[int], period: Period) -> OwedQuerySet:
    """
    Return the rows that any of the figures counts, each once.

    :raises KeyError: there is no such figure
    """
    condition = " OR ".join(f"({FIGURES[figure]})" for figure in figures)
    wanted = f"SELECT id FROM ({_OWED}) AS owed WHERE {condition}"  # noqa: S608 - put together from our own constants
    counted = RawSQL(wanted, [*period.bounds, _array(organ_ids)])  # noqa: S611 - the values are parameters
    return OwedPublication.objects.filter(pk__in=counted)


def gaps_of(organ_ids: Collection[int], period: Period) -> list[OwedPublication]:
    """Return the first few publications that are missing of each organ, the oldest first; two questions."""
    ids = [row["id"] for row in _read(_GAPS, organ_ids, period)]
    rows = OwedPublication.objects.filter(pk__in=ids).select_related("duty__column", "document__public_version")
    return list(rows.by_time_left()) if ids else []


@dataclass(frozen=True, slots=True)
class Line:
    """How one duty stands: its figures, what is missing longest, what comes next, what was published last."""

    duty: PublicationDuty
    figures: Figures
    missing_since: date | None
    next_on: date | None
    last: OwedPublication | None

    @property
    def standing(self) -> str:
        """The one word for it: ``missing``, ``waiting``, ``late``, ``kept``, or ``nothing`` that was owed so far."""
        if self.figures.missing or self.figures.lapsed:
            return "missing"
        if self.last is not None and self.last.published_at is not None:
            return "kept" if local_day(self.last.published_at) <= self.last.due_on else "late"
        return "waiting" if self.figures.waiting else "nothing"


def lines_of(duties: Sequence[PublicationDuty], period: Period) -> list[Line]:
    """Return how each of the duties stands, in their order; two questions, however many there are."""
    rows = {row["duty_id"]: row for row in _read(_LINES, {duty.organ_id for duty in duties}, period)} if duties else {}
    last_ids = {rows[duty.pk]["last_id"] for duty in duties if duty.pk in rows} - {None}
    last = OwedPublication.objects.select_related("document__public_version").in_bulk(last_ids) if last_ids else {}
    found = []
    for duty in duties:
        row = rows.get(duty.pk, {})
        found.append(
            Line(
                duty,
                Figures(**_counts(row)),
                row.get("missing_since"),
                row.get("next_on"),
                last.get(row.get("last_id")),  # type: ignore[arg-type]  # None is no key
            )
        )
    return found


def missing_categories(figures: Figures) -> list[Category]:
    """Return those of the six categories in which the organ has no current document."""
    return [category for category in Category if category.value not in figures.categories]


def _counts(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row.get(name, 0) for name in FIGURES}


def _read(statement: str, organ_ids: Collection[int], period: Period) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [*period.bounds, _array(organ_ids)])
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _array(ids: Collection[int]) -> str:
    """Return ids as an array that PostgreSQL reads."""
    return "{" + ",".join(map(str, sorted(ids))) + "}"
