"""Ends sessions whose time or rights ran out, and asks for a new password in time (docs/trust.md S-01, S-04)."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from efficiency.access import passwords, sessions

# Addresses of the contract (docs/architecture.md) that need a log-in.
OF_STAFF = ("/admin/", "/supervision/")


class SparingSessionMiddleware(SessionMiddleware):
    """Django's own, which writes a session that nobody changed once a minute instead of at every page."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Write the session where it has changed, or where its rest has to be counted anew."""
        if request.session.is_to_be_renewed():  # type: ignore[attr-defined]  # efficiency.access.session_store
            request.session.modified = True
        return super().process_response(request, response)


class StaffSessionMiddleware:
    """Log a person out at the first request after the end of the session; the request goes on as a visitor's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, as nobody where the session is over."""
        # Without a cookie there is no session: public pages of visitors do not touch the table of sessions.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            now = timezone.now()
            if sessions.is_over(request, at=now):
                logout(request)
            elif passwords.is_too_old(request.user, at=now) and self._is_page_of_staff(request):
                return HttpResponseRedirect(reverse("admin:password_change"))
        return self.get_response(request)

    def _is_page_of_staff(self, request: HttpRequest) -> bool:
        """Say whether the page needs a log-in, those for changing the password and for logging out left aside."""
        free = [reverse(f"admin:{name}") for name in ("password_change", "password_change_done", "logout", "jsi18n")]
        return request.path_info.startswith(OF_STAFF) and request.path not in free
