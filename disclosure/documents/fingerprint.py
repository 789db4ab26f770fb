"""
What tells one state of a version from every other: what is checked, reviewed and approved is what was shown.

Each step keeps the SHA-256 of everything that would become public with it: text, dates, heading, files by their own
SHA-256, and what of the catalogue it fulfils.
"""

import hashlib
import json
from collections.abc import Sequence

from django.core.serializers.json import DjangoJSONEncoder

from disclosure.models import DocumentVersion

SHOWN = (
    "title",
    "document_number",
    "formed_on",
    "valid_until",
    "legal_form",
    "ground",
    "summary",
    "body",
)


def of(version: DocumentVersion) -> bytes:
    """Return the SHA-256 of what the version says, as the database has its files."""
    files = version.files.order_by("position").values_list("name", "content_type", "sha256")
    return sum_of(
        version,
        files=[(name, kind, bytes(digest)) for name, kind, digest in files],
        owed=sorted(version.owed.values_list("pk", flat=True)),
    )


def sum_of(version: DocumentVersion, *, files: Sequence[tuple[str, str, bytes]], owed: Sequence[int]) -> bytes:
    """Return the same of a version with these files, and ids of what it fulfils in ascending order; asks nothing."""
    document = version.document
    shown = {
        "of": [document.organ_id, document.column_id, document.theme, version.number],
        "text": [getattr(version, name) for name in SHOWN],
        "files": [[name, content_type, bytes(sha256).hex()] for name, content_type, sha256 in files],
        "owed": list(owed),
    }
    text = json.dumps(shown, cls=DjangoJSONEncoder, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).digest()


def stamp(version: DocumentVersion) -> str:
    """Return revision and SHA-256 as a form carries them from the page that showed the version to the step."""
    return f"{version.revision}-{of(version).hex()}"
