"""``/api/v1/matters``: reports in, matters out; an organ's key reaches the matters of that organ alone."""

import json
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from ninja import Query, Router, Schema

from complaints.api.answers import Refused
from complaints.api.keys import BearerKey
from complaints.matters import reading, reporting
from complaints.matters.shape import Rejection, ReportIn
from efficiency.keys.models import Scope

router = Router(tags=["matters"])
PAGE = 100


class Rejected(Schema):
    """A row that was not taken; the others stand."""

    index: int
    code: str
    field: str
    reason: str


class Taken(Schema):
    """What became of the reports that were sent."""

    new: int
    repeated: int
    rejected: list[Rejected]


class MatterOut(Schema):
    """A matter as the portal has it."""

    matter: str
    item: str | None
    post: str | None
    state: str
    outcome: str
    step: int | None
    accepted_at: datetime | None
    due_at: datetime | None
    notice_due_at: datetime | None
    delivery_due_at: datetime | None
    finished_at: datetime | None
    is_late: bool
    doubts: list[str]
    last_reported_at: datetime


class Page(Schema):
    """Matters in the order in which they were last reported; ``next`` is the cursor of the page after."""

    matters: list[MatterOut]
    next: str | None


class Error(Schema):
    """What went wrong: a code that keeps its meaning, a sentence in the language asked for."""

    error: dict[str, str]


REFUSALS = {401: Error, 403: Error, 429: Error, 503: Error}
# The body is read by ourselves, row by row, so that a wrong row does not spoil the others; so it is described here.
BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "oneOf": [
                        ReportIn.model_json_schema(),
                        {
                            "type": "object",
                            "title": "Batch",
                            "required": ["reports"],
                            "properties": {
                                "reports": {
                                    "type": "array",
                                    "minItems": 1,
                                    "maxItems": reporting.MOST_REPORTS,
                                    "items": {"title": "Report"},
                                }
                            },
                        },
                    ]
                }
            }
        },
    }
}


@router.post(
    "",
    auth=BearerKey(Scope.PUSH_MATTERS),
    response={200: Taken, 400: Error, 413: Error, **REFUSALS},
    openapi_extra=BODY,
    summary=gettext_noop("Report what happened to matters"),
    description=gettext_noop(
        'Takes one report, or a batch of up to 10,000 as {"reports": […]}. A report that was sent before changes '
        "nothing. Reports may come in any order. Each row that is not taken is answered with its index, a code and a "
        "reason; the others stand."
    ),
)
def report(request: HttpRequest) -> Any:
    """Take one report, or a batch; of each row that is not taken the answer says why."""
    key = request.auth  # type: ignore[attr-defined]  # set by django-ninja
    given = _reports(request)
    try:
        taken = reporting.report(given, organ=key.organ, key=key, at=timezone.now())
    except reporting.TooMany as refusal:
        raise Refused(413, "too_many", _("A batch holds 10,000 reports at most.")) from refusal
    return {
        "new": taken.new,
        "repeated": taken.repeated,
        "rejected": [_rejected(each) for each in taken.rejected],
    }


@router.get(
    "",
    auth=BearerKey(Scope.SEE_MATTERS),
    response={200: Page, 422: Error, **REFUSALS},
    summary=gettext_noop("List the organ's matters"),
    description=gettext_noop(
        "Returns a hundred matters of the key's organ, the last reported first; after is the cursor of a page."
    ),
)
def matters(request: HttpRequest, state: str = "", after: str = Query("", max_length=80)) -> Any:
    """Return a hundred matters of the key's organ, the last reported first; after is the cursor of a page."""
    key = request.auth  # type: ignore[attr-defined]  # set by django-ninja
    try:
        rows, following = reading.page(key.organ, state=state, after=after, size=PAGE)
    except reading.BadCursor as refusal:
        raise Refused(
            422, "bad_parameter", _("A parameter of the address is not one that is expected here.")
        ) from refusal
    return {"matters": [reading.facts(each, at=timezone.now()) for each in rows], "next": following}


@router.get(
    "/{path:number}",
    auth=BearerKey(Scope.SEE_MATTERS),
    response={200: MatterOut, 404: Error, **REFUSALS},
    summary=gettext_noop("Look at one matter"),
    description=gettext_noop("Returns one matter of the key's organ by its own number."),
)
def matter(request: HttpRequest, number: str) -> Any:
    """Return one matter of the key's organ by its own number."""
    key = request.auth  # type: ignore[attr-defined]  # set by django-ninja
    found = reading.one(key.organ, number)
    if found is None:
        raise Refused(404, "not_found", _("The organ has no matter of this number."))
    return reading.facts(found, at=timezone.now())


def _reports(request: HttpRequest) -> list[Any]:
    """
    Return the reports of the body, which may be wrong each by itself.

    :raises Refused: the body is too large or is no JSON, or holds neither a report nor a batch
    """
    length = request.headers.get("Content-Length", "")
    # Without a length there is no body for us: what comes in pieces of unknown number is not waited for.
    if length.isdigit() and int(length) > settings.API_BODY_BYTES:
        raise Refused(413, "too_large", _("The body is too large: send smaller batches."))
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "no_json", _("The body is not JSON.")) from error
    if isinstance(body, dict) and set(body) == {"reports"} and isinstance(body["reports"], list) and body["reports"]:
        return body["reports"]
    if isinstance(body, dict) and "reports" not in body:
        return [body]
    raise Refused(400, "no_reports", _("The body is one report, or an object with a list of reports."))


def _rejected(rejection: Rejection) -> dict[str, Any]:
    return {
        "index": rejection.index,
        "code": rejection.code,
        "field": rejection.field,
        "reason": str(rejection.reason),
    }
