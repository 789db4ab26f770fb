"""Which files were looked at by the scanner, and what follows from it for those who fetch them (docs/trust.md U-08)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import structlog
from django.db.models import Min, QuerySet
from prometheus_client.core import GaugeMetricFamily, Metric

from complaints.models import Attachment
from efficiency.access.cipher import CannotOpen
from efficiency.audit.records import record
from efficiency.files import scanner, seal, store

log = structlog.get_logger(__name__)

BATCH = 200
# The worker asks the scanner every minute; a file that has waited for longer waits for somebody to look at the scanner.
USUAL_WAIT = timedelta(minutes=15)
# So many files in a row without a verdict are not the files' fault: the scanner is left alone until the next run.
MOST_WITHOUT_VERDICT = 10


def is_fetchable(attachment: Attachment) -> bool:
    """Say whether a file may be fetched that comes from others: nothing harmful, and looked at where a scanner is."""
    return not attachment.harmful and (attachment.scanned_at is not None or not scanner.is_configured())


def waiting() -> QuerySet[Attachment]:
    """Return the files that the scanner has not looked at yet, the newest first: somebody waits for these."""
    return Attachment.objects.kept().filter(scanned_at__isnull=True).order_by("-created_at", "-id")


def held_up(*, at: datetime) -> QuerySet[Attachment]:
    """Return the files that nobody can fetch as the scanner has not looked at them for long; none without a scanner."""
    if not scanner.is_configured():
        return Attachment.objects.none()
    return waiting().filter(created_at__lte=at - USUAL_WAIT)


def figures(at: datetime) -> Iterator[Metric]:
    """Yield for how long the file has waited that has waited longest: a scanner that is away makes it grow."""
    if not scanner.is_configured():
        return
    oldest = waiting().aggregate(oldest=Min("created_at"))["oldest"]
    seconds = 0.0 if oldest is None else (at - oldest).total_seconds()
    yield GaugeMetricFamily(
        "portal_scanner_oldest_seconds", "For how long the oldest file has waited for the scanner", value=seconds
    )


def look_at_waiting(*, at: datetime) -> int:
    """
    Have the scanner look at the files that wait, copy and sealed original, and return at how many it did.

    It ends where the scanner cannot be reached, or says nothing of ten files in a row; the next run goes on. A file of
    which it says nothing, or that the storage does not give, is left for later and holds up no other. Safe to run
    twice, and two at once: the first verdict holds.
    """
    if not scanner.is_configured():
        return 0
    looked, in_a_row, passed_over = 0, 0, set[int]()
    while batch := list(waiting().exclude(pk__in=passed_over).select_related("case")[:BATCH]):
        for attachment in batch:
            try:
                verdict = _verdict_of(attachment)
            except scanner.NoVerdict as nothing:
                log.warning("scanner_without_verdict", attachment=attachment.pk, said=str(nothing))
                passed_over.add(attachment.pk)
                in_a_row += 1
                if in_a_row == MOST_WITHOUT_VERDICT:
                    return looked
                continue
            except scanner.ScannerAway as away:
                log.warning("scanner_away", said=str(away))
                return looked
            except (store.FileUnavailable, CannotOpen):
                passed_over.add(attachment.pk)
                continue
            in_a_row = 0
            looked += _keep(attachment, verdict, at)
    return looked


def _verdict_of(attachment: Attachment) -> scanner.Verdict:
    verdict = scanner.look_at(store.read(attachment.storage_name, attachment.sha256))
    if not verdict.is_clean or not attachment.sealed_name:
        return verdict
    sealed = store.read(attachment.sealed_name, attachment.sealed_sha256)
    return scanner.look_at(seal.unsealed(sealed, attachment.sealed_key, row=seal.row_of(attachment)))


def _keep(attachment: Attachment, verdict: scanner.Verdict, at: datetime) -> int:
    is_first = Attachment.objects.filter(pk=attachment.pk, scanned_at__isnull=True).update(
        scanned_at=at, harmful=verdict.harmful
    )
    if is_first and not verdict.is_clean:
        detail = {"attachment": attachment.position, "found": verdict.harmful}
        record("case.harmful_file", actor=None, obj=attachment.case, detail=detail, at=at)
        log.warning("harmful_file", attachment=attachment.pk, found=verdict.harmful)
    return is_first
