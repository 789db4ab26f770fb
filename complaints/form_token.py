"""
The one-time token of a form, bound to the browser that opened it (docs/trust.md S-10).

The form carries it signed in a hidden field; the browser carries a random cookie. In another browser the token opens
nothing. What the action gets is the random part alone: from it, and a key that only the portal has, the secret code is
derived, so the same form sent again finds the same receipt.
"""

import hashlib
import hmac
import secrets
from datetime import datetime

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

FORM_HOURS = 24
RECEIPT_MINUTES = 30
FORM_COOKIE = "filing"
RECEIPT_COOKIE = "receipt"
PATH = "/complaints/new/"
_FORM_SALT = "complaints.form-token"
_RECEIPT_SALT = "complaints.receipt"


def issue(request: HttpRequest, *, at: datetime) -> tuple[str, str]:
    """Return a new signed token, opened at ``at``, and the value that the browser's cookie must have for it."""
    browser = request.COOKIES.get(FORM_COOKIE) or secrets.token_hex(16)
    held = {"token": secrets.token_hex(16), "browser": _print_of(browser), "opened": int(at.timestamp())}
    value = signing.dumps(held, salt=_FORM_SALT)
    return value, browser


def bind(response: HttpResponse, browser: str) -> None:
    """Give the browser the cookie that its form's token is bound to."""
    _cookie(response, FORM_COOKIE, browser, max_age=FORM_HOURS * 3600)


def read(request: HttpRequest, signed: str) -> str | None:
    """Return the random part of a token that is whole, at most 24 hours old and this browser's; else None."""
    held = _loads(signed, salt=_FORM_SALT, max_age=FORM_HOURS * 3600)
    if held is None:
        return None
    own = _print_of(request.COOKIES.get(FORM_COOKIE, ""))
    return held["token"] if hmac.compare_digest(held["browser"], own) else None


def seconds_open(signed: str, *, at: datetime) -> float | None:
    """Return how long the form was open when it was sent at ``at``; None for a token that is not ours."""
    held = _loads(signed, salt=_FORM_SALT, max_age=None)
    return None if held is None else at.timestamp() - held["opened"]


def hand_over(response: HttpResponse, token: str, *, at: datetime) -> None:
    """Let this browser, and no other, see the receipt of ``token`` for thirty minutes from ``at``."""
    value = signing.dumps({"token": token, "at": int(at.timestamp())}, salt=_RECEIPT_SALT)
    _cookie(response, RECEIPT_COOKIE, value, max_age=RECEIPT_MINUTES * 60)


def handed_over(request: HttpRequest, *, at: datetime) -> str | None:
    """Return the token whose receipt this browser may see at ``at``, or None."""
    held = _loads(request.COOKIES.get(RECEIPT_COOKIE, ""), salt=_RECEIPT_SALT, max_age=None)
    if held is None or at.timestamp() - held["at"] > RECEIPT_MINUTES * 60:
        return None
    return held["token"]


def forget(response: HttpResponse) -> None:
    """Show the receipt to this browser no more, nor for the same form sent again."""
    for name in (RECEIPT_COOKIE, FORM_COOKIE):
        response.delete_cookie(name, path=PATH)


def _loads(signed: str, *, salt: str, max_age: int | None) -> dict | None:
    try:
        return signing.loads(signed, salt=salt, max_age=max_age)
    except signing.BadSignature:
        return None


def _print_of(browser: str) -> str:
    return hashlib.sha256(browser.encode()).hexdigest()[:32]


def _cookie(response: HttpResponse, name: str, value: str, *, max_age: int) -> None:
    response.set_cookie(
        name,
        value,
        max_age=max_age,
        path=PATH,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
