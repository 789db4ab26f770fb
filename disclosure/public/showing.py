"""What the page of a document shows: the box of its data, text, files, where it comes from, what was before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from disclosure.automatic import sources
from disclosure.documents import markup
from disclosure.enums import PUBLIC_STATES, OwedState, VersionState
from disclosure.models import Document, DocumentFile, DocumentVersion, OwedPublication
from disclosure.public.listing import Tag, tag_of
from efficiency import facts
from efficiency.timing.due import local_day


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file as the page names it."""

    position: int
    name: str
    kind: str
    size: int
    href: str


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version that everybody could read: its number, since when, and where it is read; without ``href`` nowhere."""

    version: DocumentVersion
    href: str
    comparison: str
    is_shown: bool


@dataclass(frozen=True, slots=True)
class Source:
    """Where a document was made from: a kind of fact in words, and its own page."""

    label: str
    href: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A publication that was owed and that this document is."""

    owed: OwedPublication
    is_late: bool


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """Everything that the page of a version shows."""

    document: Document
    version: DocumentVersion
    is_current: bool
    tag: Tag
    text: SafeString
    files: Sequence[FileLine]
    versions: Sequence[VersionLine]
    source: Source | None
    fulfils: Sequence[Kept]
    address: str
    citation: str
    # The local day on which the page is read.
    read_on: date


def public_document(key: int) -> Document:
    """
    Return a document that everybody may know of, with what its page shows.

    :raises Http404: there is none, or it was never public
    """
    rows = Document.objects.public().select_related("public_version", "organ", "column").defer("search_pairs")
    return get_object_or_404(rows, pk=key)


def is_withdrawn(document: Document) -> bool:
    """Say whether everybody could read the document, and can no more."""
    return document.public_version is None or document.public_version.state == VersionState.WITHDRAWN


def version_of(document: Document, number: int) -> DocumentVersion:
    """
    Return a version that everybody may read: the public one or one that it replaced.

    :raises Http404: there is none, or it may be read no more
    """
    return get_object_or_404(document.versions.filter(_readable(document)), number=number)


def _readable(document: Document) -> Q:
    """
    Return the condition of the versions of a document that everybody may read.

    Whoever withdraws a version withdraws with it what it replaced: a clean one that follows brings none of them back.
    Of some sources the latest alone is readable (``efficiency.facts.FactKind.hides_earlier``).
    """
    states = [VersionState.PUBLISHED] if _hides_earlier(document) else [VersionState.PUBLISHED, VersionState.REPLACED]
    withdrawn_since = DocumentVersion.objects.filter(
        document=OuterRef("document"), state=VersionState.WITHDRAWN, number__gt=OuterRef("number")
    )
    return Q(state__in=states) & ~Q(Exists(withdrawn_since))


def _hides_earlier(document: Document) -> bool:
    kind = sources.kind_of(document.source)
    return kind is not None and kind.hides_earlier


def page_of(document: Document, version: DocumentVersion, *, at: datetime) -> DocumentPage:
    """Return what the page of a version shows at ``at``, in a fixed number of questions."""
    is_current = version.pk == document.public_version_id
    address = settings.PORTAL_URL.rstrip("/") + reverse("disclosure:document", args=[document.pk])
    return DocumentPage(
        document=document,
        version=version,
        is_current=is_current,
        tag=tag_of(document, local_day(at)) if is_current else Tag(str(VersionState.REPLACED.label), "mute"),
        text=markup.to_html(version.body),
        files=files_of(document, version),
        versions=_versions(document, version),
        source=_source(document),
        fulfils=_fulfils(document),
        address=address,
        citation=citation(document, version, address, at),
        read_on=local_day(at),
    )


def files_of(document: Document, version: DocumentVersion) -> list[FileLine]:
    """Return the files of a version that may be handed out, in their order."""
    return [
        FileLine(
            position=file.position,
            name=file.name,
            kind=file.name.rpartition(".")[2].upper(),
            size=file.size,
            href=_file_address(document, file, version),
        )
        for file in version.files.filter(harmful="").order_by("position")
    ]


def _file_address(document: Document, file: DocumentFile, version: DocumentVersion) -> str:
    if version.pk == document.public_version_id:
        return reverse("disclosure:file", args=[document.pk, file.position])
    return reverse("disclosure:version_file", args=[document.pk, version.number, file.position])


def _versions(document: Document, shown: DocumentVersion) -> list[VersionLine]:
    """Return the versions that everybody could read, the newest first; nothing if there was never another."""
    is_readable = ExpressionWrapper(_readable(document), output_field=BooleanField())
    once_public = document.versions.filter(state__in=PUBLIC_STATES).annotate(is_readable=is_readable)
    versions = list(once_public.order_by("-number").defer("body"))
    if len(versions) < 2:
        return []
    readable = [version.pk for version in versions if version.is_readable]
    return [
        VersionLine(
            version=version,
            href=_version_address(document, version) if version.pk in readable else "",
            comparison=_version_address(document, version, "comparison") if version.pk in readable[:-1] else "",
            is_shown=version.pk == shown.pk,
        )
        for version in versions
    ]


def _version_address(document: Document, version: DocumentVersion, name: str = "version") -> str:
    if name == "version" and version.pk == document.public_version_id:
        return reverse("disclosure:document", args=[document.pk])
    return reverse(f"disclosure:{name}", args=[document.pk, version.number])


def version_before(document: Document, version: DocumentVersion) -> DocumentVersion:
    """
    Return the version that ``version`` replaced.

    :raises Http404: it was the first, or what it replaced may be read no more
    """
    readable = document.versions.filter(_readable(document))
    before = readable.filter(number__lt=version.number).order_by("-number").first()
    if before is None:
        raise Http404
    return before


def _source(document: Document) -> Source | None:
    """Return what a document was made from, and the page on which the portal shows it by itself."""
    if not document.source:
        return None
    try:
        label = str(facts.kind_of(document.source).label)
    except KeyError:  # of a part that is no longer there
        return None
    return Source(label, document.source_path)


def _fulfils(document: Document) -> list[Kept]:
    owed = document.fulfils.filter(state=OwedState.PUBLISHED).select_related("duty").order_by("due_on", "pk")
    return [Kept(each, _is_late(each)) for each in owed]


def _is_late(owed: OwedPublication) -> bool:
    return owed.published_at is not None and timezone.localdate(owed.published_at) > owed.due_on


def citation(document: Document, version: DocumentVersion, address: str, at: datetime) -> str:
    """Return the line by which a document is cited (GB/T 7714): organ, title, number, days, address."""
    title = f"{version.title}:{version.document_number}" if version.document_number else version.title
    published = f"({timezone.localdate(version.published_at):%Y-%m-%d})" if version.published_at else ""
    return f"{document.organ}.{title}[EB/OL].{published}[{local_day(at):%Y-%m-%d}].{address}."
