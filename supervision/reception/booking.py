"""
An appointment is made, and the receipt that survives a lost answer (docs/domain.md 11, docs/trust.md S-09, S-10).

Twenty people who want the same slot at once get one appointment: the day is locked, and the database refuses a second.
"""

from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from efficiency import checks, codes
from efficiency.access import cipher
from efficiency.access.cipher import keyed_hash
from efficiency.access.models import User
from efficiency.access.scope import Seat
from supervision.models import (
    ReceptionBooking,
    ReceptionBookingEvent,
    ReceptionBookingToken,
    ReceptionDay,
    ReceptionSlot,
    ReceptionVisitor,
)
from supervision.reception import appointments, dates, messages, naming
from supervision.reception.appointments import action, once
from supervision.reception.enums import COUNTS_FOR_PERSON, BookingState, DayState
from supervision.reception.messages import Told
from supervision.reception.refusals import Invalid, NotInState, Taken

# What the number of an appointment begins with: 接待.
PREFIX = "JD"
LONGEST_TOPIC = 200


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who comes, as typed; whoever walks in need not leave a number."""

    name: str = field(repr=False)
    phone: str = field(default="", repr=False)
    email: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the visitor gets: ``code`` is None once the receipt may no longer be shown again."""

    booking: ReceptionBooking
    number: str
    code: str | None
    again: bool = False


def book(
    day: ReceptionDay,
    /,
    *,
    slot: int | None,
    visitor: Visitor,
    topic: str,
    case_number: str = "",
    token: str | None = None,
    at: datetime,
) -> Receipt:
    """
    Give a slot to whoever asks first, and return the receipt.

    The same ``token`` books once: sent again, or twice at once, it gives the receipt of the one appointment, with the
    code for thirty minutes. One appointment a person a day, told by the telephone number.

    :raises Taken: somebody else was faster
    :raises Invalid: a field does not do; ``field`` names it
    :raises NotInState: the day cannot be booked, or not any more
    """
    known = receipt_of(token, at=at) if token else None
    if known is not None:
        return known
    try:
        with transaction.atomic():
            _lock(day)
            # Of two that are sent at once the second has waited for the first.
            if token and (known := receipt_of(token, at=at)):
                return known
            if not is_bookable(day, at=at):
                raise NotInState(_("This day can no longer be booked. Please choose another."))
            return _booked(day, slot, visitor, topic, case_number, token, at=at)
    except IntegrityError as failure:
        receipt = receipt_of(token, at=at) if token else None
        if receipt is None:
            raise _refusal(failure) from failure
        return receipt


@transaction.atomic
def walk_in(
    day: ReceptionDay,
    /,
    *,
    by: User,
    seat: Seat,
    slot: int | None,
    visitor: Visitor,
    topic: str,
    case_number: str = "",
    token: str | None = None,
    at: datetime,
) -> Receipt:
    """
    Register somebody who came without an appointment, in a slot that is free; ``receiving`` has asked for the right.

    :raises Taken, Invalid: as ``book``
    """
    if token and (known := receipt_of(token, at=at)):
        return known
    try:
        with transaction.atomic():
            return _booked(day, slot, visitor, topic, case_number, token, by=by, seat=seat, at=at)
    except IntegrityError as failure:
        receipt = receipt_of(token, at=at) if token else None
        if receipt is None:
            raise _refusal(failure) from failure
        return receipt


def _booked(
    day: ReceptionDay,
    slot_id: int | None,
    visitor: Visitor,
    topic: str,
    case_number: str,
    token: str | None,
    *,
    by: User | None = None,
    seat: Seat | None = None,
    at: datetime,
) -> Receipt:
    words = checks.text("topic", topic, _("Please say in one sentence what it is about."), at_most=LONGEST_TOPIC)
    number = _checked_case(case_number)
    sealed = _checked_visitor(visitor, is_phone_needed=by is None)
    if naming.names_person(day.person, words):
        raise Invalid("topic", words_about_receiver())
    slot = day.slots.filter(pk=slot_id).first() if slot_id else None
    if slot is None:
        raise Invalid("slot", _("Please choose a time."))
    if slot.bookings.holding().exists():
        raise Taken
    person = person_hash(day, sealed["phone"]) if sealed["phone"] else None
    if person and day.bookings.filter(person_hash=person, state__in=COUNTS_FOR_PERSON).exists():
        raise _second()
    code = codes.code_of(token or codes.new_token())
    pk = _next_key()
    booking = ReceptionBooking.objects.create(
        pk=pk,
        number=codes.number_for(pk, at, prefix=PREFIX),
        day=day,
        slot=slot,
        topic=words,
        case_number=number,
        named_in=naming.posts_named(day, words, at=at),
        is_walk_in=by is not None,
        state=BookingState.ARRIVED if by else BookingState.BOOKED,
        booked_at=at,
        registered_by=by,
        person_hash=person,
        code_hash=codes.hash_code(code),
    )
    row = messages.row_named(pk)
    ReceptionVisitor.objects.create(
        booking=booking, **{name: cipher.encrypt(value, row=row, field=name) for name, value in sealed.items()}
    )
    event = appointments.steps.first_event(
        booking,
        "walk_in" if by else "book",
        at=at,
        by=by,
        seat=seat,
        actor_kind="staff" if by else "visitor",
    )
    if token:
        ReceptionBookingToken.objects.create(token_hash=codes.hash_token(token), event=event)
    if by is None:
        messages.tell_visitor(messages.BOOKED, booking, cause=f"reception-booking-event:{event.pk}", at=at)
    return Receipt(booking, booking.number, code)


def words_about_receiver() -> str:
    """Return what is said to whoever complains about the very person who receives (docs/trust.md Z-09)."""
    return str(
        _(
            "Nobody receives people about themselves. Please book with the organ above, or file a complaint: it goes "
            "to the efficiency office, and one about a head to the level above."
        )
    )


def receipt_of(token: str, *, at: datetime) -> Receipt | None:
    """Return the receipt of a form that was sent before, as it may be shown at ``at``; None if it was not."""
    made = (
        ReceptionBookingToken.objects.select_related("event__booking__day__organ", "event__booking__slot")
        .filter(token_hash=codes.hash_token(token), event__action__in=("book", "walk_in"))
        .first()
    )
    if made is None:
        return None
    booking = made.event.booking
    code = codes.code_for(token, booking.code_hash) if at - made.event.at <= codes.RECEIPT_AGAIN else None
    return Receipt(booking, booking.number, code, again=True)


def open_tracking(number: str, code: str) -> ReceptionBooking | None:
    """
    Return the appointment that a typed number and a typed code open together, else None.

    An unknown number and a wrong code do the same work and give the same answer (docs/trust.md S-12).
    """
    wanted = codes.normalise_number(number)[:24]
    rows = ReceptionBooking.objects.filter(number=wanted if "\x00" not in wanted else "")
    found = rows.values_list("pk", "code_hash").first()
    if not codes.opens(code, found[1] if found else None) or found is None:
        return None
    return ReceptionBooking.objects.select_related("day__organ", "slot").get(pk=found[0])


@action
@once
def cancel(booking: ReceptionBooking, /, *, at: datetime) -> ReceptionBookingEvent:
    """
    Give the slot back, until 17:30 of the day before.

    :raises NotInState: it is too late, or the appointment has ended
    """
    step = appointments.begin_for_visitor(booking, "cancel", at=at)
    if at >= dates.cancelled_until(booking.day.on):
        raise NotInState(_("It is too late to cancel here. Please call the organ."))
    event = appointments.finish(step)
    messages.tell_staff(messages.CANCELLED, event, (Told.RECEIVERS,))
    return event


# --- What is free ---------------------------------------------------------------------------------------------------


def bookable(*, at: datetime) -> QuerySet[ReceptionDay]:
    """Return the announced days that can be booked at ``at``, the next first."""
    today = timezone.localdate(at)
    rows = ReceptionDay.objects.filter(state=DayState.ANNOUNCED, on__gt=today)
    tomorrow = today + dates.ONE_DAY
    if at >= dates.cancelled_until(tomorrow):
        rows = rows.filter(on__gt=tomorrow)
    return rows.select_related("organ", "post", "person").order_by("on", "organ__position", "organ_id", "pk")


def is_bookable(day: ReceptionDay, *, at: datetime) -> bool:
    """Say whether the day can be booked at ``at``: announced, until 17:30 of the day before (D)."""
    return day.state == DayState.ANNOUNCED and at < dates.cancelled_until(day.on)


def free_slots(day: ReceptionDay) -> QuerySet[ReceptionSlot]:
    """Return the slots of a day that nobody has, in their order."""
    taken = ReceptionBooking.objects.holding().filter(slot=OuterRef("pk"))
    return day.slots.exclude(Exists(taken)).order_by("starts_at")


def person_hash(day: ReceptionDay, phone: str) -> bytes:
    """Return what finds the same person on the same day: nobody can tell the number, nor two days together."""
    return keyed_hash("reception-person", f"{day.pk}:{checks.digits_of(phone)}")


# --- Checks ---------------------------------------------------------------------------------------------------------


def _lock(day: ReceptionDay) -> None:
    """Lock the day and read it anew: whoever cancels it and whoever books it come one after the other."""
    rows = ReceptionDay.objects.select_for_update(of=("self",), no_key=True)
    fresh = rows.select_related("organ", "person").get(pk=day.pk)
    for name in ("state", "on", "person_id", "person"):
        setattr(day, name, getattr(fresh, name))


def _checked_visitor(visitor: Visitor, *, is_phone_needed: bool) -> dict[str, str]:
    found = {
        "name": checks.text("name", visitor.name, _("Please give your name."), at_most=60),
        "phone": checks.phone("phone", visitor.phone),
        "email": checks.email("email", visitor.email),
    }
    if is_phone_needed and not found["phone"]:
        raise Invalid("phone", _("Please give a telephone number: it keeps to one appointment a person a day."))
    return found


def _checked_case(typed: str) -> str:
    number = codes.normalise_number(typed.strip())
    if number and not codes.check_number(number):
        raise Invalid("case_number", _("There is a typing mistake in the number. Please compare it with your receipt."))
    return number


def _second() -> Invalid:
    return Invalid(
        "phone", _("With this telephone number there is an appointment on this day already: one a person a day.")
    )


def _refusal(failure: IntegrityError) -> Exception:
    """Return in words what the database refused; anything else is a fault."""
    if "reception_slot_taken" in str(failure):
        return Taken()
    return _second() if "reception_one_a_day" in str(failure) else failure


def _next_key() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('supervision_receptionbooking', 'id'))")
        return int(cursor.fetchone()[0])
