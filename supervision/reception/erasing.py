"""
Who came is forgotten two years after the end of an appointment, as in cases (docs/trust.md P-10, P-11), in batches.

What goes are name and contact, the hash by which a second appointment was found, topic, the number of a case that was
given along, what was said and answered, and why somebody looked at the visitor. That somebody was received, and how it
ended, stays, and a line in a list outside the database, so that a restored backup brings nobody back. A case keeps its
own time.
"""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from efficiency.audit.append_only import GONE
from efficiency.chain import redacting
from efficiency.forgetting import Forgetting
from efficiency.timing.limits import add_months
from efficiency.timing.zone import start_of
from supervision.models import ReceptionBooking, ReceptionErasure, ReceptionLook, ReceptionRecord, ReceptionVisitor
from supervision.models.reception import BookingQuerySet
from supervision.reception.identity import YEARS

KEPT_NO_LONGER = "who came to a reception day is forgotten after two years (P-10)"


def erase_visitors(*, at: datetime) -> int:
    """Forget who came to what ended two years before ``at``; return how many appointments that were."""
    day = add_months(timezone.localdate(at), -12 * YEARS) + timedelta(days=1)
    # What was never closed ended with its day at the latest.
    over = Q(ended_at__lt=start_of(day)) | Q(ended_at__isnull=True, day__on__lt=day)
    return visitors.forget_due(over, at=at)


def _known() -> BookingQuerySet:
    return ReceptionBooking.objects.filter(visitor__isnull=False)


def _forget(found: list[ReceptionBooking], at: datetime) -> None:
    ids = [booking.pk for booking in found]
    ReceptionVisitor.objects.filter(booking__in=ids).delete()
    ReceptionBooking.objects.filter(pk__in=ids).update(person_hash=None, topic=GONE, case_number="")
    records = ReceptionRecord.objects.filter(booking__in=ids)
    records.update(said=GONE)
    records.exclude(answer="").update(answer=GONE)
    # Why somebody looked tells of the visitor as well; the table lets it go once the erasure is on record.
    ReceptionLook.objects.filter(booking__in=ids).update(reason=GONE)
    redacting.note(ReceptionLook, at=at, why=KEPT_NO_LONGER, booking=ids)


visitors: Forgetting[ReceptionBooking] = Forgetting(
    of="receptions",
    model=ReceptionBooking,
    moment="booked_at",
    erasure=ReceptionErasure,
    subject="booking",
    known=_known,
    forget=_forget,
)
