"""What a review sheet promises (docs/domain.md 3.5, 11): its review within fifteen working days (D)."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.utils.translation import pgettext_lazy

from efficiency.access.models import User
from efficiency.deadlines import actions as engine
from efficiency.deadlines import registry, subjects
from efficiency.deadlines.models import Deadline, Promise
from efficiency.organs.models import Organ, Post, Tenure
from efficiency.timing.zone import local_day
from supervision.foresight.sampling.enums import State
from supervision.models import SampleSheet

REVIEW, CONFIRM = "supervision.sample_review", "supervision.sample_confirm"
_RUNS = {State.DRAWN: REVIEW, State.ASSIGNED: REVIEW, State.PROPOSED: CONFIRM}


def register() -> None:
    """Make the kinds known to the engine; called once, when the app is ready."""
    for name, label, limit in (
        (REVIEW, pgettext_lazy("kind of promise", "quality review of a case"), "15wd"),
        (CONFIRM, pgettext_lazy("kind of promise", "second look at a false closing"), "5wd"),
    ):
        registry.register_moved(name, refresh_next_due, lock=lock_sheets)
        registry.register(
            registry.DeadlineKind(
                name=name,
                label=label,
                promise=Promise.INTERNAL,
                limits={"": limit},
                subject_model=SampleSheet._meta.label_lower,
                owed_by="office",
            )
        )


def running_kind(sheet: SampleSheet) -> str | None:
    """Return which promise runs where the sheet stands."""
    return _RUNS.get(State(sheet.state))


def bring_in_line(
    sheet: SampleSheet, /, *, at: datetime, organ: Organ, met: tuple[str, ...] = (), responsible: User | None = None
) -> None:
    """
    Keep what a step keeps, and open what runs where the sheet stands now; a new reviewer takes the promise over.

    :raises OutsideCalendar: the calendar does not reach far enough
    """
    for kind in met:
        engine.meet(sheet, kind, at=at)
    wanted = running_kind(sheet)
    runs = set(engine.running(sheet).values_list("kind", flat=True))
    if others := runs - {wanted}:
        engine.cancel(sheet, others, at=at)
    post = _post_of(responsible, organ, at) if responsible else None
    if wanted and wanted not in runs:
        engine.open(sheet, wanted, at=at, organ=organ, post=post, responsible=responsible)
    elif wanted == REVIEW:  # in its reviewer's hands, or once more in nobody's
        engine.reassign(sheet, [wanted], organ=organ, post=post, responsible=responsible)
    sheet.next_due_at = engine.next_due_at(sheet)


def promise_reviews(sheets: Sequence[SampleSheet], /, *, organ: Organ, at: datetime) -> None:
    """
    Promise the reviews of sheets that were drawn just now: the office owes them until each has its reviewer.

    :raises OutsideCalendar: the calendar does not reach far enough
    """
    engine.open_many(REVIEW, [engine.Owed(sheet, organ, None, None) for sheet in sheets], at=at)
    keys = [sheet.pk for sheet in sheets]
    type_ = ContentType.objects.get_for_model(SampleSheet)
    refresh_next_due(Deadline.objects.filter(content_type=type_, object_id__in=keys, kind=REVIEW))


def _post_of(person: User, organ: Organ, at: datetime) -> Post | None:
    held = Tenure.objects.running(local_day(at)).filter(user=person, post__organ=organ).select_related("post")
    found = held.order_by("post__code", "pk").first()
    return found.post if found else None


def all_of(sheet: SampleSheet) -> list[Deadline]:
    """Return all promises about a sheet, the newest first."""
    return subjects.all_of(sheet)


def lock_sheets(promises: QuerySet[Deadline]) -> None:
    """Lock the sheets of these promises, in the order of their ids, before the promises are counted anew."""
    subjects.lock(SampleSheet, promises)


def refresh_next_due(moved: QuerySet[Deadline]) -> None:
    """Set the column of sheets anew whose promises moved with the calendar, in one statement."""
    subjects.refresh_next_due(SampleSheet, moved)
