"""
Who is told of a reception day and of an appointment.

A message names it by number, or by organ and day, and holds no text and no person (docs/trust.md Z-15).
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from efficiency.access import cipher
from efficiency.access.models import User
from efficiency.organs import offices
from efficiency.organs.models import OrganKind, Role, Tenure
from efficiency.outbox import actions as outbox
from efficiency.outbox import registry
from efficiency.outbox.models import MessageGroup
from supervision.models import (
    ReceptionBooking,
    ReceptionBookingEvent,
    ReceptionDay,
    ReceptionDayEvent,
    ReceptionVisitor,
)

VISITOR = "supervision.reception-visitor"
TRACK = "/reception/track/"
BOOKED, REMINDED = "reception.booked", "reception.reminder"
CALLED_OFF, MOVED, CANCELLED = "reception.called_off", "reception.person_changed", "reception.cancelled_by_visitor"
PASSED_UP, MANY = "reception.passed_up", "reception.many_looks"
TOMORROW, TO_CALL = "reception.tomorrow", "reception.to_call"


class Told(Enum):
    """Who may be told of a step with a day."""

    LEADERS = "leaders"  # of the organ, of an office its head
    RECEIVERS = "receivers"  # the clerks there besides, and whoever is announced to receive
    OFFICE = "office"  # in charge of the organ
    SUPERIORS = "superiors"  # whoever may give leave
    ASKER = "asker"  # whoever asked for leave


# fmt: off
KINDS = (
    ("reception.plan", _("Reception day to be announced: %(number)s"),
     _("A reception day is planned and has to be announced at least two working days before it: %(number)s."),
     MessageGroup.WORK),
    ("reception.move", _("Reception day moved: %(number)s"),
     _("With the working calendar a planned reception day has moved: %(number)s."), MessageGroup.PROGRESS),
    ("reception.renew", _("Somebody else receives: %(number)s"),
     _("The post that receives has a new holder, who stands on the announcement now: %(number)s."),
     MessageGroup.PROGRESS),
    ("reception.announce", _("Reception day announced: %(number)s"),
     _("A reception day was announced and can be booked: %(number)s."), MessageGroup.PROGRESS),
    ("reception.ask_leave", _("Leave for a deputy is asked for: %(number)s"),
     _("The head cannot receive in person. Leave for a deputy waits for your decision: %(number)s."),
     MessageGroup.DECISION),
    ("reception.give_leave", _("Leave for a deputy was given: %(number)s"),
     _("A deputy may receive on this day: %(number)s."), MessageGroup.PROGRESS),
    ("reception.refuse_leave", _("Leave for a deputy was refused: %(number)s"),
     _("The head receives in person on this day: %(number)s."), MessageGroup.PROGRESS),
    ("reception.cancel", _("Reception day cancelled: %(number)s"),
     _("A reception day was cancelled: %(number)s. The reason stands on its page."), MessageGroup.ESCALATION),
    ("reception.hold", _("Reception day held: %(number)s"),
     _("A reception day was held and is recorded: %(number)s."), MessageGroup.PROGRESS),
    (TOMORROW, _("Reception day to come: %(number)s"),
     _("The next reception day: %(number)s. Appointments so far: %(count)s. The list stands on its page."),
     MessageGroup.WORK),
    (TO_CALL, _("Visitors to be told by telephone: %(number)s"),
     _("Something changed at a reception day, and %(count)s visitors with an appointment gave no e-mail address: "
       "%(number)s. Please tell them by telephone; the list on its page says who they are."), MessageGroup.WORK),
    (PASSED_UP, _("A visitor complains about whoever receives: %(number)s"),
     _("A visitor complains about whoever receives there. It was passed to the efficiency office: %(number)s."),
     MessageGroup.CITIZEN),
    (CANCELLED, _("Appointment %(number)s was cancelled"),
     _("The visitor has cancelled appointment %(number)s. Its slot is free again."), MessageGroup.CITIZEN),
    (MANY, _("Many visitors were looked at"),
     _("One member of staff has looked at more than %(count)s visitors of reception days on %(day_on)s."),
     MessageGroup.ESCALATION),
    (BOOKED, _("Your appointment %(number)s"),
     _("Your appointment has the number %(number)s, on %(begins_at)s. You can cancel it with number and code until "
       "half past five in the afternoon of the day before."), MessageGroup.PROGRESS),
    (REMINDED, _("To come: your appointment %(number)s"),
     _("We expect you on %(begins_at)s, appointment %(number)s. Please bring your receipt or know its number."),
     MessageGroup.PROGRESS),
    (CALLED_OFF, _("Your appointment %(number)s cannot take place"),
     _("We are sorry: the reception of appointment %(number)s was cancelled. Please choose another day on the page of "
       "reception days, or file what you want to say there and then."), MessageGroup.PROGRESS),
    (MOVED, _("Somebody else receives: appointment %(number)s"),
     _("At appointment %(number)s somebody else receives you. You find who it is on the page of the reception day."),
     MessageGroup.PROGRESS),
)
# fmt: on


def register() -> None:
    """Make texts, subjects and addresses known to the outbox; called once, when the app is ready."""
    for name, subject, body, group in KINDS:
        registry.register_kind(name, subject, body, group=group)
    registry.register_subject(ReceptionDay, labels_of_days, may_know_days)
    registry.register_subject(ReceptionBooking, labels_of, may_know, public=public_labels_of)
    registry.register_address(VISITOR, addresses_of)


def tell(event: ReceptionDayEvent, told: Iterable[Told]) -> None:
    """Write the messages that a step with a day calls for, with it; nobody is told of their own act."""
    on = timezone.localdate(event.at)
    found = dict.fromkeys(pk for audience in told for pk in people_of(event.day, audience, on))
    to = [pk for pk in found if pk != event.actor_id]
    if to:
        cause = f"reception-day-event:{event.pk}"
        outbox.post(cause, f"reception.{event.action}", to=to, subject=event.day, at=event.at)


def tell_visitors(kind: str, event: ReceptionDayEvent, bookings: Iterable[ReceptionBooking], /) -> None:
    """Let everybody who has an appointment hear of a change: by a letter, or by staff, who are asked to call them."""
    without = 0
    for booking in bookings:
        cause = f"reception-day-event:{event.pk}:{booking.pk}"
        without += not tell_visitor(kind, booking, cause=cause, at=event.at)
    if without:
        to = people_of(event.day, Told.RECEIVERS, timezone.localdate(event.at))
        cause = f"reception-day-event:{event.pk}:call"
        outbox.post(cause, TO_CALL, to=to, subject=event.day, values={"count": without}, at=event.at)


def tell_visitor(kind: str, booking: ReceptionBooking, /, *, cause: str, at: datetime) -> bool:
    """Write to a visitor who gave an address, and say whether they did; the letter holds number and moment alone."""
    has_address = ReceptionVisitor.objects.filter(booking=booking).exclude(email=b"").exists()
    if has_address:
        values: dict[str, Any] = {"begins_at": booking.slot.starts_at.isoformat()} if kind in (BOOKED, REMINDED) else {}
        outbox.post(cause, kind, refs=[f"{VISITOR}:{booking.pk}"], subject=booking, values=values, at=at)
    return has_address


def tell_receivers(day: ReceptionDay, /, *, count: int, at: datetime) -> None:
    """Remind whoever receives tomorrow, and who keeps the queue, with how many have an appointment so far."""
    to = people_of(day, Told.RECEIVERS, day.on)
    cause = f"reception-tomorrow:{day.pk}:{day.on.isoformat()}"
    outbox.post(cause, TOMORROW, to=to, subject=day, values={"count": count}, at=at)


def tell_staff(kind: str, event: ReceptionBookingEvent, told: Iterable[Told], /) -> None:
    """Write to staff what happened with an appointment."""
    on = timezone.localdate(event.at)
    found = dict.fromkeys(pk for audience in told for pk in people_of(event.booking.day, audience, on))
    if to := [pk for pk in found if pk != event.actor_id]:
        outbox.post(f"reception-booking-event:{event.pk}", kind, to=to, subject=event.booking, at=event.at)


def people_of(day: ReceptionDay, audience: Told, on: date) -> list[int]:
    """Return whom a step concerns, by the posts that are held on the day."""
    leads = Q(post__role=Role.ORGAN_LEADER)
    if day.organ.kind == OrganKind.EFFICIENCY_OFFICE:
        leads |= Q(post__is_head=True)
    match audience:
        case Told.LEADERS:
            return _holders(day.organ_id, leads, on)
        case Told.RECEIVERS:
            found = _holders(day.organ_id, leads | Q(post__role=Role.CLERK), on)
            return found if day.person_id is None or day.person_id in found else [*found, day.person_id]
        case Told.OFFICE:
            office = offices.in_charge_of(day.organ)
            return _holders(office.pk, Q(post__role=Role.OFFICE_OFFICER), on) if office else []
        case Told.SUPERIORS:
            above = _holders(day.organ.parent_id, Q(post__role=Role.ORGAN_LEADER), on) if day.organ.parent_id else []
            office = offices.in_charge_of(day.organ)
            heads = Q(post__role=Role.OFFICE_OFFICER, post__is_head=True)
            return above + (_holders(office.pk, heads, on) if office and office.pk != day.organ_id else [])
        case Told.ASKER:
            return [day.leave_asked_by_id] if day.leave_asked_by_id else []


def _holders(organ_id: int, which: Q, on: date) -> list[int]:
    held = Tenure.objects.running(on).filter(which, post__organ_id=organ_id, user__is_active=True)
    return sorted(set(held.values_list("user_id", flat=True)))


# --- What the outbox asks -------------------------------------------------------------------------------------------


def labels_of_days(ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    """Return organ and day, and the page for staff, of each reception day."""
    return {
        row.pk: (row.named, reverse("admin:supervision_receptionday_change", args=[row.pk]))
        for row in ReceptionDay.objects.filter(pk__in=ids).select_related("organ")
    }


def labels_of(ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    """Return number and page for staff of each appointment."""
    return {
        pk: (number, reverse("admin:supervision_receptionbooking_change", args=[pk]))
        for pk, number in ReceptionBooking.objects.filter(pk__in=ids).values_list("pk", "number")
    }


def public_labels_of(ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    """Return number and address for the visitor; the address opens nothing without the code."""
    rows = ReceptionBooking.objects.filter(pk__in=ids).values_list("pk", "number")
    return {pk: (number, TRACK) for pk, number in rows}


def may_know_days(user_ids: Collection[int], ids: Collection[int]) -> set[tuple[int, int]]:
    """Return the pairs (user, day) in which the person may know of the day at this moment (Z-15)."""
    known: set[tuple[int, int]] = set()
    for user in User.objects.filter(pk__in=user_ids, is_active=True):
        rows = ReceptionDay.objects.filter(pk__in=ids).visible_to(user)
        known.update((user.pk, pk) for pk in rows.values_list("pk", flat=True))
    return known


def may_know(user_ids: Collection[int], ids: Collection[int]) -> set[tuple[int, int]]:
    """Return the pairs (user, appointment) in which the person may know of it at this moment (Z-15)."""
    known: set[tuple[int, int]] = set()
    for user in User.objects.filter(pk__in=user_ids, is_active=True):
        rows = ReceptionBooking.objects.filter(pk__in=ids).visible_to(user)
        known.update((user.pk, pk) for pk in rows.values_list("pk", flat=True))
    return known


def addresses_of(ids: Collection[int]) -> dict[int, str]:
    """Return the e-mail addresses of visitors, by appointment; who was forgotten has none."""
    rows = ReceptionVisitor.objects.filter(booking_id__in=ids).exclude(email=b"")
    return {row.booking_id: cipher.decrypt(row.email, row=row_named(row.booking_id), field="email") for row in rows}


def row_named(booking_id: int) -> str:
    """Return the name under which the visitor of an appointment is sealed (docs/trust.md P-01)."""
    return f"supervision.reception-visitor:{booking_id}"
