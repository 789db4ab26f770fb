"""
What cards, sanctions, complaints and corrections of a year do to appraisal and commendation (docs/domain.md 8.5, 10.7).

For the appraisal, which asks for a whole year at once: each function takes one statement, however many organs and
people there are, and keys its answer by organ or account. What was revoked, or not imposed, is as if it had never been.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from django.db import connection
from django.db.models import Count, Max, Q, QuerySet

from accountability.corrections import figures
from accountability.enums import Colour
from accountability.faults.measures import BARS_PROMOTION, DISCIPLINARY
from accountability.faults.words import Against, FaultType, Measure, SanctionState, Severity
from accountability.models import Card, Sanction
from complaints.enums import CATEGORIES_BY_GROUP, CategoryGroup, LeadGround, Outcome
from efficiency.organs.models import OrganKind
from efficiency.timing.due import ONE_DAY, add_months, start_of

ARBITRARIES = CATEGORIES_BY_GROUP[CategoryGroup.THREE_ARBITRARIES]
UPHELD = (Outcome.UPHELD, Outcome.PARTLY)
# What holds for a year: a warning, and what lasts while it lasts: the heavier sanctions.
FOR_THE_YEAR, WHILE_IT_LASTS = DISCIPLINARY[:1], DISCIPLINARY[1:]
# How many cards of a quarter bar a commendation, and how many of a year an excellent grade of the organ.
YELLOW_IN_QUARTER, RED_IN_QUARTER, RED_IN_YEAR = 3, 1, 3
CRITICISMS_IN_YEAR = 2
# After all that is known now.
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
# A grave fault, or false data (docs/domain.md 8.6).
VETO = Q(severity=Severity.GRAVE) | Q(fault_type=FaultType.FALSE_DATA)


class Cause(StrEnum):
    """Why points are taken off an organ (docs/domain.md 8.5)."""

    RECTIFICATION = "rectification"
    CRITICISM = "criticism"
    ARBITRARIES = "arbitraries"
    ADMONISHMENT = "admonishment"
    SANCTION = "sanction"


# Points for each event, as 8.5 has them.
POINTS: Mapping[Cause, int] = {
    Cause.RECTIFICATION: 1,
    Cause.CRITICISM: 2,
    Cause.ARBITRARIES: 1,
    Cause.ADMONISHMENT: 1,
    Cause.SANCTION: 3,
}


class OrganCap(StrEnum):
    """The grade that an organ cannot go beyond, the lowest last."""

    GOOD = "good"  # not excellent
    QUALIFIED = "qualified"


class PersonCap(StrEnum):
    """The grade that a person cannot go beyond, the lowest last; ``NO_GRADE``: none is given."""

    COMPETENT = "competent"  # not excellent
    BASICALLY_COMPETENT = "basically_competent"
    INCOMPETENT = "incompetent"
    NO_GRADE = "no_grade"


@dataclass(frozen=True, slots=True)
class OrganEffect:
    """What the year does to an organ: events by cause, the points they cost, the cap, and why no commendation."""

    events: Mapping[Cause, int]
    cap: OrganCap | None = None
    is_vetoed: bool = False

    @property
    def points(self) -> int:
        """The points to take off, as a number above nought; there is no floor but that of the score itself."""
        return sum(POINTS[cause] * number for cause, number in self.events.items())


@dataclass(frozen=True, slots=True)
class Lost:
    """That somebody gets no commendation for a year, by which measures, since when in that year."""

    measures: tuple[Measure, ...]
    since: date


# --- Organs ---------------------------------------------------------------------------------------------------------


def of_organs(year: int, *, at: datetime) -> dict[int, OrganEffect]:
    """
    Return what the year, as it is known at ``at``, does to each organ, by its key; who is left out lost nothing.

    Four statements: sanctions, red cards, complaints, rectifications.
    """
    events: dict[int, dict[Cause, int]] = defaultdict(dict)
    caps: dict[int, set[OrganCap]] = defaultdict(set)
    vetoed: set[int] = set()
    for organ, found in sanctions_of_organs(year).items():
        events[organ] |= {cause: number for cause, number in found.events.items() if number}
        if found.cap:
            caps[organ].add(found.cap)
        if found.is_vetoed:
            vetoed.add(organ)
    for organ in organs_with_red_cards(year):
        caps[organ].add(OrganCap.GOOD)
    for organ, number in arbitrary_complaints(year).items():
        events[organ][Cause.ARBITRARIES] = number
    for organ, number in overdue_rectifications(year, at=at).items():
        events[organ][Cause.RECTIFICATION] = number
    return {
        organ: OrganEffect(events[organ], _lowest(OrganCap, caps[organ]), organ in vetoed)
        for organ in sorted({*events, *caps, *vetoed})
    }


def sanctions_of_organs(year: int) -> dict[int, OrganEffect]:
    """
    Return what sanctions that took effect in the year do to each organ, by its key.

    Circulated criticism of the organ −2, two of them: not excellent. Efficiency admonishment of a member, or of the
    organ itself (ours), −1. Disciplinary sanction of a member −3; of a head the grade is at most qualified. Veto
    (8.6): a grave fault, or false data.
    """
    criticism = Q(measure=Measure.CIRCULATED_CRITICISM, against=Against.ORGAN)
    sanction = Q(measure__in=DISCIPLINARY)
    rows = (
        _of_year(year)
        .values("organ_id")
        .annotate(
            criticisms=Count("pk", filter=criticism),
            admonishments=Count("pk", filter=Q(measure=Measure.ADMONISHMENT)),
            sanctions=Count("pk", filter=sanction),
            of_heads=Count("pk", filter=sanction & Q(against=Against.HEAD)),
            vetoes=Count("pk", filter=VETO),
        )
        .order_by("organ_id")
    )
    found = {}
    for row in rows:
        events = {
            Cause.CRITICISM: row["criticisms"],
            Cause.ADMONISHMENT: row["admonishments"],
            Cause.SANCTION: row["sanctions"],
        }
        caps = set()
        if row["criticisms"] >= CRITICISMS_IN_YEAR:
            caps.add(OrganCap.GOOD)
        if row["of_heads"] or row["vetoes"]:
            caps.add(OrganCap.QUALIFIED)
        found[row["organ_id"]] = OrganEffect(events, _lowest(OrganCap, caps), bool(row["vetoes"]))
    return found


def organs_with_red_cards(year: int) -> list[int]:
    """Return the organs with three red cards or more whose threshold lay in the year: they are not excellent."""
    rows = _cards(start_of(date(year, 1, 1)), start_of(date(year + 1, 1, 1))).filter(colour=Colour.RED)
    counted = rows.values("organ_id").annotate(total=Count("pk")).filter(total__gte=RED_IN_YEAR)
    return list(counted.order_by("organ_id").values_list("organ_id", flat=True))


# The own replies of a case that had been sent by the moment: the last says whether it is upheld, the first that upheld
# it in which time it counts, so that rework never counts it in two. One that was joined is answered by the leading case
# and is no further fault: what came in together counts once.
#
# It costs the organ at fault, as it was known by then (docs/domain.md 8.5): that of the post which was linked, else the
# one complained of as such, else the one that it turned out to be the matter of, else the addressed one. ``turned`` is
# the last organ that had the case by the reply which upheld it, where nobody was addressed, or the addressed one had it
# before and it went on, or a lead organ had been designated. Who had it for another reason is at no fault by that: an
# efficiency office, the organ that follows one which ended, one that returned it, and, of an assisting organ, nothing
# is a span at all. Where nobody could be named, and the government of the place took it, it is nobody's.
_COMPLAINTS = """
SELECT coalesce(linked.organ_id, marked.organ_id, turned.organ_id, CASE WHEN turned.id IS NULL THEN c.organ_id END)
           AS organ_id, c.id, answer.at
  FROM complaints_case AS c
  JOIN LATERAL (
      SELECT (array_agg(outcome ORDER BY decided_at DESC, id DESC))[1] AS outcome,
             min(decided_at) FILTER (WHERE outcome = ANY(%(upheld)s)) AS at
        FROM complaints_reply WHERE case_id = c.id AND state = 'sent' AND decided_at <= %(as_of)s
  ) AS answer ON true
  LEFT JOIN LATERAL (
      SELECT p.organ_id FROM complaints_caseevent AS e JOIN efficiency_post AS p ON p.id = (e.data ->> 'post')::bigint
       WHERE e.case_id = c.id AND e.action = 'link_person' AND e.at <= %(as_of)s ORDER BY e.number DESC LIMIT 1
  ) AS linked ON true
  LEFT JOIN LATERAL (
      SELECT (e.data ->> 'organ')::bigint AS organ_id FROM complaints_caseevent AS e
       WHERE e.case_id = c.id AND e.action = 'link_organ' AND e.at <= %(as_of)s ORDER BY e.number DESC LIMIT 1
  ) AS marked ON true
  LEFT JOIN LATERAL (
      SELECT h.id, CASE WHEN designated.ground IS DISTINCT FROM %(catch_all)s THEN h.organ_id END AS organ_id
        FROM complaints_holding AS h JOIN efficiency_organ AS o ON o.id = h.organ_id
        LEFT JOIN LATERAL (
            SELECT e.data ->> 'ground' AS ground FROM complaints_caseevent AS e
             WHERE e.case_id = c.id AND e.action = 'instruct' AND e.at = h.since
               AND (e.data ->> 'organ')::bigint = h.organ_id ORDER BY e.number DESC LIMIT 1
        ) AS designated ON true
       WHERE h.case_id = c.id AND h.since <= answer.at AND o.kind <> %(office)s
         AND NOT EXISTS (
             SELECT FROM complaints_caseevent AS e
              WHERE e.case_id = c.id AND (
                    e.action = 'succeed' AND e.at <= h.since AND (e.data ->> 'organ')::bigint = h.organ_id
                    OR e.action = 'return' AND e.at = h.until AND (e.data ->> 'from_organ')::bigint = h.organ_id))
         AND (c.organ_id IS NULL
              OR EXISTS (SELECT FROM complaints_holding AS own
                          WHERE own.case_id = c.id AND own.organ_id = c.organ_id AND own.until <= h.since)
              OR EXISTS (SELECT FROM complaints_caseevent AS e
                          WHERE e.case_id = c.id AND e.action = 'instruct' AND e.at <= h.since
                            AND e.data ->> 'ground' <> ''))
       ORDER BY h.since DESC, h.id DESC LIMIT 1
  ) AS turned ON true
 WHERE c.kind = 'complaint' AND c.category = ANY(%(categories)s)
   AND answer.outcome = ANY(%(upheld)s) AND answer.at >= %(since)s AND answer.at < %(until)s
   AND (linked.organ_id IS NOT NULL OR marked.organ_id IS NOT NULL OR turned.organ_id IS NOT NULL
        OR turned.id IS NULL AND c.organ_id IS NOT NULL)
 ORDER BY answer.at, c.id
"""


def known_complaints(since: date, until: date, /, *, as_of: datetime) -> list[tuple[int, int, datetime]]:
    """
    Return the complaints about the three arbitraries that were first upheld from ``since`` to before ``until``.

    Of each the organ that it costs a point, its own key, and when it was first upheld; as they were known at ``as_of``.
    """
    values: dict[str, Any] = {
        "since": start_of(since),
        "until": start_of(until),
        "as_of": as_of,
        "categories": [category.value for category in ARBITRARIES],
        "upheld": [outcome.value for outcome in UPHELD],
        "office": OrganKind.EFFICIENCY_OFFICE.value,
        "catch_all": LeadGround.CATCH_ALL.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COMPLAINTS, values)
        return list(cursor.fetchall())


def arbitrary_complaints(year: int) -> dict[int, int]:
    """Return how many complaints about the three arbitraries were upheld in the year, by organ: −1 each."""
    found = known_complaints(date(year, 1, 1), date(year + 1, 1, 1), as_of=NEVER)
    return dict(Counter(organ_id for organ_id, _case, _at in found))


def overdue_rectifications(year: int, *, at: datetime) -> dict[int, int]:
    """Return how many notices of each organ became overdue in the year, as known at ``at``: −1 each."""
    return figures.overdue_rectifications(None, date(year, 1, 1), date(year + 1, 1, 1), at=at)


# --- People ---------------------------------------------------------------------------------------------------------


def caps_of_people(year: int) -> dict[int, PersonCap]:
    """
    Return the grade that each account cannot go beyond in the year, by its key; who is not capped is left out.

    Circulated criticism or a warning: not excellent. Efficiency admonishments: one, not excellent; two, at most
    basically competent; three, incompetent. A demerit or more: no grade in any year in which it is in force. An
    appraisal grade ordered as a measure is the cap itself.
    """
    began, ended = date(year, 1, 1), date(year, 12, 31)
    lasts = Q(measure__in=WHILE_IT_LASTS, from_on__lte=ended) & (Q(to_on__isnull=True) | Q(to_on__gte=began))
    in_year = Q(from_on__range=(began, ended))
    rows = (
        Sanction.objects.in_force()
        .filter(lasts | in_year, person__isnull=False)
        .values("person_id")
        .annotate(
            lasting=Count("pk", filter=lasts),
            admonishments=Count("pk", filter=in_year & Q(measure=Measure.ADMONISHMENT)),
            others=Count("pk", filter=in_year & Q(measure__in=(Measure.CIRCULATED_CRITICISM, *FOR_THE_YEAR))),
            basic=Count("pk", filter=in_year & Q(measure=Measure.GRADED_BASIC)),
            incompetent=Count("pk", filter=in_year & Q(measure=Measure.GRADED_INCOMPETENT)),
        )
        .order_by("person_id")
    )
    found = {}
    for row in rows:
        cap = cap_of_person(
            admonishments=row["admonishments"],
            others=row["others"],
            lasting=row["lasting"],
            ordered_basic=row["basic"],
            ordered_incompetent=row["incompetent"],
        )
        if cap is not None:
            found[row["person_id"]] = cap
    return found


def cap_of_person(
    *, admonishments: int = 0, others: int = 0, lasting: int = 0, ordered_basic: int = 0, ordered_incompetent: int = 0
) -> PersonCap | None:
    """
    Return the lowest cap that follows from so many events of a year; None: no cap. Pure.

    :param others: circulated criticisms and warnings
    :param lasting: demerits and heavier sanctions in force in the year
    """
    caps = set()
    if others or admonishments == 1:
        caps.add(PersonCap.COMPETENT)
    if admonishments == 2 or ordered_basic:
        caps.add(PersonCap.BASICALLY_COMPETENT)
    if admonishments >= 3 or ordered_incompetent:
        caps.add(PersonCap.INCOMPETENT)
    if lasting:
        caps.add(PersonCap.NO_GRADE)
    return _lowest(PersonCap, caps)


def people_without_commendation(year: int) -> dict[int, Lost]:
    """Return who gets no commendation for the year, by account: any measure that took effect in it takes it away."""
    return _lost(_of_year(year).filter(person__isnull=False), "person_id")


def organs_without_commendation(year: int) -> dict[int, Lost]:
    """
    Return which organs get no commendation for the year: a measure against them took effect in it, or a veto.

    A veto is a sanction in the organ for a grave fault or false data (docs/domain.md 8.6), whomever it is against.
    """
    return _lost(_of_year(year).filter(Q(against=Against.ORGAN) | VETO), "organ_id")


def people_without_commendation_for_quarter(year: int, quarter: int) -> dict[int, tuple[int, int]]:
    """
    Return who gets no commendation for a quarter, with the number of yellow and of red cards in it.

    Three yellow cards, or a red one, whose threshold lay in the quarter; those that were revoked do not count.

    :raises ValueError: there is no such quarter
    """
    if quarter not in range(1, 5):
        raise ValueError(f"A year has four quarters, and no number {quarter}.")
    first = date(year, 3 * quarter - 2, 1)
    rows = (
        _cards(start_of(first), start_of(add_months(first, 3)))
        .filter(person__isnull=False)
        .values("person_id")
        .annotate(
            yellow=Count("pk", filter=Q(colour=Colour.YELLOW)),
            red=Count("pk", filter=Q(colour=Colour.RED)),
        )
        .filter(Q(yellow__gte=YELLOW_IN_QUARTER) | Q(red__gte=RED_IN_QUARTER))
        .order_by("person_id")
    )
    return {row["person_id"]: (row["yellow"], row["red"]) for row in rows}


def training_due() -> QuerySet[Sanction]:
    """
    Return the off-post training that was ordered and of which nobody reported yet that it was completed.

    The report of the execution says so, which is promised with the service of the decision (docs/domain.md 10.5).
    """
    rows = Sanction.objects.in_force().filter(measure=Measure.OFF_POST_TRAINING, person__isnull=False)
    return rows.exclude(respondent__executed_at__isnull=False)


def promotion_barred(on: date) -> dict[int, date | None]:
    """
    Return who may not be promoted on a day, by account, and the first day on which that is open again.

    An admonishment or a disciplinary sanction bars it while it is in force; None: it has no end (expulsion).
    """
    rows = (
        barring_promotion(on)
        .values("person_id")
        .annotate(last=Max("to_on"), endless=Count("pk", filter=Q(to_on__isnull=True)))
        .order_by("person_id")
    )
    return {row["person_id"]: None if row["endless"] else row["last"] + ONE_DAY for row in rows}


def barring_promotion(on: date) -> QuerySet[Sanction]:
    """Return the sanctions that bar the promotion of a person on a day (docs/domain.md 10.7)."""
    return Sanction.objects.holding_on(on).filter(measure__in=BARS_PROMOTION, person__isnull=False)


def taking_commendation(year: int) -> QuerySet[Sanction]:
    """Return the sanctions that take the commendation of a year from whom they are against (docs/domain.md 8.5)."""
    return _of_year(year)


# --- What they ask --------------------------------------------------------------------------------------------------


def _of_year(year: int) -> QuerySet[Sanction]:
    return Sanction.objects.filter(state=SanctionState.IN_FORCE, from_on__range=(date(year, 1, 1), date(year, 12, 31)))


def _cards(began: datetime, ended: datetime) -> QuerySet[Card]:
    """Return the cards that count, not revoked, whose threshold was passed in a stretch of time."""
    return Card.objects.standing().filter(passed_at__gte=began, passed_at__lt=ended)


def _lost(rows: QuerySet[Sanction], key: str) -> dict[int, Lost]:
    found: dict[int, list[tuple[date, Measure]]] = defaultdict(list)
    for owner, since, measure in rows.order_by(key, "from_on", "pk").values_list(key, "from_on", "measure"):
        found[owner].append((since, Measure(measure)))
    return {
        owner: Lost(tuple(dict.fromkeys(measure for _since, measure in listed)), listed[0][0])
        for owner, listed in found.items()
    }


def _lowest(kind: Any, caps: set[Any]) -> Any:
    order = list(kind)
    return max(caps, key=order.index) if caps else None
