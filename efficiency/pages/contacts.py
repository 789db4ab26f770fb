"""
How to reach the office with a complaint, as every public page says it: telephone, letter box, e-mail, visits.

The part that keeps the contacts registers where they are read; they are kept in the process for a minute, so that no
page pays a query and error pages need none. Until somebody keeps them, the facts of the site stand for them.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import DatabaseError

from efficiency.pages.models import SiteIdentity

# A change reaches the other processes within this time.
FRESH_FOR_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Contact:
    """One office: what is empty is not shown."""

    office: str
    code: str = ""
    phone: str = ""
    letter_box: str = ""
    email: str = ""
    address: str = ""
    hours: str = ""


Source = Callable[[], Sequence[Contact]]
_lock = threading.Lock()
_source: list[Source] = []
_kept: tuple[Contact, ...] = ()
_read_at: float | None = None


def register(source: Source) -> None:
    """Say where the contacts are read: that of the city's office first."""
    _source[:] = [source]


def current() -> tuple[Contact, ...]:
    """Return the contacts of all offices, at most a minute old, the city's first; the last known without database."""
    global _kept, _read_at
    now = time.monotonic()
    if not _source or (_read_at is not None and now - _read_at < FRESH_FOR_SECONDS):
        return _kept
    with _lock:
        try:
            found = tuple(_source[0]())
        except DatabaseError:
            return _kept
        _kept, _read_at = found, now
    return _kept


def last_known() -> tuple[Contact, ...]:
    """Return what this process knows, without asking the database: for pages that must work when it is away."""
    return _kept


def main(site: SiteIdentity, known: Sequence[Contact]) -> Contact:
    """Return how the portal's own office is reached; what is not kept of it is taken from the facts of the site."""
    first = known[0] if known else Contact(site.office_name)
    return Contact(
        first.office or site.office_name,
        first.code,
        first.phone or site.telephone,
        first.letter_box or site.address,
        first.email or site.email,
        first.address or site.address,
        first.hours or site.office_hours,
    )


def forget() -> None:
    """Read anew at the next page; called after a change."""
    global _read_at
    _read_at = None
