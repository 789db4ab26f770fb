"""
Buck-passing 推诿扯皮 as the record has it (docs/domain.md 4.6, 11): who passes cases on, to and fro, who holds them.

A case is passed on by the steps ``transfer`` and ``return``: it leaves the organ that held it, and another has to take
it up. That an efficiency office had it between the two changes nothing. Everything is counted as of a moment: what
happened afterwards has not happened yet. Each figure counts cases, and the list behind it has exactly these; those
out of reach are counted and not shown, and those that concern the viewer are neither (docs/trust.md Z-07).
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from complaints import deadlines
from complaints.models import Case, Holding
from efficiency.organs.models import Organ, OrganKind
from efficiency.rounding import half_up
from efficiency.timing.zone import ONE_DAY, local_day
from supervision.foresight.asking import Asked, begins, cut

TENTH = Decimal("0.1")
# So many seconds the overview keeps what takes long: its figures may be five minutes old.
KEPT = 300

_OF_CASE = """
    (%(kind)s = '' OR c.kind = %(kind)s) AND (%(category)s = '' OR c.category = %(category)s)
    AND (%(channel)s = '' OR c.channel = %(channel)s) AND c.id <> ALL(%(without)s)
"""
# Each time that a case left an organ before the cut-off: who had had it before, who let it go, who has it next.
_PASSES = f"""
SELECT e.case_id, e.id, e.at, before.organ_id AS before_id, h.organ_id AS from_id, following.organ_id AS to_id
  FROM complaints_caseevent AS e
  JOIN complaints_case AS c ON c.id = e.case_id AND {_OF_CASE}
  JOIN complaints_holding AS h ON h.case_id = e.case_id AND h.until = e.at
  JOIN efficiency_organ AS o ON o.id = h.organ_id AND o.kind <> %(office)s
  LEFT JOIN LATERAL (
      SELECT p.organ_id FROM complaints_holding AS p
        JOIN efficiency_organ AS po ON po.id = p.organ_id AND po.kind <> %(office)s
       WHERE p.case_id = e.case_id AND p.organ_id <> h.organ_id AND (p.since, p.id) < (h.since, h.id)
       ORDER BY p.since DESC, p.id DESC LIMIT 1
  ) AS before ON true
  LEFT JOIN LATERAL (
      SELECT n.organ_id FROM complaints_holding AS n
        JOIN efficiency_organ AS no ON no.id = n.organ_id AND no.kind <> %(office)s
       WHERE n.case_id = e.case_id AND n.since >= e.at AND n.id <> h.id AND n.since < %(cut)s
       ORDER BY n.since, n.id LIMIT 1
  ) AS following ON true
 WHERE e.action IN ('transfer', 'return') AND e.at >= %(since)s AND e.at < %(cut)s
"""  # noqa: S608 - put together from our own constants
_MEANT = "p.from_id = ANY(%(organs)s)"
_FROM_A_TO_B_AND_BACK = "p.before_id = p.to_id AND p.to_id <> p.from_id"

# By so many steps in all cases were passed on that were passed on in the period.
_CHAINS = f"""
SELECT p.case_id, (
           SELECT count(*) FROM complaints_caseevent AS every
            WHERE every.case_id = p.case_id AND every.action IN ('transfer', 'return') AND every.at < %(cut)s
       ) AS steps, min(p.at) AS first_at
  FROM ({_PASSES}) AS p WHERE {_MEANT} GROUP BY p.case_id
"""  # noqa: S608 - put together from our own constants
_PAIRS = f"""
SELECT p.to_id, p.from_id, count(DISTINCT p.case_id), count(*)
  FROM ({_PASSES}) AS p
 WHERE {_FROM_A_TO_B_AND_BACK} AND (p.from_id = ANY(%(organs)s) OR p.to_id = ANY(%(organs)s))
 GROUP BY p.to_id, p.from_id ORDER BY 3 DESC, 4 DESC, 1, 2
"""  # noqa: S608 - put together from our own constants
_PASSED = f"SELECT p.from_id, count(DISTINCT p.case_id) FROM ({_PASSES}) AS p WHERE {_MEANT} GROUP BY p.from_id"  # noqa: S608

# The spans in which organs held cases, cut to the period: working days by the calendar, less those that a suspension of
# the reply touches. A span begins on the day after it was handed over, as every limit does (docs/domain.md 3.1 rule 3).
# Few cases stand still: it is asked of these what of a span they touch, not of each span whether one does.
_HELD = """
WITH span AS MATERIALIZED (
    SELECT h.id, h.case_id, h.organ_id, cut.lower, cut.upper
      FROM complaints_holding AS h
      {of_cases}
      CROSS JOIN LATERAL (
          SELECT greatest((h.since AT TIME ZONE 'Asia/Shanghai')::date, %(day_before)s::date) AS lower,
                 least((coalesce(h.until, %(cut)s) AT TIME ZONE 'Asia/Shanghai')::date, %(last_day)s::date) AS upper
      ) AS cut
     WHERE h.organ_id = ANY(%(organs)s) AND h.since < %(cut)s AND (h.until IS NULL OR h.until >= %(since)s)
       AND h.organ_id NOT IN (SELECT id FROM efficiency_organ WHERE kind = %(office)s)
       AND cut.upper >= cut.lower
), stood AS MATERIALIZED (
    SELECT d.object_id AS case_id, (s.started_at AT TIME ZONE 'Asia/Shanghai')::date - 1 AS lower,
           (coalesce(s.ended_at, %(cut)s) AT TIME ZONE 'Asia/Shanghai')::date AS upper
      FROM efficiency_suspension AS s
      JOIN efficiency_deadline AS d ON d.id = s.deadline_id
     WHERE d.content_type_id = %(case_type)s AND d.kind = ANY(%(kinds)s)
       AND s.started_at < %(cut)s AND (s.ended_at IS NULL OR s.ended_at >= %(since)s)
), pause AS (
    SELECT span.id, sum(greatest(0, last_day.ordinal - first_day.ordinal)) AS days
      FROM stood JOIN span ON span.case_id = stood.case_id
      JOIN efficiency_calendarday AS first_day ON first_day.date = greatest(stood.lower, span.lower)
      JOIN efficiency_calendarday AS last_day ON last_day.date = least(stood.upper, span.upper)
     GROUP BY span.id
)
SELECT span.case_id, span.organ_id, upper_day.ordinal - lower_day.ordinal AS days, coalesce(pause.days, 0) AS paused
  FROM span
  JOIN efficiency_calendarday AS lower_day ON lower_day.date = span.lower
  JOIN efficiency_calendarday AS upper_day ON upper_day.date = span.upper
  LEFT JOIN pause ON pause.id = span.id
"""
# Where nothing is said of the cases nobody has to look at them.
_WITH_CASES = f"JOIN complaints_case AS c ON c.id = h.case_id AND {_OF_CASE}"
_HOLDING = """
SELECT organ_id, count(*), sum(days - paused), max(days - paused), sum(paused)
  FROM (SELECT case_id, organ_id, sum(days) AS days, sum(paused) AS paused FROM ({held}) AS held
         GROUP BY case_id, organ_id) AS each
 GROUP BY organ_id
"""


@dataclass(frozen=True, slots=True)
class Chain:
    """A case that was passed on: by so many steps until the cut-off, and the organs that held it, one after another."""

    case: Case
    steps: int
    path: tuple[Organ, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Organs between which cases went to and fro: ``first`` passed them on, ``second`` sent them back."""

    first: Organ
    second: Organ
    cases: int
    times: int


@dataclass(frozen=True, slots=True)
class Held:
    """How long an organ held cases in the period, in working days; suspensions are counted apart."""

    organ: Organ
    cases: int
    days: int
    longest: int
    suspended: int
    passed_on: int

    @property
    def average(self) -> Decimal:
        """Working days for each case, to one decimal."""
        return half_up(Decimal(self.days) / self.cases, 1)


def _held(question: Asked) -> str:
    """Return the statement of the spans, which looks at the cases where something is said of them."""
    is_of_cases = question.kind or question.category or question.channel or question.without
    return _HELD.format(of_cases=_WITH_CASES if is_of_cases else "")


def held_lately(question: Asked, organs: Collection[int], *, at: datetime) -> tuple[list[Held], datetime]:
    """
    Return the same as ``held`` for the overview and when it was counted, kept by each process for five minutes.

    Over a million cases the holdings of a month are a hundred thousand (decision 0038).
    """
    asked = repr((question, sorted(organs))).encode()
    key = f"passing-held:{hashlib.sha256(asked).hexdigest()}"
    kept: tuple[list[Held], datetime] | None = cache.get(key)
    if kept is None:
        kept = held(question, organs, at=at), at
        cache.set(key, kept, KEPT)
    return kept


def pairs(question: Asked, organs: Collection[int], *, at: datetime) -> list[Pair]:
    """Return the pairs of organs between which cases went to and fro in the period, those with most cases first."""
    rows = _asked(_PAIRS, question, organs, at)
    found = Organ.objects.in_bulk({key for row in rows for key in row[:2]})
    return [Pair(found[first], found[second], cases, times) for first, second, cases, times in rows]


def held(question: Asked, organs: Collection[int], *, at: datetime) -> list[Held]:
    """Return how long each organ held cases, the longest on average first; two statements, however many there are."""
    passed = dict(_asked(_PASSED, question, organs, at))
    rows = _asked(_HOLDING.format(held=_held(question)), question, organs, at)
    found = Organ.objects.in_bulk([row[0] for row in rows])
    lines = [
        Held(found[key], cases, int(days), int(longest), int(paused), passed.get(key, 0))
        for key, cases, days, longest, paused in rows
    ]
    return sorted(lines, key=lambda line: (-Decimal(line.days) / line.cases, line.organ.pk))


def passed_on(question: Asked, organs: Collection[int], *, at: datetime) -> QuerySet[Case]:
    """Return the cases that these organs passed on in the period, those passed on most often first."""
    return _ranked(f"SELECT case_id FROM ({_CHAINS}) AS chain", question, organs, at)  # noqa: S608 - our own


def to_and_fro(
    question: Asked, organs: Collection[int], *, at: datetime, first: int | None = None, second: int | None = None
) -> QuerySet[Case]:
    """Return the cases that went to and fro, between any two organs or between these two in this order."""
    statement = f"""
        SELECT p.case_id FROM ({_PASSES}) AS p
         WHERE {_FROM_A_TO_B_AND_BACK} AND (p.from_id = ANY(%(organs)s) OR p.to_id = ANY(%(organs)s))
           AND (%(first)s::bigint IS NULL OR p.to_id = %(first)s) AND (%(second)s::bigint IS NULL OR p.from_id = %(second)s)
    """  # noqa: S608, E501 - put together from our own constants
    return _ranked(statement, question, organs, at, first=first, second=second)


def held_by(question: Asked, organs: Collection[int], *, at: datetime) -> QuerySet[Case]:
    """Return the cases that these organs held for any time in the period."""
    return _ranked(f"SELECT case_id FROM ({_held(question)}) AS held", question, organs, at)  # noqa: S608 - our own


def chains(cases: Iterable[Case], question: Asked, *, at: datetime) -> list[Chain]:
    """Return the chains of these cases as of the cut-off, in their order; three statements."""
    found = list(cases)
    until = cut(question, at)
    spans = Holding.objects.filter(case__in=[case.pk for case in found], since__lt=until)
    spans = spans.exclude(organ__kind=OrganKind.EFFICIENCY_OFFICE).order_by("case_id", "since", "id")
    paths: dict[int, list[int]] = {}
    for case_id, organ_id in spans.values_list("case_id", "organ_id"):
        path = paths.setdefault(case_id, [])
        if not path or path[-1] != organ_id:
            path.append(organ_id)
    organs = Organ.objects.in_bulk({key for path in paths.values() for key in path})
    steps = _steps([case.pk for case in found], until)
    return [Chain(case, steps.get(case.pk, 0), tuple(organs[key] for key in paths.get(case.pk, ()))) for case in found]


def _steps(keys: Sequence[int], until: datetime) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT case_id, count(*) FROM complaints_caseevent"
            " WHERE case_id = ANY(%s) AND action IN ('transfer', 'return') AND at < %s GROUP BY case_id",
            [list(keys), until],
        )
        return dict(cursor.fetchall())


def _ranked(statement: str, question: Asked, organs: Collection[int], at: datetime, **more: Any) -> QuerySet[Case]:
    """Return the cases of a statement, those passed on by most steps until the cut-off first."""
    values = _values(question, organs, at) | more
    steps = RawSQL(
        "SELECT count(*) FROM complaints_caseevent AS step WHERE step.case_id = complaints_case.id"
        " AND step.action IN ('transfer', 'return') AND step.at < %s",
        [values["cut"]],
    )
    # An array, not a list of parameters: an organ may have held very many.
    keys = RawSQL("SELECT unnest(%s::bigint[])", [_keys(statement, values)])
    return Case.objects.filter(pk__in=keys).annotate(steps=steps).order_by("-steps", "-received_at", "-pk")


def _keys(statement: str, values: dict[str, Any]) -> list[int]:
    # Asked once: the page counts them, counts those within reach, and shows some.
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT case_id FROM ({statement}) AS meant", values)  # noqa: S608 - our own
        return [row[0] for row in cursor.fetchall()]


def _asked(statement: str, question: Asked, organs: Collection[int], at: datetime) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, _values(question, organs, at))
        return cursor.fetchall()


def _values(question: Asked, organs: Collection[int], at: datetime) -> dict[str, Any]:
    until = cut(question, at)
    return {
        "since": begins(question),
        "cut": until,
        "day_before": question.since - ONE_DAY,
        # What is cut off at midnight ends with the day before.
        "last_day": min(question.until - ONE_DAY, local_day(until)),
        "organs": list(organs),
        "kind": question.kind,
        "category": question.category,
        "channel": question.channel,
        "without": list(question.without),
        "office": OrganKind.EFFICIENCY_OFFICE.value,
        "case_type": ContentType.objects.get_for_model(Case).pk,
        "kinds": [deadlines.REPLY, deadlines.REWORK],
    }
