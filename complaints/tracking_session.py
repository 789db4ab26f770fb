"""
The citizen's session on one case: a signed cookie, nothing in the database (docs/trust.md S-08, P-05).

It holds the case's row number and two moments, never number, code or person. It ends after 20 minutes without a page,
2 hours in all, by "leave", or when the case gets a new code.
"""

import hashlib
from datetime import datetime

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from complaints.models import Case

COOKIE = "track"
PATH = "/complaints/track/"
# Where the form for filing lies: its cookies are sent there alone.
FORM_PATH = "/complaints/new/"
IDLE_SECONDS = 20 * 60
TOTAL_SECONDS = 2 * 60 * 60
_SALT = "complaints.tracking-session"


def start(response: HttpResponse, case: Case, *, at: datetime) -> None:
    """Open ``case``, and only this one, to the browser that gets ``response``."""
    _write(response, case.pk, _key_of(case), started=int(at.timestamp()), at=at)


def case_of(request: HttpRequest, number: str, *, at: datetime) -> Case | None:
    """Return the case that the browser's session opens if it is ``number``; None for any other, ended or forged one."""
    held = _read(request, at)
    if held is None:
        return None
    case = (
        Case.objects.select_related("organ", "office", "handling_organ").filter(pk=held["case"], number=number).first()
    )
    return case if case is not None and held["key"] == _key_of(case) else None


def keep(response: HttpResponse, request: HttpRequest, *, at: datetime) -> None:
    """Count the idle time anew from ``at``; the two hours in all run on. No page of a session is kept by a cache."""
    response["Cache-Control"] = "no-store"
    held = _read(request, at)
    if held is not None and COOKIE not in response.cookies:
        _write(response, held["case"], held["key"], started=held["started"], at=at)


def end(response: HttpResponse) -> None:
    """Forget the case in this browser."""
    response.delete_cookie(COOKIE, path=PATH)
    response["Cache-Control"] = "no-store"
    # Pages that the browser still holds in memory go as well, so that the back button shows nothing.
    response["Clear-Site-Data"] = '"cache"'


def _write(response: HttpResponse, case_id: int, key: str, *, started: int, at: datetime) -> None:
    value = signing.dumps({"case": case_id, "key": key, "started": started, "seen": int(at.timestamp())}, salt=_SALT)
    response.set_cookie(COOKIE, value, path=PATH, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)


def _read(request: HttpRequest, at: datetime) -> dict | None:
    try:
        held = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT)
    except signing.BadSignature:
        return None
    now = at.timestamp()
    if now - held["seen"] > IDLE_SECONDS or now - held["started"] > TOTAL_SECONDS:
        return None
    return held


def _key_of(case: Case) -> str:
    """A short print of the code's hash: a new code ends the sessions of the old one."""
    return hashlib.sha256(bytes(case.code_hash)).hexdigest()[:12]
