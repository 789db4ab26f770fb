"""
Who came is forgotten two years after the end of an appointment, as in cases (docs/trust.md P-10, P-11), in batches.

What goes are name and contact, the hash by which a second appointment was found, topic, what was said and answered, and
why somebody looked at the visitor. That somebody was received, and how it ended, stays, and a line in a list outside
the database, so that a restored backup brings nobody back. A case keeps its own time.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from efficiency import erasure_ledger
from efficiency.audit.append_only import GONE
from efficiency.erasure_ledger import Line
from efficiency.timing.limits import add_months
from efficiency.timing.zone import start_of
from supervision.models import ReceptionBooking, ReceptionErasure, ReceptionLook, ReceptionRecord, ReceptionVisitor
from supervision.models.reception import BookingQuerySet
from supervision.reception.identity import YEARS

log = structlog.get_logger(__name__)

BATCH = 200
LEDGER = "receptions"


def erase_visitors(*, at: datetime) -> int:
    """
    Forget who came to what ended two years before ``at``; return how many appointments that were.

    In batches of one transaction each, so that it may be stopped at any moment; safe to run twice, and two at once.
    """
    day = add_months(timezone.localdate(at), -12 * YEARS) + timedelta(days=1)
    # What was never closed ended with its day at the latest.
    over = Q(ended_at__lt=start_of(day)) | Q(ended_at__isnull=True, day__on__lt=day)
    erased = 0
    while count := _erase_some(over, at):
        erased += count
    return erased


def replay_erasures(*, at: datetime) -> int:
    """
    Erase again what was erased before a backup was restored that still held it; return how many appointments.

    :raises OSError: the list cannot be read
    """
    erased = 0
    for lines in erasure_ledger.chunks(of=LEDGER):
        while count := _erase_some(_named_by(lines), at):
            erased += count
    if erased:
        log.warning("reception_erasures_replayed", count=erased)
    return erased


def list_erasures(*, at: datetime) -> int:
    """
    Add to the list outside the database what a crash or a full disk kept from it until ``at``; return how many.

    :raises OSError: the list cannot be read or written to
    """
    listed = {hash(line) for chunk in erasure_ledger.chunks(of=LEDGER) for line in chunk}
    rows = (
        ReceptionErasure.objects.filter(at__lte=at)
        .order_by("pk")
        .values_list("booking__number", "booking__booked_at", "at")
    )
    missing = [line for row in rows.iterator(chunk_size=1000) if hash(line := Line(*row)) not in listed]
    erasure_ledger.append(missing, of=LEDGER)
    return len(missing)


def count_came_back() -> int:
    """Count the appointments of which somebody is known whom the list says to be forgotten: a part of I-13."""
    return sum(_known().filter(_named_by(lines)).count() for lines in erasure_ledger.chunks(of=LEDGER))


def _named_by(lines: Sequence[Line]) -> Q:
    named = Q(pk__in=[])
    for line in lines:
        named |= Q(number=line.number, booked_at=line.received_at)
    return named


def _known() -> BookingQuerySet:
    return ReceptionBooking.objects.filter(visitor__isnull=False)


@transaction.atomic
def _erase_some(which: Q, at: datetime) -> int:
    wanted = _known().filter(which).order_by().values("pk")[:BATCH]
    rows = ReceptionBooking.objects.filter(pk__in=list(wanted.values_list("pk", flat=True)))
    found = list(rows.select_for_update(of=("self",), no_key=True, skip_locked=True).order_by("pk"))
    if not found:
        return 0
    ids = [booking.pk for booking in found]
    ReceptionVisitor.objects.filter(booking__in=ids).delete()
    ReceptionBooking.objects.filter(pk__in=ids).update(person_hash=None, topic=GONE)
    records = ReceptionRecord.objects.filter(booking__in=ids)
    records.update(said=GONE)
    records.exclude(answer="").update(answer=GONE)
    ReceptionErasure.objects.bulk_create([ReceptionErasure(booking_id=pk, at=at) for pk in ids], ignore_conflicts=True)
    # Why somebody looked tells of the visitor as well; the table lets it go from here on.
    ReceptionLook.objects.filter(booking__in=ids).update(reason=GONE)
    moments = dict(ReceptionErasure.objects.filter(booking__in=ids).values_list("booking_id", "at"))
    lines = [Line(booking.number, booking.booked_at, moments[booking.pk]) for booking in found]
    transaction.on_commit(partial(erasure_ledger.note, lines, of=LEDGER))
    return len(ids)
