"""Figures of target management itself: how many targets were reached, and what a survey from outside gave (8.1, 12)."""

from django.utils.translation import pgettext_lazy

from targets.measures.accountability import POINTS
from targets.measures.complaints import PER_CENT
from targets.measures.counting import Count, Source, mean
from targets.measures.registry import Direction, Measure
from targets.models import ReportValue, SurveyResult
from targets.plans.enums import Direction as Way
from targets.plans.enums import IndicatorKind, Span
from targets.reports.enums import Finding, State

# What fewer people answered says nothing of an organ: it is kept, and has no figure.
FEWEST_ANSWERS = 10
# The indicators of plans whose time ended in the period, by the report on the whole of it. What was not accepted as
# proved by the moment as of which is asked is not reached (docs/domain.md 8.1); accepted values never change. Of an
# organ its own plan counts, not those of its posts.
_DUE = f"""
SELECT v.id, CASE WHEN r.post_id IS NULL THEN r.organ_id END AS organ_id, r.post_id, true AS base,
       CASE WHEN r.state = '{State.ACCEPTED.value}' AND r.ended_at < %(known)s AND v.finding = '{Finding.PROVED.value}'
             AND CASE
                 WHEN i.kind = '{IndicatorKind.MILESTONE.value}' THEN NOT EXISTS (
                     SELECT FROM targets_milestone AS m
                       LEFT JOIN targets_milestoneresult AS done ON done.milestone_id = m.id AND done.value_id = v.id
                      WHERE m.indicator_id = i.id AND (done.done_on IS NULL OR done.done_on > m.due_on))
                 WHEN v.actual IS NOT NULL AND i.target IS NOT NULL THEN
                     CASE WHEN i.direction = '{Way.LOWER.value}' THEN v.actual <= i.target ELSE v.actual >= i.target END
                 WHEN v.events IS NOT NULL THEN v.events <= coalesce(i.target, 0)
                 ELSE coalesce(v.done, false) END
            THEN 1 END AS counted
  FROM targets_report AS r
  JOIN targets_plan AS p ON p.id = r.plan_id AND p.span = r.span
  JOIN targets_reportvalue AS v ON v.report_id = r.id
  JOIN targets_indicator AS i ON i.id = v.indicator_id AND i.kind <> '{IndicatorKind.VETO.value}'
 WHERE r.until > %(since_on)s AND r.until <= %(until_on)s AND r.opened_at < %(known)s
   AND r.until <= (%(known)s AT TIME ZONE 'Asia/Shanghai')::date
   AND NOT (r.state = '{State.DROPPED.value}' AND r.ended_at < %(known)s)
"""  # noqa: S608 - put together from our own constants
# The one that was confirmed last of those for exactly this time, with answers enough (docs/domain.md 12).
_SURVEYS = f"""
SELECT DISTINCT ON (organ_id) id, organ_id, NULL::bigint AS post_id, score AS counted, true AS base
  FROM targets_surveyresult
 WHERE confirmed_at < %(known)s AND answers >= {FEWEST_ANSWERS}
   AND %(since_on)s = make_date(year, CASE span WHEN '{Span.SECOND_HALF.value}' THEN 7 ELSE 1 END, 1)
   AND %(until_on)s = CASE span WHEN '{Span.FIRST_HALF.value}' THEN make_date(year, 7, 1)
                                ELSE make_date(year + 1, 1, 1) END
 ORDER BY organ_id, confirmed_at DESC, id DESC
"""  # noqa: S608 - put together from our own constants

TARGET_RATE = Count((Source(ReportValue, _DUE),))
SURVEY = Count((Source(SurveyResult, _SURVEYS),), value=mean)

MEASURES = (
    Measure(
        "target_rate",
        pgettext_lazy("figure", "targets reached"),
        PER_CENT,
        Direction.HIGHER,
        TARGET_RATE.figures,
        TARGET_RATE.rows,
        counts=ReportValue,
        of=ReportValue,
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
    ),
)
