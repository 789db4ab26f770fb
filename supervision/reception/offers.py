"""What the pages of days and appointments offer: which steps, and why one cannot be taken now."""

from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from efficiency.access.scope import scope_of
from efficiency.organs.models import Role
from efficiency.steps.offers import Offer
from supervision.models import ReceptionBooking, ReceptionDay
from supervision.reception import appointments, receiving, workflow
from supervision.reception.access import OF_ORGAN
from supervision.reception.enums import DayState


def of_day(day: ReceptionDay, user: User, *, at: datetime) -> list[Offer]:
    """Return the steps with a day that are the person's, those that are impossible now as well."""
    found = []
    for row in workflow.TABLE:
        if not workflow.steps.seats_that_may(user, row, day) or not workflow.steps.is_there(row, day):
            continue
        if row.action in ("give_leave", "refuse_leave") and not day.waits_for_leave:
            continue
        if row.action == "ask_leave" and day.leave_asked_by_id is not None:
            continue
        found.append(Offer(row.action, row.label, _why_not(row.action, day, user, at)))
    return found


def _why_not(action: str, day: ReceptionDay, user: User, at: datetime) -> str:
    today = timezone.localdate(at)
    if action == "announce" and day.on <= today:
        return _("The day has come: it can no longer be announced.")
    if action == "announce" and day.waits_for_leave:
        return _("Leave for a deputy was asked for and is not decided on yet.")
    if action in ("give_leave", "refuse_leave") and day.leave_asked_by and is_same_person(user, day.leave_asked_by):
        return _("Whoever asked for leave does not give it.")
    if action == "hold" and day.on > today:
        return _("The day is still to come.")
    if action == "hold" and day.bookings.waiting().exists():
        return _("Some appointments have not ended: please write down what was said, or who did not come.")
    if action == "cancel" and day.bookings.filter(record__isnull=False).exists():
        return _("Somebody was received on this day: please close it.")
    return ""


def of_booking(booking: ReceptionBooking, user: User, *, at: datetime) -> list[Offer]:
    """Return the steps with an appointment that are the person's."""
    found = []
    for row in appointments.TABLE:
        if appointments.steps.is_there(row, booking) and appointments.steps.seats_that_may(user, row, booking):
            found.append(Offer(row.action, row.label, _why_not_booking(row.action, booking, user, at)))
    return found


def _why_not_booking(action: str, booking: ReceptionBooking, user: User, at: datetime) -> str:
    today = timezone.localdate(at)
    if booking.day.on > today:
        return _("The day is still to come.")
    if action in ("arrive", "call_in") and booking.day.on != today:
        return _("The day is not today.")
    if action == "miss" and at < booking.slot.starts_at:
        return _("The time of this appointment has not come yet.")
    return receiving.why_not_pass_up(booking, user) if action == "pass_up" else ""


def waiting_for(user: User, *, at: datetime) -> QuerySet[ReceptionDay]:
    """Return the days whose next step is the person's: to announce, to decide on leave, to close."""
    scope, today = scope_of(user), timezone.localdate(at)
    own = [seat.organ_id for seat in scope.seats_as(*OF_ORGAN)]
    above = {pk for seat in scope.seats_as(Role.ORGAN_LEADER) for pk in seat.organ_ids if pk != seat.organ_id}
    above |= {pk for seat in scope.seats_as(Role.OFFICE_OFFICER) if seat.is_head for pk in seat.organ_ids}
    leave = Q(leave_asked_by__isnull=False, leave_given_by__isnull=True, organ_id__in=above)
    leave &= Q(state__in=(DayState.PLANNED, DayState.ANNOUNCED)) & ~Q(leave_asked_by_id__in=scope.account_ids)
    to_announce = Q(state=DayState.PLANNED, on__gt=today)
    to_close = Q(state=DayState.ANNOUNCED, on__lte=today)
    return ReceptionDay.objects.visible_to(user).filter((Q(organ_id__in=own) & (to_announce | to_close)) | leave)
