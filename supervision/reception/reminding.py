"""Whoever has an appointment tomorrow is reminded of it, once, and so are those who receive (docs/domain.md 11)."""

from datetime import datetime, time

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from efficiency.outbox.models import Message
from efficiency.timing.zone import ZONE
from supervision.models import ReceptionBooking, ReceptionDay
from supervision.reception import messages
from supervision.reception.dates import ONE_DAY
from supervision.reception.enums import WAITING, BookingState, DayState

# Not at midnight: from then on in the morning.
FROM = time(9)


@transaction.atomic
def remind(*, at: datetime) -> int:
    """
    Write to everybody who comes tomorrow and gave an address; return how many letters were new.

    From nine in the morning of the day before on. Safe to run twice: an appointment is reminded of once.
    """
    today = timezone.localdate(at)
    if at < datetime.combine(today, FROM, ZONE):
        return 0
    rows = ReceptionBooking.objects.filter(
        state=BookingState.BOOKED, day__state=DayState.ANNOUNCED, day__on=today + ONE_DAY
    )
    told = Message.objects.filter(kind=messages.REMINDED, subject_type=ReceptionBooking._meta.label_lower)
    wanted = rows.exclude(pk__in=told.values("subject_id")).filter(visitor__isnull=False).exclude(visitor__email=b"")
    found = list(wanted.select_related("slot").order_by("pk"))
    for booking in found:
        cause = f"reception-reminder:{booking.pk}:{booking.slot_id}"
        messages.tell_visitor(messages.REMINDED, booking, cause=cause, at=at)
    return len(found)


@transaction.atomic
def remind_receivers(*, at: datetime) -> int:
    """
    Remind those who receive tomorrow, and the clerks who keep the queue; return of how many days they were.

    From nine in the morning of the day before on. Safe to run twice: a day is reminded of once.
    """
    today = timezone.localdate(at)
    if at < datetime.combine(today, FROM, ZONE):
        return 0
    told = Message.objects.filter(kind=messages.TOMORROW, subject_type=ReceptionDay._meta.label_lower)
    days = ReceptionDay.objects.filter(state=DayState.ANNOUNCED, on=today + ONE_DAY)
    days = days.exclude(pk__in=told.values("subject_id")).select_related("organ").order_by("pk")
    found = list(days.annotate(booked=Count("bookings", filter=Q(bookings__state__in=WAITING))))
    for day in found:
        messages.tell_receivers(day, count=day.booked, at=at)
    return len(found)


JOBS = (remind, remind_receivers)
