"""Headings, duties to publish, and documents as they stand once they are published."""

from datetime import date, datetime
from typing import Any

from disclosure.enums import Rhythm, VersionState
from disclosure.models import Column, Document, DocumentVersion, PublicationDuty
from efficiency.organs.models import Organ
from efficiency.timing.due import local_day
from tests.factories.numbers import running

_running = running()


def make_column(code: str = "", name: str = "测试栏目", **fields: Any) -> Column:
    """Return a heading of the catalogue: that of the code, or a new one."""
    known = Column.objects.filter(code=code).first() if code else None
    return known or Column.objects.create(code=code or f"test-{next(_running)}", name=name, **fields)


def make_duty(organ: Organ, rhythm: str = Rhythm.ONCE, *, holds_from: date, **fields: Any) -> PublicationDuty:
    """Return a duty as it lies on the organ; nothing is owed by it before somebody looks (``raising.raise_due``)."""
    given = {"column": fields.pop("column", None) or make_column("guide"), "title": f"公开事项{next(_running)}"}
    given |= {"legal_basis": "《中华人民共和国政府信息公开条例》第十九条"}
    return PublicationDuty.objects.create(organ=organ, rhythm=rhythm, holds_from=holds_from, **(given | fields))


def make_published(
    organ: Organ,
    column: Column,
    *,
    at: datetime,
    title: str = "公开文件",
    source: tuple[str, str] = ("", ""),
    **fields: Any,
) -> DocumentVersion:
    """Return the published version of a new document that everybody reads since ``at``."""
    document = Document.objects.create(
        organ=organ,
        column=column,
        index_number=f"TEST-{next(_running):06}",
        source=source[0],
        source_key=source[1],
        created_at=at,
    )
    return publish_version(document, at=at, title=title, **fields)


def publish_version(document: Document, *, at: datetime, title: str = "公开文件", **fields: Any) -> DocumentVersion:
    """Return a further version of a document that takes the place of the one before it."""
    before = document.versions.filter(state=VersionState.PUBLISHED)
    before.update(state=VersionState.REPLACED, ended_at=at)
    version = DocumentVersion.objects.create(
        document=document,
        number=document.versions.count() + 1,
        state=VersionState.PUBLISHED,
        title=title,
        drafted_at=at,
        published_at=at,
        **({"formed_on": local_day(at)} | fields),
    )
    document.public_version, document.published_at = version, at
    document.save(update_fields=["public_version", "published_at"])
    return version


def withdraw(version: DocumentVersion, *, at: datetime) -> None:
    """Take a published version away from the public."""
    version.state, version.ended_at, version.withdrawal_reason = VersionState.WITHDRAWN, at, "内容有误"
    version.save(update_fields=["state", "ended_at", "withdrawal_reason"])
