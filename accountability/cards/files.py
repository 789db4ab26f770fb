"""Files of cards: evidence, explanations, appeals; cleaned copies alone (docs/trust.md U-01 to U-08)."""

from collections.abc import Sequence
from datetime import datetime

import structlog
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accountability.cards.enums import FilePurpose
from accountability.models import Card, CardEvent, CardFile
from efficiency.audit.records import record
from efficiency.files import scanner, store
from efficiency.files.clean import CleanFile
from efficiency.files.handing_out import download
from efficiency.files.rules import KIND_BY_CONTENT_TYPE

log = structlog.get_logger(__name__)

FOLDER = "cards"
BATCH = 100


def register() -> None:
    """Say which rows name the files of cards; called once Django is ready."""
    store.register_keeper(CardFile.objects.all, folder=FOLDER, name="storage_name", sha256="sha256", size="size")


def attach(
    card: Card, event: CardEvent, files: Sequence[CleanFile], /, *, purpose: FilePurpose, at: datetime
) -> list[CardFile]:
    """
    Add ``files`` to a card, in the caller's transaction, which has made or locked it.

    :raises NoRoom: they cannot be kept; nothing was added
    """
    last = card.files.aggregate(last=Max("position"))["last"] or 0
    written: list[str] = []
    try:
        rows = []
        for position, file in enumerate(files, start=last + 1):
            written.append(store.write(file.content, FOLDER))
            rows.append(
                CardFile(
                    card=card,
                    event=event,
                    purpose=purpose,
                    position=position,
                    content_type=file.content_type,
                    size=file.size,
                    sha256=file.sha256,
                    storage_name=written[-1],
                    created_at=at,
                )
            )
        return CardFile.objects.bulk_create(rows)
    except BaseException:
        store.remove(written)
        raise


def shown_name(file: CardFile) -> str:
    """Return the name by which people know a file: 附件1.pdf."""
    kind = KIND_BY_CONTENT_TYPE.get(file.content_type)
    ending = f".{kind.extension}" if kind else ""
    return f"{_('Attachment %(number)d') % {'number': file.position}}{ending}"


def is_fetchable(file: CardFile) -> bool:
    """Say whether a file may be fetched (docs/trust.md U-08)."""
    return not file.harmful and (file.scanned_at is not None or not scanner.is_configured())


def response_for(request: HttpRequest, file: CardFile) -> HttpResponse:
    """Return the answer that holds a file, or says why it does not; rights were asked by the caller."""
    name = shown_name(file)
    if not is_fetchable(file):
        shown = {"name": name, "is_harmful": bool(file.harmful)}
        status = 403 if file.harmful else 503
        response = render(request, "admin/accountability/cards/file_held_back.html", shown, status=status)
        response["Cache-Control"] = "no-store"
        return response
    try:
        content = store.read(file.storage_name, file.sha256)
    except store.FileUnavailable:
        shown = {"name": name, "is_away": True}
        return render(request, "admin/accountability/cards/file_held_back.html", shown, status=503)
    return download(content, content_type=file.content_type, name=name)


def look_at_waiting(*, at: datetime) -> int:
    """
    Have the scanner look at the files that wait; return at how many it did.

    It ends where the scanner cannot be reached; a file of which it says nothing is left for the next run.
    """
    if not scanner.is_configured():
        return 0
    looked = 0
    waiting = CardFile.objects.filter(scanned_at__isnull=True).select_related("card").order_by("-created_at", "-id")
    for file in waiting[:BATCH]:
        try:
            verdict = scanner.look_at(store.read(file.storage_name, file.sha256))
        except (scanner.NoVerdict, store.FileUnavailable) as nothing:
            log.warning("card_file_not_scanned", file=file.pk, said=type(nothing).__name__)
            continue
        except scanner.ScannerAway as away:
            log.warning("scanner_away", said=str(away))
            break
        is_first = CardFile.objects.filter(pk=file.pk, scanned_at__isnull=True).update(
            scanned_at=at, harmful=verdict.harmful
        )
        if is_first and not verdict.is_clean:
            detail = {"attachment": file.position, "found": verdict.harmful}
            record("card.harmful_file", actor=None, obj=file.card, detail=detail, at=at)
        looked += is_first
    return looked
