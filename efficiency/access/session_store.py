"""
The table of sessions, written to only where that changes something (docs/trust.md S-04).

Django would write the row of a session at every page, to count its rest anew: a commit that waits for the disk, beside
a page that only reads. Here it is counted anew at most once a minute, so a session ends after twenty-nine to thirty
minutes of rest and never later.
"""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.backends import db
from django.utils import timezone

RENEWED_AFTER = timedelta(minutes=1)


class SessionStore(db.SessionStore):
    """A session of staff, which knows when its row says that it ends."""

    ends_at: datetime | None = None

    def _get_session_from_db(self) -> Any:
        row = super()._get_session_from_db()  # type: ignore[misc]  # django-stubs leave it out
        self.ends_at = row.expire_date if row is not None else None
        return row

    def is_to_be_renewed(self) -> bool:
        """Say whether the session was read and its rest should be counted anew from now."""
        if self.ends_at is None:
            return False
        return self.ends_at <= timezone.now() + timedelta(seconds=self.get_session_cookie_age()) - RENEWED_AFTER
