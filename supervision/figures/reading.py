"""Both sides of figures from the cells of the rollups, in one statement (decision 0038)."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from complaints.models import Assistance, Case
from supervision.figures.streams import SIDES, STANDING, Stream
from supervision.models.figures import ALWAYS, Level
from targets.measures.registry import type_of

# (first day, day after the last) of periods: they may follow one another, lie apart, or in each other.
Periods = Sequence[tuple[date, date]]
# What is counted of one stream: by key and period, the number of the period from 0 on.
Sums = Mapping[Stream, Mapping[tuple[Any, int], int]]
CLASSES = {"kind": Level.KIND, "category": Level.CATEGORY, "channel": Level.CHANNEL}
# Both at once, for the table by category and organ: one look at all subjects, and not one for each category.
CATEGORY_AND_ORGAN = "category and organ"
# Column of what each subject adds, where more is asked at once than a level of cells has.
_OF_SUBJECT = {"kind": "case_kind", "category": "category", "channel": "channel"}
_SUBJECTS = """
    (SELECT e.*, case_kind, category, channel FROM supervision_figuresubject
      CROSS JOIN LATERAL unnest(streams, organs, placed, effective, amounts)
              AS e (stream, organ_id, placed, effective, amount)
      WHERE kind = 'case' AND last_on >= %(since)s {classes})
"""
# What cases add that are absent for whoever asks, with what hangs on them and is a subject of its own: cards, and the
# promises of organs that assist.
_ABSENT = """
    (SELECT e.*, case_kind, category, channel FROM supervision_figuresubject
      CROSS JOIN LATERAL unnest(streams, organs, placed, effective, amounts)
              AS e (stream, organ_id, placed, effective, amount)
      WHERE (kind, subject_id) IN (
            SELECT 'case'::varchar, unnest(%(without)s::bigint[])
             UNION ALL
            SELECT 'card', id FROM accountability_card
             WHERE content_type_id = %(case)s AND object_id = ANY(%(without)s)
             UNION ALL
            SELECT 'promise', promise.id FROM efficiency_deadline AS promise
              JOIN complaints_assistance AS part ON part.id = promise.object_id
             WHERE promise.content_type_id = %(part)s AND part.case_id = ANY(%(without)s)) {classes})
"""
_STATEMENT = """
SELECT {}, stream, width_bucket(placed, %(bounds)s), width_bucket(effective, %(bounds)s), sum(amount)
  FROM {} AS cell
 WHERE stream = ANY(%(streams)s) AND effective < %(until)s AND (placed = %(always)s OR placed >= %(since)s) {}
 GROUP BY 1, 2, 3, 4
"""
# In which of the spans between the days each begins to count, from 0: before the first of them.
_STANDING = """
SELECT stream, width_bucket(effective, %(days)s), sum(amount)
  FROM {} AS cell
 WHERE stream = ANY(%(streams)s) AND placed = %(always)s AND effective < %(until)s {}
 GROUP BY 1, 2
"""


def sums(
    measures: Collection[str],
    periods: Periods,
    *,
    organ_ids: Collection[int] | None,
    of_cases: Mapping[str, str],
    by: str,
    without: Collection[int] = (),
) -> Mapping[str, Mapping[tuple[Any, int], tuple[Decimal, Decimal]]]:
    """
    Return both sides of each measure for each key and period, where there is anything.

    :param of_cases: values of ``kind``, ``category``, ``channel`` that are asked for
    :param by: "organ", one of these classes, both as ``CATEGORY_AND_ORGAN`` (``delay|17``), or "" for the key None
    :param without: keys of cases that do not count: what they added is taken off the cells again
    """
    wanted = {stream for name in measures for side in SIDES[name] for stream in side}
    found = _sums(sorted(wanted), periods, organ_ids, of_cases, by, without) if wanted else {}
    return {name: _sides(found, *SIDES[name]) for name in measures}


def _sides(
    found: Sums, numerator: Collection[Stream], denominator: Collection[Stream]
) -> Mapping[tuple[Any, int], tuple[Decimal, Decimal]]:
    both = [_together(found, side) for side in (numerator, denominator)]
    keys = {*both[0], *both[1]}
    return {key: (Decimal(both[0].get(key, 0)), Decimal(both[1].get(key, 0))) for key in keys}


def _together(found: Sums, side: Collection[Stream]) -> Mapping[tuple[Any, int], int]:
    total: dict[tuple[Any, int], int] = defaultdict(int)
    for stream in side:
        for key, amount in found.get(stream, {}).items():
            total[key] += amount
    return {key: amount for key, amount in total.items() if amount}


def _sums(
    wanted: Sequence[Stream],
    periods: Periods,
    organ_ids: Collection[int] | None,
    of_cases: Mapping[str, str],
    by: str,
    without: Collection[int],
) -> Sums:
    """
    Return what the streams counted in each period: what was placed in it, or stands, and had begun before its end.

    The database says in which period each sum was placed and in which it begins to count; what stands adds up from
    period to period.
    """
    bounds = sorted({day for period in periods for day in period})
    given: dict[str, Any] = {
        "bounds": bounds,
        "since": bounds[0],
        "until": bounds[-1],
        "always": ALWAYS,
        "streams": [stream.value for stream in wanted],
        "organ_ids": None if organ_ids is None else list(organ_ids),
        "without": list(without),
        "case": type_of(Case),
        "part": type_of(Assistance),
        **{f"of_{name}": value for name, value in of_cases.items()},
    }
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT.format(*_source(organ_ids, of_cases, by)), given)
        rows = cursor.fetchall()
        if without:
            cursor.execute(_STATEMENT.format(*_of_subjects(organ_ids, of_cases, by, _ABSENT)), given)
            rows += [(*row, -amount) for *row, amount in cursor.fetchall()]
    spans = [(number, bounds.index(since), bounds.index(until)) for number, (since, until) in enumerate(periods)]
    found: dict[Stream, dict[tuple[Any, int], int]] = defaultdict(lambda: defaultdict(int))
    for whose, stream, placed, effective, amount in rows:
        of_stream = found[Stream(stream)]
        for number, begin, end in spans:
            # What was placed in a period and begins to count later is after its cut-off.
            if effective <= end and (not placed or (begin < placed <= end and begin < effective)):
                of_stream[whose, number] += int(amount)
    return found


def standing(
    cuts: Sequence[date], *, organ_ids: Collection[int] | None, without: Collection[int] = ()
) -> Mapping[Stream, Mapping[date, int]]:
    """
    Return how much of each stream of what stands there was before each of some days began; in one statement, or two.

    :param without: keys of cases that do not count, as for ``sums``
    """
    days = sorted(set(cuts))
    given: dict[str, Any] = {
        "days": days,
        "until": days[-1],
        "always": ALWAYS,
        "streams": [stream.value for stream in STANDING],
        "organ_ids": None if organ_ids is None else list(organ_ids),
        "without": list(without),
        "case": type_of(Case),
        "part": type_of(Assistance),
    }
    _key, source, only = _source(organ_ids, {}, "")
    with connection.cursor() as cursor:
        cursor.execute(_STANDING.format(source, only), given)
        rows = cursor.fetchall()
        if without:
            _key, source, only = _of_subjects(organ_ids, {}, "", _ABSENT)
            cursor.execute(_STANDING.format(source, only), given)
            rows += [(stream, place, -amount) for stream, place, amount in cursor.fetchall()]
    found = {stream: dict.fromkeys(days, 0) for stream in STANDING}
    for stream, place, amount in rows:
        for day in days[place:]:  # what has begun before a day stands on those that follow
            found[Stream(stream)][day] += int(amount)
    return found


def _of_subjects(
    organ_ids: Collection[int] | None, of_cases: Mapping[str, str], by: str, source: str = _SUBJECTS
) -> tuple[str, str, str]:
    """Return the same to read from what each case adds, of all cases or of those in ``source``."""
    where = "".join(f" AND {_OF_SUBJECT[name]} = %(of_{name})s" for name in of_cases)
    keys = {"": "NULL::bigint", "organ": "organ_id", CATEGORY_AND_ORGAN: "category || '|' || organ_id"}
    key = keys.get(by) or _OF_SUBJECT[by]
    of_organs = " AND organ_id = ANY(%(organ_ids)s)" if organ_ids is not None else ""
    return key, source.format(classes=where), of_organs


def _source(organ_ids: Collection[int] | None, of_cases: Mapping[str, str], by: str) -> tuple[str, str, str]:
    """Return the column of the key, what to read, and conditions: a level of cells that has all that is asked for."""
    if by == CATEGORY_AND_ORGAN:
        return _of_subjects(organ_ids, of_cases, by)
    of_organ = organ_ids is not None or by == "organ"
    classes = {*of_cases, *([by] if by in CLASSES else [])}
    if len(classes) + of_organ > 1:
        return _of_subjects(organ_ids, of_cases, by)
    if of_organ:
        only = " AND organ_id = ANY(%(organ_ids)s)" if organ_ids is not None else ""
        return "organ_id" if by else "NULL::bigint", "supervision_figurecell", f"AND level = {Level.ORGAN:d}{only}"
    for name in classes:
        only = f" AND value = %(of_{name})s" if name in of_cases else ""
        return "value" if by else "NULL::bigint", "supervision_figurecell", f"AND level = {CLASSES[name]:d}{only}"
    return "NULL::bigint", "supervision_figurecell", f"AND level = {Level.ALL:d}"
