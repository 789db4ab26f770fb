"""What the page of a plan shows of its progress and its reports: ``{% progress_of plan %}``."""

from decimal import Decimal
from typing import Any

from django import template
from django.utils import timezone

from efficiency.rounding import half_up
from targets.models import Indicator, Plan, Report
from targets.models.reports import followed_by
from targets.reports import progress
from targets.reports.values import said_of_deed
from targets.reports.views import LOOKS, word_of

register = template.Library()


@register.filter
def figure(value: Decimal | int | None, most: int = 4) -> str:
    """Return a number with ``most`` decimals at most and no noughts at its end: 452.3, not 452.3000; none for None."""
    if value is None:
        return ""
    found = half_up(value, most)
    return f"{found:f}".rstrip("0").rstrip(".") if most else f"{found:f}"


@register.inclusion_tag("admin/targets/reports/_of_plan.html", takes_context=True)
def progress_of(context: template.Context, plan: Plan) -> dict[str, Any]:
    """Return how a plan in force goes and its reports, as far as the viewer may read them; else nothing."""
    user = context["request"].user
    if not Plan.objects.counted().filter(followed_by(user), pk=plan.pk).exists():
        return {"plan": None}
    pace = progress.of_plan(plan, at=timezone.now()).pace
    reports = Report.objects.visible_to(user).filter(plan=plan).order_by("until")
    return {"plan": plan, "word": word_of(pace), "look": LOOKS[pace], "reports": reports}


@register.filter
def deed(indicator: Indicator, done: bool) -> str:
    """Say in words what was reported of a deed or a veto: ``{{ indicator|deed:value.done }}``."""
    return said_of_deed(indicator, done=done)
