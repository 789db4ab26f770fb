"""What an organ still owes does not end with it (docs/domain.md 13.14)."""

from collections.abc import Mapping
from datetime import date

from django.db.models import Count
from django.utils.translation import ngettext

from efficiency.deadlines.models import Deadline
from efficiency.organs.ending import register_open


def running(ends: Mapping[int, date]) -> dict[int, int]:
    """Return how many promises run that these organs owe; what citizens owe is not theirs."""
    rows = Deadline.objects.running().of_government().filter(organ__in=ends).order_by()
    return dict(rows.values("organ").annotate(count=Count("pk")).values_list("organ", "count"))


def register() -> None:
    """Make it known; called once Django is ready."""
    register_open(
        "promises",
        lambda count: ngettext("%(count)d running promise", "%(count)d running promises", count) % {"count": count},
        running,
    )
