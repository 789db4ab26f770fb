"""
The interface of departments' systems, as one object; its addresses are under ``/api/v1/``.

The page of docs is ours: Swagger's own asks for a megabyte of script, and for the hosts of others unless that is served
from here (docs/decisions/0016-a-plain-page-of-the-interface.md).
"""

from typing import Any

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from complaints.api.answers import BAD_PARAMETER, Refused, problem

log = structlog.get_logger(__name__)

api = NinjaAPI(
    title="Administrative Efficiency Supervision Portal",
    version="1",
    description="Departments' systems report matters; each is held to the promised time.",
    docs_url=None,
    openapi_url="/openapi.json",
    urls_namespace="api",
)


@api.exception_handler(Refused)
def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """Answer what is refused in the one form of errors."""
    response = problem(refusal.status, refusal.code, refusal.message)
    for name, value in refusal.headers.items():
        response[name] = value
    return response


@api.exception_handler(OperationalError)
@api.exception_handler(InterfaceError)
def unavailable(request: HttpRequest, error: Exception) -> HttpResponse:
    """Answer while the database is away or too slow: nothing was written, and the same may be sent again."""
    log.error("api_unavailable", exc_info=error)
    response = problem(
        503, "unavailable", _("The portal cannot answer at the moment. Please send the same again later.")
    )
    response["Retry-After"] = "60"
    return response


@api.exception_handler(ValidationError)
def unreadable(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Answer parameters that cannot be read; what was sent is not repeated."""
    return problem(422, "bad_parameter", BAD_PARAMETER)


@api.exception_handler(HttpError)
def other(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Answer every other error of the framework in the same form."""
    return problem(error.status_code, "refused", _("This cannot be answered."))


def _register() -> None:
    from complaints.api import matters

    router: Any = matters.router
    api.add_router("/matters", router)


_register()
