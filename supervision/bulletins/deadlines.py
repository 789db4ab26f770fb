"""What a bulletin promises (docs/domain.md 12): the day by which it is out; it runs in the one engine."""

from datetime import date, datetime, timedelta

from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.utils.translation import pgettext_lazy

from efficiency import handing_over, succession
from efficiency.deadlines import actions as engine
from efficiency.deadlines import registry, subjects
from efficiency.deadlines.models import Deadline, Promise
from efficiency.deadlines.rules import terms_of
from efficiency.organs.models import Organ, Post, Role, Tenure, TenureKind
from efficiency.timing import store
from efficiency.timing.calendar import OutsideCalendar
from efficiency.timing.due import due_at, local_day
from supervision.bulletins.enums import Span, State
from supervision.bulletins.periods import Period
from supervision.models import Bulletin

PUBLISH = "bulletins.publish"
# Bulletins of quarters and years have more time.
LONGER = "longer"


def register() -> None:
    """Make the kind known to the engine; called once, when the app is ready."""
    handing_over.register(Bulletin, why=handing_over.OF_ORGAN)
    succession.register_staying(Bulletin._meta.label_lower, succession.OF_OFFICE)
    registry.register_moved(PUBLISH, refresh_next_due, lock=lock_bulletins)
    registry.register(
        registry.DeadlineKind(
            name=PUBLISH,
            label=pgettext_lazy("kind of promise", "bulletin of a period published"),
            promise=Promise.INTERNAL,
            limits={"": "5wd", LONGER: "10wd"},
            subject_model=Bulletin._meta.label_lower,
            owed_by="office",
        )
    )


def variant_of(span: str) -> str:
    """Return by which limit a bulletin is promised."""
    return "" if span == Span.MONTH else LONGER


def begins(period: Period) -> datetime:
    """Return when the time of a bulletin begins: the end of its period, so that the first day after it is day 1."""
    return period.cut_off - timedelta(seconds=1)


def bring_in_line(bulletin: Bulletin, /, *, at: datetime) -> None:
    """
    Let the promise run until the bulletin is published, and keep it then.

    :raises OutsideCalendar: the calendar does not reach far enough
    """
    runs = engine.running(bulletin).exists()
    if bulletin.state == State.PUBLISHED and runs:
        engine.meet(bulletin, PUBLISH, at=at)
    elif bulletin.state != State.PUBLISHED and not runs:
        engine.open(
            bulletin,
            PUBLISH,
            at=begins(bulletin.period),
            organ=bulletin.office,
            post=post_in_charge(bulletin.office, local_day(at)),
            variant=variant_of(bulletin.span),
        )
    bulletin.next_due_at = engine.next_due_at(bulletin)


def post_in_charge(office: Organ, on: date) -> Post | None:
    """Return the post that answers for it: that of the head of the office."""
    held = Tenure.objects.running(on).filter(
        kind=TenureKind.HOLDER, user__is_active=True, post__organ=office, post__role=Role.OFFICE_OFFICER
    )
    tenure = held.select_related("post").order_by("-post__is_head", "post__code", "pk").first()
    return tenure.post if tenure else None


def due_day(period: Period) -> date | None:
    """Return the last day on which a bulletin is promised that is not there yet; None beyond the calendar."""
    start = begins(period)
    try:
        limit = terms_of(PUBLISH, variant_of(period.span), on=local_day(start)).limit
        return local_day(due_at(start, limit, calendar=store.load()))
    except OutsideCalendar:
        return None


def all_of(bulletin: Bulletin) -> list[Deadline]:
    """Return all promises about a bulletin, the newest first."""
    return subjects.all_of(bulletin)


def lock_bulletins(promises: QuerySet[Deadline]) -> None:
    """Lock the bulletins of these promises, in the order of their ids, before the promises are counted anew."""
    subjects.lock(Bulletin, promises)


def refresh_next_due(moved: QuerySet[Deadline]) -> None:
    """Set the column of bulletins anew whose promises moved with the calendar; one that is published has none."""
    of_type = ContentType.objects.get_for_model(Bulletin)
    published = Bulletin.objects.filter(state=State.PUBLISHED).values("pk")
    subjects.refresh_next_due(Bulletin, moved.exclude(content_type=of_type, object_id__in=published))
