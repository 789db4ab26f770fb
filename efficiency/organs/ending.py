"""
Whether an organ or a post may end (docs/domain.md 13.14): not while people hold posts, or while anything is owed there.

Whoever merges organs passes on first what is open, with the steps that there are for it: an ended organ is entitled to
nothing, so what stayed there would be owed by nobody. The parts register what can be open at an organ.
"""

from collections.abc import Callable, Mapping
from datetime import date

from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from efficiency.organs.models import Organ, Post, Tenure
from efficiency.refusals import Invalid

# From organs, by key, with the day from which they are no more, to how much is open at each.
Open = Callable[[Mapping[int, date]], Mapping[int, int]]
# The number of them in words.
Words = Callable[[int], str | Lazy]

_open: dict[str, tuple[Words, Open]] = {}
_open_at_posts: dict[str, tuple[Words, Open]] = {}


def register_open(name: str, words: Words, count: Open) -> None:
    """Let no organ end where ``count`` finds something open, in one statement; ``words`` says how much it is."""
    _open[name] = words, count


def register_open_at_post(name: str, words: Words, count: Open) -> None:
    """Let no post end where ``count``, which is handed posts, finds something open; otherwise as ``register_open``."""
    _open_at_posts[name] = words, count


def obstacles(ends: Mapping[int, date]) -> dict[int, str]:
    """
    Return why organs cannot end on the day given for each, in words with the numbers; those that can are left out.

    Counted is what there is, whoever may see it: of what is confidential no more is told than that something is open.
    """
    return {
        organ: _("Still open there: %(what)s. Please end this, or pass it on to the organ that follows, before.")
        % {"what": pgettext("between items of a list", ", ").join(parts)}
        for organ, parts in _found(_open, ends).items()
    }


def obstacles_of_posts(ends: Mapping[int, date]) -> dict[int, str]:
    """Return the same of posts."""
    return {
        post: _("The post is still held or named: %(what)s. Please end this, or name another post there, before.")
        % {"what": pgettext("between items of a list", ", ").join(parts)}
        for post, parts in _found(_open_at_posts, ends).items()
    }


def _found(kinds: Mapping[str, tuple[Words, Open]], ends: Mapping[int, date]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for words, count in kinds.values() if ends else ():
        for pk, number in count(ends).items():
            if number:
                found.setdefault(pk, []).append(str(words(number)))
    return found


def check(organ: Organ, *, until: date) -> None:
    """
    Make sure that the organ may end on that day; nothing new comes to it before the transaction of the caller ends.

    :raises Invalid: something is open there
    """
    # What is filed or promised meanwhile refers to the organ, and waits for this lock.
    Organ.objects.select_for_update().get(pk=organ.pk)
    if obstacle := obstacles({organ.pk: until}).get(organ.pk):
        raise Invalid("until", obstacle)


def check_post(post: Post, *, until: date) -> None:
    """
    Make sure that the post may end on that day; nobody new holds it before the transaction of the caller ends.

    :raises Invalid: somebody holds it longer, also from a later day on, or a promise names it
    """
    Post.objects.select_for_update().get(pk=post.pk)
    if obstacle := obstacles_of_posts({post.pk: until}).get(post.pk):
        raise Invalid("until", obstacle)


def _tenures(ends: Mapping[int, date]) -> dict[int, int]:
    return _tenures_by("post__organ", ends)


def _tenures_of_posts(ends: Mapping[int, date]) -> dict[int, int]:
    return _tenures_by("post", ends)


def _tenures_by(column: str, ends: Mapping[int, date]) -> dict[int, int]:
    """Return how many tenures last longer than what they hang on, those that begin later among them."""
    rows = Tenure.objects.filter(**{f"{column}__in": ends}).exclude(until__lte=min(ends.values()))
    counts = dict.fromkeys(ends, 0)
    for pk, until in rows.order_by().values_list(column, "until"):
        counts[pk] += until is None or until > ends[pk]
    return counts


def register() -> None:
    """Make known that tenures do not outlive their organ, nor their post; called once Django is ready."""
    register_open("tenures", _tenures_in_words, _tenures)
    register_open_at_post("tenures", _tenures_in_words, _tenures_of_posts)


def _tenures_in_words(count: int) -> str:
    return ngettext("%(count)d tenure", "%(count)d tenures", count) % {"count": count}
