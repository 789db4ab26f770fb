"""
What a published survey tells the public as a document of disclosure (docs/domain.md 6, 11): answers, scores by organ.

It is made of what was published alone, so nothing of fewer than ten answers is in it, and nothing that people wrote.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, cast

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from efficiency import facts, markdown
from efficiency.facts import Account, Fact, FactKind
from efficiency.timing.due import local_day
from supervision.models import Survey
from supervision.surveys.enums import State

if TYPE_CHECKING:
    from django.db import models

    from efficiency.access.models import User

RESULT = "opinion_survey"
CHINESE = "zh-hans"
HEAD = ("单位", "答卷份数", "评议得分")
FEW = "答卷不足10份，不计分、不公布"
FORMULA = "得分=100×Σ（分值×份数）÷份数：很满意1.0，满意0.8，基本满意0.6，不满意0.3，很不满意0，保留两位小数。"


def announce(survey: Survey, /, *, by: "User | None", at: datetime) -> None:
    """Tell that the results of a survey were published, within that transaction."""
    facts.announce(_fact(survey, at, by))


def _fact(survey: Survey, at: datetime, by: "User | None" = None) -> Fact:
    return Fact(RESULT, survey, survey.office, at, str(survey.pk), by)


def told(subject: "models.Model") -> Account | None:
    """Tell the scores of a published survey; None of any other."""
    survey = cast(Survey, subject)
    if survey.state != State.PUBLISHED or survey.results is None or survey.published_at is None:
        return None
    results = survey.results
    with translation.override(CHINESE):
        rows = [
            (one["name"], str(one["answers"]), one["score"] or "–")
            if one["answers"] is not None
            else (one["name"], FEW, "–")
            for one in results["organs"]
        ]
        ways = results["answers"]
        counted = (
            f"征求对象：{survey.get_audience_display()}；时间：{survey.begins_on.isoformat()}至{survey.ends_on.isoformat()}；"
            f"收到答卷{ways['all']}份，其中公开填写{ways['open']}份、凭答卷码填写{ways['code']}份、纸质{ways['paper']}份。"
        )
        body = markdown.joined(
            counted, markdown.paragraphs(results.get("remark", "")), markdown.table(HEAD, rows), FORMULA
        )
    path = reverse("supervision:survey", args=[survey.pk])
    return Account(f"{survey.title}结果", body, local_day(survey.published_at), path=path)


def standing(at: datetime) -> Iterator[Fact]:
    """Yield all that is published."""
    rows = Survey.objects.filter(state=State.PUBLISHED).select_related("office").order_by("pk")
    for survey in rows.iterator(chunk_size=100):
        yield _fact(survey, survey.published_at or at)


def register() -> None:
    """Make the kind known; called once Django is ready."""
    facts.register_kind(
        FactKind(
            RESULT, _("results of an opinion survey"), "supervision.Survey", "inspections", told, standing=standing
        )
    )
