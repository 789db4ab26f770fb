"""Whom the words of a visitor name: who is named neither reads nor receives them (docs/trust.md Z-07 to Z-09)."""

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone

from complaints import names
from efficiency.access.models import User
from efficiency.organs.models import Post
from supervision.models import ReceptionBooking, ReceptionDay
from supervision.naming import held_around


def names_person(person: User | None, *texts: str) -> bool:
    """Say whether a text names the person, however the name is written."""
    name = names.plain(person.full_name) if person else ""
    return bool(name) and any(name in names.searched(text, "") for text in texts)


def posts_named(day: ReceptionDay, text: str, *, at: datetime, is_of_visitor: bool = True) -> list[int]:
    """
    Return the posts that a text names, by their own name or by that of who holds them now or on the day.

    Looked through are the posts from which the appointments of the day are read (``held_around``). The post that
    receives is named by its holder's name alone: whoever asks for the head does not complain about the head (D). In
    what staff write (``is_of_visitor`` false) posts go by the names of people.
    """
    held = held_around(day.organ, since=min(day.on, timezone.localdate(at)))
    words = names.searched(text, "")
    found = set()
    for post, organ, post_name, holder in held.values_list(
        "post_id", "post__organ_id", "post__name", "user__full_name"
    ):
        name = names.plain(holder)
        is_post = is_of_visitor and organ == day.organ_id and post != day.post_id and bool(post_name)
        if (name and name in words) or (is_post and post_name in words):
            found.add(post)
    return sorted(found)


def look_again(day: ReceptionDay, *, at: datetime) -> None:
    """Ask anew whom the topics of those who wait name: who receives has changed."""
    for booked in day.bookings.waiting().order_by("pk"):
        found = posts_named(day, booked.topic, at=at)
        if found != booked.named_in:
            ReceptionBooking.objects.filter(pk=booked.pk).update(named_in=found)


def words_for(rows: Iterable[ReceptionBooking]) -> dict[int, list[str]]:
    """Return the names of the posts that each appointment names, where it names any; one question for all."""
    named = {row.pk: row.named_in for row in rows if row.named_in}
    posts = dict(Post.objects.filter(pk__in={pk for each in named.values() for pk in each}).values_list("pk", "name"))
    return {pk: sorted({posts[post] for post in each if post in posts}) for pk, each in named.items()}
