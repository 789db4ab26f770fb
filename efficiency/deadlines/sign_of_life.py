"""
A sign of life that leaves the portal, for whoever watches from outside (docs/trust.md W-03).

One GET of the address in ``HEARTBEAT_URL`` after each complete sweep; it says nothing but that. Where it stops coming,
the other side calls somebody: a portal that stands cannot do that itself.
"""

from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ssl import create_default_context
from urllib.parse import urlsplit

import structlog
from django.conf import settings

# Nobody waits longer for a sign of life to be taken: the next sweep is due.
SECONDS = 5.0
log = structlog.get_logger(__name__)


def send() -> bool:
    """
    Send the sign of life if an address is set, and say whether it was taken; no redirect is followed.

    What goes wrong is logged and harms nothing: the other side notices that nothing came.
    """
    if not settings.HEARTBEAT_URL:
        return False
    connection: HTTPConnection
    try:
        url = urlsplit(settings.HEARTBEAT_URL)
        host = url.hostname or ""
        if url.scheme == "https":
            connection = HTTPSConnection(host, url.port, timeout=SECONDS, context=create_default_context())
        else:
            connection = HTTPConnection(host, url.port, timeout=SECONDS)
        try:
            connection.request("GET", url._replace(scheme="", netloc="", fragment="").geturl() or "/")
            status = connection.getresponse().status
        finally:
            connection.close()
    except (OSError, HTTPException, ValueError) as error:
        log.warning("heartbeat_not_taken", error=type(error).__name__)
        return False
    if not 200 <= status < 300:
        log.warning("heartbeat_not_taken", status=status)
        return False
    return True
