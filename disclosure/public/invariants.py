"""What must be true of the search of documents at any time (docs/trust.md 3.2); counted by ``verify``."""

from django.utils.translation import gettext_lazy as _

from disclosure.models import Document
from disclosure.public import indexing
from efficiency.audit.verify import register_invariant

CHUNK = 500


def found_by_something_else() -> int:
    """Count the documents that are found by something else than what everybody may read of them."""
    rows = Document.objects.select_related("public_version").prefetch_related("public_version__files").order_by("pk")
    return sum(
        set(document.search_pairs) != set(indexing.elements_for(document, document.public_version))
        for document in rows.iterator(chunk_size=CHUNK)
    )


def register() -> None:
    """Make the check known."""
    register_invariant("I-39", _("documents are found by what everybody may read of them"), found_by_something_else)
