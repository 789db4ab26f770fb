"""
The monthly monitoring score of an organ (docs/domain.md 9.5).

``month_score`` is the rule, pure; ``scores_of_month`` asks for the sums of all organs in one statement and applies it.
A card counts in the month of its threshold (Asia/Shanghai) with the points that it was issued with; revoked ones do
not count. Of one case or matter only the gravest card of a month counts; a red card that replaced a yellow one of an
earlier month takes what is missing to its own points: the two cost ten in all, and no month changes afterwards.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection

from accountability.cards.enums import DEFAULT_POINTS, QuarterGrade, Rule, TermOf
from complaints.matters import known as matters
from complaints.matters.promises import KIND
from complaints.models import Matter
from efficiency.deadlines import known
from efficiency.rounding import half_up
from efficiency.timing.due import add_months, start_of

START, LEAST, MOST = 100, 0, 100
# What moments differ by at least; and one that is after all that is known now.
TICK, NEVER = timedelta(microseconds=1), datetime(9999, 1, 1, tzinfo=UTC)
# One point for each full tenth of matters finished before the committed limit, at most three.
BONUS_STEP, MOST_BONUS = 10, 3
# Quarterly grades by the least score of each, best first (docs/domain.md 8.6 and 9.5).
GRADES = (
    (90, QuarterGrade.EXCELLENT),
    (80, QuarterGrade.GOOD),
    (60, QuarterGrade.QUALIFIED),
    (0, QuarterGrade.UNQUALIFIED),
)
REMINDERS_IN_A_ROW = 3


@dataclass(frozen=True, slots=True)
class Counted:
    """A standing card of an organ in a month, as the score looks at it."""

    points: int
    # What it is about; None where it is about nothing that another card could be about.
    subject: tuple[int, int] | None = None
    # Points of the yellow card that it replaced, where that one counted in an earlier month.
    paid_before: int = 0


@dataclass(frozen=True, slots=True)
class MonthScore:
    """How an organ did in a month."""

    organ_id: int
    yellow: int
    red: int
    # Points taken by cards, and by reminders in a row.
    card_points: int
    reminder_points: int
    # Matters finished in the month, and those of them before the last day of the committed limit.
    finished: int
    early: int
    bonus: int
    score: int
    # Promises of government that fell due in the month.
    due: int

    @property
    def cards(self) -> int:
        """The cards of the month that stand."""
        return self.yellow + self.red

    @property
    def per_thousand(self) -> Decimal | None:
        """Cards per 1,000 promises due, two decimals, by which organs are ranked; None where nothing fell due."""
        return half_up(Decimal(1000 * self.cards) / self.due) if self.due else None


def card_points(cards: Iterable[Counted]) -> int:
    """Return the points that cards of one organ and month take: the gravest of each subject, all without one."""
    gravest: dict[tuple[int, int], int] = {}
    alone = 0
    for card in cards:
        costs = max(0, card.points - card.paid_before)
        if card.subject is None:
            alone += costs
        else:
            gravest[card.subject] = max(gravest.get(card.subject, 0), costs)
    return alone + sum(gravest.values())


def bonus(early: int, finished: int) -> int:
    """Return the points for matters finished before the committed limit: one for each full tenth, at most three."""
    return min(MOST_BONUS, early * 100 // finished // BONUS_STEP) if finished else 0


def month_score(taken: int, *, early: int = 0, finished: int = 0, reminders: int = 0) -> int:
    """
    Return the score of a month, 0 to 100.

    :param taken: points that cards take
    :param early: matters finished before the committed limit, of ``finished``
    :param reminders: points that reminders in a row take
    """
    return max(LEAST, min(MOST, START - taken - reminders + bonus(early, finished)))


def grade(score: Decimal) -> QuarterGrade:
    """Return the grade of a quarter's average score, which is not rounded before."""
    return next(name for least, name in GRADES if score >= least)


# All organs with a card, a promise that fell due, or a matter finished, month by month. ``%(wanted)s`` null: every
# organ. What came after ``%(known)s`` was not known: cards issued or revoked, promises that ended, due dates moved.
_STANDS = "{card}.issued_at < %(known)s AND ({card}.revoked_at IS NULL OR {card}.revoked_at >= %(known)s)"
# What a card takes: the points that it was issued with, but where others are imagined for its colour.
_POINTS = "coalesce(CASE {card}.colour WHEN 'yellow' THEN %(yellow)s WHEN 'red' THEN %(red)s END::int, {card}.points)"
_MONTH = "date_trunc('month', {} AT TIME ZONE 'Asia/Shanghai')::date"


def _months(imagined: str = "", beside: str = "", without: str = "") -> str:
    """
    Return the statement.

    :param imagined: further parts of it, which say what cards would have been others; ``beside`` adds these to the
        cards, and ``without`` leaves out those in whose place they come
    """
    return f"""
WITH {imagined} month AS (
    SELECT first, coalesce((SELECT points FROM accountability_cardterm AS t
                             WHERE t.of = '{TermOf.REMINDERS.value}' AND t.valid_from <= first
                             ORDER BY t.valid_from DESC, t.id DESC LIMIT 1), %(default)s) AS reminders
      FROM unnest(%(months)s::date[]) AS month (first)
), card AS (
    SELECT month.first, c.id, c.organ_id, c.colour, c.content_type_id, c.object_id,
           greatest(0, {_POINTS.format(card="c")} - CASE WHEN {_MONTH.format("before.passed_at")} < month.first
                                       THEN {_POINTS.format(card="before")} ELSE 0 END) AS points
      FROM month
      JOIN accountability_card AS c ON month.first = {_MONTH.format("c.passed_at")}
      LEFT JOIN LATERAL (  -- the one of the promise that stood then: what ``replaces`` says is of today
          SELECT y.passed_at, y.colour, y.points
            FROM accountability_card AS y
           WHERE y.deadline_id = c.deadline_id AND y.organ_id = c.organ_id AND y.colour = 'yellow'
             AND {_STANDS.format(card="y")}
           ORDER BY y.id DESC LIMIT 1
      ) AS before ON c.colour = 'red'
     WHERE c.passed_at >= %(since)s AND c.passed_at < %(ends)s AND {_STANDS.format(card="c")}
       AND (%(wanted)s::bigint[] IS NULL OR c.organ_id = ANY(%(wanted)s)) AND c.id <> ALL(%(hidden)s::bigint[])
       {without}
    {beside}
), gravest AS (
    SELECT first, organ_id, max(points) AS points FROM card
     GROUP BY first, organ_id, content_type_id, object_id, CASE WHEN object_id IS NULL THEN id END
), taken AS (
    SELECT first, organ_id, sum(points) AS points FROM gravest GROUP BY first, organ_id
), counted AS (
    SELECT first, organ_id, count(*) FILTER (WHERE colour = 'yellow') AS yellow,
           count(*) FILTER (WHERE colour = 'red') AS red
      FROM card GROUP BY first, organ_id
), due AS (
    SELECT month.first, p.organ_id, count(*) AS due
      FROM ({known.FELL_DUE}) AS p JOIN month ON month.first = {_MONTH.format("p.due_at")}
     WHERE (%(wanted)s::bigint[] IS NULL OR p.organ_id = ANY(%(wanted)s))
     GROUP BY month.first, p.organ_id
), matter AS (
    SELECT month.first, p.organ_id, count(*) AS finished,
           count(*) FILTER (WHERE (p.met_at AT TIME ZONE 'Asia/Shanghai')::date
                                < (p.due_at AT TIME ZONE 'Asia/Shanghai')::date) AS early
      FROM ({matters.stood(KIND)}) AS p JOIN month ON month.first = {_MONTH.format("p.met_at")}
     WHERE p.met_at >= %(since)s AND (%(wanted)s::bigint[] IS NULL OR p.organ_id = ANY(%(wanted)s))
     GROUP BY month.first, p.organ_id
), reminded AS (  -- promises in the order of their reminders; a run is broken by one that was kept before its own
    SELECT month.first, month.reminders, r.organ_id, r.was_reminded,
           row_number() OVER (PARTITION BY month.first, r.organ_id ORDER BY r.at, r.id)
         - row_number() OVER (PARTITION BY month.first, r.organ_id, r.was_reminded ORDER BY r.at, r.id) AS run
      FROM month JOIN (
           -- What was reminded stays where it was, and with whom: an extension or a handing over moves it no more.
           SELECT e.deadline_id AS id, e.organ_id, e.passed_at AS at, true AS was_reminded
             FROM efficiency_escalation AS e JOIN efficiency_deadline AS d ON d.id = e.deadline_id
            WHERE (SELECT bool_or(reminders > 0) FROM month) AND d.promise <> 'owed_by_citizen' AND e.level = 1
              AND e.found_at < %(known)s AND e.passed_at >= %(since)s AND e.passed_at < %(cut)s
            UNION ALL
           SELECT d.id, d.organ_id, d.warn_at, false FROM efficiency_deadline AS d
            WHERE (SELECT bool_or(reminders > 0) FROM month) AND d.promise <> 'owed_by_citizen'
              AND d.warn_at >= %(since)s AND d.warn_at < %(cut)s AND d.started_at < %(cut)s
              AND NOT EXISTS (SELECT FROM efficiency_escalation AS e
                               WHERE e.deadline_id = d.id AND e.level = 1 AND e.found_at < %(known)s)
           ) AS r ON month.first = {_MONTH.format("r.at")}
     WHERE month.reminders > 0 AND (%(wanted)s::bigint[] IS NULL OR r.organ_id = ANY(%(wanted)s))
), rows_of_three AS (
    SELECT first, organ_id, sum(length / %(in_a_row)s * reminders) AS points
      FROM (SELECT first, organ_id, reminders, count(*) AS length FROM reminded WHERE was_reminded
             GROUP BY first, organ_id, reminders, run) AS runs
     GROUP BY first, organ_id
)
SELECT month.first, organ.id, coalesce(counted.yellow, 0), coalesce(counted.red, 0), coalesce(taken.points, 0)::int,
       coalesce(rows_of_three.points, 0)::int, coalesce(matter.finished, 0), coalesce(matter.early, 0),
       coalesce(due.due, 0)
  FROM month CROSS JOIN efficiency_organ AS organ
  LEFT JOIN counted ON (counted.first, counted.organ_id) = (month.first, organ.id)
  LEFT JOIN taken ON (taken.first, taken.organ_id) = (month.first, organ.id)
  LEFT JOIN due ON (due.first, due.organ_id) = (month.first, organ.id)
  LEFT JOIN matter ON (matter.first, matter.organ_id) = (month.first, organ.id)
  LEFT JOIN rows_of_three ON (rows_of_three.first, rows_of_three.organ_id) = (month.first, organ.id)
 WHERE coalesce(counted.organ_id, due.organ_id, matter.organ_id, rows_of_three.organ_id) IS NOT NULL
 ORDER BY month.first, organ.id
"""  # noqa: S608 - put together from our own constants


# What cards there would have been of promises that are judged otherwise (``judged``: id, organ_id, post_id,
# content_type_id, object_id, overdue_at, red_at, ended_at): a yellow one where the last day was over and it was not
# kept, a red one likewise, each with the points of its day.
_OF_DAY = f"""coalesce(
    (SELECT t.points FROM accountability_cardterm AS t
      WHERE t.of = {{colour}} AND t.rule IN ('', {{rule}})
        AND t.valid_from <= ({{at}} AT TIME ZONE 'Asia/Shanghai')::date
      ORDER BY t.rule = '', t.valid_from DESC, t.id DESC LIMIT 1),
    CASE {{colour}} WHEN 'yellow' THEN {DEFAULT_POINTS[TermOf.YELLOW]} ELSE {DEFAULT_POINTS[TermOf.RED]} END)
"""  # noqa: S608 - put together from our own constants
_YELLOW_OF_DAY = _OF_DAY.format(colour="'yellow'", rule=f"'{Rule.OVERDUE.value}'", at="each.before_at")
IMAGINED = f"""
SELECT j.id AS deadline_id, j.organ_id, j.post_id, j.content_type_id, j.object_id, each.colour, each.passed_at,
       each.before_at,
       coalesce(CASE each.colour WHEN 'yellow' THEN %(yellow)s ELSE %(red)s END::int,
                {_OF_DAY.format(colour="each.colour", rule="each.rule", at="each.passed_at")}) AS points,
       coalesce(%(yellow)s::int, {_YELLOW_OF_DAY}) AS before_points
  FROM judged AS j
 CROSS JOIN LATERAL (VALUES ('yellow', '{Rule.OVERDUE.value}', j.overdue_at, NULL::timestamptz),
                            ('red', '{Rule.OVERDUE_LONG.value}', j.red_at, j.overdue_at))
         AS each (colour, rule, passed_at, before_at)
 WHERE each.passed_at < %(known)s AND (j.ended_at IS NULL OR j.ended_at >= each.passed_at)
"""  # noqa: S608 - put together from our own constants
NOT_JUDGED = "AND ({card}deadline_id IS NULL OR {card}deadline_id NOT IN (SELECT id FROM judged))"
_BESIDE = f"""UNION ALL
    SELECT month.first, -2 * i.deadline_id - (i.colour = 'red')::int, i.organ_id, i.colour, i.content_type_id,
           i.object_id, greatest(0, i.points - CASE WHEN {_MONTH.format("i.before_at")} < month.first
                                                     THEN i.before_points ELSE 0 END)
      FROM month JOIN imagined AS i ON month.first = {_MONTH.format("i.passed_at")}
     WHERE %(wanted)s::bigint[] IS NULL OR i.organ_id = ANY(%(wanted)s)"""  # noqa: S608 - our own constants


@dataclass(frozen=True, slots=True)
class Instead:
    """
    Promises that are judged otherwise than they were, to imagine other cards; nothing is written.

    :param judged: a statement that gives ``id``, ``organ_id``, ``post_id``, ``content_type_id``, ``object_id``,
        ``overdue_at``, ``red_at``, ``ended_at`` of each, and may name ``known`` and ``cut``
    :param values: what else it names
    """

    judged: str
    values: Mapping[str, Any]

    @property
    def parts(self) -> str:
        """The parts of a statement that go before it: ``judged``, and ``imagined``, the cards that follow."""
        return f"judged AS MATERIALIZED ({self.judged}), imagined AS MATERIALIZED ({IMAGINED})"


def scores_of_month(
    year: int,
    month: int,
    /,
    *,
    organ_ids: Collection[int] | None = None,
    hidden: Collection[int] = (),
    as_of: datetime | None = None,
) -> list[MonthScore]:
    """
    Return the scores of a month, of all organs or of some, in one statement; organs where nothing was due are left out.

    Asked anew it says what holds now: a card that was revoked meanwhile no longer counts in its month. ``hidden`` are
    ids of cards that are absent for whoever asks, and counted neither (docs/trust.md Z-07).

    :param as_of: the moment as of which it is asked, so that what came later changes nothing; left out, it is now
    """
    first = date(year, month, 1)
    return scores_of_months([first], organ_ids=organ_ids, hidden=hidden, as_of=as_of)[first]


def scores_of_months(
    months: Collection[date],
    /,
    *,
    organ_ids: Collection[int] | None = None,
    hidden: Collection[int] = (),
    as_of: datetime | None = None,
    points: Mapping[str, int] | None = None,
    instead: Instead | None = None,
) -> dict[date, list[MonthScore]]:
    """
    Return the same for several months, each by its first day: one statement for all of them.

    :param points: what a card would have taken by its colour, to imagine other points; left out: what it did take
    :param instead: promises of which other cards are imagined, in the place of those that they have
    """
    listed = sorted(months)
    if not listed:
        return {}
    until = as_of + TICK if as_of else NEVER
    ends = start_of(add_months(listed[-1], 1))
    parameters: dict[str, Any] = {
        "months": listed,
        "since": start_of(listed[0]),
        "ends": ends,
        "cut": min(ends, until),
        "known": until,
        "wanted": None if organ_ids is None else sorted(organ_ids),
        "hidden": sorted(hidden),
        "default": DEFAULT_POINTS[TermOf.REMINDERS],
        "in_a_row": REMINDERS_IN_A_ROW,
        "yellow": (points or {}).get("yellow"),
        "red": (points or {}).get("red"),
        "matter": ContentType.objects.get_for_model(Matter).pk,
    }
    statement = _months()
    if instead is not None:
        statement = _months(f"{instead.parts},", _BESIDE, NOT_JUDGED.format(card="c."))
        parameters |= instead.values
    found: dict[date, list[MonthScore]] = {first: [] for first in listed}
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        for first, *row in cursor.fetchall():
            found[first].append(_scored(*row))
    return found


def months_of_quarter(year: int, quarter: int) -> list[date]:
    """Return the first days of the months of a quarter, 1 to 4."""
    return [date(year, month, 1) for month in range(3 * quarter - 2, 3 * quarter + 1)]


def scores_of_quarter(
    year: int, quarter: int, /, *, organ_ids: Collection[int] | None = None, as_of: datetime | None = None
) -> dict[int, Decimal]:
    """
    Return the average of the monthly scores of a quarter (1 to 4) by organ, not rounded; ``grade`` takes it.

    A month in which nothing was due to an organ does not count for it.
    """
    return averages(scores_of_months(months_of_quarter(year, quarter), organ_ids=organ_ids, as_of=as_of))


def averages(months: Mapping[date, Iterable[MonthScore]]) -> dict[int, Decimal]:
    """Return the average of the monthly scores by organ, not rounded, over the months in which it has one."""
    found: dict[int, list[int]] = {}
    for scores in months.values():
        for each in scores:
            found.setdefault(each.organ_id, []).append(each.score)
    return {organ_id: Decimal(sum(scores)) / len(scores) for organ_id, scores in found.items()}


def _scored(
    organ_id: int, yellow: int, red: int, taken: int, reminders: int, finished: int, early: int, due: int
) -> MonthScore:
    return MonthScore(
        organ_id=organ_id,
        yellow=yellow,
        red=red,
        card_points=taken,
        reminder_points=reminders,
        finished=finished,
        early=early,
        bonus=bonus(early, finished),
        score=month_score(taken, early=early, finished=finished, reminders=reminders),
        due=due,
    )
