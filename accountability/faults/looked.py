"""Who looked at names in fault cases, told to the auditors the next morning (docs/trust.md P-04)."""

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from accountability.faults import messages
from accountability.faults.access import looks_of
from accountability.models import FaultLook
from efficiency.access.models import User
from efficiency.organs.models import Role, Tenure
from efficiency.outbox import actions as outbox
from efficiency.outbox.models import Message
from efficiency.timing.zone import local, start_of

WRITTEN_FROM = time(8, 30)
# So many days back, so that a standstill loses none.
DAYS = 7


def of_day(auditor: User, day: date) -> dict[str, int | str]:
    """Return how many looks there were on the local day and by how many people, as the auditor may know it (Z-07)."""
    looks = looks_of(auditor).filter(at__gte=start_of(day), at__lt=start_of(day + timedelta(days=1)))
    by = list(looks.values_list("by_id", flat=True))
    return {"day_on": day.isoformat(), "count": len(by), "people": len(set(by))}


def _event(day: date) -> str:
    return f"fault-looks-of:{day.isoformat()}"


@transaction.atomic
def tell_of_days(*, at: datetime) -> None:
    """
    Tell each auditor, every morning from half past eight on, of the looks of the days before.

    Nothing about a day on which nobody looked. Safe to run twice, and two at once: one message to each auditor and day.
    """
    today = timezone.localdate(at)
    if local(at).time() < WRITTEN_FROM:
        return
    looked = FaultLook.objects.filter(at__gte=start_of(today - timedelta(days=DAYS)), at__lt=start_of(today))
    days = sorted({timezone.localdate(moment) for moment in looked.values_list("at", flat=True).iterator()})
    if not days:
        return
    auditors = Tenure.objects.running(today).filter(post__role=Role.AUDITOR, user__is_active=True)
    readers = User.objects.filter(pk__in=auditors.values("user_id")).order_by("pk")
    events = [_event(day) for day in days]
    told_before = set(Message.objects.filter(event__in=events).values_list("event", "recipient_id"))
    for day in days:
        # This runs every minute of the day: who was told is not counted for again.
        waiting = [reader for reader in readers if (_event(day), reader.pk) not in told_before]
        counted = {reader.pk: of_day(reader, day) for reader in waiting}
        told = {pk: counts for pk, counts in counted.items() if counts["count"]}
        if told:
            outbox.post_each(_event(day), messages.LOOKS_OF_DAY, told, at=at)
