"""
The password again before what is hard to take back, where it was given more than a quarter of an hour ago (S-05).

A wrong one counts like a wrong log-in: five from one source close the pair of account and source for a while (S-03).
"""

from datetime import datetime, timedelta

from django.contrib.auth import authenticate
from django.http import HttpRequest

from efficiency.access import sessions

LASTS = timedelta(minutes=15)
KEY = "confirmed_at"


def is_recent(request: HttpRequest, *, at: datetime) -> bool:
    """Say whether whoever is logged in gave the password, at the log-in or since, in the time that it counts for."""
    began = request.session.get(sessions.KEY)
    kept = [request.session.get(KEY), began.get("since") if isinstance(began, dict) else None]
    return any(_moment(each, at) > at - LASTS for each in kept)


def confirm(request: HttpRequest, password: str, *, at: datetime) -> bool:
    """Say whether this is the password of whoever is logged in, and remember that it was given at ``at``."""
    person = request.user
    if not password or not person.is_authenticated:
        return False
    found = authenticate(request, username=person.get_username(), password=password)
    if found is None or found.pk != person.pk:
        return False
    request.session[KEY] = at.isoformat()
    return True


def _moment(kept: object, at: datetime) -> datetime:
    """Return a moment of the session; what is none, or lies ahead, is long ago."""
    try:
        moment = datetime.fromisoformat(str(kept))
        return moment if moment <= at else at - 2 * LASTS
    except (TypeError, ValueError):
        return at - 2 * LASTS
