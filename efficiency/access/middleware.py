"""Ends sessions of staff that have run out or whose rights have changed (docs/trust.md S-04)."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from efficiency.access import sessions


class StaffSessionMiddleware:
    """Log a person out at the first request after the end of the session; the request goes on as a visitor's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, as nobody where the session is over."""
        # Without a cookie there is no session: public pages of visitors do not touch the table of sessions.
        if (
            settings.SESSION_COOKIE_NAME in request.COOKIES
            and request.user.is_authenticated
            and sessions.is_over(request, at=timezone.now())
        ):
            logout(request)
        return self.get_response(request)
