"""How a person wants to see the portal: language, large type, high contrast. Kept in cookies that hold nothing else."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse

LARGE_COOKIE = "view_large"
CONTRAST_COOKIE = "view_contrast"
YEAR_SECONDS = 365 * 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class View:
    """The view that a request asks for."""

    large: bool = False
    contrast: bool = False

    @property
    def classes(self) -> str:
        """The classes of the element ``html``."""
        return " ".join(name for name, on in (("large", self.large), ("contrast", self.contrast)) if on)


def view_of(request: HttpRequest) -> View:
    """Return the view that the person chose."""
    return View(large=request.COOKIES.get(LARGE_COOKIE) == "1", contrast=request.COOKIES.get(CONTRAST_COOKIE) == "1")


def language_of(request: HttpRequest) -> str:
    """Return the language that the person chose, Chinese otherwise; the browser's languages are not asked."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def remember(response: HttpResponse, name: str, value: str) -> None:
    """Keep a choice for a year, or drop it when ``value`` is empty."""
    if value:
        response.set_cookie(name, value, max_age=YEAR_SECONDS, httponly=True, samesite="Lax", secure=settings.HTTPS)
    else:
        response.delete_cookie(name, samesite="Lax")
