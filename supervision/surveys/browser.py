"""
What a browser holds while somebody answers: a signed cookie for the pages of one survey, nothing in the database.

It holds the hash of the code, which nobody can answer with elsewhere, and no code (docs/trust.md S-09), nor what the
case was after which the code was drawn, nor its organ: both pass once, sealed, from the page of the case to the first
page of the survey, whose address names no case. "Leave" takes the cookie along (S-08). Once the answer
was taken it says no more than that, so that one browser answers an open survey once; for ten minutes another one holds
the organs that the page of thanks offers a complaint about.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from efficiency.access.cipher import CannotOpen, keyed_hash, seal, unseal
from supervision.models import SurveyCode

COOKIE, THANKS, BEGUN, AGAIN = "survey", "survey_thanks", "survey_begun", "survey_again"
_SALT = "supervision.survey"
HOURS, THANKS_SECONDS, PASSING_SECONDS = 12, 600, 120


@dataclass(frozen=True, slots=True)
class Held:
    """What the browser holds of a survey: the hash of a code and its batch, or that it has answered."""

    code_hash: bytes = b""
    batch: int = 0
    # For what the code was drawn: a keyed hash of a case's key and the code, compared and never led back.
    drawn_for: str = ""
    is_done: bool = False


def path_of(survey: int) -> str:
    """Return the address below which a cookie of the survey is sent."""
    return f"/surveys/{survey}/"


def hold(response: HttpResponse, survey: int, code: SurveyCode, *, key: bytes = b"") -> None:
    """Let the browser answer with the code; ``key`` is the keyed hash of the case after which it was drawn, if any."""
    code_hash = bytes(code.code_hash)
    drawn_for = _drawn_for(key, code_hash) if key else ""
    value = {"survey": survey, "hash": code_hash.hex(), "batch": code.batch_id, "for": drawn_for}
    _set(response, COOKIE, value, survey, max_age=HOURS * 3600)


def begin(response: HttpResponse, survey: int, code: str, organ: int) -> None:
    """Hand the code, and the organ that somebody was served by, to the first page, which shows them once."""
    _pass(response, BEGUN, {"code": code, "organ": organ}, survey)


def go_on(response: HttpResponse, survey: int, key: bytes) -> None:
    """Hand the first page the keyed hash of the case that goes on, so that it goes on with no other case's code."""
    _pass(response, AGAIN, {"key": key.hex()}, survey)


def begun(request: HttpRequest, survey: int) -> tuple[str, int]:
    """Return the code to show, and the organ to tick; empty and 0 where nothing was begun just now."""
    found = _passed(request, BEGUN, survey)
    return str(found.get("code", "")), int(found.get("organ", 0))


def is_of_another(request: HttpRequest, survey: int, held: Held) -> bool:
    """Say whether somebody goes on after one case while the browser holds the code of another."""
    key = bytes.fromhex(str(_passed(request, AGAIN, survey).get("key", "")))
    return bool(key) and bool(held.code_hash) and held.drawn_for != _drawn_for(key, held.code_hash)


def end_passing(response: HttpResponse, survey: int) -> None:
    """Forget what passed from the page of a case: it was shown."""
    for name in (BEGUN, AGAIN):
        response.delete_cookie(name, path=path_of(survey))


def forget(response: HttpResponse, survey: int) -> None:
    """Forget whatever this browser holds of the survey."""
    for name in (COOKIE, THANKS, BEGUN, AGAIN):
        response.delete_cookie(name, path=path_of(survey))


def held(request: HttpRequest, survey: int) -> Held:
    """Return what the browser holds of the survey; nothing where it is of another, or forged."""
    found = _read(request, COOKIE, survey, max_age=None)
    if found is None:
        return Held()
    code_hash, batch = bytes.fromhex(found.get("hash", "")), found.get("batch", 0)
    return Held(code_hash, batch, found.get("for", ""), is_done=bool(found.get("done")))


def done(
    response: HttpResponse, survey: int, organs: list[int], *, remember_until: datetime | None, at: datetime
) -> None:
    """Forget the code; remember that this browser answered where it may answer once, and what the thanks offer."""
    used(response, survey, remember_until=remember_until, at=at)
    _set(response, THANKS, {"survey": survey, "organs": organs}, survey, max_age=THANKS_SECONDS)


def used(response: HttpResponse, survey: int, *, remember_until: datetime | None, at: datetime) -> None:
    """Forget a code that opens nothing any more; remember where this browser may have answered an open survey."""
    if remember_until is not None:
        _set(response, COOKIE, {"survey": survey, "done": True}, survey, max_age=_seconds(at, remember_until))
    else:
        response.delete_cookie(COOKIE, path=path_of(survey))


def organs_thanked_for(request: HttpRequest, survey: int) -> list[int] | None:
    """Return the organs that somebody was dissatisfied with or wrote about; None where nothing was sent just now."""
    found = _read(request, THANKS, survey, max_age=THANKS_SECONDS)
    return None if found is None else list(found.get("organs", []))


def _seconds(at: datetime, until: datetime) -> int:
    return max(60, int((until - at).total_seconds()))


def _drawn_for(key: bytes, code_hash: bytes) -> str:
    return keyed_hash("survey-held", key + code_hash).hex()


def _pass(response: HttpResponse, name: str, value: dict[str, Any], survey: int) -> None:
    """Seal what a browser carries from one page to the next: whoever reads its cookies reads nothing in it."""
    sealed = seal(json.dumps(value).encode(), row=f"survey:{survey}", field=name)
    _set(response, name, base64.urlsafe_b64encode(sealed).decode(), survey, max_age=PASSING_SECONDS)


def _passed(request: HttpRequest, name: str, survey: int) -> dict[str, Any]:
    try:
        value = signing.loads(request.COOKIES.get(name, ""), salt=_salt(name), max_age=PASSING_SECONDS)
        found: dict[str, Any] = json.loads(unseal(base64.urlsafe_b64decode(value), row=f"survey:{survey}", field=name))
    except (signing.BadSignature, CannotOpen, binascii.Error, TypeError, ValueError):
        return {}
    return found


def _salt(name: str) -> str:
    """Return the salt of one cookie: what was signed as one of them is not read as another."""
    return _SALT if name == COOKIE else f"{_SALT}.{name}"


def _set(response: HttpResponse, name: str, value: dict[str, Any] | str, survey: int, *, max_age: int) -> None:
    response.set_cookie(
        name,
        signing.dumps(value, salt=_salt(name)),
        max_age=max_age,
        path=path_of(survey),
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def _read(request: HttpRequest, name: str, survey: int, *, max_age: int | None) -> dict[str, Any] | None:
    try:
        found = signing.loads(request.COOKIES.get(name, ""), salt=_salt(name), max_age=max_age)
    except signing.BadSignature:
        return None
    return found if isinstance(found, dict) and found.get("survey") == survey else None
