"""The pages that every portal has, and the pages for what went wrong."""

import sys
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import get_script_prefix
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_safe

from efficiency.pages import engine, identity, menu
from efficiency.pages.context import frame_without_request
from efficiency.pages.models import SiteIdentity
from efficiency.pages.preferences import CONTRAST_COOKIE, LARGE_COOKIE, language_of, remember
from efficiency.timing import store
from efficiency.timing.calendar import OutsideCalendar

# Longer texts are given back after a refused form; names, codes and choices are quickly typed again.
WORTH_KEEPING = 20
# Nobody typed the two tokens and what is sealed, and a secret code is shown on no page but its receipt.
NOT_GIVEN_BACK = {"csrfmiddlewaretoken", "token", "code", "interrupted"}
_filled_forms: dict[str, Callable[[HttpRequest], HttpResponse]] = {}


# --- Fixed pages ---------------------------------------------------------------------------------------------------


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """Say what the portal is and who runs it."""
    return render(request, "pages/about.html")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """Say what is kept of a person, for how long, and who sees it."""
    return render(request, "pages/privacy.html")


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """Offer the views, and state how accessible the portal is."""
    return render(request, "pages/accessibility.html")


@require_safe
def site_map(request: HttpRequest) -> HttpResponse:
    """List every section and fixed page."""
    return render(request, "pages/site_map.html", {"sections": menu.items(menu.PUBLIC, request)})


@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """Tell the public whether deadlines are being watched right now."""
    at = timezone.now()
    try:
        settled_until = store.coverage(at).confirmed_until
    except OutsideCalendar:
        settled_until = None
    return render(request, "pages/status.html", {"engine": engine.health(at=at), "settled_until": settled_until})


@require_GET
@cache_control(max_age=31_536_000, public=True, immutable=True)
def mark(request: HttpRequest, digest: str) -> HttpResponse:
    """Return the city's own mark; its address changes with its content."""
    row = SiteIdentity.objects.only("mark", "mark_digest").filter(pk=1, mark_digest=digest).first()
    if row is None or not row.mark:
        raise Http404
    return HttpResponse(bytes(row.mark), content_type="image/png")


# --- Language and view ---------------------------------------------------------------------------------------------


@csrf_exempt  # A stranger's page could at most enlarge the letters; a token on every page would cost a cookie each.
def preferences(request: HttpRequest) -> HttpResponse:
    """
    Keep the chosen ``language``, ``large`` and ``contrast`` (``1`` or ``0``) in cookies and go back to ``next``.

    Only what is sent changes. Asked without a form, it shows the same choices as a page.
    """
    if request.method != "POST":
        return render(request, "pages/preferences.html")
    response: HttpResponse
    if request.headers.get("X-Requested-With") == "fetch":
        response = HttpResponse(status=204)
    else:
        response = HttpResponseRedirect(_local(request, request.POST.get("next", "")), status=303)
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        return response
    language = request.POST.get("language")
    if language in dict(settings.LANGUAGES):
        remember(response, settings.LANGUAGE_COOKIE_NAME, language)
    for field, cookie in (("large", LARGE_COOKIE), ("contrast", CONTRAST_COOKIE)):
        if field in request.POST:
            remember(response, cookie, "1" if request.POST[field] == "1" else "")
    return response


def _local(request: HttpRequest, address: str) -> str:
    allowed = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if allowed and address.startswith("/") else get_script_prefix()


# --- What went wrong -----------------------------------------------------------------------------------------------
# These pages are rendered without context processors: neither session nor user is asked (docs/trust.md O-07).


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer a request that makes no sense, or one that is too large."""
    if isinstance(exception, RequestDataTooBig | TooManyFilesSent | TooManyFieldsSent):
        return too_large(request, exception)
    return error_page(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer a request that this person may not make."""
    return error_page(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer for what is not there, or not there for this person: both look the same (docs/trust.md Z-02)."""
    return error_page(request, "404.html", status=404)


def too_large(request: HttpRequest, exception: Exception | None = None, *, file_name: str = "") -> HttpResponse:
    """Answer a request with more or larger files than the portal takes; ``file_name`` is the one to leave out."""
    return error_page(request, "413.html", status=413, file_name=file_name)


def too_many_requests(request: HttpRequest, *, retry_after: int) -> HttpResponse:
    """Answer a person who is too fast. ``retry_after``: seconds until the next try can succeed."""
    minutes = max(1, -(-retry_after // 60))
    response = error_page(request, "429.html", status=429, minutes=minutes)
    response.headers["Retry-After"] = str(retry_after)
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """
    Answer a form whose token is too old: with the form as it was filled where its view gives it back, else with the
    longer texts that were typed (docs/trust.md S-13).

    A form sent from another site gets no echo: nobody shall put words into the portal's frame.
    """
    is_from_elsewhere = _is_from_elsewhere(request) or reason.startswith("Origin checking failed")
    match = request.resolver_match
    page = _filled_forms.get(match.view_name) if match is not None else None
    if page is not None and not is_from_elsewhere:
        return page(request)
    typed = [] if is_from_elsewhere else _typed(request)
    return error_page(request, "403.html", status=403, is_expired=True, typed=typed)


def gives_back(view_name: str, page: Callable[[HttpRequest], HttpResponse]) -> None:
    """Let the form of a view come back filled, by ``page``, when the check of its token failed."""
    _filled_forms[view_name] = page


def _is_from_elsewhere(request: HttpRequest) -> bool:
    return request.headers.get("Sec-Fetch-Site") == "cross-site"


def _typed(request: HttpRequest) -> list[str]:
    """Return the longer texts of the form that was sent, unless another site sent it."""
    if _is_from_elsewhere(request):
        return []
    try:
        return [str(value) for name, value in request.POST.items() if _worth_keeping(name, str(value))]
    except (BadRequest, OSError, ValueError):
        return []


def _worth_keeping(name: str, value: str) -> bool:
    return len(value) > WORTH_KEEPING and "password" not in name and name not in NOT_GIVEN_BACK


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer after a fault of ours; while the database is away, say that instead and when to come back."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return unavailable(request)
    return error_page(request, "500.html", status=500)


def unavailable(request: HttpRequest) -> HttpResponse:
    """Answer while a part that nothing works without, such as the database, is away; what was typed is given back."""
    response = error_page(request, "503.html", status=503, typed=_typed(request))
    response.headers["Retry-After"] = "60"
    return response


def error_page(request: HttpRequest, template: str, *, status: int, **extra: Any) -> HttpResponse:
    """Render an error page in the person's language, without asking anything that may be away."""
    if status < 500:
        identity.current()
    with translation.override(language_of(request)):
        body = render_to_string(template, {**frame_without_request(request), **extra})
    response = HttpResponse(body, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response
