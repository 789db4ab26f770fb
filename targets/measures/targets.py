"""Figures of target management itself: how many targets were reached, and what a survey from outside gave (8.1, 12)."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import pgettext_lazy

from targets.measures.accountability import POINTS
from targets.measures.complaints import PER_CENT
from targets.measures.counting import Count, Source, mean
from targets.measures.registry import Direction, Figure, Key, Measure, Part, Window, share
from targets.models import Indicator, SurveyResult
from targets.plans.enums import Direction as Way
from targets.plans.enums import IndicatorKind, Span
from targets.plans.enums import Source as From
from targets.reports.enums import Finding, State
from targets.scoring.methods import Method, Result, points

# What fewer people answered says nothing of an organ: it is kept, and has no figure.
FEWEST_ANSWERS = 10
# The indicators of plans whose time ended in the period, by the report on the whole of it, whether or not anybody
# reported them: what is missing is missed. What was not accepted as proved by the moment as of which is asked is not
# reached (docs/domain.md 8.1); accepted values never change. Of an organ its own plan counts, not those of its posts.
# Null where neither a target nor anything done says whether it was reached: then its full points do.
_REACHED = f"""
CASE WHEN v.id IS NULL OR r.state <> '{State.ACCEPTED.value}' OR r.ended_at IS NULL OR r.ended_at >= %(known)s
       OR v.finding <> '{Finding.PROVED.value}' THEN false
     WHEN i.method IN ('{Method.MILESTONES.value}', '{Method.DEADLINE.value}') THEN NOT EXISTS (
         SELECT FROM targets_milestone AS m
           LEFT JOIN targets_milestoneresult AS done ON done.milestone_id = m.id AND done.value_id = v.id
          WHERE m.indicator_id = i.id AND (done.done_on IS NULL OR done.done_on > m.due_on))
     WHEN i.method = '{Method.YES_NO.value}' THEN coalesce(v.done, false)
     WHEN i.method = '{Method.DEDUCT.value}' THEN coalesce(v.events <= coalesce(i.target, 0), false)
     WHEN v.actual IS NOT NULL AND i.target IS NOT NULL THEN
         CASE WHEN i.direction = '{Way.LOWER.value}' THEN v.actual <= i.target ELSE v.actual >= i.target END
END
"""
_DUE = f"""
SELECT i.id, CASE WHEN r.post_id IS NULL THEN r.organ_id END AS organ_id, r.post_id, {_REACHED} AS is_reached,
       i.method, i.weight, i.terms::text, v.actual, v.events, v.done, i.target, i.baseline, i.challenge,
       step.planned, step.on_time, step.late
  FROM targets_report AS r
  JOIN targets_plan AS p ON p.id = r.plan_id AND p.span = r.span
  JOIN targets_indicator AS i ON i.revision_id = r.revision_id
   AND i.kind <> '{IndicatorKind.VETO.value}' AND i.source = '{From.REPORTED.value}'
  LEFT JOIN targets_reportvalue AS v ON v.report_id = r.id AND v.indicator_id = i.id
  LEFT JOIN LATERAL (
      SELECT count(*) AS planned, count(*) FILTER (WHERE done.done_on <= m.due_on) AS on_time,
             count(*) FILTER (WHERE done.done_on > m.due_on AND done.done_on < r.until) AS late
        FROM targets_milestone AS m
        LEFT JOIN targets_milestoneresult AS done ON done.milestone_id = m.id AND done.value_id = v.id
       WHERE m.indicator_id = i.id AND m.due_on < r.until
  ) AS step ON i.method = '{Method.FORMULA.value}'
 WHERE r.until > %(since_on)s AND r.until <= %(until_on)s AND r.opened_at < %(known)s
   AND r.until <= (%(known)s AT TIME ZONE 'Asia/Shanghai')::date
   AND NOT (r.state = '{State.DROPPED.value}' AND r.ended_at < %(known)s)
"""  # noqa: S608 - put together from our own constants


@dataclass(frozen=True, slots=True)
class _Due:
    """An indicator that is due: whose it is, and whether it was reached."""

    pk: int
    whose: int
    is_reached: bool


def _due(key: Key, ids: Collection[int], window: Window) -> list[_Due]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {key.value} AS whose, due.* FROM ({_DUE}) AS due WHERE {key.value} = ANY(%(ids)s)",  # noqa: S608
            window.parameters | {"ids": list(ids)},
        )
        return [
            _Due(pk, whose, _has_full_points(*scored) if is_reached is None else is_reached)
            for whose, pk, _organ, _post, is_reached, *scored in cursor.fetchall()
        ]


def _has_full_points(method: str, weight: Decimal, terms: str, *found: Any) -> bool:
    """Say whether what was found gives an indicator all of its weight (8.2)."""
    actual, events, done, target, baseline, challenge, planned, on_time, late = found
    result = Result(actual, target, planned, on_time or 0, late or 0, events, done, baseline, challenge)
    return points(method, weight, result, json.loads(terms)) == weight


def target_rate(key: Key, ids: Collection[int], window: Window) -> dict[int, Figure]:
    """Return of each organ or post how many of its indicators that were due were reached; in one statement."""
    due = dict.fromkeys(ids, 0)
    reached = dict.fromkeys(ids, 0)
    for each in _due(key, ids, window):
        due[each.whose] += 1
        reached[each.whose] += each.is_reached
    sides = {each: (Decimal(reached[each]), Decimal(due[each])) for each in due}
    return {each: Figure(of, base, share(of, base)) for each, (of, base) in sides.items()}


def indicators_behind(key: Key, ids: Collection[int], window: Window, part: Part) -> QuerySet[Indicator]:
    """Return the indicators that a side counts."""
    is_base = part is Part.DENOMINATOR
    found = [each.pk for each in _due(key, ids, window) if is_base or each.is_reached]
    return Indicator.objects.filter(pk__in=found)


# The one that was confirmed last of those for exactly this time, with answers enough (docs/domain.md 12).
_SURVEYS = f"""
SELECT DISTINCT ON (organ_id) id, organ_id, NULL::bigint AS post_id, score AS counted, true AS base,
       NULL::timestamptz AS at, NULL::bigint AS case_id
  FROM targets_surveyresult
 WHERE confirmed_at < %(known)s AND answers >= {FEWEST_ANSWERS}
   AND %(since_on)s = make_date(year, CASE span WHEN '{Span.SECOND_HALF.value}' THEN 7 ELSE 1 END, 1)
   AND %(until_on)s = CASE span WHEN '{Span.FIRST_HALF.value}' THEN make_date(year, 7, 1)
                                ELSE make_date(year + 1, 1, 1) END
 ORDER BY organ_id, confirmed_at DESC, id DESC
"""  # noqa: S608 - put together from our own constants

SURVEY = Count((Source(SurveyResult, _SURVEYS),), value=mean)

MEASURES = (
    Measure(
        "target_rate",
        pgettext_lazy("figure", "targets reached"),
        PER_CENT,
        Direction.HIGHER,
        target_rate,
        indicators_behind,
        counts=Indicator,
        of=Indicator,
        has_posts=True,
        numerator=pgettext_lazy("part of a figure", "indicators reached, with proof"),
        denominator=pgettext_lazy("part of a figure", "indicators due"),
    ),
    # An app above that holds surveys itself registers another one of this name.
    Measure(
        "survey",
        pgettext_lazy("figure", "survey from outside"),
        POINTS,
        Direction.HIGHER,
        SURVEY.figures,
        SURVEY.rows,
        counts=SurveyResult,
        of=SurveyResult,
        numerator=pgettext_lazy("part of a figure", "points of the survey"),
        denominator=pgettext_lazy("part of a figure", "surveys"),
        count=SURVEY,
    ),
)
