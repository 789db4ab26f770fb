"""
The text of a target responsibility letter 目标责任书, as an official paper: in Chinese, whoever reads it.

It is made of the plan alone, once, when the plan is approved; what is signed is this text, by its SHA-256.
"""

from collections.abc import Mapping
from datetime import date, timedelta

from efficiency.letters.texts import NONE, sha256_of
from efficiency.organs.heads import is_chief
from efficiency.timing.due import local_day as day_of
from targets.models import Plan
from targets.plans import terms
from targets.plans.content import Content, IndicatorContent
from targets.plans.enums import BlockCode, IndicatorKind, Span
from targets.plans.validating import shown
from targets.scoring.methods import Method

__all__ = ["day_of", "sha256_of", "text_of"]

SPANS = {Span.YEAR: "全年", Span.FIRST_HALF: "上半年", Span.SECOND_HALF: "下半年"}
BLOCKS = {
    BlockCode.A: "目标任务",
    BlockCode.B: "服务承诺",
    BlockCode.C: "政务公开",
    BlockCode.D: "电子监察",
    BlockCode.E: "社会评议",
}
METHODS = {
    Method.HIGHER_BETTER: "越高越好",
    Method.LOWER_BETTER: "越低越好",
    Method.MILESTONES: "按节点计分",
    Method.DEDUCT: "逐次扣分",
    Method.YES_NO: "完成或未完成",
    Method.STEPWISE: "分档计分",
    Method.LINEAR: "线性计分",
    Method.INTERVAL: "区间计分",
    Method.FORMULA: "按公式计分",
    Method.DEADLINE: "限期完成",
    Method.COMPOSITE: "由各分项合成计分",
}
VETO = "发生即否决"
NUMERALS = "一二三四五六七八九十"


def text_of(
    plan: Plan, content: Content, *, post: str = "", posts: Mapping[int, str], measures: Mapping[str, str]
) -> str:
    """
    Return the text of the letter of a plan; organ and office are read already.

    :param posts: names of the responsible posts, by key; ``post`` the name of the plan's own
    :param measures: what the portal computes, by name
    """
    since, until = plan.bounds
    last = until - timedelta(days=1)
    # With a post the head of its organ signs, with an organ and its head the office.
    other = plan.office.name if plan.post is None or is_chief(plan.post) else f"{plan.organ.name}主要负责人"
    head = [f"单位：{plan.organ.name}", f"责任岗位：{post}" if post else "", f"签订方：{other}"]
    parts = [
        f"{plan.year}年度目标责任书（{SPANS[Span(plan.span)]}）",
        plan.title,
        "\n".join(line for line in head if line),
    ]
    for number, block in enumerate(content):
        name = block.name or BLOCKS[BlockCode(block.code)]
        title = f"{NUMERALS[number]}、{name}（{block.code}，权重{shown(block.weight)}）"
        lines = [_line(each, posts, measures) for each in block.indicators]
        parts.append("\n".join([title, *(lines or [NONE])]))
    parts.append(
        f"{NUMERALS[len(content)]}、责任期限\n"
        f"本责任书自{_day(since)}起至{_day(last)}止有效。目标如需调整，应说明理由，报效能办批准。"
        "期满后按规定报告完成情况并附佐证材料，未经佐证的视为未完成。"
    )
    return "\n\n".join(parts) + "\n"


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _line(each: IndicatorContent, posts: Mapping[int, str], measures: Mapping[str, str]) -> str:
    share = f"占{each.part_of}的{shown(each.weight)}%" if each.part_of else f"权重{shown(each.weight)}"
    said = [share if each.kind != IndicatorKind.VETO else "一票否决"]
    for label, value in (("基准值", each.baseline), ("目标值", each.target), ("挑战值", each.challenge)):
        if value is not None:
            said.append(f"{label}{shown(value)}{each.unit}")
    rule = terms.to_text(each.method, each.terms)
    # The words of the method are about a deed; a veto is about what must not happen.
    method = VETO if each.kind == IndicatorKind.VETO else METHODS[Method(each.method)]
    said.append(method + (f"（{rule}）" if rule else ""))
    if each.method != Method.COMPOSITE:
        said.append(f"数据来源：{measures.get(each.measure, each.measure)}" if each.measure else "数据来源：单位报送")
    if each.responsible_post is not None:
        said.append(f"责任岗位：{posts.get(each.responsible_post, '')}")
    steps = "".join(f"\n    {_day(step.due_on)}前：{step.name}" for step in each.milestones)
    note = f"\n    备注：{each.note}" if each.note else ""
    return f"{'  └ ' if each.part_of else ''}{each.key} {each.name}：{'；'.join(said)}。{steps}{note}"
