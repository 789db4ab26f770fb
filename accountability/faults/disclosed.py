"""
What sanctions tell the public: that somebody was held to account, for what and how, and never who (docs/domain.md 6.4).

One in force is told after a person looked at it; one that is revoked is withdrawn. Neither name nor post nor day stands
in it: organ, month, kind of fault and measure do.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, cast

from django.db.models import Q
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accountability.faults.words import Against, SanctionState
from accountability.models import Sanction
from efficiency import facts, markdown
from efficiency.facts import Account, Fact, FactKind
from efficiency.timing.due import ONE_DAY, add_months, local_day

if TYPE_CHECKING:
    from django.db import models

    from efficiency.access.models import User

SANCTION = "sanction"
CHINESE = "zh-hans"
ABOUT_TEXT = "本文为责任追究情况的公开版本，已隐去能够识别个人身份的内容。"


def changed(sanction: Sanction, /, *, by: "User | None", at: datetime) -> None:
    """Tell that a sanction took effect or was revoked, within that transaction."""
    facts.announce(_fact(sanction, at, by))


def _fact(sanction: Sanction, at: datetime, by: "User | None" = None) -> Fact:
    return Fact(SANCTION, sanction, sanction.organ, at, str(sanction.pk), by)


def told(subject: "models.Model") -> Account | None:
    """Tell a sanction without who it is against; None of what is not in force."""
    sanction = cast(Sanction, subject)
    if sanction.state != SanctionState.IN_FORCE or sanction.decided_on is None:
        return None
    is_organ = sanction.against == Against.ORGAN
    with translation.override(CHINESE):
        month = date_format(sanction.decided_on, "YEAR_MONTH_FORMAT")
        body = markdown.joined(
            markdown.named(
                ("单位", sanction.organ.name),
                ("追究对象", "单位" if is_organ else "工作人员"),
                ("过错情形", sanction.get_fault_type_display()),
                ("过错程度", sanction.get_severity_display()),
                ("承担责任", sanction.get_responsibility_display() if sanction.responsibility else ""),
                ("处理措施", sanction.get_measure_display()),
                ("处理月份", month),
            ),
            ABOUT_TEXT,
        )
    title = f"{sanction.organ.name}责任追究情况（{month}）"
    # First and last days of months: the days themselves would tell more than the text does.
    until = _end_of_month(sanction.to_on) if sanction.to_on else None
    return Account(title, body, sanction.decided_on.replace(day=1), valid_until=until)


def _end_of_month(day: date) -> date:
    return add_months(day.replace(day=1), 1) - ONE_DAY


def standing(at: datetime) -> Iterator[Fact]:
    """Yield all that is in force and has not run out."""
    rows = Sanction.objects.in_force().filter(Q(to_on__isnull=True) | Q(to_on__gte=local_day(at).replace(day=1)))
    for sanction in rows.select_related("organ").order_by("pk").iterator(chunk_size=500):
        yield _fact(sanction, at)


def register() -> None:
    """Make the kind known; called once Django is ready."""
    facts.register_kind(
        FactKind(
            SANCTION,
            _("sanction"),
            "accountability.Sanction",
            "accountability",
            told,
            needs_approval=True,
            standing=standing,
        )
    )
