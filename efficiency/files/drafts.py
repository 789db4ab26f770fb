"""
Good files of a form that comes back, for an error or as the session had ended: kept for the same form, so that nobody
must send them twice.

They lie encrypted under a key that is derived from the form's one-time token. The portal stores a hash of the token
only, so without the form in the citizen's browser nobody can read them; after 24 hours they are removed (docs/trust.md
P-01, P-10).
"""

import hashlib
import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.db import transaction
from django.db.models import Max, QuerySet

from efficiency.access.cipher import CannotOpen, keyed_hash
from efficiency.files import store
from efficiency.files.clean import CleanFile
from efficiency.files.models import DraftFile
from efficiency.files.rules import DRAFT_HOURS

FOLDER = "drafts"
NONCE_BYTES = 12
KEPT_FOR = timedelta(hours=DRAFT_HOURS)
_LENGTH_BYTES = 4


def register() -> None:
    """Say which rows name kept files; called once Django is ready."""
    store.register_keeper(DraftFile.objects.all, folder=FOLDER, name="storage_name", sha256="sha256")


@dataclass(frozen=True, slots=True)
class Draft:
    """A kept file as the form lists it; ``size`` is that of the file as it was sent, ``until`` when it is removed."""

    id: int
    name: str
    size: int
    until: datetime | None = None


def keep(token: str, files: Sequence[CleanFile], /, *, at: datetime) -> None:
    """
    Keep ``files`` for the form with ``token`` from ``at`` on; a file that is already kept for it is not kept twice.

    :raises NoRoom: they cannot be kept
    """
    token_hash = hash_of(token)
    known = {file.original for file in take(token, at=at)}
    new = [file for file in files if file.original not in known]
    if not new:
        return
    last = DraftFile.objects.filter(token_hash=token_hash).aggregate(last=Max("position"))["last"] or 0
    rows = []
    for position, file in enumerate(new, start=last + 1):
        salt = secrets.token_bytes(16)
        sealed = _sealed(file, token, salt)
        rows.append(
            DraftFile(
                token_hash=token_hash,
                position=position,
                original_name=salt + _encrypted(file.original_name.encode(), _key(token, salt), b"name"),
                content_type=file.content_type,
                size=len(file.original),
                sha256=hashlib.sha256(sealed).digest(),
                storage_name=store.write(sealed, FOLDER),
                created_at=at,
            )
        )
    DraftFile.objects.bulk_create(rows)


def listed(token: str, /, *, at: datetime) -> list[Draft]:
    """Return what is kept for the form with ``token`` at ``at``, in the order sent."""
    return [Draft(row.pk, _name_of(row, token), row.size, row.created_at + KEPT_FOR) for row in _kept(token, at)]


def take(token: str, /, *, at: datetime) -> list[CleanFile]:
    """
    Return the kept files of the form with ``token``, in the order sent. One that cannot be read is left out and logged.

    They stay kept until ``discard``: the case may still be refused.
    """
    files = []
    for row in _kept(token, at):
        try:
            files.append(_opened(row, token))
        except (store.FileUnavailable, CannotOpen):
            continue
    return files


def remove(token: str, ids: Iterable[int], /) -> None:
    """Remove single kept files, by the ids that ``listed`` gave; ids of other forms change nothing."""
    _delete(DraftFile.objects.filter(token_hash=hash_of(token), pk__in=list(ids)))


def discard(token: str, /) -> None:
    """Remove everything kept for the form with ``token``: it was filed."""
    _delete(DraftFile.objects.filter(token_hash=hash_of(token)))


def clean_up(*, at: datetime) -> int:
    """Remove what is older than 24 hours at ``at``; return how many."""
    return _delete(DraftFile.objects.filter(created_at__lte=at - KEPT_FOR))


@transaction.atomic
def _delete(rows: QuerySet[DraftFile]) -> int:
    held = dict(rows.values_list("pk", "storage_name"))
    if not held:
        return 0
    DraftFile.objects.filter(pk__in=held).delete()
    store.remove_after_commit(held.values())
    return len(held)


def _kept(token: str, at: datetime) -> QuerySet[DraftFile]:
    since = at - KEPT_FOR
    return DraftFile.objects.filter(token_hash=hash_of(token), created_at__gt=since).order_by("position", "id")


def hash_of(token: str) -> bytes:
    """Return what the files kept for the form with ``token`` are found by."""
    return keyed_hash("draft-token", token)


def _key(token: str, salt: bytes) -> bytes:
    # The keyed hash comes first: without the portal's own key a stolen form reads nothing either.
    secret = keyed_hash("draft-key", token)
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=b"complaints draft").derive(secret)


def _encrypted(plain: bytes, key: bytes, bound: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound)


def _decrypted(sealed: bytes, key: bytes, bound: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
    except (InvalidTag, ValueError) as error:
        raise CannotOpen from error


def _sealed(file: CleanFile, token: str, salt: bytes) -> bytes:
    """Return copy and original in one encrypted piece, behind a short head that says where they part."""
    head = json.dumps({"copy": len(file.content), "office_only": file.office_only}).encode()
    plain = len(head).to_bytes(_LENGTH_BYTES, "big") + head + file.content + file.original
    return _encrypted(plain, _key(token, salt), b"files")


def _opened(row: DraftFile, token: str) -> CleanFile:
    salt = bytes(row.original_name)[:16]
    plain = _decrypted(store.read(row.storage_name, row.sha256), _key(token, salt), b"files")
    start = _LENGTH_BYTES + int.from_bytes(plain[:_LENGTH_BYTES], "big")
    head = json.loads(plain[_LENGTH_BYTES:start])
    end = start + head["copy"]
    return CleanFile(
        content=plain[start:end],
        content_type=row.content_type,
        original_name=_name_of(row, token),
        original=plain[end:],
        office_only=head["office_only"],
    )


def _name_of(row: DraftFile, token: str) -> str:
    held = bytes(row.original_name)
    return _decrypted(held[16:], _key(token, held[:16]), b"name").decode()
