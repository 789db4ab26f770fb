"""
The site identity as pages read it: kept in the process, so that no page pays a query and error pages need none.
"""

import threading
import time

from django.db import DatabaseError

from efficiency.pages.models import SiteIdentity

# A change in the admin reaches the other processes within this time.
FRESH_FOR_SECONDS = 60

_lock = threading.Lock()
_kept = SiteIdentity(pk=1)
_read_at: float | None = None


def current() -> SiteIdentity:
    """Return the identity, at most a minute old; the last known one, or an empty one, where the database is away."""
    global _kept, _read_at
    now = time.monotonic()
    if _read_at is not None and now - _read_at < FRESH_FOR_SECONDS:
        return _kept
    with _lock:
        try:
            found = SiteIdentity.objects.defer("mark").filter(pk=1).first()
        except DatabaseError:
            return _kept
        _kept, _read_at = found or SiteIdentity(pk=1), now
    return _kept


def last_known() -> SiteIdentity:
    """Return what this process knows, without asking the database: for pages that must work when it is away."""
    return _kept


def forget() -> None:
    """Read anew at the next page; called after a change."""
    global _read_at
    _read_at = None
