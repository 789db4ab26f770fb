"""Service items with a promise in force, and reports about matters."""

from datetime import date, datetime
from typing import Any

from django.db.models import Model

from complaints.models import ItemVersion, ServiceItem
from efficiency.access.models import User
from efficiency.keys.models import ApiKey
from efficiency.organs.models import Organ
from tests.factories.numbers import running
from tests.factories.staff import make_user
from tests.moments import local

_running = running()
LONG_AGO = date(2020, 1, 1)


def make_item(
    organ: Organ, code: str = "", *, limit: str = "5wd", statutory: str = "20wd", **fields: Any
) -> ServiceItem:
    """Return a new item of the organ with one version in force since long ago."""
    code = code or f"ITEM-{next(_running)}"
    item = ServiceItem.objects.create(
        code=code, name=f"事项{code}", organ=organ, kind="01", theme="construction", audience="legal"
    )
    make_version(item, limit=limit, statutory=statutory, **fields)
    return item


def make_version(item: ServiceItem, *, limit: str, statutory: str = "20wd", **fields: Any) -> ItemVersion:
    """Return a new published version of the item."""
    number, unit = int(limit.rstrip("wdhmy")), limit.lstrip("0123456789")
    writer, publisher = _people()
    asked: dict[str, Any] = {
        "number": item.versions.count() + 1,
        "state": "published",
        "valid_from": LONG_AGO,
        "matter_type": "instant" if number == 0 else "committed",
        "committed_number": number,
        "committed_unit": unit,
        "statutory_number": int(statutory.rstrip("wdhmy")) if statutory else None,
        "statutory_unit": statutory.lstrip("0123456789"),
        "legal_basis": "《建筑法》第七条",
        "applicants": "建设单位",
        "conditions": "已取得建设工程规划许可证",
        "result": "施工许可证",
        "window": "政务服务中心 3 号窗口",
        "phone": "0757-00000000",
        "supervision_phone": "0757-00000001",
        "drafted_by": writer,
        "drafted_at": local("2019-12-01 10:00"),
        "published_by": publisher,
        "published_at": local("2019-12-02 10:00"),
    }
    return ItemVersion.objects.create(item=item, **asked | fields)


def _people() -> list[User]:
    found = list(User.objects.filter(username__in=["item.writer", "item.publisher"]).order_by("-username"))
    return found or [make_user("item.writer"), make_user("item.publisher")]


def make_key(organ: Organ, scopes: tuple[str, ...] = ("matters.push", "matters.see")) -> ApiKey:
    """Return a key of the organ; its secret is nobody's."""
    number = next(_running)
    return ApiKey.objects.create(
        organ=organ,
        name=f"系统{number}",
        scopes=list(scopes),
        prefix=f"{number:08d}",
        secret_hash=b"0" * 32,
        created_at=local("2026-01-01 00:00"),
        created_by=_people()[0],
        expires_at=local("2030-01-01 00:00"),
    )


def said(kind: str, at: datetime, matter: str = "A-1", **fields: Any) -> dict[str, Any]:
    """Return a report as it is sent."""
    return {"id": f"report-{next(_running)}", "matter": matter, "kind": kind, "at": at.isoformat(), **fields}


def row_of(row: Model, without: tuple[str, ...] = ("id",)) -> dict[str, Any]:
    """Return the columns of a row, to be compared."""
    return {
        field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if field.name not in without
    }
