"""
Finding posts in Chinese, by pinyin and by its initials (docs/ui.md).

As in the search of cases, pairs of neighbouring characters in an array with a GIN index are asked first and the text is
looked at again afterwards (docs/decisions/0004-pairs-of-characters-for-search.md).
"""

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable

from django.db.models import QuerySet

from efficiency.organs import pinyin
from efficiency.organs.models import Duty, DutyKind, Organ, Post, PostEntry, PostQuerySet

# More words than these are not looked for, and none longer.
MOST_WORDS, LONGEST_WORD = 8, 40
BATCH = 1000
# Between two texts of an entry: nothing that anybody looks for goes over it.
_APART = "\n"


def normalise(text: str) -> str:
    """Fold width, case and white space, so that ＳＪ finds sj."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def pairs_of(text: str) -> list[str]:
    """Return the distinct pairs of neighbouring characters, sorted; pairs do not cross white space."""
    found = {word[place : place + 2] for word in text.split() for place in range(len(word) - 1)}
    return sorted(found)


def words_of(query: str) -> list[str]:
    """Return the words of a query as they are looked for; one character alone is none."""
    words = normalise(query.replace("\x00", " ")).split()
    return [word[:LONGEST_WORD] for word in words if len(word) > 1][:MOST_WORDS]


def refresh(posts: QuerySet[Post]) -> int:
    """Make the entries of these posts anew and return how many there are; a fixed number of statements a batch."""
    written = 0
    rows = posts.select_related("organ").only("pk", "name", "section", "organ__name", "organ__short_name")
    ordered = list(rows.order_by("pk"))
    for start in range(0, len(ordered), BATCH):
        batch = ordered[start : start + BATCH]
        duties: dict[int, list[str]] = defaultdict(list)
        texts = Duty.objects.filter(post__in=[post.pk for post in batch], kind=DutyKind.BUSINESS)
        for post_id, text in texts.order_by("post_id", "position", "pk").values_list("post_id", "text"):
            duties[post_id].append(text)
        PostEntry.objects.bulk_create(
            (_entry(post, duties[post.pk]) for post in batch),
            update_conflicts=True,
            unique_fields=["post"],
            update_fields=["text", "pairs"],
        )
        written += len(batch)
    return written


def refresh_all() -> int:
    """Make the entries of all posts that have none; safe to run at any time."""
    return refresh(Post.objects.filter(entry__isnull=True))


def stale() -> int:
    """Count the posts whose entry is not what it would be made anew; for ``verify``."""
    there = dict(PostEntry.objects.values_list("post_id", "text"))
    duties: dict[int, list[str]] = defaultdict(list)
    texts = Duty.objects.filter(kind=DutyKind.BUSINESS).order_by("post_id", "position", "pk")
    for post_id, text in texts.values_list("post_id", "text"):
        duties[post_id].append(text)
    posts = Post.objects.select_related("organ").order_by("pk")
    return sum(there.get(post.pk) != _text(post, duties[post.pk]) for post in posts)


def matching(posts: PostQuerySet, words: Collection[str]) -> PostQuerySet:
    """Keep the posts in whose entry every word stands; without words all."""
    if not words:
        return posts
    found = PostEntry.objects.filter(pairs__contains=sorted({pair for word in words for pair in pairs_of(word)}))
    for word in words:
        found = found.filter(text__contains=word)
    return posts.filter(pk__in=found.values("post_id"))


def organs_matching(organs: Iterable[Organ], words: Collection[str]) -> list[Organ]:
    """Return the organs in whose name, pinyin, initials or duties every word stands; a city has a few hundred."""
    if not words:
        return []
    return [organ for organ in organs if _has_all(organ, words)]


def _has_all(organ: Organ, words: Collection[str]) -> bool:
    text = _APART.join((_of_names(organ.name, organ.short_name), normalise(organ.duties_text)))
    return all(word in text for word in words)


def _entry(post: Post, duties: list[str]) -> PostEntry:
    text = _text(post, duties)
    return PostEntry(post=post, text=text, pairs=pairs_of(text))


def _text(post: Post, duties: list[str]) -> str:
    organ = post.organ
    parts = [_of_names(post.name, post.section, organ.name, organ.short_name), *map(normalise, duties)]
    return _APART.join(part for part in parts if part)


def _of_names(*names: str) -> str:
    """Return names as typed, in pinyin, and by its initials."""
    found = []
    for name in filter(None, names):
        syllables = pinyin.syllables(normalise(name))
        found += [normalise(name), normalise("".join(syllables)), normalise("".join(each[:1] for each in syllables))]
    return _APART.join(found)
