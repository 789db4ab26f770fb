"""The addresses of open data; they stay (docs/architecture.md)."""

from django.conf import settings
from django.urls import reverse


def absolute(path: str) -> str:
    """Return the whole address of a path of the portal."""
    return f"{settings.PORTAL_URL.rstrip('/')}{path}"


def address_of(what: str, dataset: str = "") -> str:
    """Return the path of a page or file of open data: of one dataset, or of all."""
    return reverse(f"disclosure:data_{what}", args=[dataset] if dataset else [])
