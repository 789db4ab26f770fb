"""Who speaks with which key, and how often (docs/trust.md R-02, S-09's way of keeping a secret)."""

import hmac
from datetime import datetime, timedelta

import structlog
from django.db.models import Q

from efficiency.access import limits
from efficiency.access.cipher import keyed_hash
from efficiency.keys.models import ApiKey

log = structlog.get_logger(__name__)

HEAD = "xnk"
USED_AGAIN_AFTER = timedelta(minutes=1)
# An unknown beginning costs as much as a known one, and says as little.
_NOBODY = b"\x00" * 32


class KeyRefused(Exception):
    """What a system sent as a key opens nothing here, whatever the reason."""


class OutOfScope(KeyRefused):
    """The key is one, and does not reach this far."""


class TooOften(KeyRefused):
    """The key is right and has been used too often; ``seconds`` says how long to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(str(seconds))
        self.seconds = seconds


def check(text: str, scope: str, /, *, at: datetime) -> ApiKey:
    """
    Return the key that ``text`` is, with its organ, count one use of it, and note when it was used.

    :raises KeyRefused: nobody has such a key, or it is revoked or has ended
    :raises OutOfScope: it may not do ``scope``
    :raises TooOften: it was used too often in the last minute (docs/trust.md R-02)
    """
    key = find(text, at=at)
    if scope not in key.scopes:
        log.warning("api_key_out_of_scope", key=key.pk, scope=scope)
        raise OutOfScope
    if seconds := limits.api_call(key.pk, at=at):
        raise TooOften(seconds)
    _note_use(key, at)
    return key


def find(text: str, /, *, at: datetime) -> ApiKey:
    """
    Return the key that ``text`` is, with its organ.

    :raises KeyRefused: nobody has such a key, it is revoked or has ended, or its organ has
    """
    head, _first, rest = text.strip().partition("_")
    prefix, _second, secret = rest.partition("_")
    if head != HEAD or not secret or not text.isascii() or not prefix.isalnum() or len(prefix) > 8:
        raise KeyRefused
    key = ApiKey.objects.select_related("organ").filter(prefix=prefix).first()
    known = bytes(key.secret_hash) if key is not None else _NOBODY
    is_right = hmac.compare_digest(known, print_of(prefix, secret))
    if key is None or not is_right or not key.is_usable(at=at):
        raise KeyRefused
    return key


def print_of(prefix: str, secret: str) -> bytes:
    """Return what is kept of a secret: a hash that nobody can compute without ``CODE_KEY``."""
    return keyed_hash("api-key", f"{prefix}_{secret}")


def _note_use(key: ApiKey, at: datetime) -> None:
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=at - USED_AGAIN_AFTER)
    if key.last_used_at is None or key.last_used_at < at - USED_AGAIN_AFTER:
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=at)
        key.last_used_at = at
