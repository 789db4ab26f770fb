"""
The session of whoever has shown number and code: a signed cookie, nothing in the database (docs/trust.md S-08, P-05).

It holds the row number of what it opens and two moments, never number, code or person. It ends after 20 minutes without
a page, 2 hours in all, by "leave", or when there is a new code. Each part has a cookie of its own, which is sent to its
pages alone.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import models
from django.http import HttpRequest, HttpResponse

IDLE_SECONDS = 20 * 60
TOTAL_SECONDS = 2 * 60 * 60


@dataclass(frozen=True, slots=True)
class TrackingSession:
    """The sessions of one part: the name of their cookie, the address of its pages, the salt of the signature."""

    cookie: str
    path: str
    salt: str

    def start(self, response: HttpResponse, opened: Any, *, at: datetime) -> None:
        """Open ``opened``, a row with a ``code_hash``, and only this one, to the browser that gets ``response``."""
        self._write(response, opened.pk, _key_of(opened), started=int(at.timestamp()), at=at)

    def row_of(self, request: HttpRequest, rows: models.QuerySet, *, at: datetime) -> Any:
        """Return the row that the browser's session opens if it is among ``rows``; None if not, ended or forged."""
        return self.found(request, lambda key: rows.filter(pk=key).first(), at=at)

    def found(self, request: HttpRequest, find: Callable[[int], Any], *, at: datetime) -> Any:
        """Return the row that the browser's session opens if ``find`` finds it by its key; None as ``row_of``."""
        held = self._read(request, at)
        if held is None:
            return None
        row = find(held["row"])
        return row if row is not None and held["key"] == _key_of(row) else None

    def keep(self, response: HttpResponse, request: HttpRequest, *, at: datetime) -> None:
        """Count the idle time anew from ``at``; the two hours in all run on. No cache keeps a page of a session."""
        response["Cache-Control"] = "no-store"
        held = self._read(request, at)
        if held is not None and self.cookie not in response.cookies:
            self._write(response, held["row"], held["key"], started=held["started"], at=at)

    def end(self, response: HttpResponse) -> None:
        """Forget in this browser what it had opened."""
        response.delete_cookie(self.cookie, path=self.path)
        response["Cache-Control"] = "no-store"
        # Pages that the browser still holds in memory go as well, so that the back button shows nothing.
        response["Clear-Site-Data"] = '"cache"'

    def _write(self, response: HttpResponse, pk: int, key: str, *, started: int, at: datetime) -> None:
        value = signing.dumps({"row": pk, "key": key, "started": started, "seen": int(at.timestamp())}, salt=self.salt)
        response.set_cookie(
            self.cookie,
            value,
            path=self.path,
            httponly=True,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )

    def _read(self, request: HttpRequest, at: datetime) -> dict | None:
        try:
            held = signing.loads(request.COOKIES.get(self.cookie, ""), salt=self.salt)
        except signing.BadSignature:
            return None
        now = at.timestamp()
        # One from before a release may hold other things.
        if "row" not in held or now - held["seen"] > IDLE_SECONDS or now - held["started"] > TOTAL_SECONDS:
            return None
        return held


def _key_of(opened: Any) -> str:
    """A short print of the code's hash: a new code ends the sessions of the old one."""
    return hashlib.sha256(bytes(opened.code_hash)).hexdigest()[:12]
