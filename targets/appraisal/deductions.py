"""
What cards, sanctions, complaints and rectifications do to a sheet, each with its row (docs/domain.md 8.5, 8.6).

Everything is asked as it was known at a moment: what was revoked, withdrawn or answered anew afterwards still counts,
and what came to be known afterwards does not. The same question later has the same answer. One statement for each kind
of event, however many organs and people there are. ``accountability.faults.effects`` says the same of today, in sums.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from accountability.corrections.deadlines import FINISH, PLAN
from accountability.faults.effects import (
    CRITICISMS_IN_YEAR,
    FOR_THE_YEAR,
    POINTS,
    RED_IN_YEAR,
    WHILE_IT_LASTS,
    Cause,
    cap_of_person,
    known_complaints,
)
from accountability.faults.measures import DISCIPLINARY
from accountability.faults.words import Against, FaultType, Measure, Severity
from efficiency.deadlines import known as promises
from efficiency.letters.actions import ISSUE, SIGN
from efficiency.timing.zone import local_day, start_of
from targets.appraisal.enums import VETOES, DeductionCause, DeductionKind, Grade
from targets.measures.registry import TICK
from targets.models import VetoTerm

NOUGHT = Decimal(0)
SANCTION, CARD, CASE, CORRECTION, LETTER, OWED = (
    "accountability.sanction",
    "accountability.card",
    "complaints.case",
    "accountability.correction",
    "efficiency.responsibilityletter",
    "efficiency.owedletters",
)


@dataclass(frozen=True, slots=True)
class Event:
    """One event that counts: what it does, why, how much, and the row (``model`` and key) that it stands in."""

    kind: DeductionKind
    cause: DeductionCause
    points: Decimal = NOUGHT
    cap: str = ""
    model: str = ""
    object_id: int | None = None
    on: date | None = None
    text: str = ""

    @property
    def key(self) -> tuple[str, str, int | None, str]:
        """By what it is known, computed anew as well; what one row does for one cause has one key."""
        return str(self.cause), self.model, self.object_id, self.text


@dataclass(frozen=True, slots=True)
class Cards:
    """The cards of an organ or a person whose threshold lay in the time."""

    yellow: int = 0
    red: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """All that counts: events of organs and of people (by account, of several by one of them), and their cards."""

    of_organs: Mapping[int, Sequence[Event]]
    of_people: Mapping[int, Sequence[Event]]
    cards_of_organs: Mapping[int, Cards]
    cards_of_people: Mapping[int, Cards]


class VetoList:
    """The veto list of an office as it was on each day (docs/domain.md 8.6)."""

    def __init__(self, terms: Iterable[tuple[str, date, bool]]) -> None:
        self._terms = sorted(terms, key=lambda term: term[1])

    def has(self, cause: str, on: date) -> bool:
        """Say whether the cause vetoed on a day; what the office never set is on the list."""
        found = [is_on for of, since, is_on in self._terms if of == cause and since <= on]
        return found[-1] if found else cause in VETOES

    def on(self, day: date) -> list[str]:
        """Return the causes that vetoed on a day."""
        return [cause.value for cause in VETOES if self.has(cause, day)]


def veto_list(office_id: int, *, as_of: datetime) -> VetoList:
    """Return the veto list that an office had set by ``as_of``."""
    rows = VetoTerm.objects.filter(office_id=office_id, set_at__lte=as_of).order_by("valid_from", "pk")
    return VetoList(rows.values_list("cause", "valid_from", "is_on"))


def known(
    since: date,
    until: date,
    *,
    as_of: datetime,
    vetoes: VetoList,
    points: Mapping[str, Decimal] | None = None,
    same: Mapping[int, int] | None = None,
) -> Known:
    """
    Return what counts of the time from ``since`` to before ``until``, as it was known at ``as_of``; five statements.

    :param points: what each event costs an organ, by cause; None: as the rules have it
    :param same: accounts of people who have several, each with the one under which all is counted
    """
    same = same or {}
    costs = {cause.value: Decimal(number) for cause, number in POINTS.items()} | dict(points or {})
    organs: dict[int, list[Event]] = defaultdict(list)
    people: dict[int, list[Event]] = defaultdict(list)
    rows = _sanctions(since, until, as_of)
    for row in rows:
        for event in _of_organ(row, since, vetoes, costs):
            organs[row.organ_id].append(event)
    by_person: dict[int, list[_Row]] = defaultdict(list)
    for row in rows:
        if row.person_id is not None:
            by_person[same.get(row.person_id, row.person_id)].append(row)
    for person, found in by_person.items():
        people[person] += _of_person(found, since)
    for organ_id, case_id, at in known_complaints(since, until, as_of=as_of):
        organs[organ_id].append(_taken(Cause.ARBITRARIES, costs, CASE, case_id, at))
    for organ_id, correction_id, at in _overdue_rectifications(since, until, as_of):
        organs[organ_id].append(_taken(Cause.RECTIFICATION, costs, CORRECTION, correction_id, at))
    for organ_id, model, object_id, at, number in _unsigned_letters(since, until, as_of):
        organs[organ_id].append(
            Event(
                DeductionKind.CAP,
                DeductionCause.LETTER_UNSIGNED,
                cap=Grade.GOOD,
                model=model,
                object_id=object_id,
                on=local_day(at),
                text=number,
            )
        )
    of_organs, of_people = _cards(since, until, as_of, same)
    for organ_id, cards in of_organs.items():
        if len(cards.red) >= RED_IN_YEAR:
            organs[organ_id] += [
                Event(DeductionKind.CAP, DeductionCause.RED_CARDS, cap=Grade.GOOD, model=CARD, object_id=card)
                for card in cards.red
            ]
    for found_events in organs.values():
        found_events += _twice_criticised(found_events)
    return Known(organs, people, of_organs, of_people)


def not_signed(vetoes: VetoList, *, on: date) -> list[Event]:
    """Return the veto of an organ whose target letter was not signed, where the list has it."""
    if not vetoes.has(DeductionCause.NOT_SIGNED, on):
        return []
    return [veto(DeductionCause.NOT_SIGNED)]


def veto(cause: DeductionCause, model: str = "", object_id: int | None = None, on: date | None = None) -> Event:
    """Return the event of a veto: the grade is at most qualified."""
    return Event(DeductionKind.VETO, cause, cap=Grade.QUALIFIED, model=model, object_id=object_id, on=on)


# --- Sanctions ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    organ_id: int
    person_id: int | None
    against: str
    measure: str
    severity: str
    fault_type: str
    from_on: date
    to_on: date | None


# In force by then and not yet revoked. What lasts counts in every time that it touches, for people alone.
_SANCTIONS = """
SELECT id, organ_id, person_id, against, measure, severity, fault_type, from_on, to_on
  FROM accountability_sanction
 WHERE state IN ('in_force', 'revoked') AND recorded_at <= %(as_of)s
   AND (revoked_at IS NULL OR revoked_at > %(as_of)s)
   AND from_on < %(until)s
   AND (from_on >= %(since)s OR measure = ANY(%(lasting)s) AND (to_on IS NULL OR to_on >= %(since)s))
 ORDER BY from_on, id
"""


def _sanctions(since: date, until: date, as_of: datetime) -> list[_Row]:
    lasting = [measure.value for measure in WHILE_IT_LASTS]
    values: dict[str, Any] = {"since": since, "until": until, "as_of": as_of, "lasting": lasting}
    with connection.cursor() as cursor:
        cursor.execute(_SANCTIONS, values)
        return [_Row(*row) for row in cursor.fetchall()]


def _of_organ(row: _Row, since: date, vetoes: VetoList, costs: Mapping[str, Decimal]) -> Iterable[Event]:
    """Yield what a sanction does to the organ; one that only lasts on from before does nothing to it any more."""
    if row.from_on < since:
        return
    if row.measure == Measure.CIRCULATED_CRITICISM and row.against == Against.ORGAN:
        yield _of_sanction(row, Cause.CRITICISM, costs)
    if row.measure == Measure.ADMONISHMENT:
        yield _of_sanction(row, Cause.ADMONISHMENT, costs)
    if row.measure in DISCIPLINARY:
        yield _of_sanction(row, Cause.SANCTION, costs)
        if row.against == Against.HEAD:
            yield Event(
                DeductionKind.CAP,
                DeductionCause.HEAD_SANCTIONED,
                cap=Grade.QUALIFIED,
                model=SANCTION,
                object_id=row.id,
                on=row.from_on,
            )
    for cause in _vetoing(row):
        if vetoes.has(cause, row.from_on):
            yield veto(cause, SANCTION, row.id, row.from_on)


def _vetoing(row: _Row) -> Iterable[DeductionCause]:
    if row.severity == Severity.GRAVE:
        yield DeductionCause.GRAVE_FAULT
    if row.fault_type == FaultType.FALSE_DATA:
        yield DeductionCause.FALSE_DATA
    if row.measure == Measure.EXPULSION and row.against == Against.HEAD:
        yield DeductionCause.LEADER_DISMISSED


def _of_sanction(row: _Row, cause: Cause, costs: Mapping[str, Decimal]) -> Event:
    return Event(
        DeductionKind.POINTS,
        DeductionCause(cause.value),
        points=costs[cause.value],
        model=SANCTION,
        object_id=row.id,
        on=row.from_on,
    )


def _twice_criticised(events: Sequence[Event]) -> list[Event]:
    """Return the caps that follow where an organ was criticised twice: it is not excellent."""
    criticisms = [
        each for each in events if each.cause == DeductionCause.CRITICISM and each.kind == DeductionKind.POINTS
    ]
    if len(criticisms) < CRITICISMS_IN_YEAR:
        return []
    return [
        Event(
            DeductionKind.CAP,
            DeductionCause.CRITICISM,
            cap=Grade.GOOD,
            model=each.model,
            object_id=each.object_id,
            on=each.on,
        )
        for each in criticisms
    ]


def _of_person(rows: Sequence[_Row], since: date) -> list[Event]:
    """Return what the sanctions of one person leave open to them, each row with the cap that it brings."""
    in_time = [row for row in rows if row.from_on >= since]
    admonishments = [row for row in in_time if row.measure == Measure.ADMONISHMENT]
    lasting = [row for row in rows if row.measure in WHILE_IT_LASTS]
    groups = (
        (DeductionCause.ADMONISHMENT, admonishments, cap_of_person(admonishments=len(admonishments))),
        (
            DeductionCause.CRITICISM,
            [row for row in in_time if row.measure == Measure.CIRCULATED_CRITICISM],
            cap_of_person(others=1),
        ),
        (
            DeductionCause.WARNING,
            [row for row in in_time if row.measure in FOR_THE_YEAR],
            cap_of_person(others=1),
        ),
        (
            DeductionCause.ORDERED,
            [row for row in in_time if row.measure == Measure.GRADED_BASIC],
            cap_of_person(ordered_basic=1),
        ),
        (
            DeductionCause.ORDERED,
            [row for row in in_time if row.measure == Measure.GRADED_INCOMPETENT],
            cap_of_person(ordered_incompetent=1),
        ),
        (DeductionCause.LASTING, lasting, cap_of_person(lasting=1)),
    )
    return [
        Event(DeductionKind.CAP, cause, cap=str(cap), model=SANCTION, object_id=row.id, on=row.from_on)
        for cause, found, cap in groups
        for row in found
    ]


# --- Complaints, rectifications, cards ------------------------------------------------------------------------------

# Each notice once in all, in the time of the first of its days that was missed; one that was withdrawn by then does not
# count, nor does one whose clock stood still. Where a day moved since, it is taken as it was.
_RECTIFICATIONS = f"""
SELECT c.organ_id, c.id, min(d.overdue_at) AS at
  FROM (SELECT d.id, d.object_id, d.ended_at, {promises.OVERDUE_AT} AS overdue_at
          FROM efficiency_deadline AS d {promises.MOVED}
          JOIN django_content_type AS t ON t.id = d.content_type_id
           AND t.app_label = 'accountability' AND t.model = 'correction'
         WHERE d.kind = ANY(%(kinds)s)) AS d
  JOIN accountability_correction AS c ON c.id = d.object_id
 WHERE c.kind = 'notice' AND d.overdue_at <= %(as_of)s
   AND (d.ended_at IS NULL OR d.ended_at >= d.overdue_at)
   AND NOT EXISTS (SELECT FROM efficiency_suspension AS s
                    WHERE s.deadline_id = d.id AND s.started_at <= %(as_of)s AND s.started_at < d.overdue_at
                      AND (s.ended_at IS NULL OR s.ended_at > %(as_of)s))
   AND NOT (c.state = 'withdrawn' AND c.ended_at <= %(as_of)s)
 GROUP BY c.organ_id, c.id HAVING min(d.overdue_at) >= %(since)s AND min(d.overdue_at) < %(until)s ORDER BY at, c.id
"""  # noqa: S608 - put together from our own constants
# Letters of leaders (heads and deputies at that time) that lacked a signature when the time was over, although the day
# for it had passed. What was signed or voided afterwards changes nothing any more; where a day moved since, it is taken
# as it was.
_LETTERS = f"""
SELECT p.organ_id, '{LETTER}' AS model, l.id, min({promises.OVERDUE_AT}) AS at, l.year || '-' || p.code AS number
  FROM efficiency_deadline AS d {promises.MOVED}
  JOIN django_content_type AS t ON t.id = d.content_type_id
   AND t.app_label = 'efficiency' AND t.model = 'responsibilityletter'
  JOIN efficiency_responsibilityletter AS l ON l.id = d.object_id
  JOIN efficiency_post AS p ON p.id = l.post_id
 WHERE d.kind = %(kind)s AND l.year = %(year)s AND {promises.OVERDUE_AT} < least(%(until)s, %(as_of)s)
   AND coalesce((SELECT e.is_head FROM efficiency_postevent AS e
                  WHERE e.pgh_obj_id = p.id AND e.pgh_created_at < %(until)s
                  ORDER BY e.pgh_created_at DESC, e.pgh_id DESC LIMIT 1), p.is_head)
   AND NOT EXISTS (SELECT FROM efficiency_lettervoid AS v
                    WHERE v.letter_id = l.id AND v.voided_at < least(%(until)s, %(as_of)s))
   AND (SELECT count(*) FROM efficiency_lettersignature AS s
         WHERE s.letter_id = l.id AND s.signed_at < least(%(until)s, %(as_of)s))
       < CASE WHEN l.leader_post_id IS NULL THEN 1 ELSE 2 END
 GROUP BY p.organ_id, l.id, l.year, p.code
UNION ALL
-- What an organ owes and never issued: nobody has signed anything of the head's.
SELECT o.organ_id, '{OWED}', o.id, min({promises.OVERDUE_AT}), o.year || '-' || organ.code
  FROM efficiency_deadline AS d {promises.MOVED}
  JOIN django_content_type AS t ON t.id = d.content_type_id
   AND t.app_label = 'efficiency' AND t.model = 'owedletters'
  JOIN efficiency_owedletters AS o ON o.id = d.object_id
  JOIN efficiency_organ AS organ ON organ.id = o.organ_id
 WHERE d.kind = %(issue)s AND o.year = %(year)s AND {promises.OVERDUE_AT} < least(%(until)s, %(as_of)s)
   AND (d.ended_at IS NULL OR d.ended_at >= least(%(until)s, %(as_of)s))
   AND NOT EXISTS (SELECT FROM efficiency_responsibilityletter AS l JOIN efficiency_post AS p ON p.id = l.post_id
                    WHERE p.organ_id = o.organ_id AND p.is_head AND l.year = o.year
                      AND l.issued_at < least(%(until)s, %(as_of)s))
 GROUP BY o.organ_id, o.id, o.year, organ.code
 ORDER BY at, model, id
"""  # noqa: S608 - put together from our own constants
# By organ and by person at once: where ``person_id`` is grouped away it is the organ's own row.
_CARDS = """
SELECT CASE WHEN grouping(organ_id) = 0 THEN organ_id END, CASE WHEN grouping(person_id) = 0 THEN person_id END,
       count(*) FILTER (WHERE colour = 'yellow'),
       coalesce(array_agg(id ORDER BY passed_at, id) FILTER (WHERE colour = 'red'), '{}')
  FROM accountability_card
 WHERE passed_at >= %(since)s AND passed_at < %(until)s AND issued_at <= %(as_of)s
   AND (revoked_at IS NULL OR revoked_at > %(as_of)s)
 GROUP BY GROUPING SETS ((organ_id), (person_id))
"""


def _moments(since: date, until: date, as_of: datetime) -> dict[str, Any]:
    return {"since": start_of(since), "until": start_of(until), "as_of": as_of, "known": as_of + TICK}


def _overdue_rectifications(since: date, until: date, as_of: datetime) -> list[tuple[int, int, datetime]]:
    return _rows(_RECTIFICATIONS, _moments(since, until, as_of) | {"kinds": [PLAN, FINISH]})


def _unsigned_letters(since: date, until: date, as_of: datetime) -> list[tuple[int, str, int, datetime, str]]:
    return _rows(_LETTERS, _moments(since, until, as_of) | {"kind": SIGN, "issue": ISSUE, "year": since.year})


def _cards(
    since: date, until: date, as_of: datetime, same: Mapping[int, int]
) -> tuple[dict[int, Cards], dict[int, Cards]]:
    of_organs: dict[int, Cards] = {}
    of_people: dict[int, Cards] = {}
    for organ_id, person_id, yellow, red in _rows(_CARDS, _moments(since, until, as_of)):
        cards = Cards(yellow, tuple(red))
        if organ_id is not None:
            of_organs[organ_id] = cards
        elif person_id is not None:
            key = same.get(person_id, person_id)
            there = of_people.get(key, Cards())
            of_people[key] = Cards(there.yellow + cards.yellow, (*there.red, *cards.red))
    return of_organs, of_people


def _rows(query: str, values: dict[str, Any]) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())


def _taken(cause: Cause, costs: Mapping[str, Decimal], model: str, object_id: int, at: datetime) -> Event:
    return Event(
        DeductionKind.POINTS,
        DeductionCause(cause.value),
        points=costs[cause.value],
        model=model,
        object_id=object_id,
        on=local_day(at),
    )
