"""
Where promises will break next (docs/domain.md 11, docs/decisions/0039): rates each morning, and what came of them.

The rates are reckoned once a day from the promises whose last day lies in the last year; lists and figures look up the
rate of each promise that runs by kind, organ and working days left, so they are of this moment. What falls due within
``AHEAD`` working days is written down besides, and held against what became of it.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import Case as Choose
from django.db.models import Count, DateField, F, IntegerField, Model, OuterRef, Q, QuerySet, Subquery, Value, When

from accountability.models import FaultCase
from complaints.models import Assistance, Case
from efficiency.deadlines import registry
from efficiency.deadlines.models import Deadline, DeadlineState, Promise
from efficiency.rounding import half_up
from efficiency.timing import store
from efficiency.timing.zone import end_of, local_day, start_of
from supervision.escalations.querysets import READ_WHOLE, SUBJECTS, unreadable
from supervision.figures.asking import about_cases
from supervision.foresight.asking import Asked
from supervision.foresight.chances import (
    AHEAD,
    DAYS_BACK,
    FARTHEST,
    PLACES,
    RED,
    Chance,
    Ended,
    Record,
    Tally,
    Tenth,
    all_of,
    estimate,
    still_open,
)
from supervision.models import Forecast, ForecastRate

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from efficiency.access.models import User

# One morning at a time, whoever makes it.
LOCK = 20260915
# The first forecast of a day is made from this hour on, by the clock of Foshan.
MORNING = timedelta(hours=6)
# No promise is overdue later than so long after its last day.
OVER_AFTER = timedelta(days=15)
# So many of the likeliest to be missed the overview looks at; so many seconds it keeps what it counted.
LOOKED_AT, KEPT_LATELY = 40, 60
# Which kinds of promises run changes slowly.
KEPT_KINDS = 300
# Forecasts are kept for so long; the record is read from the last half year.
KEPT = timedelta(days=400)
RECORD_OF = timedelta(days=182)

# What became of promises whose last day lies in the window, put together by what they have in common. What was taken
# back before its time was over says nothing, and what stands still has no last day. A last day counts from the day on
# which it was set: before an extension, or a standstill, nobody knew of it.
_HISTORY = """
SELECT d.kind, d.organ_id,
       least(due_day.ordinal - start_day.ordinal, %(farthest)s) AS at_start,
       CASE WHEN coalesce(d.met_at < d.overdue_at, false)
            THEN least(greatest(due_day.ordinal - met_day.ordinal, 0), %(farthest)s + 1) ELSE -1 END AS days_left,
       count(*)
  FROM efficiency_deadline AS d
  JOIN efficiency_calendarday AS due_day ON due_day.date = (d.due_at AT TIME ZONE 'Asia/Shanghai')::date
  JOIN efficiency_calendarday AS start_day ON start_day.date
                                              = (greatest(d.started_at, d.moved_at) AT TIME ZONE 'Asia/Shanghai')::date
  LEFT JOIN efficiency_calendarday AS met_day ON met_day.date = (d.met_at AT TIME ZONE 'Asia/Shanghai')::date
 WHERE d.promise <> 'owed_by_citizen' AND d.state <> 'suspended'
   AND d.overdue_at > %(since)s AND d.overdue_at <= %(at)s
   AND NOT (d.met_at IS NULL AND coalesce(d.ended_at < d.overdue_at, false))
   AND (d.met_at IS NULL OR d.met_at <= %(at)s)
 GROUP BY 1, 2, 3, 4
"""
# Of these kinds those of which something runs at one of the organs; an index holds the answer.
_KINDS = """
SELECT kind FROM unnest(%(kinds)s::text[]) AS known (kind)
 WHERE EXISTS (SELECT FROM efficiency_deadline AS d
                WHERE d.kind = known.kind AND d.organ_id = ANY(%(organs)s) AND d.state IN ('open', 'suspended'))
"""
# Promises by what their chance follows from, the likeliest to be missed first; as ``with_chance`` looks it up.
_GROUPS = """
SELECT due.kind, due.organ_id, due.days_left, due.number, rate.chance
  FROM ({inner}) AS due (kind, organ_id, days_left, number)
  LEFT JOIN LATERAL (
      SELECT chance FROM supervision_forecastrate AS r
       WHERE r.made_on = %s AND r.kind = due.kind AND r.days_left = due.days_left
         AND (r.organ_id = due.organ_id OR r.organ_id IS NULL)
       ORDER BY r.organ_id NULLS LAST LIMIT 1
  ) AS rate ON true
 ORDER BY rate.chance DESC NULLS LAST, due.days_left, due.kind, due.organ_id
"""
# Of the promises that run, which kinds are owed by which organs.
_OWED = """
SELECT DISTINCT kind, organ_id FROM efficiency_deadline
 WHERE state = 'open' AND promise <> 'owed_by_citizen' AND overdue_at > %(at)s
"""
# What was forecast of a last day that was moved in time, by an extension or a standstill, has no outcome; one that
# moved when its time was over already was missed.
_SETTLED = """
UPDATE supervision_forecast AS f
   SET settled_at = %(at)s,
       missed = CASE WHEN d.due_at <> f.due_at THEN
                          CASE WHEN (SELECT min(m.changed_at) FROM efficiency_duedatechange AS m
                                      WHERE m.deadline_id = f.deadline_id AND m.due_before = f.due_at
                                        AND m.changed_at >= f.made_on::timestamp AT TIME ZONE 'Asia/Shanghai')
                                    >= f.due_at + (d.overdue_at - d.due_at) THEN true END
                     WHEN d.met_at < d.overdue_at THEN false
                     WHEN d.met_at IS NULL AND d.ended_at < d.overdue_at THEN NULL
                     ELSE true END
  FROM efficiency_deadline AS d
 WHERE d.id = f.deadline_id AND f.settled_at IS NULL
   AND (d.ended_at <= %(at)s OR (d.state = 'open' AND d.overdue_at <= %(at)s)
        OR d.due_at <> f.due_at AND d.moved_at <= %(at)s)
"""
_RECORD = """
SELECT least(width_bucket(chance, 0, 1, 10), 10) AS tenth, count(*), sum(chance), count(*) FILTER (WHERE missed),
       sum((chance - missed::int) ^ 2), sum((baseline - missed::int) ^ 2)
  FROM supervision_forecast
 WHERE missed IS NOT NULL AND made_on >= %(since)s AND made_on <= %(on)s AND organ_id = ANY(%(organs)s)
 GROUP BY 1 ORDER BY 1
"""


# --- Each morning -----------------------------------------------------------------------------------------------------


def make(*, at: datetime) -> int:
    """
    Make the forecasts of the day of ``at``, once, on working days from six in the morning; return how many.

    Run twice, or two at once, it makes them once. A promise that was forecast keeps what was said of it.
    """
    today = local_day(at)
    if not store.load().is_working_day(today) or at < start_of(today) + MORNING:
        return 0
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        if ForecastRate.objects.filter(made_on=today).exists():
            return 0
        ForecastRate.objects.all().delete()
        ForecastRate.objects.bulk_create(_rates(today, at), batch_size=2000)
        return _write_down(today, at)


def _rates(today: date, at: datetime) -> Iterable[ForecastRate]:
    of_organs, of_all = history(at=at)
    with connection.cursor() as cursor:
        cursor.execute(_OWED, {"at": at})
        owed = {*cursor.fetchall(), *of_organs, *((kind, None) for kind in of_all)}
    tallies: dict[tuple[str, int], Tally] = {}
    for kind, organ_id in sorted(owed, key=lambda pair: (pair[0], pair[1] or 0)):
        everywhere = of_all.get(kind, ())
        own = of_organs.get((kind, organ_id), ()) if organ_id else ()
        overall = all_of(everywhere)
        for days_left in range(FARTHEST + 1):
            key = (kind, days_left)
            if key not in tallies:
                tallies[key] = still_open(everywhere, days_left)
            found = estimate(still_open(own, days_left), tallies[key], overall)
            if found is not None:
                yield ForecastRate(
                    made_on=today, kind=kind, organ_id=organ_id, days_left=days_left, **columns_of(found)
                )


def columns_of(found: Chance) -> dict[str, Any]:
    """Return the columns of an estimate."""
    return {
        "chance": found.value,
        "baseline": found.baseline,
        "own_missed": found.own.missed,
        "own_base": found.own.base,
        "all_missed": found.all.missed,
        "all_base": found.all.base,
    }


def history(*, at: datetime) -> tuple[Mapping[tuple[str, int], list[Ended]], Mapping[str, list[Ended]]]:
    """Return what became of the promises of the last year, by kind and organ, and by kind; one statement."""
    calendar = store.load()
    since = start_of(calendar.nth_working_day(calendar.ordinal(local_day(at)) - DAYS_BACK))
    of_organs: dict[tuple[str, int], list[Ended]] = defaultdict(list)
    of_all: dict[str, list[Ended]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_HISTORY, {"since": since, "at": at, "farthest": FARTHEST})
        for kind, organ_id, at_start, left, count in cursor.fetchall():
            row = Ended(at_start, left, count)
            of_organs[kind, organ_id].append(row)
            of_all[kind].append(row)
    return of_organs, of_all


def _write_down(today: date, at: datetime) -> int:
    """Write down what is expected of what falls due within ``AHEAD`` working days; one statement."""
    rows = with_chance(due_soon(at=at), at=at, on=today).filter(chance__isnull=False)
    columns = ("pk", "organ_id", "kind", "days_left", "due_at", "chance", "baseline", *_TALLIES)
    inner, params = rows.order_by().values_list(*columns).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO supervision_forecast (deadline_id, organ_id, kind, days_left, due_at, chance, baseline,"  # noqa: S608
            " own_missed, own_base, all_missed, all_base, made_on)"
            f" SELECT found.*, %s::date FROM ({inner}) AS found ON CONFLICT DO NOTHING",
            [today, *params],
        )
        return cursor.rowcount


def settle(*, at: datetime) -> int:
    """Note of the forecasts whose outcome is known by now whether the promise was missed; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(_SETTLED, {"at": at})
        return cursor.rowcount


def forget(*, at: datetime) -> int:
    """Delete the forecasts that were made too long ago to be part of any record; return how many."""
    return Forecast.objects.filter(made_on__lt=local_day(at) - KEPT).delete()[0]


# --- At this moment ---------------------------------------------------------------------------------------------------

_TALLIES = ("own_missed", "own_base", "all_missed", "all_base")


def made_on() -> date | None:
    """Return the day of the newest rates; None where there are none yet."""
    return ForecastRate.objects.order_by("-made_on").values_list("made_on", flat=True).first()


def running(*, at: datetime) -> QuerySet[Deadline]:
    """Return the promises of government that run and are not overdue, about subjects that pages of the office know."""
    types = [ContentType.objects.get_for_model(model).pk for model in SUBJECTS]
    return Deadline.objects.of_government().filter(state=DeadlineState.OPEN, overdue_at__gt=at, content_type__in=types)


def due_soon(*, at: datetime) -> QuerySet[Deadline]:
    """Return those of them that fall due within ``AHEAD`` working days, today included."""
    end = _ends(at)[AHEAD]
    # The time is over soon after the last day: said besides, as the index of what runs is by that.
    return running(at=at).filter(due_at__lt=end, overdue_at__lt=end + OVER_AFTER)


def due_later(*, at: datetime) -> QuerySet[Deadline]:
    """Return those of them that fall due afterwards."""
    return running(at=at).filter(due_at__gte=_ends(at)[AHEAD])


def _ends(at: datetime) -> list[datetime]:
    """Return 24:00 of the day that has no working day left before it, of the one that has one left, and so on."""
    calendar, today = store.load(), local_day(at)
    return [end_of(today), *(end_of(calendar.add_working_days(today, n)) for n in range(1, FARTHEST + 1))]


def _days_left(at: datetime) -> Choose:
    days = [When(due_at__lt=end, then=Value(left)) for left, end in enumerate(_ends(at))]
    return Choose(*days, default=Value(FARTHEST), output_field=IntegerField())


def with_chance(promises: QuerySet[Deadline], *, at: datetime, on: date | None = None) -> QuerySet[Any]:
    """Add ``days_left``, ``chance``, ``baseline`` and the numbers that it came from; null where there is none."""
    found = promises.annotate(days_left=_days_left(at))
    # Of an organ that has none of its own, as it owes its first promise of the kind, that of all organs.
    rate = (
        ForecastRate.objects.filter(Q(organ=OuterRef("organ_id")) | Q(organ__isnull=True))
        .filter(kind=OuterRef("kind"), days_left=OuterRef("days_left"))
        .filter(made_on=Value(on or made_on(), output_field=DateField()))
        .order_by(F("organ").asc(nulls_last=True))
    )
    names = ("chance", "baseline", *_TALLIES)
    return found.annotate(**{name: Subquery(rate.values(name)[:1]) for name in names})


def ranked(promises: QuerySet[Deadline], *, at: datetime) -> QuerySet[Any]:
    """Return promises with their chances, the likeliest to be missed first; those without an estimate last."""
    return with_chance(promises, at=at).order_by(F("chance").desc(nulls_last=True), "due_at", "pk")


def at_risk(question: Asked, organs: Collection[int], *, at: datetime, least: Decimal = RED) -> QuerySet[Any]:
    """Return what falls due within ``AHEAD`` working days and is missed with a chance of at least ``least``."""
    meant = of_question(due_soon(at=at), question, organs)
    return with_chance(meant, at=at).filter(chance__gte=least)


def of_question(promises: QuerySet[Deadline], question: Asked, organs: Collection[int]) -> QuerySet[Deadline]:
    """Keep the promises of these organs and, where a kind, category or channel is asked for, those about such cases."""
    found = promises.filter(organ__in=organs)
    if question.without:
        found = found.exclude(about_cases(question.without))
    wanted = {name: value for name in ("kind", "category", "channel") if (value := getattr(question, name))}
    if not wanted:
        return found
    cases = Case.objects.filter(**wanted)
    of_case = Q(content_type=ContentType.objects.get_for_model(Case), object_id__in=cases.values("pk"))
    parts = Assistance.objects.filter(case__in=cases.values("pk"))
    return found.filter(
        of_case | Q(content_type=ContentType.objects.get_for_model(Assistance), object_id__in=parts.values("pk"))
    )


def kinds_of(organs: Collection[int], user: "User | AnonymousUser") -> list[str]:
    """
    Return the kinds of promises of which something runs at these organs, as far as ``user`` may know of such.

    Kinds about fault cases are there for whoever reads one whole alone, as in ``of_readable``.
    """
    models: Collection[type[Model]] = SUBJECTS
    if not FaultCase.objects.visible_to(user).exists():
        models = [model for model in SUBJECTS if model not in READ_WHOLE]
    labels = {model._meta.label_lower for model in models}
    kinds = [
        each.name
        for each in registry.kinds()
        if each.subject_model.lower() in labels and each.promise != Promise.OWED_BY_CITIZEN
    ]
    key = f"outlook-kinds:{hashlib.sha256(repr((kinds, sorted(organs))).encode()).hexdigest()}"
    found: set[str] | None = cache.get(key)
    if found is None:
        with connection.cursor() as cursor:
            cursor.execute(_KINDS, {"kinds": kinds, "organs": list(organs)})
            found = {row[0] for row in cursor.fetchall()}
        cache.set(key, found, KEPT_KINDS)
    return [name for name in kinds if name in found]


def subjects_of(promises: QuerySet[Any]) -> list[type[Model]]:
    """Return what some promises are about: whoever asks who may know of them asks about nothing else."""
    present = set(promises.order_by().values_list("content_type_id", flat=True).distinct())
    return [model for model in SUBJECTS if ContentType.objects.get_for_model(model).pk in present]


def of_readable(promises: QuerySet[Any], user: "User | AnonymousUser") -> QuerySet[Any]:
    """
    Leave out promises about fault cases for whoever may not read these whole: there is none for them, in no number.

    That a promise is about a fault case says more of it than a header does (docs/trust.md Z-07). Few such run: it is
    asked of these whether the viewer may know of them, not of each promise whether it is one.

    :param promises: promises that run
    """
    hidden = unreadable(user)
    return promises.exclude(pk__in=hidden) if hidden else promises


@dataclass(frozen=True, slots=True)
class Outlook:
    """What falls due within ``AHEAD`` working days: how many, how many of them at risk, and the likeliest to break."""

    count: int
    red: int
    likeliest: tuple[int, ...]


def outlook(question: Asked, organs: Collection[int], user: "User | AnonymousUser", *, at: datetime) -> Outlook:
    """
    Return what the overview tells of the promises of these organs, kept by each process for a minute.

    Promises of one kind, organ and time left have one chance: they are counted together, and only the likeliest looked
    at one by one.
    """
    hidden = unreadable(user)
    asked = repr((question, sorted(organs), hidden, int(at.timestamp()) // KEPT_LATELY)).encode()
    key = f"outlook:{hashlib.sha256(asked).hexdigest()}"
    found: Outlook | None = cache.get(key)
    if found is None:
        found = _outlook(of_question(due_soon(at=at), question, organs).exclude(pk__in=hidden), at)
        cache.set(key, found, KEPT_LATELY)
    return found


def _outlook(due: QuerySet[Deadline], at: datetime) -> Outlook:
    grouped = due.annotate(days_left=_days_left(at)).order_by().values("kind", "organ_id", "days_left")
    inner, params = grouped.annotate(number=Count("pk")).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_GROUPS.format(inner=inner), [*params, made_on()])
        groups = cursor.fetchall()
    red = sum(number for *_of, number, chance in groups if chance is not None and chance >= RED)
    likeliest: list[Any] = []
    together = Q(pk__in=[])
    for kind, organ_id, days_left, number, chance in groups:
        if chance is None or len(likeliest) >= LOOKED_AT:
            break
        likeliest += [chance] * number
        together |= Q(kind=kind, organ_id=organ_id, days_left=days_left)
    rows = ranked(due, at=at).filter(together) if likeliest else due.none()
    return Outlook(sum(group[3] for group in groups), red, tuple(rows.values_list("pk", flat=True)[:LOOKED_AT]))


# --- The record -------------------------------------------------------------------------------------------------------


def record(organs: Collection[int], *, at: datetime) -> Record:
    """
    Return how good the forecasts of the last half year were, for promises of these organs whose outcome is known.

    A promise counts once for each morning on which it was forecast. One statement.
    """
    today = local_day(at)
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, {"since": today - RECORD_OF, "on": today, "organs": list(organs)})
        rows = {row[0]: row[1:] for row in cursor.fetchall()}
    tenths = []
    for number in range(1, 11):
        count, chances, missed, _own, _base = rows.get(number, (0, Decimal(0), 0, 0, 0))
        expected = half_up(Decimal(chances) / count, PLACES) if count else Decimal(0)
        tenths.append(Tenth(Decimal(number - 1) / 10, Decimal(number) / 10, count, expected, missed))
    count = sum(row[0] for row in rows.values())
    mean = {
        index: half_up(sum((Decimal(row[index]) for row in rows.values()), Decimal(0)) / count, PLACES)
        if count
        else None
        for index in (3, 4)
    }
    return Record(count, sum(row[2] for row in rows.values()), mean[3], mean[4], tuple(tenths))
