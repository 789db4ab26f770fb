"""
Whether an organ may end (docs/domain.md 13.14): not while people hold its posts, or while it owes anything.

Whoever merges organs passes on first what is open, with the steps that there are for it: an ended organ is entitled to
nothing, so what stayed there would be owed by nobody. The parts register what can be open at an organ.
"""

from collections.abc import Callable, Mapping
from datetime import date

from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from efficiency.organs.models import Organ, Tenure
from efficiency.refusals import Invalid

# From organs, by key, with the day from which they are no more, to how much is open at each.
Open = Callable[[Mapping[int, date]], Mapping[int, int]]
# The number of them in words.
Words = Callable[[int], str | Lazy]

_open: dict[str, tuple[Words, Open]] = {}


def register_open(name: str, words: Words, count: Open) -> None:
    """Let nothing end where ``count`` finds something open, in one statement; ``words`` says how much it is."""
    _open[name] = words, count


def obstacles(ends: Mapping[int, date]) -> dict[int, str]:
    """
    Return why organs cannot end on the day given for each, in words with the numbers; those that can are left out.

    Counted is what there is, whoever may see it: of what is confidential no more is told than that something is open.
    """
    found: dict[int, list[str]] = {}
    if not ends:
        return {}
    for words, count in _open.values():
        for organ, number in count(ends).items():
            if number:
                found.setdefault(organ, []).append(str(words(number)))
    return {
        organ: _("Still open there: %(what)s. Please end this, or pass it on to the organ that follows, before.")
        % {"what": pgettext("between items of a list", ", ").join(parts)}
        for organ, parts in found.items()
    }


def check(organ: Organ, *, until: date) -> None:
    """
    Make sure that the organ may end on that day; nothing new comes to it before the transaction of the caller ends.

    :raises Invalid: something is open there
    """
    # What is filed or promised meanwhile refers to the organ, and waits for this lock.
    Organ.objects.select_for_update().get(pk=organ.pk)
    if obstacle := obstacles({organ.pk: until}).get(organ.pk):
        raise Invalid("until", obstacle)


def _tenures(ends: Mapping[int, date]) -> dict[int, int]:
    rows = Tenure.objects.filter(post__organ__in=ends).exclude(until__lte=min(ends.values()))
    counts = dict.fromkeys(ends, 0)
    for organ, until in rows.order_by().values_list("post__organ", "until"):
        counts[organ] += until is None or until > ends[organ]
    return counts


def register() -> None:
    """Make known that tenures do not outlive their organ; called once Django is ready."""
    register_open(
        "tenures", lambda count: ngettext("%(count)d tenure", "%(count)d tenures", count) % {"count": count}, _tenures
    )
