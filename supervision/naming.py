"""Whom a text names among those who could read it: they do not (docs/trust.md Z-07 to Z-09)."""

from datetime import date

from django.db.models import Q, QuerySet

from complaints import names
from efficiency.organs.models import Organ, OrganKind, Tenure


def held_around(organ: Organ, *, since: date) -> QuerySet[Tenure]:
    """
    Return the tenures, from ``since`` on, of the posts from which what is about an organ can be read.

    These are the posts of the organ, of every organ above it, and of every efficiency office of one of these.
    """
    ids, above = {organ.pk}, organ.parent
    while above is not None and above.pk not in ids:
        ids.add(above.pk)
        above = above.parent
    office = Q(post__organ__kind=OrganKind.EFFICIENCY_OFFICE, post__organ__parent__in=ids)
    held = Tenure.objects.filter(Q(post__organ__in=ids) | office)
    return held.filter(Q(until__isnull=True) | Q(until__gt=since))


def posts_named(organ: Organ, *texts: str, since: date) -> list[int]:
    """Return the posts around an organ whose holder, from ``since`` on, a text names, however the name is written."""
    words = names.searched("\n".join(texts), "")
    held = held_around(organ, since=since).values_list("post_id", "user__full_name")
    return sorted({post for post, holder in held if (name := names.plain(holder)) and name in words})
