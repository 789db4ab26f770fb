"""
Files that go with a version: cleaned like every file, read for search, handed out as downloads (docs/trust.md 2.4).

A new version begins with the files of the one before; the bytes lie once, however many versions name them.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from django.db.models import Max, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from disclosure.documents import following
from disclosure.documents.refusals import Invalid
from disclosure.enums import VersionState
from disclosure.models import DocumentFile, DocumentVersion
from efficiency.audit.records import record
from efficiency.files import checking, store
from efficiency.files.clean import CleanFile
from efficiency.files.handing_out import download
from efficiency.files.names import isolated
from efficiency.files.reading import extract
from efficiency.files.reasons import FIELD
from efficiency.files.rules import MAX_FILES, MAX_STEP_BYTES

FOLDER = "documents"
# Of one file: enough to find it by, and to look through for personal numbers (``guard``).
MOST_TEXT = 500_000


def register() -> None:
    """Say which rows name the files of documents, and have them looked at; called once Django is ready."""
    store.register_keeper(DocumentFile.objects.all, folder=FOLDER, name="storage_name", sha256="sha256", size="size")
    checking.register("documents", checking.Part(_rows, _contents, _tell))


def attach(version: DocumentVersion, uploads: Sequence[CleanFile], /, *, at: datetime) -> list[DocumentFile]:
    """
    Add ``uploads`` to a draft; the caller's transaction has made or locked it.

    :raises Invalid: too many or too much with those it has, or one of which not everything could be taken out that
        tells of its author, which must not become public (docs/trust.md U-03)
    :raises NoRoom: they cannot be kept; nothing was added
    """
    if not uploads:
        return []
    held = list(version.files.values_list("position", "size"))
    if len(held) + len(uploads) > MAX_FILES:
        raise Invalid(FIELD, _("At most %(count)d files go with a document.") % {"count": MAX_FILES})
    if sum(size for _position, size in held) + sum(file.size for file in uploads) > MAX_STEP_BYTES:
        raise Invalid(FIELD, _("The files of a document may have 30 MB together."))
    for file in uploads:
        if file.office_only:
            raise Invalid(
                FIELD,
                _(
                    "Not everything that tells of its author could be taken out of %(name)s. Please save it as PDF and "
                    "send that."
                )
                % {"name": isolated(file.original_name)},
            )
    last = version.files.aggregate(last=Max("position"))["last"] or 0
    written: list[str] = []
    try:
        rows = [_row(version, file, last + number, written, at=at) for number, file in enumerate(uploads, start=1)]
        return DocumentFile.objects.bulk_create(rows)
    except BaseException:
        store.remove(written)
        raise


def take_off(version: DocumentVersion, ids: Collection[int], /) -> None:
    """Take files off a draft; their bytes go once no version names them."""
    gone = dict(version.files.filter(pk__in=ids).values_list("pk", "storage_name"))
    DocumentFile.objects.filter(pk__in=gone).delete()
    still = set(DocumentFile.objects.filter(storage_name__in=gone.values()).values_list("storage_name", flat=True))
    store.remove_after_commit(set(gone.values()) - still)


def carry_over(before: DocumentVersion, version: DocumentVersion, /, *, at: datetime) -> None:
    """Let a new version begin with the files of the one before."""
    rows = list(before.files.order_by("position"))
    for row in rows:
        row.pk, row.version, row.created_at = None, version, at
    DocumentFile.objects.bulk_create(rows)


def harmful(version: DocumentVersion) -> DocumentFile | None:
    """Return a file in which the scanner found something harmful; None where there is none."""
    return version.files.exclude(harmful="").order_by("position").first()


def response_for(file: DocumentFile, request: HttpRequest | None = None) -> HttpResponse:
    """
    Return the answer by which everybody fetches a file of a document that everybody may read.

    :raises Http404: its version is not, or no longer, public; one that was replaced stays readable
    """
    if file.version.state not in (VersionState.PUBLISHED, VersionState.REPLACED):
        raise Http404
    return _answer(file, request)


def to_staff(request: HttpRequest, file: DocumentFile, *, by: object, at: datetime) -> HttpResponse:
    """Return the answer by which staff fetch a file of any version, once that is on record (docs/trust.md L-01)."""
    if checking.is_fetchable(file):
        detail = {"version": file.version.number, "file": file.position}
        record("document.download", actor=by, obj=file.version.document, detail=detail, at=at)  # type: ignore[arg-type]
    return _answer(file, request)


def _answer(file: DocumentFile, request: HttpRequest | None) -> HttpResponse:
    if not checking.is_fetchable(file):
        shown = {"name": file.name, "is_harmful": bool(file.harmful)}
        response = render(request, "disclosure/file_held_back.html", shown, status=403 if file.harmful else 503)
        response["Cache-Control"] = "no-store"
        return response
    try:
        content = store.read(file.storage_name, file.sha256)
    except store.FileUnavailable:
        return render(request, "disclosure/file_unavailable.html", {"name": file.name}, status=503)
    return download(content, content_type=file.content_type, name=file.name)


def _row(version: DocumentVersion, file: CleanFile, position: int, written: list[str], *, at: datetime) -> DocumentFile:
    name = store.write(file.content, FOLDER)
    written.append(name)
    return DocumentFile(
        version=version,
        position=position,
        name=file.original_name,
        content_type=file.content_type,
        size=file.size,
        sha256=file.sha256,
        storage_name=name,
        text=extract.words_of(extract.blocks_of(file))[:MOST_TEXT],
        created_at=at,
    )


def _rows() -> QuerySet[DocumentFile]:
    return DocumentFile.objects.select_related("version__document")


def _contents(file: DocumentFile) -> Iterator[bytes]:
    yield store.read(file.storage_name, file.sha256)


def _tell(file: DocumentFile, found: str, at: datetime) -> None:
    detail = {"version": file.version.number, "file": file.position, "found": found}
    record("document.harmful_file", actor=None, obj=file.version.document, detail=detail, at=at)
    if file.version_id == file.version.document.public_version_id:
        following.tell(file.version.document, at)  # nobody can read it any more, so it is not found by its words
