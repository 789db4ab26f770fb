"""Figures of cards, monthly scores, notices and sanctions (docs/domain.md 9.5, 12)."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import pgettext_lazy

from accountability.cards.score import NOT_JUDGED, START, Instead, MonthScore, scores_of_months
from accountability.corrections.deadlines import FINISH
from accountability.corrections.enums import Kind, State
from accountability.faults.words import Measure as Sanctioned
from accountability.models import Card, Correction, Sanction
from complaints.models import Assistance, Case
from efficiency.deadlines import known
from efficiency.deadlines.models import Deadline
from efficiency.timing.due import add_months
from targets.measures.complaints import PER_CENT
from targets.measures.counting import Count, Source, number, per_thousand
from targets.measures.registry import Direction, Figure, Key, Measure, Part, Window, type_of

# By the moment of the threshold, as the score has them; what was revoked by then does not count. A card about a part of
# a case is about the case.
_CARDS = """
SELECT id, organ_id, post_id, 1 AS counted, false AS base, passed_at AS at,
       CASE WHEN content_type_id = %(case)s THEN object_id END AS case_id
  FROM accountability_card
 WHERE passed_at >= %(since)s AND passed_at < %(cut)s AND issued_at < %(known)s
   AND (revoked_at IS NULL OR revoked_at >= %(known)s)
"""
_FELL_DUE = f"""
SELECT due.id, due.organ_id, due.post_id, NULL::int AS counted, true AS base, due.due_at AS at,
       CASE promise.content_type_id
            WHEN %(case)s THEN promise.object_id
            WHEN %(part)s THEN (SELECT a.case_id FROM complaints_assistance AS a WHERE a.id = promise.object_id)
       END AS case_id
  FROM ({known.FELL_DUE}) AS due JOIN efficiency_deadline AS promise ON promise.id = due.id
"""  # noqa: S608 - put together from our own constants
# The last end of a notice, as far as its rounds had begun.
_NOTICES = f"""
SELECT c.id, c.organ_id, c.post_id, true AS base, finish.end_at AS at, NULL::bigint AS case_id,
       CASE WHEN c.state = '{State.VERIFIED.value}' AND c.ended_at < %(known)s THEN 1 END AS counted
  FROM (SELECT d.object_id, max({known.OVERDUE_AT}) AS end_at FROM efficiency_deadline AS d {known.MOVED}
         WHERE d.kind = '{FINISH}' AND d.content_type_id = %(correction)s AND d.started_at < %(known)s
         GROUP BY d.object_id) AS finish
  JOIN accountability_correction AS c ON c.id = finish.object_id
 WHERE finish.end_at > %(since)s AND finish.end_at <= %(cut)s AND c.kind = '{Kind.NOTICE.value}'
   AND NOT (c.state = '{State.WITHDRAWN.value}' AND c.ended_at < %(known)s)
"""  # noqa: S608 - put together from our own constants
# In force in the period: begun in it, or lasting into it. Each person, or organ, once.
_SANCTIONS = """
SELECT id, organ_id, post_id, coalesce('person ' || person_id, 'post ' || post_id, 'organ ' || organ_id) AS counted,
       false AS base, from_on::timestamp AT TIME ZONE 'Asia/Shanghai' AS at, NULL::bigint AS case_id
  FROM accountability_sanction
 WHERE from_on < least(%(until_on)s, (%(known)s AT TIME ZONE 'Asia/Shanghai')::date + 1)
   AND (from_on >= %(since_on)s OR to_on >= %(since_on)s)
   AND recorded_at < %(known)s AND (revoked_at IS NULL OR revoked_at >= %(known)s)
"""


def _types() -> Mapping[str, Any]:
    return {"correction": type_of(Correction)}


def _case() -> Mapping[str, Any]:
    return {"case": type_of(Case), "part": type_of(Assistance)}


def _cards(colour: str) -> Count:
    statement = f"{_CARDS} AND colour = '{colour}'"
    return Count((Source(Card, statement, (Part.NUMERATOR,), values=_case),), value=number, has_base=False)


def cards_instead(instead: Instead, colour: str, /) -> Count:
    """
    Return the count of cards had promises been judged otherwise, of a colour or, without one, of each 1,000 due.

    The other cards of the period count as they did.
    """
    of_colour = f"AND colour = '{colour}'" if colour else ""
    cards = f"""
WITH {instead.parts}
{_CARDS} {of_colour} {NOT_JUDGED.format(card="")}
 UNION ALL
SELECT NULL, organ_id, post_id, 1, false, passed_at, NULL FROM imagined
 WHERE passed_at >= %(since)s AND passed_at < %(cut)s {of_colour}
"""  # noqa: S608 - put together from our own constants
    there = Source(Card, cards, (Part.NUMERATOR,), values=_case)
    if colour:
        return Count((there,), value=number, has_base=False)
    return Count((there, PER_THOUSAND.sources[1]), value=per_thousand)


YELLOW, RED = _cards("yellow"), _cards("red")
PER_THOUSAND = Count(
    (
        Source(Card, _CARDS, (Part.NUMERATOR,), values=_case),
        Source(Deadline, _FELL_DUE, (Part.DENOMINATOR,), values=_case),
    ),
    value=per_thousand,
)
RECTIFICATION = Count((Source(Correction, _NOTICES, values=_types),))
SANCTIONS = Count(
    (Source(Sanction, _SANCTIONS, (Part.NUMERATOR,)),), value=number, total="count(DISTINCT counted)", has_base=False
)


# --- Monthly scores ---------------------------------------------------------------------------------------------------


def months_of(window: Window) -> list[date]:
    """Return the first days of the months of a period that had begun at the moment as of which is asked."""
    first, found = window.since.replace(day=1), []
    last = min(window.until, window.as_of_day)
    while first < window.until and first <= last:
        found.append(first)
        first = add_months(first, 1)
    return found


def monitoring(_key: Key, organ_ids: Collection[int], window: Window) -> dict[int, Figure]:
    """
    Return the mean of the monthly scores of each organ (docs/domain.md 8.1 block D, 9.5); in one statement.

    Every month counts that had begun, and one in which nothing was due to an organ with the points that each begins
    with. The card of 5 March counts in March whatever the period: months are whole ones.
    """
    return means(scores_of_months(months_of(window), organ_ids=organ_ids, as_of=window.as_of), organ_ids)


def means(found: Mapping[date, Sequence[MonthScore]], organ_ids: Collection[int]) -> dict[int, Figure]:
    """Return the mean of each organ over these months; one that has no score of its own counts with all its points."""
    lost: dict[int, int] = defaultdict(int)
    for scores in found.values():
        for each in scores:
            lost[each.organ_id] += START - each.score
    months = len(found)
    totals = {each: Decimal(START * months - lost[each]) for each in organ_ids}
    return {each: Figure(total, Decimal(months), total / months if months else None) for each, total in totals.items()}


def cards_behind(key: Key, ids: Collection[int], window: Window, part: Part) -> QuerySet[Card]:
    """
    Return the cards that the scores of the months count, revoked ones left out.

    :raises LookupError: the denominator is asked for, which counts months
    """
    if part is not Part.NUMERATOR:
        raise LookupError("Months have no rows.")
    months = months_of(window)
    if not months:
        return Card.objects.none()
    whole = replace(window, since=months[0], until=add_months(months[-1], 1))
    return CARDS.rows(key, ids, whole, part)


def _revoked() -> Count:
    """Return cards of the period that were revoked, which are shown apart."""
    statement = _CARDS.replace("AND (revoked_at IS NULL OR revoked_at >= %(known)s)", "AND revoked_at < %(known)s")
    return Count((Source(Card, statement, (Part.NUMERATOR,), values=_case),), value=number, has_base=False)


def _imposed(measure: str) -> Count:
    """Return who was held to account by one measure, each person once."""
    statement = f"{_SANCTIONS} AND measure = '{measure}'"
    return Count(
        (Source(Sanction, statement, (Part.NUMERATOR,)),), value=number, total="count(DISTINCT counted)", has_base=False
    )


REVOKED = _revoked()
IMPOSED = {each: _imposed(each.value) for each in Sanctioned}
CARDS = Count((Source(Card, _CARDS, (Part.NUMERATOR,), values=_case),), value=number, has_base=False)

POINTS = pgettext_lazy("unit of a figure", "points")
CARDS_UNIT = pgettext_lazy("unit of a figure", "cards")
THOUSAND = pgettext_lazy("unit of a figure", "per 1,000")
ONES = pgettext_lazy("unit of a figure", "held to account")

MEASURES = (
    Measure(
        "monitoring",
        pgettext_lazy("figure", "electronic monitoring"),
        POINTS,
        Direction.HIGHER,
        monitoring,
        cards_behind,
        counts=Card,
        numerator=pgettext_lazy("part of a figure", "cards of the months that count"),
        denominator=pgettext_lazy("part of a figure", "months that had begun"),
    ),
    Measure(
        "cards_yellow",
        pgettext_lazy("figure", "yellow cards"),
        CARDS_UNIT,
        Direction.LOWER,
        YELLOW.figures,
        YELLOW.rows,
        counts=Card,
        has_posts=True,
        numerator=pgettext_lazy("part of a figure", "yellow cards that were not revoked"),
        count=YELLOW,
    ),
    Measure(
        "cards_red",
        pgettext_lazy("figure", "red cards"),
        CARDS_UNIT,
        Direction.LOWER,
        RED.figures,
        RED.rows,
        counts=Card,
        has_posts=True,
        numerator=pgettext_lazy("part of a figure", "red cards that were not revoked"),
        count=RED,
    ),
    Measure(
        "cards_per_1000",
        pgettext_lazy("figure", "cards per 1,000 promises due"),
        THOUSAND,
        Direction.LOWER,
        PER_THOUSAND.figures,
        PER_THOUSAND.rows,
        counts=Card,
        of=Deadline,
        has_posts=True,
        numerator=pgettext_lazy("part of a figure", "cards that were not revoked"),
        denominator=pgettext_lazy("part of a figure", "promises due"),
        count=PER_THOUSAND,
    ),
    Measure(
        "rectification_rate",
        pgettext_lazy("figure", "rectifications verified"),
        PER_CENT,
        Direction.HIGHER,
        RECTIFICATION.figures,
        RECTIFICATION.rows,
        counts=Correction,
        of=Correction,
        has_posts=True,
        numerator=pgettext_lazy("part of a figure", "notices verified"),
        denominator=pgettext_lazy("part of a figure", "notices due"),
        count=RECTIFICATION,
    ),
    Measure(
        "sanctions",
        pgettext_lazy("figure", "persons and organs held to account"),
        ONES,
        Direction.LOWER,
        SANCTIONS.figures,
        SANCTIONS.rows,
        counts=Sanction,
        has_posts=True,
        numerator=pgettext_lazy("part of a figure", "measures in force, each person once"),
        count=SANCTIONS,
    ),
    Measure(
        "cards_revoked",
        pgettext_lazy("figure", "cards revoked"),
        CARDS_UNIT,
        Direction.LOWER,
        REVOKED.figures,
        REVOKED.rows,
        counts=Card,
        has_posts=True,
        numerator=pgettext_lazy("part of a figure", "cards of the period that were revoked"),
        count=REVOKED,
        for_appraisal=False,
    ),
    *(
        Measure(
            f"sanctions_{measure.value}",
            measure.label,
            ONES,
            Direction.LOWER,
            count.figures,
            count.rows,
            counts=Sanction,
            has_posts=True,
            numerator=pgettext_lazy("part of a figure", "measures in force, each person once"),
            count=count,
            for_appraisal=False,
        )
        for measure, count in IMPOSED.items()
    ),
)
