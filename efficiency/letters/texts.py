"""
The text of a responsibility letter, as an official paper of the city: in Chinese, whoever reads it.

It is made of the post sheet alone and of nothing that changes from day to day: the same sheet gives the same text, so
that its SHA-256 tells whether the sheet has changed (docs/domain.md 7).
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from efficiency.organs.models import Post, RiskGrade, RiskKind

GRADES = {RiskGrade.HIGH: "高", RiskGrade.MEDIUM: "中", RiskGrade.LOW: "低"}
KINDS = {
    RiskKind.POST_DUTY: "岗位职责",
    RiskKind.PROCESS: "业务流程",
    RiskKind.SYSTEM: "制度机制",
    RiskKind.EXTERNAL: "外部环境",
}
NONE = "（无）"


@dataclass(frozen=True, slots=True)
class Risk:
    """A risk point as the letter says it."""

    text: str
    kind: str
    grade: str
    measure: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """What of a post sheet goes into the letter of its holder."""

    post: Post
    business: Sequence[str]
    integrity: Sequence[str]
    risks: Sequence[Risk]

    @property
    def is_complete(self) -> bool:
        """Whether it has both halves of the dual responsibility; without either there is nothing to sign."""
        return bool(self.business and self.integrity)


def text_of(sheet: Sheet, *, year: int, holder: str, leader_post: Post | None) -> str:
    """Return the text of the letter of ``holder`` for ``year``; what the post points to is read already."""
    post = sheet.post
    parts = [
        f"{year}年度岗位责任书",
        "\n".join(
            (
                f"单位：{post.organ.name}",
                f"岗位：{post.name}（编号 {post.code}）",
                f"科室：{post.section or NONE}",
                f"责任人：{holder}",
                f"上级岗位：{_with_organ(leader_post, post) if leader_post else NONE}",
                f"B角岗位：{_with_organ(post.stand_in, post) if post.stand_in else NONE}",
            )
        ),
        _listed("一、岗位职责", sheet.business),
        _listed("二、廉政责任", [*_of_head(post, leader_post), *sheet.integrity]),
        f"三、职权及依据\n职权：{post.powers or NONE}\n依据：{post.legal_basis or NONE}",
        _listed("四、廉政风险点及防控措施", [_risk(risk) for risk in sheet.risks]),
        "五、责任期限\n"
        f"本责任书自{year}年1月1日起至{year}年12月31日止有效；年度中任职的，自任职之日起。"
        "岗位变动的，按规定办理交接。未履行职责的，依照有关规定追究责任。",
    ]
    return "\n\n".join(parts) + "\n"


def sha256_of(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8, in hexadecimal: what is signed."""
    return hashlib.sha256(text.encode()).hexdigest()


def _of_head(post: Post, leader_post: Post | None) -> list[str]:
    """Heads answer first for the integrity of their organ, other leaders for that of their field (docs/domain.md 7)."""
    if not post.is_head:
        return []
    if leader_post is None or leader_post.organ_id != post.organ_id:
        return ["担任本单位党风廉政建设第一责任人。"]
    return ["对分管范围内的党风廉政建设负主要领导责任。"]


def _listed(title: str, texts: Iterable[str]) -> str:
    numbered = [f"{number}. {text}" for number, text in enumerate(texts, 1)]
    return "\n".join([title, *(numbered or [NONE])])


def _risk(risk: Risk) -> str:
    grade, kind = GRADES[RiskGrade(risk.grade)], KINDS[RiskKind(risk.kind)]
    return f"〔{grade}·{kind}〕{risk.text}防控措施：{risk.measure}"


def _with_organ(post: Post, of: Post) -> str:
    return post.name if post.organ_id == of.organ_id else f"{post.organ.name}{post.name}"
