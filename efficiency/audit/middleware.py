"""Gives every request a number and writes one line about it (docs/trust.md P-08, W-04)."""

import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from efficiency.audit import measures, request_ids

log = structlog.get_logger("efficiency.request")

HEADER = "X-Request-ID"


class RequestIdMiddleware:
    """
    Accept the number that a proxy gave or make one; bind it for logs and audit; hand it back in the answer.

    The line names the route as it stands in ``urls.py``, never the path: numbers and words of a search are in paths.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request under its number."""
        request_id = request_ids.accept(request.headers.get(HEADER))
        request.request_id = request_id  # type: ignore[attr-defined]  # shown on error pages
        request_ids.begin(request_id)
        begun = time.perf_counter()
        try:
            response = self.get_response(request)
            response.headers[HEADER] = request_id
            self._note(request, response, time.perf_counter() - begun)
            return response
        finally:
            request_ids.end()

    def _note(self, request: HttpRequest, response: HttpResponse, seconds: float) -> None:
        route = _route(request)
        measures.count_request(route, request.method or "", response.status_code, seconds)
        fields = {"route": route, "method": request.method, "status": response.status_code}
        # Asked of the user only where the view asked too: a public page must not open a session for its log line.
        user = request.__dict__.get("_cached_user")
        if user is not None and user.is_authenticated:
            fields["user_id"] = user.pk
        log.info("request", duration_ms=round(seconds * 1000, 1), **fields)


def _route(request: HttpRequest) -> str:
    match = request.resolver_match
    if match is None:
        return "unknown"
    return match.view_name or match.route or "unknown"
