"""
What every step with a document has in common: lock, right, state, second person, the text that was shown; and its end.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from disclosure.documents import fingerprint, guard, messages, workflow
from disclosure.documents.refusals import Changed, Invalid, NotAllowed, NotInState
from disclosure.enums import DocumentStep
from disclosure.models import Document, DocumentEvent, DocumentVersion
from efficiency.access import persons
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.audit.records import record

NOTE_LENGTH = 300
# After these somebody else has the next step.
TELLING = (*workflow.WRITING, DocumentStep.CHECK_SOURCE, DocumentStep.REVIEW)


@dataclass(frozen=True, slots=True)
class Held:
    """A version whose document is locked until the transaction ends, and the SHA-256 of what it says."""

    version: DocumentVersion
    transition: workflow.Transition
    sha256: bytes


def lock(document_id: int) -> Document:
    """Return the document; nobody else takes a step with any of its versions until the transaction ends."""
    return (
        Document.objects.select_for_update(of=("self",), no_key=True)
        .select_related("organ", "column", "public_version")
        .get(pk=document_id)
    )


def begin(version: DocumentVersion, step: DocumentStep, /, *, by: User, seen: str | None) -> Held:
    """
    Lock the document of ``version``, read it anew and make sure that ``by`` may take the step with it now.

    :param seen: the stamp (``fingerprint.stamp``) of what the person was shown; None where no page was shown
    :raises NotAllowed: no right to it, or the second pair of eyes belongs to an author
    :raises NotInState: the version is not where the step begins
    :raises Changed: it says something else than what was shown
    """
    document = lock(version.document_id)
    current = DocumentVersion.objects.select_related("drafted_by").get(pk=version.pk)
    current.document = document
    found = workflow.transition(step, current.state)
    if found is None:
        if not may(by, workflow.right_of(step), document, fresh=True):
            raise NotAllowed(_("This step is not yours to take."))
        raise NotInState(_("The document is no longer where this step begins: somebody took a step meanwhile."))
    if refusal := hindrance(current, found, by=by, fresh=True):
        raise refusal
    if seen is not None and fingerprint.stamp(current) != seen:
        raise Changed
    return Held(current, found, fingerprint.of(current))


def hindrance(
    version: DocumentVersion, found: workflow.Transition, *, by: User, fresh: bool = False
) -> NotAllowed | NotInState | None:
    """Return why ``by`` cannot take a step of the table with the version, which is where it begins, or None."""
    if not any(may(by, right, version.document, fresh=fresh) for right in found.rights):
        return NotAllowed(_("This step is not yours to take."))
    if found.step == DocumentStep.CHECK_SOURCE and version.handed_in_at is None:
        return NotInState(_("The draft is still being written; it is checked once it was handed in."))
    if found.is_second and is_author(version, by):
        return NotAllowed(_("Whoever wrote a version cannot check, review or approve it; another person has to."))
    return None


def authors_of(version: DocumentVersion) -> Iterator[User]:
    """Yield everybody who wrote on the version, in whichever state, or made what the portal made it of."""
    ids = version.events.filter(action__in=workflow.WRITING, by__isnull=False).values("by")
    yield from User.objects.filter(pk__in=ids).order_by("pk")


def is_author(version: DocumentVersion, person: User) -> bool:
    """Say whether the natural person wrote on the version, from whichever account (docs/trust.md Z-10)."""
    return any(persons.is_same_person(person, author) for author in authors_of(version))


def pass_guard(held: Held, /, *, by: User, at: datetime, reason: str) -> None:
    """
    Let the version go on: no personal number stands in it, or a second person says why (docs/trust.md P-07).

    :raises HoldsNumbers: there are some, and nobody has given a reason
    """
    places = guard.open_places(held.version, held.sha256)
    if not places:
        return
    if not reason.strip():
        raise guard.blocked(places)
    note(held.version, DocumentStep.CONFIRM_NUMBERS, by=by, at=at, text=text_of(guard.REASON, reason, ""))


def note(
    version: DocumentVersion, step: DocumentStep, /, *, by: User | None, at: datetime, text: str = ""
) -> DocumentEvent:
    """Write a step down, for those who look at the document and into the audit record (docs/trust.md L-01, L-07)."""
    event = DocumentEvent.objects.create(
        document=version.document,
        version=version,
        action=step,
        by=by,
        at=at,
        note=text,
        sha256=fingerprint.of(version),
    )
    if step in TELLING and version.is_in_work and version.handed_in_at is not None:
        messages.tell_next(version, authors=list(authors_of(version)), at=at)
    detail = {"version": version.number, "revision": version.revision}
    record(f"document.{step}", actor=by, obj=version.document, detail=detail, at=at)
    return event


def text_of(field: str, value: str, missing: object, *, at_most: int = NOTE_LENGTH) -> str:
    """
    Return a typed text without white space around it; required where ``missing`` says what is asked for.

    Control characters come along when text is pasted, and nobody sees them: tabs and ends of lines alone stay.

    :raises Invalid: it is missing, too long, or holds what no text has (docs/trust.md O-06)
    """
    if "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value):
        raise Invalid(field, _("The text contains a character that is no text. Please remove it and send again."))
    lines = value.replace("\r\n", "\n").replace("\r", "\n")
    cleaned = "".join(char for char in lines if char in "\n\t" or unicodedata.category(char) != "Cc").strip()
    if missing and not cleaned:
        raise Invalid(field, str(missing))
    if len(cleaned) > at_most:
        raise Invalid(field, _("Please use at most %(count)d characters.") % {"count": at_most})
    return cleaned
