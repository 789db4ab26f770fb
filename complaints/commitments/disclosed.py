"""
What service items tell the public by themselves: how a matter is settled, and what it costs (docs/domain.md 6).

A version that is published becomes a document of its organ under "procedures", its fees one under "fees"; an item that
is taken off the list leaves its document with a last day. The accounts are in Chinese, whoever reads them.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, cast

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from complaints.commitments import parts
from complaints.models import ItemVersion, MatterType, ServiceItem
from efficiency import facts, markdown
from efficiency.facts import Account, Fact, FactKind
from efficiency.telling import actions as telling
from efficiency.timing.limits import Limit
from efficiency.timing.texts import limit_text

if TYPE_CHECKING:
    from django.db import models

    from efficiency.access.models import User

ITEM, FEES = "item_version", "item_fees"
CHINESE = "zh-hans"
NO_FEE = "不收费。"


def published(
    versions: Sequence[ItemVersion], before: Iterable[ItemVersion], /, *, by: "User | None", at: datetime
) -> None:
    """
    Tell that versions were published, within the transaction that published them; of the fees where they changed.

    :param before: the versions that held until then, of the same items
    """
    fees_before = {each.item_id: (each.fees, each.fee_basis) for each in before}
    found = [_fact(ITEM, version, at, by) for version in versions]
    found += [
        _fact(FEES, version, at, by)
        for version in versions
        if (version.fees, version.fee_basis) != fees_before.get(version.item_id, ("", ""))
    ]
    telling.tell_or_note(found)


def changed(items: Sequence[ServiceItem], /, *, by: "User | None", at: datetime) -> None:
    """Tell that items that are offered got another name, theme or the like, within the transaction that gave it."""
    today = timezone.localdate(at)
    offered = ItemVersion.objects.published().filter(Q(valid_until__isnull=True) | Q(valid_until__gt=today))
    rows = offered.filter(item__in=items).select_related("item__organ").order_by("item_id", "-valid_from")
    newest = list(rows.distinct("item_id"))
    found = [_fact(ITEM, version, at, by) for version in newest]
    telling.tell_or_note([*found, *(_fact(FEES, version, at, by) for version in newest if version.fees)])


def withdrawn(version: ItemVersion, /, *, by: "User | None", at: datetime) -> None:
    """Tell that an item was taken off the list whose last version this is, within that transaction."""
    kinds = (ITEM, FEES) if version.fees else (ITEM,)
    telling.tell_or_note([_fact(kind, version, at, by) for kind in kinds])


def _fact(kind: str, version: ItemVersion, at: datetime, by: "User | None" = None) -> Fact:
    return Fact(kind, version, version.item.organ, at, version.item.code, by)


# --- Accounts --------------------------------------------------------------------------------------------------------


def guide(subject: "models.Model") -> Account | None:
    """Tell how a matter of an item is settled by its newest published version."""
    versions = _published_of(cast(ItemVersion, subject))
    if not versions:
        return None
    version, item = versions[0], versions[0].item
    with translation.override(CHINESE):
        body = markdown.joined(
            _ending(version),
            markdown.section("基本信息", _basics(version)),
            markdown.section("办理时限", _limits(version, versions[1] if len(versions) > 1 else None)),
            markdown.section("申请人", markdown.paragraphs(version.applicants)),
            markdown.section("受理条件", markdown.paragraphs(version.conditions)),
            markdown.section("申请材料", _materials(version)),
            markdown.section("办理流程", markdown.numbered(_steps(version))),
            markdown.section("收费", _fees(version)),
            markdown.section(
                "办理结果和送达", markdown.named(("办理结果", version.result), ("到现场次数", f"{version.visits}次"))
            ),
            markdown.section("办理地点和联系方式", _contact(version)),
            markdown.section("设定依据", markdown.paragraphs(version.legal_basis)),
        )
        theme = item.get_theme_display()
    return Account(
        f"{item.name}办事指南", body, _formed_on(version), str(theme), _path_of(item), valid_until=_last_day(version)
    )


def fees(subject: "models.Model") -> Account | None:
    """Tell what an item costs, or that it costs nothing any more; None of an item that never cost anything."""
    versions = _published_of(cast(ItemVersion, subject))
    if not any(version.fees for version in versions):
        return None
    version, item = versions[0], versions[0].item
    with translation.override(CHINESE):
        body = markdown.joined(
            _ending(version),
            markdown.section(
                "收费项目",
                markdown.named(
                    ("收费事项", item.name),
                    ("实施编码", item.code),
                    ("收费单位", item.organ.name),
                    ("施行日期", version.valid_from.isoformat()),
                ),
            ),
            markdown.section("收费标准", markdown.paragraphs(version.fees) or NO_FEE),
            markdown.section("收费依据", markdown.paragraphs(version.fee_basis)),
            markdown.section("监督", markdown.named(("投诉电话", version.supervision_phone))),
        )
        theme = item.get_theme_display()
    return Account(
        f"{item.name}收费标准", body, _formed_on(version), str(theme), _path_of(item), valid_until=_last_day(version)
    )


def _published_of(version: ItemVersion) -> list[ItemVersion]:
    """Return the published versions of the item, the newest first; those that ``_standing`` read are not asked for."""
    kept: list[ItemVersion] | None = getattr(version, "all_published", None)
    if kept is not None:
        return kept
    rows = ItemVersion.objects.published().filter(item=version.item_id).select_related("item__organ", "post")
    return list(rows.select_related("item__successor").order_by("-valid_from"))


def _formed_on(version: ItemVersion) -> date | None:
    """Return the day on which it came to be what it says: that of its publication, or of its end."""
    moment = version.item.withdrawn_at if _last_day(version) else version.published_at
    return timezone.localdate(moment) if moment else None


def _last_day(version: ItemVersion) -> date | None:
    """Return the last day of an item that is taken off the list."""
    return version.valid_until - timedelta(days=1) if version.valid_until else None


def _ending(version: ItemVersion) -> str:
    last, item = _last_day(version), version.item
    if last is None:
        return ""
    told = f"本事项办理至{last.isoformat()}，此后不再办理。"
    why = f"原因：{markdown.plain(item.withdrawal_reason)}" if item.withdrawal_reason else ""
    instead = ""
    if item.successor:
        instead = f"此后请办理：{markdown.link(item.successor.name, _path_of(item.successor))}"
    return "\n\n".join(line for line in (told, why, instead) if line)


def _basics(version: ItemVersion) -> str:
    item = version.item
    return markdown.named(
        ("事项名称", item.name),
        ("实施编码", item.code),
        ("基本编码", item.basic_code),
        ("事项类型", item.get_kind_display()),
        ("实施单位", item.organ.name),
        ("承办科室", version.section),
        ("责任岗位", version.post.name if version.post else ""),
        ("服务对象", item.get_audience_display()),
        ("办件类型", version.get_matter_type_display()),
    )


def _limits(version: ItemVersion, before: ItemVersion | None) -> str:
    earlier = ""
    if before is not None and before.valid_until == version.valid_from:
        last = version.valid_from - timedelta(days=1)
        earlier = f"{_in_words(before)}（适用于{last.isoformat()}及以前受理的办件）"
    law = version.statutory_limit
    return markdown.named(
        ("承诺办结时限", _in_words(version)),
        ("法定办结时限", _limit(law) if law else "法律未规定"),
        ("法定时限依据", version.statutory_basis),
        ("不计入时限的程序", version.special_procedure),
        ("施行日期", version.valid_from.isoformat()),
        ("此前的承诺", earlier),
        ("调整原因", version.reason),
    )


def _in_words(version: ItemVersion) -> str:
    return "当场办结" if version.matter_type == MatterType.INSTANT else _limit(version.committed_limit)


def _limit(limit: Limit) -> str:
    return str(limit_text(limit))


def _materials(version: ItemVersion) -> str:
    return markdown.table(
        ("材料名称", "形式", "份数", "来源", "是否可容缺"),
        [
            (each.name, each.form, str(each.copies), each.source, "可容缺" if each.replaceable else "否")
            for each in parts.materials_of(version.materials)
        ],
    )


def _steps(version: ItemVersion) -> list[str]:
    steps = parts.steps_of(version.steps)
    return [f"{each.name}（{_limit(each.limit)}，参考）" if each.limit else each.name for each in steps]


def _fees(version: ItemVersion) -> str:
    if not version.fees:
        return NO_FEE
    return markdown.joined(markdown.paragraphs(version.fees), markdown.named(("依据", version.fee_basis))).rstrip()


def _contact(version: ItemVersion) -> str:
    return markdown.named(
        ("办理窗口", version.window),
        ("办公时间", version.hours),
        ("咨询电话", version.phone),
        ("投诉电话", version.supervision_phone),
    )


def _path_of(item: ServiceItem) -> str:
    return reverse("complaints:commitment", args=[item.code])


# --- All that stands -------------------------------------------------------------------------------------------------


def _standing(kind: str, at: datetime) -> Iterator[Fact]:
    """Yield a fact for each item that is offered on the day or later, with all its versions read at once."""
    today = timezone.localdate(at)
    shown = ItemVersion.objects.published().filter(Q(valid_until__isnull=True) | Q(valid_until__gt=today))
    rows = ItemVersion.objects.published().filter(item__in=shown.values("item"))
    rows = rows.select_related("item__organ", "item__successor", "post").order_by("item_id", "-valid_from")
    of_item: list[ItemVersion] = []
    for version in rows.iterator(chunk_size=1000):
        if of_item and of_item[0].item_id != version.item_id:
            yield from _of_item(kind, of_item, at)
            of_item = []
        of_item.append(version)
    yield from _of_item(kind, of_item, at)


def _of_item(kind: str, versions: list[ItemVersion], at: datetime) -> Iterator[Fact]:
    if versions and (kind == ITEM or any(version.fees for version in versions)):
        versions[0].all_published = versions  # type: ignore[attr-defined]  # what ``_published_of`` looks for
        yield _fact(kind, versions[0], at)


def items(at: datetime) -> Iterator[Fact]:
    """Yield what stands of items."""
    yield from _standing(ITEM, at)


def item_fees(at: datetime) -> Iterator[Fact]:
    """Yield what stands of their fees."""
    yield from _standing(FEES, at)


def register() -> None:
    """Make the kinds known; called once Django is ready."""
    for name, label, column, account, standing in (
        (ITEM, _("what is promised for a service item"), "procedure", guide, items),
        (FEES, _("fees of a service item"), "fees", fees, item_fees),
    ):
        facts.register_kind(
            FactKind(name, label, "complaints.ItemVersion", column, account, standing=standing, key_field="item__code")
        )
