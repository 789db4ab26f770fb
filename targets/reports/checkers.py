"""That somebody can check what was handed in, and who has to see to it where nobody can (docs/trust.md I-12)."""

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from efficiency.access.models import User
from efficiency.organs.models import Role, Tenure
from targets.models import Report
from targets.reports import offers
from targets.reports.deadlines import checking_office
from targets.reports.enums import State


def without(waiting: QuerySet[Report]) -> set[int]:
    """Return which of these reports that were handed in nobody can check today, by the very rule of the step."""
    left = set(waiting.filter(state=State.SUBMITTED).values_list("pk", flat=True))
    held = Tenure.objects.running(timezone.localdate()).filter(post__role=Role.APPRAISAL_OFFICER)
    for person in User.objects.filter(is_active=True, pk__in=held.values("user")).order_by("pk"):
        if not left:
            break
        left -= set(offers.to_check(person).filter(pk__in=left).values_list("pk", flat=True))
    return left


def who_has_to(report: Report) -> str:
    """Say who has to see to it that a report can be checked; empty where somebody can check it, or need not."""
    if report.state != State.SUBMITTED or not without(Report.objects.filter(pk=report.pk)):
        return ""
    office = checking_office(report)
    if office is None:
        return _(
            "Nobody may check this report: there is no office above the one that reports. The operator of the portal"
            " has to name the office above the city's (ABOVE_CITY_OFFICE)."
        )
    return _(
        "Nobody may check this report yet: %(office)s has to appoint an appraisal officer who holds no post in the"
        " organ that reports and has not handed it in."
    ) % {"office": office.name}


def count_without() -> int:
    """Return how many reports wait for a check that nobody can make."""
    return len(without(Report.objects.all()))
