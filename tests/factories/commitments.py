"""Service items and what is promised for them."""

from datetime import date, datetime
from typing import Any

from complaints.commitments import drafting, publishing
from complaints.models import Audience, ItemKind, ItemVersion, MatterType, ServiceItem, Theme
from efficiency.access.models import User
from efficiency.organs.models import Organ
from tests.factories.numbers import running

_running = running()


def make_item(organ: Organ, name: str = "建筑工程施工许可证核发", **fields: Any) -> ServiceItem:
    """Return a new item of the organ."""
    given = {
        "code": f"TEST-{next(_running):04}",
        "kind": ItemKind.LICENCE,
        "theme": Theme.CONSTRUCTION,
        "audience": Audience.LEGAL,
    } | fields
    return ServiceItem.objects.create(organ=organ, name=name, **given)


def draft_of(item: ServiceItem, valid_from: date, days: int = 5, **fields: Any) -> ItemVersion:
    """Return a promise of so many working days that is not stored yet; the law gives twenty."""
    given = {
        "matter_type": MatterType.COMMITTED if days else MatterType.INSTANT,
        "committed_number": days,
        "statutory_number": 20,
        "statutory_unit": "wd",
        "statutory_basis": "《行政许可法》第四十二条",
        "legal_basis": "《建筑法》第七条",
        "applicants": "建设单位",
        "conditions": "材料齐全",
        "materials": [{"name": "申请表", "form": "原件", "copies": 1, "source": "", "replaceable": False}],
        "steps": [{"name": "受理", "limit": ""}, {"name": "审查", "limit": "2wd"}],
        "result": "施工许可证",
        "window": "综合窗口",
        "phone": "12345",
        "supervision_phone": "12345",
    } | fields
    return ItemVersion(item=item, valid_from=valid_from, **given)


def promise(
    item: ServiceItem, valid_from: date, days: int = 5, *, by: tuple[User, User], at: datetime, **fields: Any
) -> ItemVersion:
    """Return a promise that one person wrote and another published."""
    draft = drafting.save_draft(draft_of(item, valid_from, days, **fields), by=by[0], at=at)
    return publishing.publish(draft, by=by[1], at=at)
