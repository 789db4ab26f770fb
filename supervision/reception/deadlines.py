"""What a reception day promises (docs/domain.md 3.5, 11), and who owes it: all of it runs in the one engine."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.translation import pgettext_lazy

from accountability.corrections.deadlines import post_in_charge
from efficiency import handing_over, succession
from efficiency.deadlines import actions as engine
from efficiency.deadlines import registry, subjects
from efficiency.deadlines.models import Deadline, Promise
from efficiency.organs.models import Tenure, TenureKind
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
    handing_over.register(ReceptionDay, named=received_by, given_by="organ_id")
    succession.register_staying(ReceptionDay._meta.label_lower, succession.OF_ORGAN_ALONE)
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


def received_by(accounts: Collection[int]) -> QuerySet[ReceptionDay]:
    """
    Return the announced days on which one of these accounts was to receive, and nobody follows on the post.

    Where somebody does, the day names them by itself (``planning``).
    """
    running = Tenure.objects.running(timezone.localdate()).filter(kind=TenureKind.HOLDER, user__is_active=True)
    followed = running.filter(post=OuterRef("post")).exclude(user__in=accounts)
    return ReceptionDay.objects.filter(~Exists(followed), state=DayState.ANNOUNCED, person__in=accounts)


def all_of(day: ReceptionDay) -> list[Deadline]:
    """Return all promises about a day, the newest first."""
    return subjects.all_of(day)


def lock_days(promises: QuerySet[Deadline]) -> None:
    """Lock the days of these promises, in the order of their ids, before the promises are counted anew."""
    subjects.lock(ReceptionDay, promises)


def refresh_next_due(moved: QuerySet[Deadline]) -> None:
    """Set the column of days anew whose promises moved with the calendar, in one statement."""
    subjects.refresh_next_due(ReceptionDay, moved)
