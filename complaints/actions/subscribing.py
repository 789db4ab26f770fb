"""The secret address of a person's calendar: made, renewed and given up by that person alone."""

import secrets
from datetime import datetime

from django.db import transaction

from complaints.models import CalendarFeed
from efficiency.access.cipher import keyed_hash
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.audit.records import record

SECRET_BYTES = 32


@transaction.atomic
def renew_calendar(by: User, /, *, at: datetime) -> str:
    """Return a new secret for the calendar of ``by``, to be shown now and never again; the one before it ends."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    CalendarFeed.objects.update_or_create(owner=by, defaults={"secret_hash": _hash_of(secret), "made_at": at})
    record("account.renew_calendar", actor=by, obj=by, at=at)
    return secret


@transaction.atomic
def end_calendar(by: User, /, *, at: datetime) -> None:
    """Let the address of the calendar of ``by`` lead nowhere from now on."""
    if CalendarFeed.objects.filter(owner=by).delete()[0]:
        record("account.end_calendar", actor=by, obj=by, at=at)


def calendar_of(user: User) -> CalendarFeed | None:
    """Return whether and since when ``user`` has a calendar that still opens."""
    feed = CalendarFeed.objects.select_related("owner").filter(owner=user).first()
    return None if feed is None or _is_void(feed) else feed


def owner_of_calendar(secret: str) -> User | None:
    """
    Return whose calendar ``secret`` opens; nobody's who holds no post any more, or whose account is closed.

    A change of the password ends the address as it ends every session (docs/trust.md S-04): whoever made it may not be
    who changed the password.
    """
    feed = CalendarFeed.objects.select_related("owner").filter(secret_hash=_hash_of(secret)).first()
    if feed is None or _is_void(feed) or not feed.owner.is_active or not scope_of(feed.owner).roles:
        return None
    return feed.owner


def _is_void(feed: CalendarFeed) -> bool:
    changed_at = feed.owner.password_changed_at
    return changed_at is not None and changed_at > feed.made_at


def _hash_of(secret: str) -> bytes:
    return keyed_hash("calendar", secret)
