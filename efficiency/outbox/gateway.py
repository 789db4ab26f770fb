"""
The way to the gateway for short messages: one POST of JSON for each, as docs/operate.md describes it.

A city puts its operator's interface behind it. Nothing is followed but the address in the settings, and nothing is
believed but a status of 2xx; the key is the same at every try, so that the gateway can tell a repeat.
"""

import json
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ssl import create_default_context
from urllib.parse import urlsplit

from django.conf import settings

# Errors that tell of the way to the gateway and not of one message.
AWAY = (OSError, HTTPException)


class NoGateway(Exception):
    """No gateway is set, so nothing can be sent."""


class Refused(Exception):
    """The gateway answered with something else than 2xx, a redirect included."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


def send(*, key: str, to: str, text: str) -> None:
    """
    Hand one short message over.

    :param key: names the message, the same at every try
    :raises NoGateway: ``SMS_URL`` is not set
    :raises Refused: the gateway did not take it
    :raises OSError: the gateway cannot be reached, does not answer in time, or cannot show that it is the right one
    :raises HTTPException: what answers does not speak HTTP
    """
    if not settings.SMS_URL:
        raise NoGateway
    url = urlsplit(settings.SMS_URL)
    connection = _connection(url.scheme, url.hostname or "", url.port)
    body = json.dumps({"id": key, "to": to, "text": text}, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": key}
    if settings.SMS_TOKEN:
        headers["Authorization"] = f"Bearer {settings.SMS_TOKEN}"
    try:
        connection.request("POST", url._replace(scheme="", netloc="", fragment="").geturl() or "/", body, headers)
        status = connection.getresponse().status
    finally:
        connection.close()
    if not 200 <= status < 300:
        raise Refused(status)


def _connection(scheme: str, host: str, port: int | None) -> HTTPConnection:
    if scheme == "https":
        return HTTPSConnection(host, port, timeout=settings.SMS_TIMEOUT, context=create_default_context())
    return HTTPConnection(host, port, timeout=settings.SMS_TIMEOUT)
