"""Of what a document was made by itself, and what of its words may stand in lists for machines."""

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import translation

from disclosure.enums import VersionState
from efficiency import facts
from efficiency.facts import FactKind

if TYPE_CHECKING:
    from disclosure.models import DocumentVersion


def kind_of(source: str) -> FactKind | None:
    """Return the kind of fact of that name; None for what somebody wrote, and for a kind that nobody knows any more."""
    return next((kind for kind in facts.kinds() if kind.name == source), None)


def is_of_people(source: str) -> bool:
    """Say whether the words of documents of that source are those of citizens (docs/trust.md P-14)."""
    kind = kind_of(source)
    return kind is not None and kind.is_of_people


def title_in_data(source: str, title: str) -> str:
    """Return the title as open data has it: in place of the words of citizens what kind of document it is."""
    kind = kind_of(source)
    if kind is None or not kind.is_of_people:
        return title
    with translation.override("zh-hans"):
        return str(kind.label)


def title_of(source: str, version: "DocumentVersion") -> str:
    """Return the title by which everybody may know of a version: words of citizens end where it is withdrawn (P-14)."""
    return title_in_data(source, version.title) if version.state == VersionState.WITHDRAWN else version.title


def page_of(document_id: int) -> str:
    """Return the path of the page of a document."""
    return reverse("disclosure:document", args=[document_id])
