"""Cases and service items of an organ do not end with it: they are passed on before (docs/domain.md 13.14)."""

from collections import Counter
from collections.abc import Mapping
from datetime import date

from django.db.models import Count, F
from django.utils.translation import ngettext

from complaints.models import Case, ServiceItem
from efficiency.organs.ending import register_open


def open_cases(ends: Mapping[int, date]) -> Mapping[int, int]:
    """Return how many open cases these organs handle, or are the office in charge of; each case counts once."""
    cases = Case.objects.open().order_by()
    handled = cases.filter(handling_organ__in=ends).values_list("handling_organ").annotate(count=Count("pk"))
    led = cases.filter(office__in=ends).exclude(handling_organ=F("office"))
    return Counter(dict(handled)) + Counter(dict(led.values_list("office").annotate(count=Count("pk"))))


def items(ends: Mapping[int, date]) -> dict[int, int]:
    """Return how many service items of these organs were not taken off the list."""
    rows = ServiceItem.objects.filter(organ__in=ends, withdrawn_at__isnull=True).order_by()
    return dict(rows.values_list("organ").annotate(count=Count("pk")))


def register() -> None:
    """Make both known; called once Django is ready."""
    register_open(
        "cases",
        lambda count: ngettext("%(count)d open case", "%(count)d open cases", count) % {"count": count},
        open_cases,
    )
    register_open(
        "items",
        lambda count: ngettext("%(count)d service item", "%(count)d service items", count) % {"count": count},
        items,
    )
