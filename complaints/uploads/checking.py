"""What the scanner looks at of the files of cases: the copy, and the sealed original (docs/trust.md U-08)."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet

from complaints.models import Attachment
from efficiency.audit.records import record
from efficiency.files import checking, seal, store


def register() -> None:
    """Have the files of cases looked at; called once Django is ready."""
    checking.register("attachments", checking.Part(_rows, _contents, _tell))


def _rows() -> QuerySet[Attachment]:
    return Attachment.objects.kept().select_related("case")


def _contents(attachment: Attachment) -> Iterator[bytes]:
    yield store.read(attachment.storage_name, attachment.sha256)
    if attachment.sealed_name:
        sealed = store.read(attachment.sealed_name, attachment.sealed_sha256)
        yield seal.unsealed(sealed, attachment.sealed_key, row=seal.row_of(attachment))


def _tell(attachment: Attachment, found: str, at: datetime) -> None:
    detail = {"attachment": attachment.position, "found": found}
    record("case.harmful_file", actor=None, obj=attachment.case, detail=detail, at=at)
