"""Drafts of documents: written, changed, begun anew from what was published, discarded."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from disclosure.catalogue import fulfilling
from disclosure.documents import acting, files
from disclosure.documents.refusals import Invalid, NotAllowed, NotInState
from disclosure.enums import IN_WORK, DocumentStep, LegalForm, VersionState
from disclosure.models import Column, Document, DocumentVersion
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.files.clean import CleanFile
from efficiency.organs.models import Organ
from efficiency.timing.due import local_day

# Of the text of one document; longer ones are files that go with it.
MOST_CHARACTERS = 100_000


@dataclass(frozen=True, slots=True)
class Content:
    """What a version says, as it is typed."""

    title: str
    formed_on: date
    body: str = ""
    document_number: str = ""
    valid_until: date | None = None
    legal_form: str = LegalForm.PROACTIVE
    ground: str = ""
    summary: str = ""


CONTENT = tuple(each.name for each in fields(Content))


@transaction.atomic
def draft(
    organ: Organ,
    column: Column,
    content: Content,
    /,
    *,
    by: User,
    at: datetime,
    theme: str = "",
    uploads: Sequence[CleanFile] = (),
    publishes: Collection[int] = (),
    hand_in: bool = True,
) -> DocumentVersion:
    """
    Write the first version of a new document.

    :param publishes: ids of what the catalogue asks for and this document will fulfil
    :param hand_in: whether it is ready to be checked, or still being written on
    :raises NotAllowed: ``by`` writes none for the organ
    :raises Invalid: something is missing, too long, or does not go together
    :raises NoRoom: its files cannot be kept
    """
    document = Document(organ=organ, column=column, created_at=at, theme=_theme(theme))
    if not may(by, "document.draft", document, fresh=True):
        raise NotAllowed(_("Documents of this organ are not yours to write."))
    document.save()
    version = DocumentVersion(document=document, number=1)
    _write(version, content, by=by, at=at, hand_in=hand_in)
    _attach(version, uploads, publishes, at=at)
    acting.note(version, DocumentStep.DRAFT, by=by, at=at)
    return version


@transaction.atomic
def change(
    version: DocumentVersion,
    content: Content,
    /,
    *,
    by: User,
    at: datetime,
    seen: str | None = None,
    column: Column | None = None,
    theme: str | None = None,
    uploads: Sequence[CleanFile] = (),
    take_off: Collection[int] = (),
    publishes: Collection[int] | None = None,
    hand_in: bool = True,
) -> DocumentVersion:
    """
    Write a draft anew; every change counts a revision, so that nobody confirms what they have not read.

    :param column: another heading of the catalogue, while nothing of the document was published; so ``theme``
    :param take_off: ids of files that no longer go with it
    :param publishes: as in ``draft``; None leaves it as it is
    :raises NotAllowed: ``by`` writes none for the organ
    :raises NotInState: it is no draft any more; ``Changed`` where it is another than was ``seen``
    :raises Invalid: something is missing, too long, or does not go together
    :raises NoRoom: its files cannot be kept
    """
    held = acting.begin(version, DocumentStep.CHANGE, by=by, seen=seen)
    current, document = held.version, held.version.document
    if document.public_version_id is None and (column is not None or theme is not None):
        document.column = column or document.column
        document.theme = document.theme if theme is None else _theme(theme)
        document.save(update_fields=["column", "theme"])
    current.revision += 1
    files.take_off(current, take_off)
    _write(current, content, by=by, at=at, hand_in=hand_in)
    _attach(current, uploads, publishes, at=at)
    acting.note(current, DocumentStep.CHANGE, by=by, at=at)
    return current


@transaction.atomic
def begin_version(document: Document, /, *, by: User, at: datetime) -> DocumentVersion:
    """
    Begin a new version with what the newest one says, to be changed before it is handed in.

    :raises NotAllowed: ``by`` writes none for the organ
    :raises NotInState: a version is in work already, or the portal makes the document by itself
    """
    document = acting.lock(document.pk)
    if not may(by, "document.draft", document, fresh=True):
        raise NotAllowed(_("Documents of this organ are not yours to write."))
    if document.source:
        raise NotInState(_("What this document says belongs to its source. Please change it there."))
    if document.versions.filter(state__in=IN_WORK).exists():
        raise NotInState(_("A version of this document is in work already."))
    before = newest(document)
    version = DocumentVersion(
        document=document,
        number=next_number(document),
        drafted_by=by,
        drafted_at=at,
        **{name: getattr(before, name) for name in CONTENT},
    )
    version.save()
    files.carry_over(before, version, at=at)
    acting.note(version, DocumentStep.DRAFT, by=by, at=at)
    return version


@transaction.atomic
def discard(
    version: DocumentVersion, /, *, by: User, at: datetime, seen: str | None = None, reason: str = ""
) -> DocumentVersion:
    """
    Put a draft away for good; that it was there stays on record.

    :raises NotAllowed: ``by`` writes none for the organ
    :raises NotInState: it is no draft any more; ``Changed`` where it is another than was ``seen``
    """
    held = acting.begin(version, DocumentStep.DISCARD, by=by, seen=seen)
    held.version.state = VersionState.DISCARDED
    held.version.save(update_fields=["state"])
    acting.note(held.version, DocumentStep.DISCARD, by=by, at=at, text=acting.text_of("reason", reason, ""))
    return held.version


def newest(document: Document) -> DocumentVersion:
    """Return the version that a new one begins with: what is public, else the last that was not discarded."""
    kept = document.versions.exclude(state=VersionState.DISCARDED).order_by("-number")
    found = document.public_version or kept.first() or document.versions.order_by("-number").first()
    if found is None:
        raise NotInState(_("This document has no text yet."))
    return found


def next_number(document: Document) -> int:
    """Return the number of the next version; the document is locked."""
    return (document.versions.aggregate(last=Max("number"))["last"] or 0) + 1


def _write(
    version: DocumentVersion,
    content: Content,
    *,
    by: User,
    at: datetime,
    hand_in: bool,
) -> None:
    for name, value in _checked(content, at=at).items():
        setattr(version, name, value)
    public = version.document.public_version
    if version.legal_form != LegalForm.PROACTIVE and public is not None and public.is_public:
        raise Invalid("legal_form", _("The document is public. Withdraw it first if it may not be read any longer."))
    version.drafted_by, version.drafted_at = by, at
    version.handed_in_at = at if hand_in else None
    version.save()


def _attach(
    version: DocumentVersion, uploads: Sequence[CleanFile], publishes: Collection[int] | None, *, at: datetime
) -> None:
    """Add files and what is fulfilled; a document says something, in words or in a file."""
    files.attach(version, uploads, at=at)
    if not version.body and not version.files.exists():
        raise Invalid("body", _("Please write the text, or add the file that holds it."))
    if publishes is None:
        return
    owed = fulfilling.open_for(version.document.organ, version.document.column).filter(pk__in=publishes)
    if owed.count() != len(set(publishes)):
        raise Invalid("publishes", _("One of these is no longer owed, or not under this heading. Please choose again."))
    version.owed.set(owed)


def _checked(content: Content, *, at: datetime) -> dict[str, object]:
    """
    Return the content as it is stored.

    :raises Invalid: something is missing, too long, or does not go together
    """
    if content.formed_on > local_day(at):
        raise Invalid("formed_on", _("A document cannot have been formed in the future."))
    if content.valid_until is not None and content.valid_until < content.formed_on:
        raise Invalid("valid_until", _("A document cannot end before it was formed."))
    if content.legal_form not in LegalForm.values:
        raise Invalid("legal_form", _("Please choose the form of disclosure."))
    is_not_public = content.legal_form == LegalForm.NOT_PUBLIC
    why = _("Please give the ground why the document is not public.") if is_not_public else ""
    return {
        "title": acting.text_of("title", " ".join(content.title.split()), _("Please give the title."), at_most=200),
        "document_number": acting.text_of("document_number", content.document_number, "", at_most=60),
        "formed_on": content.formed_on,
        "valid_until": content.valid_until,
        "legal_form": content.legal_form,
        # Of what is public there is no such ground; one that was typed before does not go along with it.
        "ground": acting.text_of("ground", content.ground, why) if is_not_public else "",
        "summary": acting.text_of("summary", content.summary, ""),
        "body": acting.text_of("body", content.body, "", at_most=MOST_CHARACTERS),
    }


def _theme(theme: str) -> str:
    return acting.text_of("theme", theme, "", at_most=30)
