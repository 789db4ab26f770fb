"""
The headings that every organ has, and the duties that can be laid on an organ as one set (docs/domain.md 6).

Headings: the six categories of the city's rules 佛府〔2004〕88号, and what the regulation on open government
information (国令711号) lists in its Articles 19 to 21. They are reference data: what is missing is added after each
migration, and what the office has changed stays.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.apps import apps as installed
from django.utils.translation import override

from disclosure.catalogue import duties
from disclosure.enums import Category, Door, Rhythm
from disclosure.models import Column, PublicationDuty
from efficiency import facts
from efficiency.access.models import User
from efficiency.organs.models import Organ, OrganKind

_LAW = "《中华人民共和国政府信息公开条例》"
_CITY = "佛府〔2004〕88号"


@dataclass(frozen=True, slots=True)
class Heading:
    """A standard heading of the catalogue."""

    code: str
    name: str
    basis: str
    category: str = ""
    door: Door = Door.STATUTORY


# fmt: off
COLUMNS = (
    Heading("guide", "政府信息公开指南", f"{_LAW}第十二条", door=Door.GUIDE),
    Heading("rules", "政府信息公开制度", f"{_LAW}第四条", door=Door.RULES),
    Heading("basis", "办事依据", f"{_CITY}；{_LAW}第二十条第一项、第五项", Category.BASIS),
    Heading("procedure", "办事程序", f"{_CITY}；{_LAW}第二十条第五项", Category.PROCEDURE),
    Heading("powers", "职责权限", f"{_CITY}；{_LAW}第二十条第二项", Category.POWERS),
    Heading("fees", "收费标准", f"{_CITY}；{_LAW}第二十条第八项", Category.FEES),
    Heading("results", "办事结果", f"{_CITY}；{_LAW}第二十条第五项", Category.RESULTS),
    Heading("accountability", "责任追究", f"{_CITY}；{_LAW}第十九条", Category.ACCOUNTABILITY),
    Heading("institution", "机构职能", f"{_LAW}第二十条第二项", Category.POWERS),
    Heading("leaders", "领导信息", f"{_LAW}第二十条第二项", Category.POWERS),
    Heading("normative_documents", "规范性文件", f"{_LAW}第二十条第一项", Category.BASIS),
    Heading("policy_explained", "政策解读", f"{_LAW}第十九条；中办发〔2016〕8号"),
    Heading("decisions", "重大决策公众参与", f"{_LAW}第十九条"),
    Heading("plans", "规划计划", f"{_LAW}第二十条第三项"),
    Heading("statistics", "统计信息", f"{_LAW}第二十条第四项"),
    Heading("approvals", "行政许可", f"{_LAW}第二十条第五项", Category.RESULTS),
    Heading("penalties", "行政处罚和行政强制", f"{_LAW}第二十条第六项", Category.RESULTS),
    Heading("budget", "财政预算决算", f"{_LAW}第二十条第七项"),
    Heading("procurement", "政府采购", f"{_LAW}第二十条第九项"),
    Heading("projects", "重大建设项目", f"{_LAW}第二十条第十项"),
    Heading("livelihood", "民生政策及实施", f"{_LAW}第二十条第十一项"),
    Heading("emergency", "应急管理", f"{_LAW}第二十条第十二项"),
    Heading("inspections", "监督检查", f"{_LAW}第二十条第十三项"),
    Heading("personnel", "人事招考", f"{_LAW}第二十条第十四项"),
    Heading("local_affairs", "市政建设与公共服务", f"{_LAW}第二十一条"),
    Heading("annual_report", "政府信息公开年报", f"{_LAW}第四十九条、第五十条", door=Door.ANNUAL),
)
# fmt: on


def ensure_columns(model: Any = Column) -> int:
    """Add the standard headings that are missing and leave those that are there; return how many were added."""
    there = set(model.objects.values_list("code", flat=True).order_by("code"))
    new = [
        model(
            code=each.code,
            name=each.name,
            door=each.door,
            category=each.category,
            legal_basis=each.basis,
            position=place * 10,
            is_active=True,
        )
        for place, each in enumerate(COLUMNS, start=1)
        if each.code not in there
    ]
    return len(model.objects.bulk_create(new, ignore_conflicts=True))


def ensure_after_migrate(apps: Any = installed, **_signal: Any) -> None:
    """Add what is missing once the tables are there, also to a portal in service; called after each migration."""
    try:
        model = apps.get_model("disclosure", "Column")
    except LookupError:  # the tables were taken away
        return
    ensure_columns(model)


@dataclass(frozen=True, slots=True)
class Standard:
    """One duty of the set, before it lies on an organ."""

    code: str
    column: str
    title: str
    basis: str
    rhythm: Rhythm = Rhythm.ONCE
    fixed: tuple[int, int] | None = None
    event: str = ""
    looks_ahead: bool = False
    form: str = "本平台网页"

    def on(self, organ: Organ, column: Column, holds_from: date) -> PublicationDuty:
        """Return it as a duty of the organ that is not stored yet; whoever edits disclosure there answers for it."""
        month, day = self.fixed or (None, None)
        return PublicationDuty(
            organ=organ,
            column=column,
            title=self.title,
            rhythm=self.rhythm,
            event=self.event,
            fixed_month=month,
            fixed_day=day,
            looks_ahead=self.looks_ahead,
            form=self.form,
            legal_basis=self.basis,
            holds_from=holds_from,
        )


_YEARLY = Rhythm.YEARLY
# Organs report on the year before by 31 January, the authority in charge for its whole government by 31 March.
_REPORT = Standard(
    "annual_report", "annual_report", "政府信息公开工作年度报告", f"{_LAW}第四十九条", _YEARLY, fixed=(1, 31)
)
_REPORT_OF_GOVERNMENT = Standard(
    "annual_report", "annual_report", "本级政府信息公开工作年度报告", f"{_LAW}第四十九条", _YEARLY, fixed=(3, 31)
)
_BUDGET_LAW = "《中华人民共和国预算法》第十四条"
# fmt: off
_PLAIN = (
    Standard("guide", "guide", "政府信息公开指南", f"{_LAW}第十二条"),
    Standard("rules", "rules", "政府信息公开工作制度", f"{_LAW}第四条"),
    Standard("basis", "basis", "办事依据目录", f"{_CITY}；{_LAW}第二十条第一项"),
    Standard("procedure", "procedure", "办事条件、程序、材料和时限", f"{_CITY}；{_LAW}第二十条第五项"),
    Standard("powers", "powers", "权责清单", f"{_CITY}；{_LAW}第二十条第二项"),
    Standard("fees", "fees", "收费项目、依据和标准", f"{_CITY}；{_LAW}第二十条第八项"),
    Standard("results", "results", "办理结果公开清单", f"{_CITY}；{_LAW}第二十条第五项"),
    Standard("accountability", "accountability", "责任追究办法和监督渠道", f"{_CITY}；{_LAW}第十九条"),
    Standard("institution", "institution", "机构职能、地址、办公时间和联系方式", f"{_LAW}第二十条第二项"),
    Standard("leaders", "leaders", "负责人姓名和工作分工", f"{_LAW}第二十条第二项"),
    Standard("plan", "plans", "年度工作计划", f"{_LAW}第二十条第三项", _YEARLY, fixed=(3, 31), looks_ahead=True),
    Standard("budget", "budget", "部门预算", f"{_BUDGET_LAW}；{_LAW}第二十条第七项", _YEARLY, fixed=(3, 31),
             looks_ahead=True),
    Standard("final_accounts", "budget", "部门决算", f"{_BUDGET_LAW}；{_LAW}第二十条第七项", _YEARLY, fixed=(9, 30)),
    Standard("procurement", "procurement", "政府采购实施情况", f"{_LAW}第二十条第九项", _YEARLY),
    Standard("emergency", "emergency", "突发公共事件应急预案", f"{_LAW}第二十条第十二项"),
)
# fmt: on


def standard_set(kind: str) -> list[Standard]:
    """Return the duties of the set for an organ of the kind, one for each fact that the portal knows among them."""
    report = _REPORT_OF_GOVERNMENT if kind == OrganKind.GOVERNMENT else _REPORT
    return [*_PLAIN, report, *_upon_facts()]


def _upon_facts() -> Iterable[Standard]:
    """Return a duty for each kind of fact: what changed or was decided is published anew (国令711号 Art. 26)."""
    with override("zh-hans"):
        for kind in facts.kinds():
            yield Standard(
                f"fact:{kind.name}",
                kind.column,
                str(kind.label),
                f"{_LAW}第二十六条",
                Rhythm.EVENT,
                event=kind.name,
            )


def choices() -> list[tuple[str, str]]:
    """Return what the set consists of, for a form."""
    return [(each.code, each.title) for each in standard_set("")]


def lay(
    organs: Collection[Organ], /, *, by: User, at: datetime, holds_from: date, only: Collection[str] = ()
) -> duties.Laid:
    """
    Lay the standard set, or what of it is named by ``only``, on organs; what they have stays as it is.

    :raises NotAllowed, Invalid: as ``duties.lay``
    """
    columns = {column.code: column for column in Column.objects.filter(is_active=True)}
    rows = [
        each.on(organ, columns[each.column], holds_from)
        for organ in organs
        for each in standard_set(organ.kind)
        if each.column in columns and (not only or each.code in only)
    ]
    return duties.lay(rows, by=by, at=at)
