"""
When a session of staff ends (docs/trust.md S-04).

Thirty minutes of rest are kept by the session itself. Here: ten hours in all, and the end at the next request when
password, role or tenure changed or the account was closed. The tenures as they ran at the log-in are written into the
session, so that a change made past our code (by SQL, or by a date that came) ends it as well.
"""

import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest
from django.utils import timezone

from efficiency.access.scope import scope_of

if TYPE_CHECKING:
    from efficiency.access.models import User

LONGEST = timedelta(hours=10)
KEY = "staff"


def stamp_of(user: "User") -> str:
    """Return a fingerprint of what the rights of ``user`` come from today: epoch of the account and running tenures."""
    seats = sorted(
        (seat.role.value, seat.rank.value, seat.organ_id, seat.post_id, seat.is_head, seat.is_stand_in)
        for seat in scope_of(user).seats
    )
    return hashlib.sha256(repr((user.session_epoch, seats)).encode()).hexdigest()[:32]


def begin(sender: object, request: HttpRequest | None, user: "User", **kwargs: Any) -> None:
    """Write into a new session when it began and with which rights; called at every log-in."""
    if request is not None and hasattr(request, "session"):
        request.session[KEY] = {"since": timezone.now().isoformat(), "stamp": stamp_of(user)}


def is_over(request: HttpRequest, *, at: datetime) -> bool:
    """Say whether the session of a person who is logged in has ended at ``at``."""
    kept = request.session.get(KEY)
    if not isinstance(kept, dict):
        return True
    try:
        since = datetime.fromisoformat(kept["since"])
    except (KeyError, TypeError, ValueError):
        return True
    return at > since + LONGEST or kept.get("stamp") != stamp_of(request.user)  # type: ignore[arg-type]


def end_all_of(user: "User") -> None:
    """End every session of ``user`` by the next request."""
    type(user).objects.filter(pk=user.pk).update(session_epoch=user.session_epoch + 1)
    user.refresh_from_db(fields=["session_epoch"])


def watch() -> None:
    """Begin a session at every log-in."""
    user_logged_in.connect(begin, dispatch_uid="efficiency.access.sessions")
