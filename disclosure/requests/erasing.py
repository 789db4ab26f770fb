"""
Who asked is forgotten two years after the end of a request (docs/trust.md P-10, P-11), every night, in batches.

What goes are name and contact, the proofs of identity with their keys, whom a letter asked for an opinion, and what
they said; a record stays, and a line in a list outside the database, so that a restored backup brings nobody back. Five
years after the end go the files of applicant and answer. The texts of a request and of its steps stay (P-10).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from disclosure.models import (
    InformationRequest,
    RequestConsultation,
    RequestErasure,
    RequestFile,
    RequestIdentity,
)
from disclosure.models.request import RequestQuerySet
from disclosure.requests import deadlines
from disclosure.requests.enums import ENDED, Purpose
from disclosure.requests.identity import YEARS
from efficiency import erasure_ledger
from efficiency.erasure_ledger import Line
from efficiency.files import store
from efficiency.timing.limits import add_months
from efficiency.timing.zone import start_of

log = structlog.get_logger(__name__)

BATCH = 200
# So long after the end the files of a request are kept (P-10).
FILE_YEARS = 5
LEDGER = "requests"


def erase_identities(*, at: datetime) -> int:
    """
    Forget who asked in the requests that ended two years before ``at``; return how many requests that were.

    In batches of one transaction each, so that it may be stopped at any moment; safe to run twice, and two at once.
    """
    before = start_of(add_months(timezone.localdate(at), -12 * YEARS) + timedelta(days=1))
    erased = 0
    while count := _erase_some(Q(ended_at__lt=before, state__in=ENDED), at):
        erased += count
    return erased


def erase_files(*, at: datetime) -> int:
    """
    Erase what applicants handed in and what answers handed out, five years after the end; return how many files.

    Position, type, size and hash stay. A restored backup needs no list: what outlived its time goes the next hour. In
    batches of one transaction each; safe to run twice, and two at once.
    """
    before = start_of(add_months(timezone.localdate(at), -12 * FILE_YEARS) + timedelta(days=1))
    erased = 0
    while count := _erase_some_files(before, at):
        erased += count
    return erased


@transaction.atomic
def _erase_some_files(before: datetime, at: datetime) -> int:
    old = RequestFile.objects.filter(
        purpose__in=(Purpose.MATERIAL, Purpose.ANSWER),
        erased_at__isnull=True,
        request__ended_at__lt=before,
        request__state__in=ENDED,
    ).order_by("pk")
    rows = dict(old.select_for_update(of=("self",), skip_locked=True).values_list("pk", "storage_name")[:BATCH])
    RequestFile.objects.filter(pk__in=rows).update(erased_at=at, storage_name="")
    store.remove_after_commit(list(rows.values()))
    return len(rows)


def replay_erasures(*, at: datetime) -> int:
    """
    Erase again what was erased before a backup was restored that still held it; return how many requests.

    :raises OSError: the list cannot be read
    """
    erased = 0
    for lines in erasure_ledger.chunks(of=LEDGER):
        while count := _erase_some(_named_by(lines), at):
            erased += count
    if erased:
        log.warning("request_erasures_replayed", count=erased)
    return erased


def list_erasures(*, at: datetime) -> int:
    """
    Add to the list outside the database what a crash or a full disk kept from it until ``at``; return how many.

    :raises OSError: the list cannot be read or written to
    """
    listed = {hash(line) for chunk in erasure_ledger.chunks(of=LEDGER) for line in chunk}
    rows = (
        RequestErasure.objects.filter(at__lte=at)
        .order_by("pk")
        .values_list("request__number", "request__received_at", "at")
    )
    missing = [line for row in rows.iterator(chunk_size=1000) if hash(line := Line(*row)) not in listed]
    erasure_ledger.append(missing, of=LEDGER)
    return len(missing)


def count_came_back() -> int:
    """Count the requests of which something is there that the list says was erased: a part of I-13."""
    return sum(_known().filter(_named_by(lines)).count() for lines in erasure_ledger.chunks(of=LEDGER))


def _named_by(lines: Sequence[Line]) -> Q:
    named = Q(pk__in=[])
    for line in lines:
        named |= Q(number=line.number, received_at=line.received_at)
    return named


def _known() -> RequestQuerySet:
    return InformationRequest.objects.filter(
        Q(identity__isnull=False) | Q(files__purpose=Purpose.PROOF, files__erased_at__isnull=True)
    ).distinct()


@transaction.atomic
def _erase_some(which: Q, at: datetime) -> int:
    wanted = _known().filter(which).order_by().values("pk")[:BATCH]
    rows = InformationRequest.objects.filter(pk__in=list(wanted.values_list("pk", flat=True)))
    found = list(rows.select_for_update(of=("self",), no_key=True, skip_locked=True).order_by("pk"))
    if not found:
        return 0
    ids = [request.pk for request in found]
    deadlines.end_new_codes(found, at=at)
    proofs = RequestFile.objects.filter(request__in=ids, purpose=Purpose.PROOF, erased_at__isnull=True)
    names = list(proofs.values_list("sealed_name", flat=True))
    proofs.update(erased_at=at, sealed_name="", sealed_key=b"", sealed_sha256=b"", original_name=b"")
    RequestIdentity.objects.filter(request__in=ids).delete()
    RequestConsultation.objects.filter(request__in=ids).update(party="", opinion_text="")
    RequestErasure.objects.bulk_create([RequestErasure(request_id=pk, at=at) for pk in ids], ignore_conflicts=True)
    store.remove_after_commit(names)
    moments = dict(RequestErasure.objects.filter(request__in=ids).values_list("request_id", "at"))
    lines = [Line(request.number, request.received_at, moments[request.pk]) for request in found]
    transaction.on_commit(partial(erasure_ledger.note, lines, of=LEDGER))
    return len(ids)
