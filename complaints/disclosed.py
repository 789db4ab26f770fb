"""
What cases tell the public by themselves: the version that a second person approved, and no more (docs/trust.md P-14).

What is public there is public here, and what is taken back or held back there is withdrawn here. The document leads
back to no case: its key is the part of the address that was drawn by lot, its day that of the approval.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, cast

from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from complaints.models import PublicAnswer
from efficiency import facts, markdown
from efficiency.facts import Account, Fact, FactKind

if TYPE_CHECKING:
    from django.db import models

    from efficiency.access.models import User

RESULT = "case_result"
CHINESE = "zh-hans"
# Said of every one of them.
ABOUT_TEXT = (
    "本文为诉求办理结果的公开版本，已隐去能够识别个人身份的内容，并经他人审核。"
    "答复针对个案作出，类似情况以具体办理结果为准。"
)


def changed(answer: PublicAnswer, /, *, by: "User | None", at: datetime) -> None:
    """Tell that a public version was approved, taken back, held back or let go again, within that transaction."""
    facts.announce(_fact(answer, at, by))


def _fact(answer: PublicAnswer, at: datetime, by: "User | None" = None) -> Fact:
    return Fact(RESULT, answer, answer.organ, at, answer.slug, by)


def result(subject: "models.Model") -> Account | None:
    """Tell what was asked and answered; None of what is not public, or not at this moment."""
    answer = cast(PublicAnswer, subject)
    if (
        not getattr(answer, "is_known_public", False)
        and not PublicAnswer.objects.public().filter(pk=answer.pk).exists()
    ):
        return None
    with translation.override(CHINESE):
        body = markdown.joined(
            markdown.named(
                ("答复单位", answer.organ.name),
                ("诉求类型", answer.get_kind_display()),
                ("类别", answer.get_category_display() if answer.category else ""),
                ("办理结果", answer.get_outcome_display()),
                ("答复月份", date_format(timezone.localtime(answer.reply.decided_at), "YEAR_MONTH_FORMAT")),
            ),
            markdown.section("诉求内容", markdown.paragraphs(answer.question)),
            markdown.section("办理答复", markdown.paragraphs(answer.answer)),
            ABOUT_TEXT,
        )
    formed_on = timezone.localdate(answer.decided_at) if answer.decided_at else None
    return Account(answer.title, body, formed_on, path=reverse("complaints:answer", args=[answer.slug]))


def results(at: datetime) -> Iterator[Fact]:
    """Yield all that is public."""
    rows = PublicAnswer.objects.public().select_related("organ", "reply").order_by("pk")
    for answer in rows.iterator(chunk_size=500):
        answer.is_known_public = True  # type: ignore[attr-defined]  # so that ``result`` does not ask again
        yield _fact(answer, at)


def register() -> None:
    """Make the kind known; called once Django is ready."""
    facts.register_kind(
        FactKind(
            RESULT,
            _("public version of a case"),
            "complaints.PublicAnswer",
            "results",
            result,
            standing=results,
            is_of_people=True,
            key_field="slug",
        )
    )
