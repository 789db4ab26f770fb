"""What a reception day promises (docs/domain.md 3.5, 11), and who owes it: all of it runs in the one engine."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.translation import pgettext_lazy

from accountability.corrections.deadlines import post_in_charge
from efficiency.deadlines import actions as engine
from efficiency.deadlines import registry
from efficiency.deadlines.models import Deadline, Promise
from efficiency.timing import store
from supervision.models import ReceptionDay
from supervision.reception import dates
from supervision.reception.enums import DayState

ANNOUNCE, RECORD = "reception.announce", "reception.record"
PREFIX = "reception."


class Row(NamedTuple):
    """One row of docs/domain.md 3.5; both are due on a day that the day itself decides."""

    name: str
    label: Lazy
    limit: str


# fmt: off
ROWS = (
    Row(ANNOUNCE, pgettext_lazy("kind of promise", "announcement of a reception day"), "20wd"),
    Row(RECORD,   pgettext_lazy("kind of promise", "records of a reception day"),      "1wd"),
)
# fmt: on
OF_STATE = {DayState.PLANNED: ANNOUNCE, DayState.ANNOUNCED: RECORD}


def register() -> None:
    """Make the kinds known to the engine; called once, when the app is ready."""
    registry.register_moved(PREFIX, refresh_next_due, lock=lock_days)
    for row in ROWS:
        registry.register(
            registry.DeadlineKind(
                name=row.name,
                label=row.label,
                promise=Promise.INTERNAL,
                limits={"": row.limit},
                subject_model=ReceptionDay._meta.label_lower,
            )
        )


def bring_in_line(day: ReceptionDay, /, *, at: datetime, met: Collection[str] = ()) -> None:
    """
    Keep what a step keeps, end what belongs to nobody any more, and open what runs where the day stands now.

    A planned day owes its announcement, two working days before it; an announced one that it is held and written down,
    until the working day after it (D).

    :raises OutsideCalendar: the calendar does not reach far enough
    """
    for kind in met:
        engine.meet(day, kind, at=at)
    wanted = OF_STATE.get(DayState(day.state))
    runs = set(engine.running(day).values_list("kind", flat=True))
    if others := runs - {wanted}:
        engine.cancel(day, others, at=at)
    if wanted is not None and wanted not in runs:
        _open(day, wanted, at=at)
    day.next_due_at = engine.next_due_at(day)


def owe_anew(day: ReceptionDay, /, *, at: datetime) -> None:
    """Let the promise of a planned day follow the day, which has moved."""
    engine.cancel(day, [ANNOUNCE], at=at)
    _open(day, ANNOUNCE, at=at)
    day.next_due_at = engine.next_due_at(day)


def _open(day: ReceptionDay, kind: str, *, at: datetime) -> None:
    calendar = store.hold()
    due = dates.announced_by if kind == ANNOUNCE else dates.recorded_by
    post = day.post or post_in_charge(day.organ, timezone.localdate(at))
    engine.open(day, kind, at=at, organ=day.organ, post=post, fixed_on=due(day.on, calendar=calendar))


def all_of(day: ReceptionDay) -> list[Deadline]:
    """Return all promises about a day, the newest first."""
    rows = engine.of_subject(day).select_related("organ").prefetch_related("suspensions", "extensions")
    return list(rows.order_by("-started_at", "-id"))


def lock_days(promises: QuerySet[Deadline]) -> None:
    """Lock the days of these promises, in the order of their ids, before the promises are counted anew."""
    rows = ReceptionDay.objects.filter(pk__in=promises.order_by().values("object_id")).order_by("pk")
    len(rows.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))


def refresh_next_due(moved: QuerySet[Deadline]) -> None:
    """Set the column of days anew whose promises moved with the calendar, in one statement."""
    subjects, params = moved.order_by().values("object_id").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE supervision_receptionday AS r
               SET next_due_at = (
                   SELECT min(d.due_at) FROM efficiency_deadline AS d
                    WHERE d.content_type_id = %s AND d.object_id = r.id AND d.state = 'open')
             WHERE r.id IN ({subjects})
            """,  # noqa: S608 - the inner statement is Django's own, its values are parameters
            [ContentType.objects.get_for_model(ReceptionDay).pk, *params],
        )
