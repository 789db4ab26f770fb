"""
Head and foot of the public pages, the same for everybody but for few facts: written once for each of these.

Together they took as long as a whole small page (docs/performance.md). What they follow from is the key under which
they are kept: language, addresses, the facts of the site and its contact, where one is in the menu. Nothing in them
depends on who asks, except the address to which a choice of the view leads back: that is filled in each time.
"""

import secrets
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from efficiency.pages.contacts import Contact
from efficiency.pages.menu import Item
from efficiency.pages.models import SiteIdentity
from efficiency.pages.preferences import View

# What the foot says of the site, beside the contact.
FACTS = (
    "organiser",
    "operator",
    "site_code",
    "icp_number",
    "public_security_number",
    "public_security_digits",
    "government_mark_url",
    "find_mistake_url",
)
# What it says of the contact.
REACHED_BY = ("phone", "letter_box", "email", "address", "hours")
# So many are kept: a section of the menu each, in two languages, with large type and without.
MOST_KEPT = 200
# Stands for the address of the page; nobody can type it.
_HERE = secrets.token_hex(16)

# Of an item what the head shows: address, words, whether one is there.
_Shown = tuple[str, str, str]


def header(
    site: SiteIdentity, view: View, here: str, *, home_href: str, public_menu: Iterable[Item], search: Item | None
) -> SafeString:
    """Return the head of a public page; ``here`` is the address that a choice of the view leads back to."""
    pieces = _header(
        _place(),
        home_href,
        view.large,
        (site.office_name, site.mark_digest),
        tuple((item.href, str(item.label), item.current) for item in public_menu),
        (search.href, str(search.label)) if search else None,
    )
    return SafeString(escape(here).join(pieces))


def footer(site: SiteIdentity, contact: Contact) -> SafeString:
    """Return the foot of a public page."""
    reached = tuple(getattr(contact, name) for name in REACHED_BY)
    return _footer(_place(), tuple(getattr(site, name) for name in FACTS), reached)


def _place() -> tuple[Any, ...]:
    """What every address and every word follows from."""
    return get_language(), settings.ROOT_URLCONF, settings.PORTAL_URL, settings.STATIC_URL


@lru_cache(maxsize=MOST_KEPT)
def _header(
    _of: tuple[Any, ...],
    home_href: str,
    is_large: bool,
    site: tuple[str, str],
    menu: tuple[_Shown, ...],
    search: tuple[str, str] | None,
) -> tuple[str, ...]:
    """The head in the pieces between which the address of the page stands."""
    shown = {
        "site": {"office_name": site[0], "mark_digest": site[1]},
        "view": View(large=is_large),
        "here": _HERE,
        "home_href": home_href,
        "public_menu": [{"href": href, "label": label, "current": current} for href, label, current in menu],
        "search": {"href": search[0], "label": search[1]} if search else None,
    }
    return tuple(render_to_string("components/_header.html", shown).split(_HERE))


@lru_cache(maxsize=MOST_KEPT)
def _footer(_of: tuple[Any, ...], facts: tuple[str, ...], reached: tuple[str, ...]) -> SafeString:
    site, contact = dict(zip(FACTS, facts, strict=True)), dict(zip(REACHED_BY, reached, strict=True))
    return render_to_string("components/_footer.html", {"site": site, "contact": contact})
