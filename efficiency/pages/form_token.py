"""
The one-time token of a form, bound to whoever opened it (docs/trust.md S-10).

The form carries it signed in a hidden field. That of the public form is bound to the browser, which carries a random
cookie; that of a form of the tracking page to the case and the step, whose session is asked for besides; that of staff
to the account. Anywhere else the token opens nothing. What the action gets is the random part alone: from that of a
filing, and a key that only the portal has, the secret code is derived, so the same form sent again finds the same
receipt.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

FORM_HOURS = 24
RECEIPT_MINUTES = 30
FORM_COOKIE = "filing"
RECEIPT_COOKIE = "receipt"
_FORM_SALT = "complaints.form-token.held"
_RECEIPT_SALT = "complaints.receipt.handed"


@dataclass(frozen=True, slots=True)
class FormToken:
    """The token of one form: ``signed`` as the form carries it, ``value`` its random part."""

    signed: str
    value: str
    # Made just now: nothing was sent with it, and nothing is kept for it.
    is_new: bool
    # What the browser's cookie has to be for it; empty where the token is not bound to a browser.
    browser: str = ""


def of_browser(request: HttpRequest, signed: str = "", *, at: datetime) -> FormToken:
    """Return the token that the public form carries; a new one where it is not this browser's, or is too old."""
    browser = request.COOKIES.get(FORM_COOKIE) or secrets.token_hex(16)
    return replace(_of(f"browser:{browser}", signed, at=at), browser=browser)


def of_step(number: str, step: str, signed: str = "", *, at: datetime) -> FormToken:
    """Return the token that the form of a step in the case of ``number`` carries; a new one where it is of another."""
    return _of(f"case:{number}:{step}", signed, at=at)


def of_staff(user_id: int, signed: str = "", *, at: datetime) -> FormToken:
    """Return the token that a form of staff carries; a new one where it is of another account, or too old."""
    return _of(staff(user_id), signed, at=at)


def staff(user_id: int) -> str:
    """Return how an account is named to which a form or a receipt belongs."""
    return f"staff:{user_id}"


def put_into(form: forms.Form, token: FormToken) -> None:
    """Let the form that is shown carry ``token``, whatever it was sent with."""
    if form.is_bound:
        sent: Any = form.data
        form.data = sent = sent.copy()
        sent["token"] = token.signed
    else:
        form.initial["token"] = token.signed


def bind(response: HttpResponse, token: FormToken, *, path: str) -> None:
    """Give the browser the cookie that a new token of its form, which lies at ``path``, is bound to."""
    if token.is_new and token.browser:
        _cookie(response, FORM_COOKIE, token.browser, max_age=FORM_HOURS * 3600, path=path)


def seconds_open(signed: str, *, at: datetime) -> float | None:
    """Return how long the form was open when it was sent at ``at``; None for a token that is not ours."""
    held = _loads(signed, salt=_FORM_SALT, max_age=None)
    return None if held is None else at.timestamp() - held["opened"]


def hand_over(response: HttpResponse, token: str, *, at: datetime, path: str, to: str = "") -> None:
    """Let this browser alone see the receipt of ``token`` for thirty minutes; with ``to`` that account alone in it."""
    value = signing.dumps({"token": token, "at": int(at.timestamp()), "to": _print_of(to)}, salt=_RECEIPT_SALT)
    _cookie(response, RECEIPT_COOKIE, value, max_age=RECEIPT_MINUTES * 60, path=path)


def handed_over(request: HttpRequest, *, at: datetime, to: str = "") -> str | None:
    """Return the token whose receipt this browser, and the account ``to``, may see at ``at``, or None."""
    held = _loads(request.COOKIES.get(RECEIPT_COOKIE, ""), salt=_RECEIPT_SALT, max_age=None)
    if held is None or at.timestamp() - held["at"] > RECEIPT_MINUTES * 60 or held["to"] != _print_of(to):
        return None
    return held["token"]


def forget(response: HttpResponse, *, path: str) -> None:
    """Show the receipt of the form at ``path`` to this browser no more, nor for the same form sent again."""
    for name in (RECEIPT_COOKIE, FORM_COOKIE):
        response.delete_cookie(name, path=path)


def _of(holder: str, signed: str, *, at: datetime) -> FormToken:
    held = _loads(signed, salt=_FORM_SALT, max_age=FORM_HOURS * 3600)
    if held is not None and hmac.compare_digest(held["holder"], _print_of(holder)):
        return FormToken(signed, held["token"], is_new=False)
    value = secrets.token_hex(16)
    content = {"token": value, "holder": _print_of(holder), "opened": int(at.timestamp())}
    return FormToken(signing.dumps(content, salt=_FORM_SALT), value, is_new=True)


def _loads(signed: str, *, salt: str, max_age: int | None) -> dict | None:
    try:
        return signing.loads(signed, salt=salt, max_age=max_age)
    except signing.BadSignature:
        return None


def _print_of(holder: str) -> str:
    return hashlib.sha256(holder.encode()).hexdigest()[:32]


def _cookie(response: HttpResponse, name: str, value: str, *, max_age: int, path: str) -> None:
    response.set_cookie(
        name,
        value,
        max_age=max_age,
        path=path,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
