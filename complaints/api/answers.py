"""Errors in one form: ``{"error": {"code": …, "reason": …}}``; a code for programs, a sentence for people."""

from collections.abc import Mapping

from django.http import HttpResponse, JsonResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

BAD_PARAMETER = _("A parameter of the address is not one that is expected here.")


class Refused(Exception):
    """What a system asked for cannot be; ``code`` is for programs and never changes its meaning."""

    def __init__(
        self, status: int, code: str, message: str | Promise, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(code)
        self.status, self.code, self.message, self.headers = status, code, message, dict(headers or {})


def problem(status: int, code: str, reason: str | Promise) -> HttpResponse:
    """Return an error as JSON."""
    return JsonResponse(
        {"error": {"code": code, "reason": str(reason)}}, status=status, json_dumps_params={"ensure_ascii": False}
    )
