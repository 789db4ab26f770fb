"""
What a published appraisal tells the public (docs/domain.md 8.6): ranks and grades of organs, never those of people.

A correction after publication is told again, with its day and reason; what was told before stays as an older version.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, cast

from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from efficiency import facts, markdown
from efficiency.facts import Account, Fact, FactKind
from efficiency.timing.due import local_day
from targets.appraisal import rankings
from targets.appraisal.enums import PUBLIC, Subject
from targets.models import Appraisal

if TYPE_CHECKING:
    from django.db import models

    from efficiency.access.models import User

RESULT = "appraisal"
CHINESE = "zh-hans"
HEAD = ("名次", "单位", "得分", "等次")
ABOUT_TEXT = "考评对象为单位；岗位和个人的考评结果不公开。得分按公布的考评办法计算，保留两位小数。"


def announce(appraisal: Appraisal, /, *, by: "User | None", at: datetime) -> None:
    """Tell that an appraisal of organs was published or corrected, within that transaction."""
    if appraisal.subject == Subject.ORGAN:
        facts.announce(_fact(appraisal, at, by))


def _fact(appraisal: Appraisal, at: datetime, by: "User | None" = None) -> Fact:
    return Fact(RESULT, appraisal, appraisal.office, at, str(appraisal.pk), by)


def told(subject: "models.Model") -> Account | None:
    """Tell ranks and grades of organs; None of what is not published, and of posts always."""
    appraisal = cast(Appraisal, subject)
    if appraisal.subject != Subject.ORGAN or appraisal.state not in PUBLIC or appraisal.published_at is None:
        return None
    with translation.override(CHINESE):
        title = f"{period(appraisal)}机关绩效考评结果"
        groups = [
            markdown.section(
                str(group.label),
                markdown.table(
                    HEAD,
                    [
                        (
                            str(line.rank or "–"),
                            line.organ,
                            str(line.total if line.total is not None else "–"),
                            line.grade,
                        )
                        for line in group.lines
                    ],
                ),
            )
            for group in rankings.groups_of(appraisal)
        ]
        corrections = [_correction(each) for each in rankings.corrections_of(appraisal)]
    body = markdown.joined(*groups, markdown.section("更正", markdown.bullets(corrections)), ABOUT_TEXT)
    path = reverse("targets:results", args=[appraisal.year])
    return Account(title, body, local_day(appraisal.published_at), path=path)


def _correction(each: rankings.Corrected) -> str:
    """Say what a correction did to the organ, and to whom beside it; what did not move is not told."""
    told = [f"得分由{each.before or '–'}更正为{each.after or '–'}"] if each.before != each.after else []
    told += _moves(each.own, "更正为") if each.own else []
    others = "；".join(f"{moved.organ}{'，'.join(_moves(moved, '变为'))}" for moved in each.others)
    what = "，".join(told) or "得分、等次、名次不变"
    whole = f"{timezone.localdate(each.at).isoformat()}：{each.organ}{what}。{each.reason}"
    return f"{whole.rstrip('。')}。因此变动：{others}。" if others else whole


def _moves(moved: rankings.Moved, to: str) -> list[str]:
    pairs = (("等次", moved.grades), ("名次", moved.ranks))
    return [f"{name}由{before}{to}{after}" for name, (before, after) in pairs if before != after]


def period(appraisal: Appraisal) -> str:
    """Return the time of an appraisal as Chinese papers write it: 2026年度, 2026年上半年."""
    with translation.override(CHINESE):
        of = "年度" if appraisal.span == "year" else f"年{appraisal.get_span_display()}"
    return f"{appraisal.year}{of}"


def standing(at: datetime) -> Iterator[Fact]:
    """Yield all that is published."""
    rows = Appraisal.objects.filter(subject=Subject.ORGAN, state__in=PUBLIC).select_related("office").order_by("pk")
    for appraisal in rows.iterator(chunk_size=100):
        yield _fact(appraisal, rankings.told_at(appraisal) or at)


def register() -> None:
    """Make the kind known; called once Django is ready."""
    facts.register_kind(
        FactKind(
            RESULT,
            _("result of an appraisal"),
            "targets.Appraisal",
            "inspections",
            told,
            standing=standing,
            happens_again=True,
        )
    )
