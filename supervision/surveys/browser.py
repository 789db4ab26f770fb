"""
What a browser holds while somebody answers: a signed cookie for the pages of one survey, nothing in the database.

It holds the hash of the code, which nobody can answer with elsewhere, and no code (docs/trust.md S-09). Once the answer
was taken it says no more than that, so that one browser answers an open survey once; for ten minutes another one holds
the organs that the page of thanks offers a complaint about.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from supervision.models import SurveyCode

COOKIE, THANKS = "survey", "survey_thanks"
_SALT = "supervision.survey"
HOURS, THANKS_SECONDS = 12, 600


@dataclass(frozen=True, slots=True)
class Held:
    """What the browser holds of a survey: the hash of a code and its batch, or that it has answered."""

    code_hash: bytes = b""
    batch: int = 0
    # The organ that somebody was served by, which the first page names already.
    organ: int = 0
    is_done: bool = False


def path_of(survey: int) -> str:
    """Return the address below which a cookie of the survey is sent."""
    return f"/surveys/{survey}/"


def hold(response: HttpResponse, survey: int, code: SurveyCode, *, organ: int = 0) -> None:
    """Let the browser answer with the code, about ``organ`` to begin with where one is named."""
    value = {"survey": survey, "hash": bytes(code.code_hash).hex(), "batch": code.batch_id, "organ": organ}
    _set(response, COOKIE, value, survey, max_age=HOURS * 3600)


def held(request: HttpRequest, survey: int) -> Held:
    """Return what the browser holds of the survey; nothing where it is of another, or forged."""
    found = _read(request, COOKIE, survey, max_age=None)
    if found is None:
        return Held()
    code_hash, batch, organ = bytes.fromhex(found.get("hash", "")), found.get("batch", 0), found.get("organ", 0)
    return Held(code_hash, batch, organ, is_done=bool(found.get("done")))


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


def _set(response: HttpResponse, name: str, value: dict[str, Any], survey: int, *, max_age: int) -> None:
    response.set_cookie(
        name,
        signing.dumps(value, salt=_SALT),
        max_age=max_age,
        path=path_of(survey),
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def _read(request: HttpRequest, name: str, survey: int, *, max_age: int | None) -> dict[str, Any] | None:
    try:
        found = signing.loads(request.COOKIES.get(name, ""), salt=_SALT, max_age=max_age)
    except signing.BadSignature:
        return None
    return found if found.get("survey") == survey else None
