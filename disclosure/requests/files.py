"""
Files of requests: cleaned copies, and proofs of identity that are kept sealed alone (docs/trust.md U-01 to U-08, P-01).
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime

import structlog
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from disclosure.models import InformationRequest, RequestAnswer, RequestEvent, RequestFile
from disclosure.requests.enums import Purpose
from efficiency.access import cipher, rotating
from efficiency.access.cipher import CannotOpen
from efficiency.audit.records import record
from efficiency.files import scanner, seal, store
from efficiency.files.clean import CleanFile
from efficiency.files.handing_out import download
from efficiency.files.rules import KIND_BY_CONTENT_TYPE

log = structlog.get_logger(__name__)

COPIES, PROOFS = "requests", "proofs"
BATCH = 100


def register() -> None:
    """Say which rows name the files of requests, and which of their fields are sealed; called once Django is ready."""
    store.register_keeper(kept, folder=COPIES, name="storage_name", sha256="sha256", size="size")
    store.register_keeper(kept, folder=PROOFS, name="sealed_name", sha256="sealed_sha256")
    rotating.register(RequestFile, seal.KEY_FIELD, "original_name", bound_by="seal_name", row_of=_row_named)


def kept() -> "QuerySet[RequestFile]":
    """Return the files whose time has not run out."""
    return RequestFile.objects.filter(erased_at__isnull=True)


def attach(
    request: InformationRequest,
    event: RequestEvent,
    files: Sequence[CleanFile],
    /,
    *,
    purpose: Purpose,
    at: datetime,
    answer: RequestAnswer | None = None,
) -> list[RequestFile]:
    """
    Add ``files`` to a request, in the caller's transaction, which has made or locked it.

    Of a proof of identity the original is kept, sealed, and nothing else: no copy that a handler could open.

    :raises NoRoom: they cannot be kept; nothing was added
    """
    last = request.files.aggregate(last=Max("position"))["last"] or 0
    written: list[str] = []
    try:
        rows = []
        for position, file in enumerate(files, start=last + 1):
            row = RequestFile(
                request=request,
                event=event,
                answer=answer,
                purpose=purpose,
                position=position,
                content_type=file.content_type,
                size=file.size,
                sha256=file.sha256,
                created_at=at,
            )
            _store(row, file, written)
            rows.append(row)
        return RequestFile.objects.bulk_create(rows)
    except BaseException:
        store.remove(written)
        raise


def _store(row: RequestFile, file: CleanFile, written: list[str]) -> None:
    if row.purpose != Purpose.PROOF:
        row.storage_name = store.write(file.content, COPIES)
        written.append(row.storage_name)
        return
    row.seal_name = secrets.token_hex(16)
    bound = _row_named(row.seal_name)
    original = seal.sealed(file.original, row=bound)
    row.sealed_name = store.write(original.content, PROOFS)
    written.append(row.sealed_name)
    row.sealed_sha256 = hashlib.sha256(original.content).digest()
    row.sealed_key = original.key
    row.original_name = cipher.encrypt(file.original_name, row=bound, field="original_name")


def opened(file: RequestFile) -> tuple[str, bytes]:
    """
    Return the name and the content of a proof, for an action that has the right to it and has written that down.

    :raises FileUnavailable: the storage does not give it, or it does not open
    """
    bound = _row_named(file.seal_name)
    content = store.read(file.sealed_name, file.sealed_sha256)
    try:
        name = cipher.decrypt(file.original_name, row=bound, field="original_name")
        return name, seal.unsealed(content, file.sealed_key, row=bound)
    except CannotOpen as error:
        raise store.FileUnavailable from error


def _row_named(seal_name: str) -> str:
    return f"proof:{seal_name}"


def shown_name(file: RequestFile) -> str:
    """Return the name by which people know a file: 附件1.pdf."""
    kind = KIND_BY_CONTENT_TYPE.get(file.content_type)
    ending = f".{kind.extension}" if kind else ""
    return f"{_('Attachment %(number)d') % {'number': file.position}}{ending}"


def is_fetchable(file: RequestFile) -> bool:
    """Say whether a file may be fetched that comes from others (docs/trust.md U-08)."""
    return not file.harmful and (file.scanned_at is not None or not scanner.is_configured())


def response_for(request: HttpRequest, file: RequestFile, *, from_others: bool) -> HttpResponse:
    """Return the answer that holds a copy, or says why it does not; rights were asked by the caller."""
    name = shown_name(file)
    if file.harmful or (from_others and not is_fetchable(file)):
        shown = {"name": name, "is_harmful": bool(file.harmful)}
        response = render(
            request, "disclosure/requests/file_held_back.html", shown, status=403 if file.harmful else 503
        )
        response["Cache-Control"] = "no-store"
        return response
    try:
        content = store.read(file.storage_name, file.sha256)
    except store.FileUnavailable:
        return render(request, "disclosure/requests/file_held_back.html", {"name": name, "is_away": True}, status=503)
    return download(content, content_type=file.content_type, name=name)


def look_at_waiting(*, at: datetime) -> int:
    """
    Have the scanner look at the files that wait, copies and sealed proofs; return at how many it did.

    It ends where the scanner cannot be reached; a file of which it says nothing is left for the next run.
    """
    if not scanner.is_configured():
        return 0
    looked = 0
    waiting = kept().filter(scanned_at__isnull=True).select_related("request").order_by("-created_at", "-id")
    for file in waiting[:BATCH]:
        try:
            content = opened(file)[1] if file.sealed_name else store.read(file.storage_name, file.sha256)
            verdict = scanner.look_at(content)
        except (scanner.NoVerdict, store.FileUnavailable) as nothing:
            log.warning("request_file_not_scanned", file=file.pk, said=type(nothing).__name__)
            continue
        except scanner.ScannerAway as away:
            log.warning("scanner_away", said=str(away))
            break
        is_first = RequestFile.objects.filter(pk=file.pk, scanned_at__isnull=True).update(
            scanned_at=at, harmful=verdict.harmful
        )
        if is_first and not verdict.is_clean:
            detail = {"attachment": file.position, "found": verdict.harmful}
            record("inforequest.harmful_file", actor=None, obj=file.request, detail=detail, at=at)
        looked += is_first
    return looked
