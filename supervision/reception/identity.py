"""Who comes: one appointment at a time, for a reason that is written down first (docs/trust.md P-01 to P-06)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from efficiency import checks
from efficiency.access import cipher
from efficiency.access.masks import Personal, mask
from efficiency.access.may import Cell, seats_for
from efficiency.access.models import User
from efficiency.access.scope import Seat
from efficiency.audit.records import record
from efficiency.organs.models import Role, Tenure
from efficiency.outbox import actions as outbox
from efficiency.timing.limits import add_months
from efficiency.timing.zone import start_of
from supervision.models import ReceptionBooking, ReceptionLook, ReceptionVisitor
from supervision.reception import appointments
from supervision.reception.access import FIELDS
from supervision.reception.appointments import action
from supervision.reception.enums import LookReason
from supervision.reception.messages import MANY, row_named
from supervision.reception.refusals import NoBooking, NotAllowed

# So long after the end it may still be needed who came; afterwards it stays sealed until it is erased (P-10).
YEARS = 2
# More looks than this by one person on one day are pointed out to the auditors.
MANY_LOOKS = 20


@dataclass(frozen=True, slots=True)
class Identity:
    """Name and contact of a visitor, in the clear or masked."""

    name: str = field(repr=False)
    phone: str = field(repr=False)
    email: str = field(repr=False)


NOBODY = Identity("", "", "")


@action
def reveal(booking: ReceptionBooking, /, *, by: User, at: datetime, category: str, reason: str) -> Identity:
    """
    Return who comes, after appointment, person, moment and reason are on record; no record, no reveal.

    :raises Invalid: no category, or no reason in words
    :raises NoBooking: for ``by`` there is no such appointment
    :raises NotAllowed: ``by`` may not, or the time has run out
    """
    appointments.steps.lock(booking)
    if not seats_for(by, "reception.read", booking, fresh=True):
        raise NoBooking
    seats = seats_that_may_look(booking, by)
    row = ReceptionVisitor.objects.filter(booking=booking).first()
    if not seats:
        raise NotAllowed
    if row is None or is_past(booking, at):
        raise NotAllowed(_("Its time has run out: who came is erased, or stays sealed until it is."))
    ground = checks.choice("category", category, LookReason, _("Please choose what it is needed for."))
    words = checks.text("reason", reason, _("Please say in words what it is needed for."), at_most=1000)
    ReceptionLook.objects.create(
        booking=booking, by=by, organ_id=seats[0].organ_id, at=at, category=ground, reason=words
    )
    record("receptionbooking.reveal", actor=by, obj=booking, detail={"category": ground.value}, at=at)
    _point_out_many(by, at)
    return opened(row)


def _point_out_many(by: User, at: datetime) -> None:
    """Tell the auditors, once a day, of whoever looked at more visitors than ``MANY_LOOKS``."""
    day = timezone.localdate(at)
    since = start_of(day)
    if ReceptionLook.objects.filter(by=by, at__gte=since, at__lt=since + timedelta(days=1)).count() <= MANY_LOOKS:
        return
    auditors = Tenure.objects.running(day).filter(post__role=Role.AUDITOR, user__is_active=True)
    outbox.post(
        f"reception-looks:{by.pk}:{day.isoformat()}",
        MANY,
        to=list(auditors.order_by("user_id").values_list("user_id", flat=True).distinct()),
        values={"count": MANY_LOOKS, "day_on": day.isoformat()},
        at=at,
    )


def seats_that_may_look(booking: ReceptionBooking, user: User) -> list[Seat]:
    """Return the seats from which somebody may learn who comes."""
    return [seat for seat, cell in seats_for(user, "reception.reveal", booking) if cell is Cell.REASON]


def masked(booking: ReceptionBooking) -> Identity | None:
    """Return what may stand on a page without a reveal; None once erased."""
    row = getattr(booking, "visitor", None)
    if row is None:
        return None
    found = opened(row)
    return Identity(
        name=mask(Personal.NAME, found.name),
        phone=mask(Personal.PHONE, found.phone),
        email=mask(Personal.EMAIL, found.email),
    )


def opened(row: ReceptionVisitor) -> Identity:
    """Return an identity in the clear, for an action that has the right to it."""
    bound = row_named(row.booking_id)
    return Identity(**{name: cipher.decrypt(getattr(row, name), row=bound, field=name) for name in FIELDS})


def is_past(booking: ReceptionBooking, at: datetime) -> bool:
    """Say whether who came stays sealed for everybody: two years after the end."""
    ended_on = timezone.localdate(booking.ended_at) if booking.ended_at else booking.day.on
    return timezone.localdate(at) >= add_months(ended_on, 12 * YEARS)
