"""How corrections read on paper: to whom, what was found, what is wanted, and by when (docs/domain.md 11)."""

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, cast

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accountability import behind
from accountability.corrections.deadlines import FINISH, OPINION_ANSWER, ORDER_ANSWER, PLAN
from accountability.corrections.enums import Kind, State
from accountability.corrections.refusals import NotInState
from accountability.models import Correction, CorrectionEvent
from accountability.models.corrections import CorrectionQuerySet
from accountability.papers import actions as printed
from accountability.papers import parts as parts_of_papers
from accountability.papers import registry, words
from accountability.papers.registry import Content, PaperKind, Section
from complaints import deidentifying
from efficiency.deadlines import actions as engine

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from efficiency.access.models import User

TITLES = {Kind.ORDER: "督办单", Kind.NOTICE: "限期整改通知书", Kind.OPINION: "效能监察建议书"}
FOUND = {Kind.ORDER: "督办事项", Kind.NOTICE: "存在问题", Kind.OPINION: "发现的情况"}
WANTED = {Kind.ORDER: "办理要求", Kind.NOTICE: "整改要求", Kind.OPINION: "监察建议"}
# What each day is for, in the order in which they come.
DAYS = {
    PLAN: "报送整改方案",
    FINISH: "完成整改并报送佐证材料",
    ORDER_ANSWER: "书面答复",
    OPINION_ANSWER: "书面答复采纳情况或者不采纳的理由",
}
CLOSING = {
    Kind.ORDER: "逾期未答复的，按效能监督的有关规定处理。",
    Kind.NOTICE: "逾期未整改或者整改不到位的，依照有关规定亮牌并追究责任。",
    Kind.OPINION: "请认真研究，在上述期限内将采纳情况书面答复；不予采纳的，请说明理由。",
}
MORE_TIME = "确需延期的，应当在期限届满前书面提出，延期一次，最长不超过{limit}。"
NAMES = {
    Kind.ORDER: ("supervision_order", pgettext_lazy("kind of paper", "supervision order")),
    Kind.NOTICE: ("rectification_notice", pgettext_lazy("kind of paper", "rectification notice")),
    Kind.OPINION: ("supervision_opinion", pgettext_lazy("kind of paper", "supervision opinion")),
}


def content(subject: models.Model) -> Content:
    """
    Return how a correction reads that was issued.

    :raises NotInState: it was not issued, as a draft is no paper, or was withdrawn
    """
    correction = cast(Correction, subject)
    if correction.number is None or correction.issued_at is None or correction.state == State.WITHDRAWN:
        raise NotInState(_("Only what is issued and not withdrawn goes on paper."))
    kind = Kind(correction.kind)
    veiled = _veil(correction)
    parts = [
        Section(rows=(("事由", veiled(correction.title)),)),
        Section(heading=FOUND[kind], paragraphs=_paragraphs(veiled(correction.findings))),
        Section(heading=WANTED[kind], paragraphs=_paragraphs(veiled(_wanted(correction)))),
    ]
    if correction.basis:
        parts.append(Section(heading="依据", paragraphs=_paragraphs(veiled(correction.basis))))
    parts.append(Section(heading="期限", rows=_days(correction), paragraphs=(_closing(correction),)))
    return Content(
        number=correction.number,
        title=TITLES[kind],
        addressee=correction.organ.name + (f"（{correction.post.name}）" if correction.post else ""),
        sections=tuple(parts),
        issuer=correction.office.name,
        issued_on=_issued_on(correction),
    )


def _veil(correction: Correction) -> Callable[[str], str]:
    """Return what takes out of a text who complained and the number of the case, where one stands behind it (P-06)."""
    case_ids = behind.cases_behind(correction)
    if not case_ids:
        return str
    people = parts_of_papers.people_of(case_ids)
    return lambda text: deidentifying.replaced(text, people)


def _again(correction: Correction) -> CorrectionEvent | None:
    """Return the step that issued it the last time, where that was not the first."""
    return correction.events.filter(action="issue_again").order_by("-number").first()


def _wanted(correction: Correction) -> str:
    """Return what is wanted: issued again, what the second issue says is still wanted."""
    again = _again(correction)
    return again.text if again and again.text else correction.wanted


def _issued_on(correction: Correction) -> date:
    again = _again(correction)
    return timezone.localdate(again.at if again else correction.issued_at)


def _days(correction: Correction) -> tuple[tuple[str, str], ...]:
    """Return what is due by when: of the last time it was issued."""
    rows = engine.of_subject(correction).filter(kind__in=DAYS).order_by("generation", "due_at", "id")
    newest = {row.kind: row for row in rows}
    return tuple((DAYS[kind], f"{words.day(row.due_at)}前") for kind, row in newest.items())


def _closing(correction: Correction) -> str:
    """Return how it ends; by how much time can be asked for follows from the limit in force when it was issued."""
    closing = CLOSING[Kind(correction.kind)]
    last = engine.of_subject(correction).filter(kind=FINISH).order_by("-generation").first()
    more = engine.most_more_time(last) if last else None
    return closing if more is None else MORE_TIME.format(limit=words.limit(more)) + closing


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def register() -> None:
    """Make the three papers known; called once, when the app is ready."""
    for name, label in NAMES.values():
        registry.register(
            PaperKind(name, label, Correction, content, "correction.see", issuing="correction.draft", rows=on_paper)
        )


def on_paper(user: "User | AnonymousUser") -> CorrectionQuerySet:
    """Return the corrections of which ``user`` may open the paper: those that they may read."""
    return Correction.objects.visible_to(user).filter(number__isnull=False)


def paper_of(correction: Correction, user: "User") -> tuple[str, bool] | None:
    """
    Return where the paper is, and whether it is there already; None where there is nothing for ``user``.

    It is made once somebody of the office asks for it, beside the step that issues: no step waits for a printer.
    """
    if correction.number is None:
        return None
    name = name_of(correction)
    if (paper := printed.valid_paper(name, correction)) is not None:
        return reverse("admin:accountability_paper_pdf", args=[paper.pk]), True
    if correction.state == State.WITHDRAWN or not printed.may_issue(user, registry.get(name), correction):
        return None
    return reverse("admin:accountability_paper_issue", args=[name, correction.pk]), False


def revoke(correction: Correction, /, *, by: "User | None", at: datetime, reason: str) -> None:
    """Let the papers about a correction hold no more, in the caller's transaction."""
    printed.revoke_all(correction, by=by, at=at, reason=reason)


def name_of(correction: Correction) -> str:
    """Return the kind of paper that a correction is, by its name."""
    return NAMES[Kind(correction.kind)][0]
