"""Cases and service items of an organ do not end with it: they are passed on before (docs/domain.md 13.14)."""

from collections import Counter
from collections.abc import Mapping
from datetime import date

from django.db.models import Count, F
from django.utils.translation import ngettext

from complaints import workflow
from complaints.models import Case, ItemVersion, ServiceItem
from complaints.querysets import CaseQuerySet
from efficiency.organs.ending import register_open, register_open_at_post

ANSWERED = (*workflow.AFTER_REPLY, *workflow.REVIEWS)


def open_cases(ends: Mapping[int, date]) -> Mapping[int, int]:
    """Return how many cases that still have to be answered these organs handle, or are the office in charge of."""
    return _of(Case.objects.open().exclude(state__in=ANSWERED), ends)


def answered_cases(ends: Mapping[int, date]) -> Mapping[int, int]:
    """
    Return how many cases these organs answered, or are the office in charge of, that were not archived yet.

    They go over to nobody: whoever answered closes them, and answers for the reply while it is looked at.
    """
    return _of(Case.objects.open().filter(state__in=ANSWERED), ends)


def _of(cases: CaseQuerySet, ends: Mapping[int, date]) -> Mapping[int, int]:
    """Return how many of the cases each organ has; each case counts once."""
    cases = cases.order_by()
    handled = cases.filter(handling_organ__in=ends).values_list("handling_organ").annotate(count=Count("pk"))
    led = cases.filter(office__in=ends).exclude(handling_organ=F("office"))
    return Counter(dict(handled)) + Counter(dict(led.values_list("office").annotate(count=Count("pk"))))


def items(ends: Mapping[int, date]) -> dict[int, int]:
    """Return how many service items of these organs were not taken off the list."""
    rows = ServiceItem.objects.filter(organ__in=ends, withdrawn_at__isnull=True).order_by()
    return dict(rows.values_list("organ").annotate(count=Count("pk")))


def promises_of(ends: Mapping[int, date]) -> dict[int, int]:
    """Return how many published promises, of today or to come, name each of these posts and last longer than it."""
    rows = ItemVersion.objects.published().filter(post__in=ends).exclude(valid_until__lte=min(ends.values()))
    counts = dict.fromkeys(ends, 0)
    for post, until in rows.order_by().values_list("post", "valid_until"):
        counts[post] += until is None or until > ends[post]
    return counts


def register() -> None:
    """Make all known; called once Django is ready."""
    register_open(
        "cases",
        lambda count: ngettext("%(count)d open case", "%(count)d open cases", count) % {"count": count},
        open_cases,
    )
    register_open(
        "answered",
        lambda count: (
            ngettext(
                "%(count)d answered case that is not archived yet",
                "%(count)d answered cases that are not archived yet",
                count,
            )
            % {"count": count}
        ),
        answered_cases,
    )
    register_open(
        "items",
        lambda count: ngettext("%(count)d service item", "%(count)d service items", count) % {"count": count},
        items,
    )
    register_open_at_post(
        "promises",
        lambda count: ngettext("%(count)d published promise", "%(count)d published promises", count) % {"count": count},
        promises_of,
    )
