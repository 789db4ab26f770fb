"""
The addresses of Open311: read the call, ask, write the answer in the format asked for (docs/open311.md).

Every answer, a refusal too, is in that format. The addresses take no cookie into account, so nothing that a stranger's
page sends is sent in anybody's name: they need no token against that, and may be read from everywhere.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core import signals
from django.core.exceptions import BadRequest, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from complaints import actions
from complaints.open311 import discovering, filing, reading
from complaints.open311 import services as offered
from complaints.open311.faults import Fault, absent, bad
from complaints.open311.rendering import Document, Format
from complaints.views.answers import KEPT_SECONDS
from complaints.views.filing import receipt_page
from efficiency.keys import checking
from efficiency.keys.models import Scope

log = structlog.get_logger(__name__)

READING = ("GET", "HEAD", "OPTIONS")
SENT_AS = ("application/x-www-form-urlencoded", "multipart/form-data")
# For so long a browser need not ask again whether it may read from another site.
PREFLIGHT_SECONDS = 86_400

View = Callable[..., Document]


def answers(*methods: str, kept_seconds: int = 0) -> Callable[[View], Callable[..., HttpResponse]]:
    """
    Make a view of a function that returns a document; ``kept_seconds`` says how long caches may keep what was read.

    What the function refuses, and what goes wrong in it, is answered in the format of the address.
    """
    allowed = (*methods, *READING)

    def made(view: View) -> Callable[..., HttpResponse]:
        @csrf_exempt
        @wraps(view)
        def answer(request: HttpRequest, suffix: str = "", **parts: str) -> HttpResponse:
            form = _format_of(request, suffix)
            with translation.override(_language_of(request)):
                response = _answer(view, request, form, parts, allowed)
                response.headers["Content-Language"] = translation.get_language() or settings.LANGUAGE_CODE
            patch_vary_headers(response, ("Accept", "Accept-Language"))
            if response.status_code == HTTPStatus.OK and request.method in READING and kept_seconds:
                response.headers["Cache-Control"] = f"public, max-age={kept_seconds}"
            response.headers.setdefault("Cache-Control", "no-store")
            if request.method in READING:
                response.headers["Access-Control-Allow-Origin"] = "*"
            return response

        return answer

    return made


@answers(kept_seconds=KEPT_SECONDS)
def discovery(request: HttpRequest) -> Document:
    """Say where the service is, in which formats, and how to get a key."""
    return discovering.document()


@answers(kept_seconds=KEPT_SECONDS)
def services(request: HttpRequest) -> Document:
    """List what can be filed."""
    _check_jurisdiction(request.GET.get("jurisdiction_id", ""))
    return offered.listing()


@answers(kept_seconds=KEPT_SECONDS)
def service(request: HttpRequest, code: str) -> Document:
    """Say what can be filled in for one service."""
    _check_jurisdiction(request.GET.get("jurisdiction_id", ""))
    return offered.definition(offered.find(code))


@answers("POST")
def requests(request: HttpRequest) -> Document:
    """List what is public, or the requests of the ids that are asked for; or file one."""
    at = timezone.now()
    if request.method == "POST":
        return _file(request, at)
    _check_jurisdiction(request.GET.get("jurisdiction_id", ""))
    if ids := reading.listed(request.GET.get("service_request_id", "")):
        return reading.by_ids(ids, at=at)
    return reading.listing(reading.query_of(request.GET, at=at))


@answers()
def request(request: HttpRequest, slug: str) -> Document:
    """Return one request."""
    _check_jurisdiction(request.GET.get("jurisdiction_id", ""))
    return reading.one(slug, at=timezone.now())


@answers()
def token(request: HttpRequest, token: str) -> Document:
    """Return the id that belongs to a token."""
    _check_jurisdiction(request.GET.get("jurisdiction_id", ""))
    return reading.of_token(token, at=timezone.now())


@answers("POST", "PUT", "PATCH", "DELETE")
def unknown(request: HttpRequest, rest: str) -> Document:
    """Refuse what the standard does not know."""
    raise absent(_("There is no such address."))


@never_cache
@require_http_methods(["GET", "POST"])
def collect(request: HttpRequest, token: str) -> HttpResponse:
    """Show number and code to the citizen for whom an application filed; opening the page fetches nothing (S-13)."""
    at = timezone.now()
    try:
        if request.method == "POST":
            response = receipt_page(request, actions.collect(token, at=at), at=at)
        else:
            filed = actions.collectable(token, at=at)
            response = render(request, "complaints/collect.html", {"collected_at": filed.collected_at})
    except actions.TooLate:
        response = render(request, "complaints/collect_over.html", status=HTTPStatus.GONE)
    except actions.Absent:
        response = render(request, "complaints/collect_over.html", status=HTTPStatus.NOT_FOUND)
    response["Cache-Control"] = "no-store"
    return response


# --- One call ------------------------------------------------------------------------------------------------------


def _file(request: HttpRequest, at: datetime) -> Document:
    if request.content_type not in SENT_AS:
        raise bad(_("Please send the fields of a form: application/x-www-form-urlencoded in UTF-8."))
    try:
        sent = request.POST
    except (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent) as error:
        raise Fault(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _("Too much was sent at once.")) from error
    except (BadRequest, MultiPartParserError, UnreadablePostError, UnicodeError) as error:
        raise bad(_("The fields cannot be read: they have to be those of a form, in UTF-8.")) from error
    # In the standard's own example these two stand in the address.
    _check_jurisdiction(str(sent.get("jurisdiction_id") or request.GET.get("jurisdiction_id", "")))
    # A form can hold what no header can; a key has none of it.
    text = str(sent.get("api_key") or request.GET.get("api_key", "")).replace("\x00", " ")
    try:
        key = checking.check(text, Scope.OPEN311, at=at)
    except checking.TooOften as refusal:
        words = _("This api_key was used too often. Please try again later.")
        raise Fault(HTTPStatus.TOO_MANY_REQUESTS, words, wait_seconds=refusal.seconds) from refusal
    except checking.KeyRefused as refusal:
        raise Fault(HTTPStatus.FORBIDDEN, _("The api_key is missing, or is none that may file requests.")) from refusal
    return filing.file(request, key, at=at)


def _check_jurisdiction(asked: str) -> None:
    """
    Refuse a city that is another one; most clients send none, or the address of the site.

    :raises Fault: it is not this one
    """
    name = asked.strip().lower().removeprefix("www.")
    own = settings.OPEN311_JURISDICTION or urlsplit(settings.PORTAL_URL).hostname or ""
    if name and name != own.lower().removeprefix("www."):
        raise absent(_("There is no such jurisdiction_id; it can be left out."))


def _answer(
    view: View, request: HttpRequest, form: Format, parts: dict[str, str], allowed: tuple[str, ...]
) -> HttpResponse:
    if request.method == "OPTIONS":
        return _options(allowed)
    try:
        if request.method not in allowed:
            raise Fault(HTTPStatus.METHOD_NOT_ALLOWED, _("This address does not take such a call."))
        return HttpResponse(view(request, **parts).written(form), content_type=form.content_type)
    except Fault as fault:
        response = _refusal(fault, form)
        if fault.status == HTTPStatus.METHOD_NOT_ALLOWED:
            response.headers["Allow"] = ", ".join(allowed)
        return response
    except (OperationalError, InterfaceError):
        log.exception("open311_unavailable")
        words = _("The portal cannot answer at the moment. Please try again later.")
        return _refusal(Fault(HTTPStatus.SERVICE_UNAVAILABLE, words, wait_seconds=60), form)
    except Exception:
        # A fault of ours is as loud as on any page; only what is answered differs.
        signals.got_request_exception.send(sender=None, request=request)
        log.exception("open311_failed")
        words = _("The portal failed. Please tell us when this happened.")
        return _refusal(Fault(HTTPStatus.INTERNAL_SERVER_ERROR, words), form)


def _refusal(fault: Fault, form: Format) -> HttpResponse:
    errors: list[dict[str, Any]] = [
        {"code": int(fault.status), "description": str(words)} for words in fault.descriptions
    ]
    document = Document("errors", errors)
    response = HttpResponse(document.written(form), content_type=form.content_type, status=fault.status)
    if fault.wait_seconds:
        response.headers["Retry-After"] = str(fault.wait_seconds)
    return response


def _options(allowed: tuple[str, ...]) -> HttpResponse:
    response = HttpResponse(status=HTTPStatus.NO_CONTENT)
    response.headers["Allow"] = ", ".join(allowed)
    response.headers["Access-Control-Allow-Methods"] = "GET, HEAD"
    response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
    return response


def _format_of(request: HttpRequest, suffix: str) -> Format:
    """The ending decides; without one what the caller takes, and XML, which the standard requires, otherwise."""
    if suffix:
        return Format(suffix)
    last = request.path_info.rpartition(".")[2].lower()
    if last in ("json", "xml"):
        return Format(last)
    return Format.JSON if "json" in request.headers.get("Accept", "").lower() else Format.XML


def _language_of(request: HttpRequest) -> str:
    """The language by ``locale``, then by the header: whoever writes a program chooses, unlike a citizen's browser."""
    accepted = [code for code, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", ""))]
    for code in [request.GET.get("locale", "").lower(), *accepted]:
        for language, _name in settings.LANGUAGES:
            if code[:2] == language[:2]:
                return language
    return settings.LANGUAGE_CODE
