"""
The menus of the portal: each app registers its sections in ``AppConfig.ready()``, so no menu names a page that is not.

    menu.register(menu.PUBLIC, "disclosure", _("Disclosure"), to="disclosure:list", order=50)
    menu.register(menu.SUPERVISION, "escalations", _("Escalations"), to="supervision:escalations", order=20,
                  may=lambda user: access.may(user, "escalation.see"))

The order of the six public sections (docs/ui.md): home 10, report 20, track 30, promises 40, posts 45,
disclosure 50, figures 60.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, get_script_prefix, reverse
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

PUBLIC = "public"
SUPERVISION = "supervision"
STAFF = "staff"
SEARCH = "search"  # one section at most: where the search field of the header leads, with ``?q=``

HOME_KEY = "home"


@dataclass(frozen=True, slots=True)
class Section:
    """What an app registered: a part of the portal with an address of its own."""

    key: str
    label: str | Promise
    to: str
    order: int
    may: Callable[[Any], bool] | None = None
    group: str | Promise = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A section as one request sees it. ``current`` is the value of ``aria-current``: page, true or nothing."""

    key: str
    label: str | Promise
    href: str
    current: str
    group: str | Promise = ""


_sections: dict[str, dict[str, Section]] = {PUBLIC: {}, SUPERVISION: {}, STAFF: {}, SEARCH: {}}


def register(
    place: str,
    key: str,
    label: str | Promise,
    *,
    to: str,
    order: int,
    may: Callable[[Any], bool] | None = None,
    group: str | Promise = "",
) -> None:
    """
    Add a section to a menu, or replace the one of the same ``key``.

    :param place: ``PUBLIC``, ``SUPERVISION``, ``STAFF`` (left side of the admin) or ``SEARCH``
    :param to: name of an address without parameters, such as ``complaints:new``
    :param may: asked with the user; without it everybody sees the section
    :param group: heading under which the staff menu shows it
    """
    _sections[place][key] = Section(key, label, to, order, may, group)


def is_registered(key: str, place: str = PUBLIC) -> bool:
    """Say whether a section has a page: parts of other pages that lead there are left out otherwise."""
    section = _sections[place].get(key)
    return section is not None and _address(section) is not None


def items(place: str, request: HttpRequest | None) -> list[Item]:
    """
    Return the menu as ``request`` sees it, in order: what leads nowhere or may not be seen is left out.

    Without a request (error pages) only sections open to everybody are shown and none is current.
    """
    path = request.path if request is not None else None
    user = getattr(request, "user", None) if request is not None else None
    found = []
    for section in sorted(_sections[place].values(), key=lambda section: (section.order, section.key)):
        href = _address(section)
        if href is None or (section.may is not None and (user is None or not section.may(user))):
            continue
        found.append((section, href))
    # The longest address that the path starts with is where the person is; home only when it is meant itself.
    inside = [href for _, href in found if path is not None and path.startswith(href) and href != get_script_prefix()]
    here = max(inside, key=len, default=None)
    return [
        Item(section.key, section.label, href, _current(href, path, here), section.group) for section, href in found
    ]


def _current(href: str, path: str | None, here: str | None) -> str:
    if path is not None and href == path:
        return "page"
    return "true" if href == here else ""


def _address(section: Section) -> str | None:
    if section.key == HOME_KEY:
        return get_script_prefix()
    try:
        return reverse(section.to)
    except NoReverseMatch:
        return None


register(PUBLIC, HOME_KEY, pgettext_lazy("menu", "Home"), to="", order=10)
register(PUBLIC, "report", pgettext_lazy("menu", "Report"), to="complaints:new", order=20)
register(PUBLIC, "track", pgettext_lazy("menu", "Track"), to="complaints:track", order=30)
register(PUBLIC, "posts", pgettext_lazy("menu", "Posts"), to="pages:posts", order=45)
