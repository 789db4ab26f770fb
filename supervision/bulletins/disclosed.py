"""What a published bulletin tells the catalogue of disclosure: figures of the city and of organs, nobody named."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, cast

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from efficiency import facts, markdown
from efficiency.facts import Account, Fact, FactKind
from efficiency.timing.due import local_day
from supervision.bulletins import reading
from supervision.bulletins.enums import State
from supervision.models import Bulletin

if TYPE_CHECKING:
    from django.db import models

    from efficiency.access.models import User

BULLETIN = "bulletin"
CHINESE = "zh-hans"


def announce(bulletin: Bulletin, /, *, by: "User | None", at: datetime) -> None:
    """Tell that a bulletin was published, within that transaction."""
    facts.announce(_fact(bulletin, at, by))


def _fact(bulletin: Bulletin, at: datetime, by: "User | None" = None) -> Fact:
    return Fact(BULLETIN, bulletin, bulletin.office, at, str(bulletin.pk), by)


def told(subject: "models.Model") -> Account | None:
    """Tell the main figures, the organs by rank, and the corrections of a published bulletin; None of any other."""
    bulletin = cast(Bulletin, subject)
    if bulletin.state != State.PUBLISHED or bulletin.published_at is None:
        return None
    with translation.override(CHINESE):
        content = reading.content_of(bulletin)
        lines = [(each.label, each.with_unit, each.previous, each.year_before) for each in content.lines()]
        ranked, _apart = content.places()
        places = [(str(each.rank or "–"), each.label, each.rate, each.satisfaction) for each in ranked]
        corrections = [
            f"{each.of.period.chinese}，{each.where}，{each.what}：{each.old}更正为{each.new}。{each.why}"
            for each in content.corrected()
        ]
        body = markdown.joined(
            markdown.paragraphs(content.headline()),
            markdown.section("主要指标", markdown.table(("指标", "本期", "上期", "上年同期"), lines)),
            markdown.section("单位", markdown.table(("名次", "单位", "按时办结率", "满意率"), places))
            if places
            else "",
            markdown.section("对往期数据的更正", markdown.bullets(corrections)) if corrections else "",
            markdown.paragraphs(f"数据封存校验值（SHA-256）：{bulletin.checksum}"),
        )
    path = reverse("supervision:bulletin", args=[bulletin.slug])
    return Account(str(bulletin), body, local_day(bulletin.published_at), path=path)


def standing(at: datetime) -> Iterator[Fact]:
    """Yield all that is published."""
    rows = Bulletin.objects.filter(state=State.PUBLISHED).select_related("office").order_by("pk")
    for bulletin in rows.iterator(chunk_size=100):
        yield _fact(bulletin, bulletin.published_at or at)


def register() -> None:
    """Make the kind known; called once Django is ready."""
    facts.register_kind(
        FactKind(BULLETIN, _("efficiency bulletin"), "supervision.Bulletin", "statistics", told, standing=standing)
    )
