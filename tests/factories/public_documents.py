"""Documents that everybody may read, as rows: for pages and search, which do not ask how they came about."""

from datetime import date, datetime, timedelta
from typing import Any

from disclosure.documents import numbers
from disclosure.enums import Category, VersionState
from disclosure.models import Column, Document, DocumentFile, DocumentVersion
from disclosure.public import indexing
from efficiency.organs.models import Organ
from tests.factories.cases import local
from tests.factories.numbers import running

PUBLISHED = local(2026, 3, 3)
_running = running()


def make_column(code: str = "fees", **fields: Any) -> Column:
    """Return the heading of the code, made where there is none."""
    category = code if code in Category.values else ""
    given = {"name": f"栏目{code}", "category": category} | fields
    return Column.objects.get_or_create(code=code, defaults=given)[0]


def make_document(
    organ: Organ,
    title: str = "关于收费标准的公告",
    body: str = "本公告自发布之日起施行。",
    *,
    at: datetime = PUBLISHED,
    column: Column | None = None,
    theme: str = "",
    files: tuple[str, ...] = (),
    **fields: Any,
) -> Document:
    """
    Return a document published at a moment, indexed as the step would do it.

    :param files: texts of the files that go with it
    :param fields: more of its version, such as ``document_number`` or ``valid_until``
    """
    number = next(_running)
    document = Document.objects.create(
        organ=organ,
        column=column or make_column(),
        theme=theme,
        index_number=numbers.index_number(organ, at),
        created_at=at - timedelta(days=5),
    )
    version = make_version(document, 1, VersionState.PUBLISHED, at, title=title, body=body, **fields)
    for position, text in enumerate(files, start=1):
        DocumentFile.objects.create(
            version=version,
            position=position,
            name=f"附件{position}.pdf",
            content_type="application/pdf",
            size=2048,
            sha256=b"\0" * 32,
            storage_name=f"documents/none-{number}-{position}",
            text=text,
            scanned_at=at,
            created_at=at,
        )
    return _shown(document, version)


def make_version(document: Document, number: int, state: str, at: datetime | None, **fields: Any) -> DocumentVersion:
    """Return a version of the document, published at ``at`` if at all."""
    given = {"title": "标题", "formed_on": date(2016, 1, 4), "drafted_at": document.created_at} | fields
    return DocumentVersion.objects.create(document=document, number=number, state=state, published_at=at, **given)


def replace(document: Document, at: datetime, **fields: Any) -> Document:
    """Replace what is public by a version with other ``fields``."""
    before = document.public_version
    assert before is not None
    before.state, before.ended_at = VersionState.REPLACED, at
    before.save()
    kept = {name: getattr(before, name) for name in ("title", "body", "document_number")}
    return _shown(document, make_version(document, before.number + 1, VersionState.PUBLISHED, at, **(kept | fields)))


def withdraw(document: Document, at: datetime, reason: str = "内容有误") -> Document:
    """Withdraw what is public."""
    version = document.public_version
    assert version is not None
    version.state, version.ended_at, version.withdrawal_reason = VersionState.WITHDRAWN, at, reason
    version.save()
    return _shown(document, version)


def _shown(document: Document, version: DocumentVersion) -> Document:
    document.public_version, document.published_at = version, version.published_at
    document.save()
    indexing.index(document, version)
    return document
