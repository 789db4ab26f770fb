"""
Before anything is published: are there identity-card, telephone or bank card numbers in it? (docs/trust.md P-07)

What is found blocks until it is taken out, or until a second person says why it may stand. That holds for the very
text and files it was said of: any change asks anew.
"""

from dataclasses import dataclass

from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from disclosure.documents import markup
from disclosure.documents.refusals import HoldsNumbers
from disclosure.enums import DocumentStep
from disclosure.models import DocumentVersion
from efficiency.personal_numbers import Finding, find_numbers

REASON = "numbers_reason"
BLOCKED = _(
    "Personal numbers stand in it (%(numbers)s). Send it back so that they are taken out, or say why they may be "
    "published."
)
UNSAID = _("Say why these numbers may be published, or send the document back so that they are taken out.")
FIELDS = {
    "title": pgettext_lazy("disclosure", "title"),
    "document_number": pgettext_lazy("disclosure", "document number"),
    "summary": pgettext_lazy("disclosure", "summary"),
    "ground": _("ground why it is not public"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Numbers that were found in one part of a version; ``is_file`` where the part is the name of a file."""

    where: str | Lazy
    findings: tuple[Finding, ...]
    is_file: bool = False


def look(version: DocumentVersion) -> list[Place]:
    """Return where personal numbers stand in what would become public with the version."""
    parts: list[tuple[str | Lazy, tuple[str, ...], bool]] = [
        (label, (getattr(version, name),), False) for name, label in FIELDS.items()
    ]
    # The marks of the text could stand between the digits that a reader sees as one number.
    parts.append((pgettext_lazy("disclosure", "text"), (version.body, markup.to_text(version.body)), False))
    parts += [(file.name, (file.name, file.text), True) for file in version.files.order_by("position")]
    found = [Place(where, tuple(find_numbers(*texts)), is_file) for where, texts, is_file in parts]
    return [place for place in found if place.findings]


def findings_in(version: DocumentVersion) -> list[Finding]:
    """Return the personal numbers in the words of a version that is not stored yet."""
    return find_numbers(version.title, version.summary, version.body, markup.to_text(version.body))


def is_confirmed(version: DocumentVersion, sha256: bytes) -> bool:
    """Say whether a second person let the numbers stand in just this text and these files."""
    return version.events.filter(action=DocumentStep.CONFIRM_NUMBERS, sha256=sha256).exists()


def open_places(version: DocumentVersion, sha256: bytes) -> list[Place]:
    """Return what still blocks the version."""
    places = look(version)
    return [] if places and is_confirmed(version, sha256) else places


def words_of(places: list[Place]) -> str:
    """Return the numbers that were found, masked, as one list."""
    shown = dict.fromkeys(f"{finding.label} {finding.masked}" for place in places for finding in place.findings)
    return "、".join(list(shown)[:10])


def blocked(places: list[Place]) -> HoldsNumbers:
    """Return the refusal that names what was found, masked."""
    return HoldsNumbers(REASON, str(BLOCKED) % {"numbers": words_of(places)})
