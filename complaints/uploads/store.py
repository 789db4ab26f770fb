"""
Where files lie: under random names in the storage of the settings, a folder or a bucket (docs/trust.md U-04, U-05).

A file is durable before its row commits; a row that does not commit leaves a file that nobody refers to, which the
nightly look finds. Nothing here relies on paths where the storage has none.
"""

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints.models import Attachment, Case, CaseEvent, DraftFile, IncomingMail, Reply
from complaints.refusals import Refused
from complaints.uploads import seal
from complaints.uploads.reasons import FIELD
from complaints.uploads.rules import ORPHAN_HOURS
from efficiency.access import cipher

if TYPE_CHECKING:
    from complaints.uploads.clean import CleanFile

log = structlog.get_logger(__name__)

COPIES, ORIGINALS, DRAFTS, LETTERS = "attachments", "originals", "drafts", "letters"
FOLDERS = (COPIES, ORIGINALS, DRAFTS, LETTERS)
# Below this share of free space files are refused first, so that texts can still be filed (docs/trust.md F-12).
FREE_SHARE = 0.05
_SHARDS = tuple(f"{number:02x}" for number in range(256))


class NoRoom(Refused):
    """Files cannot be kept at the moment; the case can be filed without them."""

    def __init__(self) -> None:
        super().__init__(
            _("Files cannot be received at the moment. Please try again later, or send your report without them."),
            FIELD,
        )


class FileUnavailable(Exception):
    """A file that a row promises is not there, cannot be reached, or has other bytes (docs/trust.md F-24)."""


def storage() -> Storage:
    """Return the storage of the settings."""
    return storages["default"]


def has_room() -> bool:
    """Say whether there is room for files: always where the storage is no folder of this machine."""
    where = storage()
    if not isinstance(where, FileSystemStorage):
        return True
    place = where.location
    while not os.path.exists(place):
        place = os.path.dirname(place)
    usage = shutil.disk_usage(place)
    return usage.free >= usage.total * FREE_SHARE


def write(content: bytes, folder: str) -> str:
    """
    Keep ``content`` durably under a new random name in ``folder`` and return the name.

    :raises NoRoom: the storage is full or does not answer
    """
    name = secrets.token_hex(16)
    try:
        written = storage().save(f"{folder}/{name[:2]}/{name}", ContentFile(content))
        _make_durable(written)
    except OSError as error:
        log.exception("file_not_kept")
        raise NoRoom from error
    return written


def read(name: str, sha256: bytes | memoryview) -> bytes:
    """
    Return the bytes of a file, compared with what its row promises before the first is given away.

    :raises FileUnavailable: the file is not there, cannot be reached, or has other bytes
    """
    try:
        with storage().open(name) as file:
            content: bytes = file.read()
    except Exception as error:  # each kind of storage has errors of its own
        log.exception("file_not_readable", file=name)
        raise FileUnavailable from error
    if hashlib.sha256(content).digest() != bytes(sha256):
        log.error("file_has_other_bytes", file=name)
        raise FileUnavailable
    return content


def attach(
    case: Case,
    event: CaseEvent | None,
    files: Sequence["CleanFile"],
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
        _remove(written)
        raise


def _last_position(case: Case) -> int:
    """Return the last position that a file of the case has or had: what was taken off leaves its number behind."""
    taken_off = case.events.filter(action="remove_reply_file").values_list("data__position", flat=True)
    held = case.attachments.aggregate(last=Max("position"))["last"]
    return max([held or 0, *(position or 0 for position in taken_off)])


def _row(
    case: Case,
    event: CaseEvent | None,
    file: "CleanFile",
    position: int,
    written: list[str],
    *,
    sealed: bool,
    at: datetime,
) -> Attachment:
    """Write the file, note its names in ``written``, and return its row, unsaved."""
    name = write(file.content, COPIES)
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
        row.sealed_name = write(original.content, ORIGINALS)
        written.append(row.sealed_name)
        row.sealed_sha256 = hashlib.sha256(original.content).digest()
        row.sealed_key = original.key
        row.original_name = cipher.encrypt(file.original_name, row=seal.row_of(row), field="original_name")
    return row


def remove_after_commit(names: Iterable[str]) -> None:
    """Remove files once the rows that name them are gone for good."""
    gone = [name for name in names if name]
    transaction.on_commit(lambda: _remove(gone))


def _remove(names: Iterable[str]) -> None:
    for name in names:
        try:
            storage().delete(name)
        except Exception:  # the nightly look finds what is left
            log.exception("file_not_removed", file=name)


def remove_orphans(*, at: datetime) -> int:
    """Remove files older than 24 hours at ``at`` that no row names, and return how many (docs/trust.md U-05)."""
    removed = 0
    for orphans in _orphans(at):
        _remove(orphans)
        removed += len(orphans)
    if removed:
        log.warning("orphans_removed", count=removed)
    return removed


def count_orphans() -> int:
    """Return how many files older than 24 hours no row names: a part of I-10."""
    return sum(map(len, _orphans(timezone.now())))


def _orphans(at: datetime) -> Iterator[list[str]]:
    """Yield the orphans folder by folder, so that memory does not grow with the number of files."""
    before = at - timedelta(hours=ORPHAN_HOURS)
    for folder in FOLDERS:
        for shard in _SHARDS:
            prefix = f"{folder}/{shard}/"
            present = {f"{prefix}{name}" for name in _listed(prefix)}
            # Rows are read after the folder: a file whose row commits in between is never taken for an orphan.
            yield [name for name in present - _named(folder, prefix) if _is_older(name, before)] if present else []


def count_mismatches() -> int:
    """Return how many rows have no file, or one of another size or hash: a part of I-10. Reads every file."""
    return sum(not _matches(*expected) for expected in _expected())


def _expected() -> Iterator[tuple[str, bytes | memoryview, int | None]]:
    """Yield name, hash and, where it is the file's own, size of each file that a row names."""
    for name, sha256, size, sealed_name, sealed_sha256 in (
        Attachment.objects.kept()
        .order_by("id")
        .values_list("storage_name", "sha256", "size", "sealed_name", "sealed_sha256")
        .iterator(chunk_size=1000)
    ):
        yield name, sha256, size
        if sealed_name:
            yield sealed_name, sealed_sha256, None
    for name, sha256 in (
        DraftFile.objects.order_by("id").values_list("storage_name", "sha256").iterator(chunk_size=1000)
    ):
        yield name, sha256, None
    letters = IncomingMail.objects.exclude(storage_name="").order_by("id").values_list("storage_name", "sha256")
    for name, sha256 in letters.iterator(chunk_size=1000):
        yield name, sha256, None


def _matches(name: str, sha256: bytes | memoryview, size: int | None) -> bool:
    try:
        content = read(name, sha256)
    except FileUnavailable:
        return False
    return size is None or len(content) == size


def _named(folder: str, prefix: str) -> set[str]:
    """Return the names under ``prefix`` that rows hold."""
    field = "sealed_name" if folder == ORIGINALS else "storage_name"
    rows: QuerySet = Attachment.objects.kept()
    if folder in (DRAFTS, LETTERS):
        rows = DraftFile.objects.all() if folder == DRAFTS else IncomingMail.objects.all()
    return set(rows.filter(**{f"{field}__startswith": prefix}).values_list(field, flat=True))


def _listed(prefix: str) -> list[str]:
    try:
        return storage().listdir(prefix)[1]
    except FileNotFoundError:
        return []


def _is_older(name: str, before: datetime) -> bool:
    try:
        modified = storage().get_modified_time(name)
    except OSError:
        return False  # gone in the meantime
    if timezone.is_naive(modified):
        modified = timezone.make_aware(modified)
    return modified < before


def _make_durable(name: str) -> None:
    """Have the disk confirm a file and the folders that lead to it; other storages confirm by themselves."""
    where = storage()
    if not isinstance(where, FileSystemStorage):
        return
    path = where.path(name)
    _sync(path, os.O_RDONLY)
    folder = os.path.dirname(path)
    for _step in range(3):  # shard, kind of file, and the storage's own folder
        _sync(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
        folder = os.path.dirname(folder)


def _sync(path: str, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
