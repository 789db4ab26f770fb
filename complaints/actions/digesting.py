"""Digests in the morning, once a day: what is due, to each who asked; who looked at complainants, to the auditor."""

from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from complaints import digest, looks
from efficiency.access.models import User
from efficiency.organs.models import Role, Tenure
from efficiency.outbox import actions as outbox
from efficiency.outbox.channels import readers_of_digest
from efficiency.timing import store
from efficiency.timing.due import end_of, local

# The office opens; whoever comes in finds it.
WRITTEN_FROM = time(8, 30)
# What a worker that was away did not write is written when it is back.
LOOKS_OF_DAYS = 7


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


@transaction.atomic
def write_digests_of_looks(*, at: datetime) -> None:
    """
    Tell each auditor, every morning from half past eight on, how many looks there were on the days before.

    Nothing about a day on which nobody looked or tried to. What concerns an auditor is not counted for them
    (docs/trust.md P-04, Z-07). Safe to run twice, and two at once: one message to each auditor and day (D-06).
    """
    today = timezone.localdate(at)
    if local(at).time() < WRITTEN_FROM:
        return
    auditors = Tenure.objects.running(today).filter(post__role=Role.AUDITOR, user__is_active=True)
    readers = User.objects.filter(pk__in=auditors.values("user_id")).order_by("pk")
    for day in looks.days_with_looks(today - timedelta(days=LOOKS_OF_DAYS), today):
        counted = {reader.pk: looks.counts_of_day(reader, day) for reader in readers}
        told = {pk: counts for pk, counts in counted.items() if counts["count"] or counts["refused"]}
        if told:
            outbox.post_each(f"looks:{day.isoformat()}", looks.KIND, told, at=at)
