"""Where a request comes from: one function for log-in throttle, limits and logs (docs/trust.md R-01)."""

import ipaddress

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

UNKNOWN = "0.0.0.0"  # noqa: S104 - the name of "no address", nothing binds to it


def client_address(request: HttpRequest) -> str:
    """
    Return the address that the outermost proxy of ours saw, as text; ``0.0.0.0`` when there is none.

    The proxies that we trust are counted from the right of ``X-Forwarded-For``: what stands further left was written
    by whoever asked and is not looked at. By default no proxy is trusted and the header does not exist for us.
    """
    direct = _address(request.META.get("REMOTE_ADDR", "")) or UNKNOWN
    proxies = settings.TRUSTED_PROXIES
    if not proxies:
        return direct
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    # Fewer entries than proxies: the request went past one of them, so nothing in the header is theirs.
    return (_address(hops[-proxies]) or direct) if len(hops) >= proxies else direct


def client_source(request: HttpRequest) -> str:
    """Return what limits count by: the address, or the /64 network of an IPv6 address (docs/trust.md R-02)."""
    address = ipaddress.ip_address(client_address(request))
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def _address(text: str) -> str | None:
    """Return the address in its one spelling; a port or brackets around it are cut off; None for anything else."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


def locked_out(request: HttpRequest, response: HttpResponse, credentials: dict | None) -> HttpResponse:
    """
    Return the page for a pair of account and source that is closed after five wrong tries (docs/trust.md S-03).

    The same for accounts that exist and for those that do not, and for the right password too.
    """
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    page = render(
        request,
        "admin/locked_out.html",
        {**admin.site.each_context(request), "title": _("Log-in is closed for a while"), "minutes": minutes},
        status=429,
    )
    page["Retry-After"] = str(minutes * 60)
    return page
