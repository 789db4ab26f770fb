"""
When the calendar changes, open promises are counted anew, and nothing that has ended (docs/domain.md 3.1 rule 13, T16).

One statement for all promises with nothing but a limit in days, months or years, from the SQL twins of the arithmetic;
those with suspensions, extensions or hours go through the pure functions in batches. Only rows that come out different
are written, so it is safe to run twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Case, DateTimeField, Exists, F, OuterRef, Q, QuerySet, When
from django.utils.translation import gettext_lazy as _

from efficiency.deadlines import moments, registry
from efficiency.deadlines.messages import promise_label
from efficiency.deadlines.models import (
    Cause,
    Deadline,
    DeadlineState,
    DueDateChange,
    Escalation,
    Extension,
    Suspension,
)
from efficiency.outbox import registry as subjects
from efficiency.timing import registry as calendar_registry
from efficiency.timing import sql, store
from efficiency.timing.calendar import WorkCalendar
from efficiency.timing.due import start_of

BATCH = 2000
# So many promises are shown as examples before a year is confirmed.
EXAMPLES = 50


@dataclass(frozen=True, slots=True)
class MovedPromise:
    """A promise that a change of the calendar moves, as the preview shows it."""

    promise: str
    number: str
    due_before: datetime
    due_after: datetime

    def __str__(self) -> str:
        return f"{self.number} {self.promise}"


_MOMENTS = ("warn_at", "due_at", "overdue_at", "red_at", "fourth_at", "provisional")

# The rest of a statement whose CTE ``reckoned`` has an id and all moments: rows that come out different get them, look
# at the next of them that they have not passed, and leave a note where the due date moved.
_WRITE = f"""
moved AS (
    UPDATE efficiency_deadline AS d
       SET {", ".join(f"{column} = r.{column}" for column in _MOMENTS)},
           moved_at = %(at)s,
           next_check_at = CASE
               WHEN d.next_check_at IS NULL THEN NULL
               -- the reminder of own time lies ahead still, or there is none
               WHEN d.promise = 'owed_by_citizen' AND d.next_check_at < d.overdue_at THEN r.warn_at
               WHEN d.promise = 'owed_by_citizen' THEN r.overdue_at
               WHEN d.level = 0 THEN r.warn_at
               WHEN d.level = 1 THEN r.overdue_at
               WHEN d.level = 2 THEN r.red_at
               WHEN d.level = 3 THEN r.fourth_at
           END
      FROM reckoned AS r
     WHERE d.id = r.id AND d.state = 'open'
       AND ({", ".join(f"d.{column}" for column in _MOMENTS)})
           IS DISTINCT FROM ({", ".join(f"r.{column}" for column in _MOMENTS)})
    RETURNING d.id, d.due_at
)
INSERT INTO efficiency_duedatechange (deadline_id, cause, changed_at, due_before, due_after)
SELECT moved.id, 'calendar', %(at)s, before.due_at, moved.due_at  -- ``before`` is read as it was before this statement
  FROM moved JOIN efficiency_deadline AS before USING (id)
 WHERE before.due_at <> moved.due_at
"""  # noqa: S608 - put together from our own constants

# What a letter fixed stays: the working days until its day are counted anew, of promises that stand still as well.
# The twin of ``moments.limit_until``.
RECOUNT_FIXED = """
UPDATE efficiency_deadline AS d
   SET limit_number = greatest(0, efficiency_working_days_between(
           (d.started_at AT TIME ZONE 'Asia/Shanghai')::date, d.fixed_on))
 WHERE d.fixed_on >= %(first_date)s AND d.state IN ('open', 'suspended')
"""

# Promises that the change can reach: with a moment on or after the first day that became another one.
RECOUNT_PLAIN = f"""
WITH promises AS (
    SELECT id, started_at, limit_number AS number, limit_unit AS unit, red_after AS red, fourth_after AS fourth
      FROM efficiency_deadline AS d
     WHERE state = 'open' AND fourth_at >= %(first_moment)s
       AND limit_unit IN ('wd', 'd', 'm', 'y') AND suspended_days = 0 AND extension_count = 0
       AND NOT EXISTS (SELECT FROM efficiency_suspension AS s WHERE s.deadline_id = d.id)
), reckoned AS (
{sql.RECKONED.format(promises="promises")}
), {_WRITE}
"""  # noqa: S608 - put together from our own constants

WRITE_GIVEN = f"""
WITH reckoned AS (
    SELECT * FROM unnest(
        %(ids)s::bigint[], %(warn_at)s::timestamptz[], %(due_at)s::timestamptz[], %(overdue_at)s::timestamptz[],
        %(red_at)s::timestamptz[], %(fourth_at)s::timestamptz[], %(provisional)s::boolean[]
    ) AS given (id, {", ".join(_MOMENTS)})
), {_WRITE}
"""  # noqa: S608 - put together from our own constants


def recount(first_date: date, at: datetime) -> None:
    """
    Count open promises anew after days from ``first_date`` on have changed; runs in the transaction of the change.

    Suspended promises have no due date; they are counted when they run again. What the promises are about is locked
    first, and afterwards those who follow moving due dates are told (``registry.register_moved``).
    """
    first_moment = start_of(first_date)
    within_reach = Deadline.objects.filter(state=DeadlineState.OPEN, fourth_at__gte=first_moment)
    for follower in registry.followers():
        if follower.lock is not None:
            follower.lock(within_reach.filter(kind__startswith=follower.prefix))
    with connection.cursor() as cursor:
        cursor.execute(RECOUNT_FIXED, {"first_date": first_date})
        cursor.execute(RECOUNT_PLAIN, {"first_moment": first_moment, "at": at})
    calendar = store.load()
    for batch in _others(first_moment):
        _recount_batch(batch, calendar, at)
    changes = DueDateChange.objects.filter(deadline=OuterRef("pk"), cause=Cause.CALENDAR, changed_at=at)
    for follower in registry.followers():
        follower.moved(Deadline.objects.filter(Exists(changes), kind__startswith=follower.prefix))


def preview(first_date: date, at: datetime) -> calendar_registry.Effect:
    """Return how many promises a proposed calendar moves, with examples; the transaction around it is rolled back."""
    recount(first_date, at)
    changes = DueDateChange.objects.filter(cause=Cause.CALENDAR, changed_at=at)
    rows = list(
        changes.order_by("due_before", "id").values_list(
            "deadline__kind", "deadline__content_type", "deadline__object_id", "due_before", "due_after"
        )[:EXAMPLES]
    )
    numbers = _numbers({(type_id, object_id) for _kind, type_id, object_id, *_ in rows})
    return calendar_registry.Effect(
        label=str(_("open promises whose due date moves")),
        moved=changes.count(),
        examples=tuple(
            MovedPromise(promise_label(kind), numbers.get((type_id, object_id), ""), before, after)
            for kind, type_id, object_id, before, after in rows
        ),
    )


def no_longer_due() -> QuerySet[Escalation]:
    """
    Return the escalations that were found before the calendar moved their threshold behind that moment.

    They stay in the ledger; what was issued because of them is put before the office (docs/domain.md 3.1 rule 13).
    """
    threshold = Case(
        When(level=1, then=F("deadline__warn_at")),
        When(level=2, then=F("deadline__overdue_at")),
        When(level=3, then=F("deadline__red_at")),
        default=F("deadline__fourth_at"),
        output_field=DateTimeField(),
    )
    moved_afterwards = DueDateChange.objects.filter(
        deadline=OuterRef("deadline"), cause=Cause.CALENDAR, changed_at__gte=OuterRef("found_at")
    )
    return (
        Escalation.objects.alias(threshold=threshold)
        .filter(Exists(moved_afterwards), threshold__gt=F("found_at"))
        .order_by("-passed_at", "-id")
    )


def register() -> None:
    """Follow the calendar; called once Django is ready."""
    calendar_registry.on_change(recount)
    calendar_registry.on_preview(preview)


def _others(first_moment: datetime) -> Iterator[list[Deadline]]:
    """Yield, in batches, the open promises within reach that one statement cannot count."""
    has_suspension = Exists(Suspension.objects.filter(deadline=OuterRef("pk")))
    others = Deadline.objects.filter(
        Q(limit_unit__in=["h", "wh"]) | Q(extension_count__gt=0) | has_suspension,
        state=DeadlineState.OPEN,
        fourth_at__gte=first_moment,
    )
    last_id = 0
    while batch := list(others.filter(pk__gt=last_id).order_by("pk")[:BATCH]):
        yield batch
        last_id = batch[-1].pk


def _recount_batch(batch: list[Deadline], calendar: WorkCalendar, at: datetime) -> None:
    suspensions, extensions = spans_of(batch)
    reckoned = [
        moments.moments_of(
            deadline,
            calendar=calendar,
            suspensions=suspensions.get(deadline.pk, []),
            extensions=extensions.get(deadline.pk, []),
        )
        for deadline in batch
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            WRITE_GIVEN,
            {
                "at": at,
                "ids": [deadline.pk for deadline in batch],
                **{column: [getattr(each, column) for each in reckoned] for column in _MOMENTS},
            },
        )
    for deadline in batch:
        days = moments.days_not_counted(suspensions.get(deadline.pk, []), unit=deadline.limit_unit, calendar=calendar)
        if days != deadline.suspended_days:  # rare: a suspended day became one that is not worked, or is now
            Deadline.objects.filter(pk=deadline.pk).update(suspended_days=days)


def spans_of(batch: list[Deadline]) -> tuple[dict[int, list[Suspension]], dict[int, list[Extension]]]:
    """Return suspensions and extensions of promises, by promise and in the order in which they came."""
    ids = [deadline.pk for deadline in batch]
    suspensions: dict[int, list[Suspension]] = {}
    for suspension in Suspension.objects.filter(deadline__in=ids).order_by("started_at", "id"):
        suspensions.setdefault(suspension.deadline_id, []).append(suspension)
    extensions: dict[int, list[Extension]] = {}
    for extension in Extension.objects.filter(deadline__in=ids).order_by("granted_at", "id"):
        extensions.setdefault(extension.deadline_id, []).append(extension)
    return suspensions, extensions


def _numbers(wanted: set[tuple[int, int]]) -> dict[tuple[int, int], str]:
    """Return how subjects are called, asked once for each type."""
    numbers: dict[tuple[int, int], str] = {}
    for type_id in {type_id for type_id, _object_id in wanted}:
        content_type = ContentType.objects.get_for_id(type_id)
        subject = subjects.subject(f"{content_type.app_label}.{content_type.model}")
        if subject is not None:
            labels = subject.label({object_id for each, object_id in wanted if each == type_id})
            numbers.update({(type_id, pk): number for pk, (number, _path) in labels.items()})
    return numbers
