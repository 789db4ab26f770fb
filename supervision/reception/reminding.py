"""
Whoever has an appointment tomorrow is reminded of it, once, and so are those who receive (docs/domain.md 11).

What could not be sent on the day before, as no worker ran, is sent on the day itself, until its time has come.
"""

from datetime import date, datetime, time

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from efficiency.outbox.models import Message
from efficiency.timing.zone import ZONE
from supervision.models import ReceptionBooking, ReceptionDay
from supervision.reception import messages, singly
from supervision.reception.dates import ONE_DAY
from supervision.reception.enums import WAITING, BookingState, DayState

# Not at midnight: from then on in the morning.
FROM = time(9)


def remind(*, at: datetime) -> int:
    """
    Write to everybody who comes tomorrow and gave an address; return how many letters were new.

    From nine in the morning of the day before on. Safe to run twice: an appointment is reminded of once.

    :raises ExceptionGroup: what failed, once all the others were written to
    """
    rows = ReceptionBooking.objects.filter(
        state=BookingState.BOOKED, day__state=DayState.ANNOUNCED, day__on__in=_days(at), slot__starts_at__gt=at
    )
    told = Message.objects.filter(kind=messages.REMINDED, subject_type=ReceptionBooking._meta.label_lower)
    wanted = rows.exclude(pk__in=told.values("subject_id")).filter(visitor__isnull=False).exclude(visitor__email=b"")
    found = wanted.select_related("slot").order_by("pk")
    return singly.each(found, lambda booking: _remind(booking, at), job="remind")


@transaction.atomic
def _remind(booking: ReceptionBooking, at: datetime) -> int:
    cause = f"reception-reminder:{booking.pk}:{booking.slot_id}"
    messages.tell_visitor(messages.REMINDED, booking, cause=cause, at=at)
    return 1


def remind_receivers(*, at: datetime) -> int:
    """
    Remind those who receive tomorrow, and the clerks who keep the queue; return of how many days they were.

    From nine in the morning of the day before on. Safe to run twice: a day is reminded of once.

    :raises ExceptionGroup: what failed, once all the others were written to
    """
    told = Message.objects.filter(kind=messages.TOMORROW, subject_type=ReceptionDay._meta.label_lower)
    days = ReceptionDay.objects.filter(state=DayState.ANNOUNCED, on__in=_days(at))
    days = days.exclude(pk__in=told.values("subject_id")).select_related("organ").order_by("pk")
    found = list(days.annotate(booked=Count("bookings", filter=Q(bookings__state__in=WAITING))))
    found = [day for day in found if at < datetime.combine(day.on, day.starts, ZONE)]
    return singly.each(found, lambda day: _remind_receivers(day, day.booked, at), job="remind_receivers")


@transaction.atomic
def _remind_receivers(day: ReceptionDay, count: int, at: datetime) -> int:
    messages.tell_receivers(day, count=count, at=at)
    return 1


def _days(at: datetime) -> list[date]:
    """Return of which days reminders are due at ``at``: today, and from nine in the morning on tomorrow."""
    today = timezone.localdate(at)
    return [today] if at < datetime.combine(today, FROM, ZONE) else [today, today + ONE_DAY]


JOBS = (remind, remind_receivers)
