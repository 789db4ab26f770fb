"""Files of fault cases: cleaned copies of what belongs to evidence or a statement (docs/trust.md U-01 to U-08)."""

from collections.abc import Sequence
from datetime import datetime

import structlog
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accountability.models import Evidence, FaultCase, FaultFile, Statement
from efficiency.audit.records import record
from efficiency.files import scanner, store
from efficiency.files.clean import CleanFile
from efficiency.files.handing_out import download
from efficiency.files.rules import KIND_BY_CONTENT_TYPE

log = structlog.get_logger(__name__)

FOLDER = "faults"
BATCH = 100


def register() -> None:
    """Say which rows name the files of fault cases; called once Django is ready."""
    store.register_keeper(kept, folder=FOLDER, name="storage_name", sha256="sha256", size="size")


def kept() -> "QuerySet[FaultFile]":
    """Return the files whose time has not run out."""
    return FaultFile.objects.filter(erased_at__isnull=True)


def attach(
    case: FaultCase,
    files: Sequence[CleanFile],
    /,
    *,
    at: datetime,
    evidence: Evidence | None = None,
    statement: Statement | None = None,
) -> list[FaultFile]:
    """
    Add ``files`` to a piece of evidence or a statement, in the caller's transaction, which has locked the case.

    :raises NoRoom: they cannot be kept; nothing was added
    """
    last = case.files.aggregate(last=Max("position"))["last"] or 0
    written: list[str] = []
    try:
        rows = []
        for position, file in enumerate(files, start=last + 1):
            written.append(store.write(file.content, FOLDER))
            rows.append(
                FaultFile(
                    case=case,
                    evidence=evidence,
                    statement=statement,
                    position=position,
                    content_type=file.content_type,
                    size=file.size,
                    sha256=file.sha256,
                    storage_name=written[-1],
                    created_at=at,
                )
            )
        return FaultFile.objects.bulk_create(rows)
    except BaseException:
        store.remove(written)
        raise


def shown_name(file: FaultFile) -> str:
    """Return the name by which people know a file: 附件1.pdf."""
    kind = KIND_BY_CONTENT_TYPE.get(file.content_type)
    ending = f".{kind.extension}" if kind else ""
    return f"{_('Attachment %(number)d') % {'number': file.position}}{ending}"


def is_fetchable(file: FaultFile) -> bool:
    """Say whether a file may be fetched that comes from others (docs/trust.md U-08)."""
    return not file.harmful and (file.scanned_at is not None or not scanner.is_configured())


def response_for(request: HttpRequest, file: FaultFile) -> HttpResponse:
    """Return the answer that holds a copy, or says why it does not; rights were asked by the caller."""
    name = shown_name(file)
    if not is_fetchable(file):
        status = 403 if file.harmful else 503
        response = _held_back(request, {"name": name, "is_harmful": bool(file.harmful)}, status)
        response["Cache-Control"] = "no-store"
        return response
    try:
        content = store.read(file.storage_name, file.sha256)
    except store.FileUnavailable:
        return _held_back(request, {"name": name, "is_away": True}, 503)
    return download(content, content_type=file.content_type, name=name)


def _held_back(request: HttpRequest, shown: dict[str, object], status: int) -> HttpResponse:
    return render(request, "disclosure/requests/file_held_back.html", shown, status=status)


def look_at_waiting(*, at: datetime) -> int:
    """
    Have the scanner look at the files that wait; return at how many it did.

    It ends where the scanner cannot be reached; a file of which it says nothing is left for the next run.
    """
    if not scanner.is_configured():
        return 0
    looked = 0
    waiting = kept().filter(scanned_at__isnull=True).select_related("case").order_by("-created_at", "-id")
    for file in waiting[:BATCH]:
        try:
            verdict = scanner.look_at(store.read(file.storage_name, file.sha256))
        except (scanner.NoVerdict, store.FileUnavailable) as nothing:
            log.warning("fault_file_not_scanned", file=file.pk, said=type(nothing).__name__)
            continue
        except scanner.ScannerAway as away:
            log.warning("scanner_away", said=str(away))
            break
        is_first = FaultFile.objects.filter(pk=file.pk, scanned_at__isnull=True).update(
            scanned_at=at, harmful=verdict.harmful
        )
        if is_first and not verdict.is_clean:
            detail = {"attachment": file.position, "found": verdict.harmful}
            record("fault.harmful_file", actor=None, obj=file.case, detail=detail, at=at)
        looked += is_first
    return looked
