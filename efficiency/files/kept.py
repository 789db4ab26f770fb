"""
Files that go with the rows of one table, from the form to the download (docs/trust.md U-01 to U-08).

Whoever has such a table makes one ``KeptFiles`` and registers it once Django is ready.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db.models import Max, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from efficiency.audit.records import record
from efficiency.files import checking, scanner, store
from efficiency.files.clean import CleanFile
from efficiency.files.handing_out import download
from efficiency.files.models import ErasableCopy, FileCopy
from efficiency.files.rules import KIND_BY_CONTENT_TYPE

F = TypeVar("F", bound=FileCopy)


class KeptFiles(Generic[F]):
    """
    The files of one table.

    :param model: the table, one row a file
    :param folder: where in the storage they lie; no other table has the same
    :param name: how what befalls them is recorded, as in ``name.harmful_file``
    """

    def __init__(self, model: type[F], *, folder: str, name: str) -> None:
        self.model = model
        self.folder = folder
        self.name = name

    def register(self) -> None:
        """Say which rows name files of the folder; called once, when the app is ready."""
        store.register_keeper(self.kept, folder=self.folder, name="storage_name", sha256="sha256", size="size")

    def kept(self) -> "QuerySet[F]":
        """Return the files whose time has not run out."""
        rows: QuerySet[F] = self.model._default_manager.all()
        return rows.filter(erased_at__isnull=True) if issubclass(self.model, ErasableCopy) else rows

    def attach(self, subject: Model, files: Sequence[CleanFile], /, *, at: datetime, **columns: Any) -> list[F]:
        """
        Add ``files`` to a row, in the caller's transaction, which has made or locked it.

        :param columns: what else each row of the table says, such as the step that the files came with
        :raises NoRoom: they cannot be kept; nothing was added
        """
        rows_of_subject = self.model._default_manager.filter(**{self.model.of: subject})
        last = rows_of_subject.aggregate(last=Max("position"))["last"] or 0
        written: list[str] = []
        try:
            rows = []
            for position, file in enumerate(files, start=last + 1):
                row = self.model(
                    **{self.model.of: subject},
                    position=position,
                    content_type=file.content_type,
                    size=file.size,
                    sha256=file.sha256,
                    created_at=at,
                    **columns,
                )
                written.append(self.write(row, file))
                rows.append(row)
            return self.model._default_manager.bulk_create(rows)
        except BaseException:
            store.remove(written)
            raise

    def write(self, row: F, file: CleanFile) -> str:
        """
        Keep the content of a file, let its row name it, and return the name.

        :raises NoRoom: it cannot be kept
        """
        row.storage_name = store.write(file.content, self.folder)
        return row.storage_name

    def content_of(self, file: F) -> bytes:
        """
        Return what is kept of a file, for the scanner.

        :raises FileUnavailable: the storage does not give it
        """
        return store.read(file.storage_name, file.sha256)

    def shown_name(self, file: F) -> str:
        """Return the name by which people know a file: 附件1.pdf."""
        kind = KIND_BY_CONTENT_TYPE.get(file.content_type)
        ending = f".{kind.extension}" if kind else ""
        return f"{_('Attachment %(number)d') % {'number': file.position}}{ending}"

    def is_fetchable(self, file: F) -> bool:
        """Say whether a file may be fetched: what a scanner has not looked at yet waits (docs/trust.md U-08)."""
        return not file.harmful and (file.scanned_at is not None or not scanner.is_configured())

    def response_for(self, request: HttpRequest, file: F, *, from_others: bool = True) -> HttpResponse:
        """
        Return the answer that holds a copy, or says why it does not; rights were asked by the caller.

        :param from_others: False where whoever asks sent the file in, and need not wait for the scanner
        """
        name = self.shown_name(file)
        if file.harmful or (from_others and not self.is_fetchable(file)):
            shown = {"name": name, "is_harmful": bool(file.harmful)}
            response = _held_back(request, shown, status=403 if file.harmful else 503)
            response["Cache-Control"] = "no-store"
            return response
        try:
            content = store.read(file.storage_name, file.sha256)
        except store.FileUnavailable:
            return _held_back(request, {"name": name, "is_away": True}, status=503)
        return download(content, content_type=file.content_type, name=name)

    def look_at_waiting(self, *, at: datetime) -> int:
        """
        Have the scanner look at the files that wait; return at how many it did.

        It ends where the scanner cannot be reached, or says nothing of ten files in a row; a file of which it says
        nothing, or that the storage does not give, holds up no other (docs/trust.md D-07).
        """
        part = checking.Part(
            rows=lambda: self.kept().select_related(self.model.of),
            contents=lambda file: [self.content_of(file)],
            told=self._tell,
        )
        return checking.look_at_part(self.name, part, at=at)

    def _tell(self, file: F, found: str, at: datetime) -> None:
        about = getattr(file, self.model.of)
        detail = {"attachment": file.position, "found": found}
        record(f"{self.name}.harmful_file", actor=None, obj=about, detail=detail, at=at)


def _held_back(request: HttpRequest, shown: dict[str, object], *, status: int) -> HttpResponse:
    return render(request, "pages/file_held_back.html", shown, status=status)
