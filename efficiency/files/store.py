"""
Where files lie: under random names in the storage of the settings, a folder or a bucket (docs/trust.md U-04, U-05).

A file is durable before its row commits; a row that does not commit leaves a file that nobody refers to, which the
nightly look finds. Nothing here relies on paths where the storage has none.
"""

import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from efficiency.files.reasons import FIELD
from efficiency.files.rules import ORPHAN_HOURS
from efficiency.refusals import Refused

log = structlog.get_logger(__name__)

# Below this share of free space files are refused first, so that texts can still be filed (docs/trust.md F-12).
FREE_SHARE = 0.05
_PARTS = frozenset(f"{number:02x}" for number in range(256))


class NoRoom(Refused):
    """Files cannot be kept at the moment; the case can be filed without them."""

    def __init__(self) -> None:
        super().__init__(
            _("Files cannot be received at the moment. Please try again later, or send your report without them."),
            FIELD,
        )


class FileUnavailable(Exception):
    """A file that a row promises is not there, cannot be reached, or has other bytes (docs/trust.md F-24)."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a row says of its file; ``size`` is None where it is not that of the file itself."""

    name: str
    sha256: bytes | memoryview
    size: int | None


@dataclass(frozen=True, slots=True)
class Keeper:
    """The rows that name the files of a folder, or some of them: their names under a prefix, and what they say."""

    folder: str
    names: Callable[[str], Iterable[str]]
    files: Callable[[], Iterator[Kept]]


_keepers: list[Keeper] = []


def register_keeper(rows: Callable[[], QuerySet], *, folder: str, name: str, sha256: str, size: str = "") -> None:
    """
    Say which rows name files of ``folder``, and in which fields; what no row names for 24 hours is removed.

    Filled in ``AppConfig.ready()``. Without ``size`` the size is not compared.
    """

    def names(prefix: str) -> Iterable[str]:
        return rows().filter(**{f"{name}__startswith": prefix}).values_list(name, flat=True)

    def files() -> Iterator[Kept]:
        found = rows().exclude(**{name: ""}).order_by("pk").values_list(name, sha256, *([size] if size else []))
        for row in found.iterator(chunk_size=1000):
            yield Kept(row[0], row[1], row[2] if size else None)

    _keepers.append(Keeper(folder, names, files))


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


def size(name: str) -> int:
    """
    Return how many bytes a file has, without reading it.

    :raises FileUnavailable: the file is not there or cannot be reached
    """
    try:
        return int(storage().size(name))
    except Exception as error:  # each kind of storage has errors of its own
        log.exception("file_not_readable", file=name)
        raise FileUnavailable from error


def remove_after_commit(names: Iterable[str]) -> None:
    """Remove files once the rows that name them are gone for good."""
    gone = [name for name in names if name]
    transaction.on_commit(lambda: remove(gone))


def remove(names: Iterable[str]) -> None:
    """Remove files at once; what cannot be removed is logged, and the nightly look finds it."""
    for name in names:
        try:
            storage().delete(name)
        except Exception:  # the nightly look finds what is left
            log.exception("file_not_removed", file=name)


def remove_orphans(*, at: datetime) -> int:
    """Remove files older than 24 hours at ``at`` that no row names, and return how many (docs/trust.md U-05)."""
    removed = 0
    for orphans in _orphans(at):
        remove(orphans)
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
    for folder in sorted({keeper.folder for keeper in _keepers}):
        for shard in _shards(folder):
            prefix = f"{folder}/{shard}/"
            present = {f"{prefix}{name}" for name in _listed(prefix)}
            # Rows are read after the folder: a file whose row commits in between is never taken for an orphan.
            yield [name for name in present - _named(prefix) if _is_older(name, before)] if present else []


def count_mismatches() -> int:
    """Return how many rows have no file, or one of another size or hash: a part of I-10. Reads every file."""
    return sum(not _matches(kept) for keeper in _keepers for kept in keeper.files())


def _matches(kept: Kept) -> bool:
    try:
        content = read(kept.name, kept.sha256)
    except FileUnavailable:
        return False
    return kept.size is None or len(content) == kept.size


def _named(prefix: str) -> set[str]:
    """Return the names under ``prefix`` that rows hold."""
    return {name for keeper in _keepers if prefix.startswith(f"{keeper.folder}/") for name in keeper.names(prefix)}


def _shards(folder: str) -> list[str]:
    """Return the parts of a folder that there are."""
    try:
        return sorted(_PARTS.intersection(storage().listdir(folder)[0]))
    except FileNotFoundError:
        return []


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
