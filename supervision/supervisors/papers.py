"""The certificate 聘书 of a social supervisor on paper, with its number (docs/domain.md 11)."""

from typing import TYPE_CHECKING, cast

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override, pgettext_lazy

from accountability.papers import actions as printed
from accountability.papers import registry, words
from accountability.papers.registry import Content, PaperKind, Section
from supervision.models import Appointment
from supervision.supervisors.enums import IN_OFFICE
from supervision.supervisors.refusals import NotInState

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from efficiency.access.models import User

NAME = "supervisor_certificate"
TASK = (
    "兹聘请您为特聘社会监督员，对各级行政机关及其工作人员的工作作风、办事效率和服务质量进行监督，"
    "参加巡查和座谈，反映意见和建议。"
)
DUTY = "监督员应当实事求是、遵纪守法，不得利用监督员身份谋取私利，不打听、不传播投诉人的个人信息。"


def content(subject: models.Model) -> Content:
    """
    Return how the certificate of an appointment reads.

    :raises NotInState: it was not confirmed, or ended before its time
    """
    appointment = cast(Appointment, subject)
    if appointment.number is None or appointment.confirmed_at is None or appointment.state not in IN_OFFICE:
        raise NotInState(_("Only who is appointed has a certificate."))
    with override("zh-hans"):
        circle = str(appointment.get_circle_display())
    return Content(
        number=appointment.number,
        title="特聘社会监督员聘书",
        addressee=appointment.name,
        sections=(
            Section(
                rows=(
                    ("姓名", appointment.name),
                    ("界别", circle),
                    ("聘期", f"{words.written(appointment.since)}至{words.written(appointment.last_day)}"),
                    ("届次", "首聘" if appointment.term == 1 else "续聘"),
                )
            ),
            Section(paragraphs=(TASK, DUTY)),
        ),
        issuer=appointment.office.name,
        issued_on=timezone.localdate(appointment.confirmed_at),
    )


def register() -> None:
    """Make the certificate known; called once, when the app is ready."""
    label = pgettext_lazy("kind of paper", "certificate of a social supervisor")
    registry.register(
        PaperKind(NAME, label, Appointment, content, "supervisor.appoint", issuing="supervisor.appoint", rows=on_paper)
    )


def on_paper(user: "User | AnonymousUser") -> models.QuerySet[Appointment]:
    """Return the appointments whose certificate ``user`` may open."""
    return Appointment.objects.visible_to(user).filter(number__isnull=False)


def paper_of(appointment: Appointment, user: "User") -> tuple[str, bool] | None:
    """Return where the certificate is, and whether it is there already; None where there is nothing for ``user``."""
    if appointment.number is None:
        return None
    if (paper := printed.valid_paper(NAME, appointment)) is not None:
        return reverse("admin:accountability_paper_pdf", args=[paper.pk]), True
    is_issued_to = printed.may_issue(user, registry.get(NAME), appointment)
    if appointment.state not in IN_OFFICE or not is_issued_to:
        return None
    return reverse("admin:accountability_paper_issue", args=[NAME, appointment.pk]), False
