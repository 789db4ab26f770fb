"""Files that become part of a case: copies for handlers, and sealed originals of named cases (docs/trust.md U-03)."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Max

from complaints.models import Attachment, Case, CaseEvent, IncomingMail, Reply
from efficiency.access import cipher
from efficiency.files import seal, store
from efficiency.files.clean import CleanFile

COPIES, ORIGINALS, LETTERS = "attachments", "originals", "letters"


def register() -> None:
    """Say which rows name the files of cases; called once Django is ready."""
    kept = Attachment.objects.kept
    store.register_keeper(kept, folder=COPIES, name="storage_name", sha256="sha256", size="size")
    store.register_keeper(kept, folder=ORIGINALS, name="sealed_name", sha256="sealed_sha256")
    store.register_keeper(IncomingMail.objects.all, folder=LETTERS, name="storage_name", sha256="sha256")


def attach(
    case: Case,
    event: CaseEvent | None,
    files: Sequence[CleanFile],
    /,
    *,
    sealed: bool,
    at: datetime,
    reply: Reply | None = None,
) -> list[Attachment]:
    """
    Add ``files`` to ``case``, as part of ``event``, with ``reply`` if they belong to one; the caller's transaction has
    made or locked the case.

    ``sealed`` keeps the originals and the citizen's own names for them, encrypted; of an anonymous case nothing of the
    kind is ever kept (docs/trust.md U-03, P-01, P-05).

    :raises NoRoom: they cannot be kept; nothing was added
    """
    last = _last_position(case)
    written: list[str] = []
    try:
        rows = [
            _row(case, event, file, last + number, written, sealed=sealed and not case.anonymous, at=at)
            for number, file in enumerate(files, start=1)
        ]
        for row in rows:
            row.reply = reply
        return Attachment.objects.bulk_create(rows)
    except BaseException:
        store.remove(written)
        raise


def _last_position(case: Case) -> int:
    """Return the last position that a file of the case has or had: what was taken off leaves its number behind."""
    taken_off = case.events.filter(action="remove_reply_file").values_list("data__position", flat=True)
    held = case.attachments.aggregate(last=Max("position"))["last"]
    return max([held or 0, *(position or 0 for position in taken_off)])


def _row(
    case: Case,
    event: CaseEvent | None,
    file: CleanFile,
    position: int,
    written: list[str],
    *,
    sealed: bool,
    at: datetime,
) -> Attachment:
    """Write the file, note its names in ``written``, and return its row, unsaved."""
    name = store.write(file.content, COPIES)
    written.append(name)
    row = Attachment(
        case=case,
        event=event,
        position=position,
        content_type=file.content_type,
        size=file.size,
        sha256=file.sha256,
        storage_name=name,
        created_at=at,
        office_only=file.office_only,
    )
    if sealed:
        original = seal.sealed(file.original, row=seal.row_of(row))
        row.sealed_name = store.write(original.content, ORIGINALS)
        written.append(row.sealed_name)
        row.sealed_sha256 = hashlib.sha256(original.content).digest()
        row.sealed_key = original.key
        row.original_name = cipher.encrypt(file.original_name, row=seal.row_of(row), field="original_name")
    return row
