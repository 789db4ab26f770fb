"""
The monthly monitoring score of an organ (docs/domain.md 9.5).

``month_score`` is the rule, pure; ``scores_of_month`` asks for the sums of all organs in one statement and applies it.
A card counts in the month of its threshold (Asia/Shanghai) with the points that it was issued with; revoked ones do
not count. Of one case or matter only the gravest card of a month counts; a red card that replaced a yellow one of an
earlier month takes what is missing to its own points: the two cost ten in all, and no month changes afterwards.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from accountability.cards.enums import NOT_STANDING, TermOf
from accountability.cards.terms import points_of
from efficiency.timing.due import add_months, start_of

START, LEAST, MOST = 100, 0, 100
# One point for each full tenth of matters finished before the committed limit, at most three.
BONUS_STEP, MOST_BONUS = 10, 3
# Quarterly grades by the least score of each, best first (docs/domain.md 8.6 and 9.5).
GRADES = ((90, "excellent"), (80, "good"), (60, "qualified"), (0, "unqualified"))
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
    def per_thousand(self) -> float | None:
        """Cards per 1,000 promises due, by which organs are ranked; None where nothing fell due."""
        return round(1000 * self.cards / self.due, 1) if self.due else None


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


def grade(score: float) -> str:
    """Return the grade of a quarter's average score, such as ``good``."""
    return next(name for least, name in GRADES if score >= least)


# All organs with a card, a promise that fell due, or a matter finished. ``%(wanted)s`` null: every organ.
MONTH = """
WITH card AS (
    SELECT c.id, c.organ_id, c.colour, c.content_type_id, c.object_id,
           greatest(0, c.points - CASE WHEN before.state <> ALL(%(not_standing)s) AND before.passed_at < %(since)s
                                       THEN before.points ELSE 0 END) AS points
      FROM accountability_card AS c
      LEFT JOIN accountability_card AS before ON before.id = c.replaces_id AND before.organ_id = c.organ_id
     WHERE c.passed_at >= %(since)s AND c.passed_at < %(until)s AND c.state <> ALL(%(not_standing)s)
       AND (%(wanted)s::bigint[] IS NULL OR c.organ_id = ANY(%(wanted)s)) AND c.id <> ALL(%(hidden)s::bigint[])
), gravest AS (
    SELECT organ_id, max(points) AS points FROM card
     GROUP BY organ_id, content_type_id, object_id, CASE WHEN object_id IS NULL THEN id END
), taken AS (
    SELECT organ_id, sum(points) AS points FROM gravest GROUP BY organ_id
), counted AS (
    SELECT organ_id, count(*) FILTER (WHERE colour = 'yellow') AS yellow,
           count(*) FILTER (WHERE colour = 'red') AS red
      FROM card GROUP BY organ_id
), due AS (
    SELECT organ_id, count(*) AS number FROM efficiency_deadline
     WHERE due_at >= %(since)s AND due_at < %(until)s AND promise <> 'owed_by_citizen'
       AND NOT (state = 'cancelled' AND ended_at < overdue_at)
       AND (%(wanted)s::bigint[] IS NULL OR organ_id = ANY(%(wanted)s))
     GROUP BY organ_id
), matter AS (
    SELECT organ_id, count(*) AS finished,
           count(*) FILTER (WHERE (met_at AT TIME ZONE 'Asia/Shanghai')::date
                                < (due_at AT TIME ZONE 'Asia/Shanghai')::date) AS early
      FROM efficiency_deadline
     WHERE kind = 'matters.finish' AND state = 'met' AND met_at >= %(since)s AND met_at < %(until)s
       AND (%(wanted)s::bigint[] IS NULL OR organ_id = ANY(%(wanted)s))
     GROUP BY organ_id
), reminded AS (  -- promises in the order of their reminders; a run is broken by one that was kept before its own
    SELECT d.organ_id, e.id IS NOT NULL AS was_reminded,
           row_number() OVER (PARTITION BY d.organ_id ORDER BY d.warn_at, d.id)
         - row_number() OVER (PARTITION BY d.organ_id, e.id IS NOT NULL ORDER BY d.warn_at, d.id) AS run
      FROM efficiency_deadline AS d
      LEFT JOIN efficiency_escalation AS e ON e.deadline_id = d.id AND e.level = 1
     WHERE %(reminders)s > 0 AND d.warn_at >= %(since)s AND d.warn_at < %(until)s AND d.promise <> 'owed_by_citizen'
       AND (%(wanted)s::bigint[] IS NULL OR d.organ_id = ANY(%(wanted)s))
), rows_of_three AS (
    SELECT organ_id, sum(length / %(in_a_row)s) AS number
      FROM (SELECT organ_id, count(*) AS length FROM reminded WHERE was_reminded GROUP BY organ_id, run) AS runs
     GROUP BY organ_id
)
SELECT organ.id, coalesce(counted.yellow, 0), coalesce(counted.red, 0), coalesce(taken.points, 0)::int,
       (coalesce(rows_of_three.number, 0) * %(reminders)s)::int, coalesce(matter.finished, 0),
       coalesce(matter.early, 0), coalesce(due.number, 0)
  FROM efficiency_organ AS organ
  LEFT JOIN counted ON counted.organ_id = organ.id
  LEFT JOIN taken ON taken.organ_id = organ.id
  LEFT JOIN due ON due.organ_id = organ.id
  LEFT JOIN matter ON matter.organ_id = organ.id
  LEFT JOIN rows_of_three ON rows_of_three.organ_id = organ.id
 WHERE coalesce(counted.organ_id, due.organ_id, matter.organ_id, rows_of_three.organ_id) IS NOT NULL
 ORDER BY organ.id
"""


def scores_of_month(
    year: int, month: int, /, *, organ_ids: Collection[int] | None = None, hidden: Collection[int] = ()
) -> list[MonthScore]:
    """
    Return the scores of a month, of all organs or of some, in one statement; organs where nothing was due are left out.

    Asked anew it says what holds now: a card that was revoked meanwhile no longer counts in its month. ``hidden`` are
    ids of cards that are absent for whoever asks, and counted neither (docs/trust.md Z-07).
    """
    first = date(year, month, 1)
    next_first = add_months(first, 1)
    parameters: dict[str, Any] = {
        "since": start_of(first),
        "until": start_of(next_first),
        "not_standing": [state.value for state in NOT_STANDING],
        "wanted": None if organ_ids is None else sorted(organ_ids),
        "hidden": sorted(hidden),
        "reminders": points_of(TermOf.REMINDERS, on=first),
        "in_a_row": REMINDERS_IN_A_ROW,
    }
    with connection.cursor() as cursor:
        cursor.execute(MONTH, parameters)
        return [_scored(*row) for row in cursor.fetchall()]


def scores_of_quarter(year: int, quarter: int, /, *, organ_ids: Collection[int] | None = None) -> dict[int, float]:
    """
    Return the average of the monthly scores of a quarter (1 to 4) by organ, not rounded; ``grade`` takes it.

    A month in which nothing was due to an organ does not count for it.
    """
    found: dict[int, list[int]] = {}
    for month in range(3 * quarter - 2, 3 * quarter + 1):
        for each in scores_of_month(year, month, organ_ids=organ_ids):
            found.setdefault(each.organ_id, []).append(each.score)
    return {organ_id: sum(scores) / len(scores) for organ_id, scores in found.items()}


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
