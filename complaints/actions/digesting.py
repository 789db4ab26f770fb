"""The digest in the morning: what is due today and on the next working day, to each who asked for it, once a day."""

from datetime import datetime, time

from django.db import transaction
from django.utils import timezone

from complaints import digest
from efficiency.outbox import actions as outbox
from efficiency.outbox.channels import readers_of_digest
from efficiency.timing import store
from efficiency.timing.due import end_of, local

# The office opens; whoever comes in finds it.
WRITTEN_FROM = time(8, 30)


@transaction.atomic
def write_digests(*, at: datetime) -> None:
    """
    Write the digest of the day of ``at``, on working days from half past eight on; nothing to whom nothing is due.

    A fixed number of statements whatever the number of people. Safe to run twice, and two at once: one message to each
    person and day (docs/trust.md D-06).

    :raises OutsideCalendar: the calendar does not reach the next working day
    """
    today = timezone.localdate(at)
    calendar = store.load()
    if not calendar.is_working_day(today) or local(at).time() < WRITTEN_FROM:
        return
    due = digest.due_by_person(
        readers_of_digest(),
        at=at,
        today_ends=end_of(today),
        until=end_of(calendar.add_working_days(today, 1)),
    )
    if due:
        outbox.post_each(f"digest:{today.isoformat()}", digest.KIND, due, at=at)
