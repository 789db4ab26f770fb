"""What every answer carries: the language that the person chose, headers that hold browsers back, where it leads."""

import re
from collections.abc import Callable
from urllib.parse import parse_qsl

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.datastructures import MultiValueDict

from efficiency.pages.preferences import language_of

GetResponse = Callable[[HttpRequest], HttpResponse]

SENDING_HEADER = "X-Portal-Sending"
# The portal uses none of these, so no page and nothing inside one may (docs/trust.md C-03).
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "browsing-topics",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "hid",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "publickey-credentials-get",
        "screen-wake-lock",
        "serial",
        "usb",
        "xr-spatial-tracking",
    )
)


class SecurityHeadersMiddleware:
    """
    Add the headers of docs/trust.md C-03 that Django and the content policy leave open, on static files too.

    Those that Django sets are repeated for what ends before they are set, such as a refused host.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        return response


class LongFormMiddleware:
    """
    Read the forms of the few pages on which much is typed at once (``LONG_FORMS``) with a bound of their own.

    Everywhere else Django keeps to the fields of docs/trust.md R-07. Files are not sent from these pages.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.pages = [(re.compile(pages), most) for pages, most in settings.LONG_FORMS]

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_form = request.content_type == "application/x-www-form-urlencoded"
        if request.method == "POST" and is_form:
            bounds = [most for pages, most in self.pages if pages.fullmatch(request.path_info)]
            if bounds:
                self._read(request, max(bounds))
        return self.get_response(request)

    @staticmethod
    def _read(request: HttpRequest, most: int) -> None:
        """Read the body as Django would, but for the bound; what is over it is left to Django, which refuses it."""
        try:
            pairs = parse_qsl(request.body.decode(), keep_blank_values=True, max_num_fields=most)
        except ValueError:
            return
        typed = QueryDict(mutable=True)
        for name, value in pairs:
            typed.appendlist(name, value)
        typed._mutable = False  # type: ignore[attr-defined]
        request._post, request._files = typed, MultiValueDict()  # type: ignore[attr-defined]


class SendingMiddleware:
    """
    Tell a script that sends a form (``static/js/upload.js``) where the answer leads, instead of leading it there.

    A script follows a redirect by itself: over a slow line the page would come twice, and what it says once, such as
    that the form has arrived, would be said to the script alone.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code in (302, 303) and SENDING_HEADER in request.headers:
            response.status_code = 204  # its ``Location`` stays
        return response


class LanguageMiddleware:
    """
    Speak Chinese until the person chose otherwise by the cookie ``language``.

    Django's ``LocaleMiddleware`` follows the browser; many browsers of Chinese citizens ask for English.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = language_of(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language  # type: ignore[attr-defined]  # read by Django's own templates
        response = self.get_response(request)
        patch_vary_headers(response, ("Cookie",))
        response.headers.setdefault("Content-Language", language)
        return response
