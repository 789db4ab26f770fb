"""What ``base.html`` needs, for pages with and without a request."""

from typing import Any

from django.http import HttpRequest
from django.urls import get_script_prefix
from django.utils.functional import SimpleLazyObject

from efficiency.access.admin import seats_of
from efficiency.pages import contacts, identity, menu
from efficiency.pages.preferences import View, view_of


def frame(request: HttpRequest) -> dict[str, Any]:
    """
    Return the frame of a page; a context processor, so what costs anything is made only where a template shows it.

    Public pages show neither ``seats`` nor ``supervision_menu``: they read no session and need no query.
    """
    return {
        "site": identity.current(),
        "contact": SimpleLazyObject(lambda: contacts.main(identity.current(), contacts.current())),
        "view": view_of(request),
        "home_href": get_script_prefix(),
        "here": request.get_full_path() if request.method == "GET" else request.path,
        "public_menu": SimpleLazyObject(lambda: menu.items(menu.PUBLIC, request)),
        "search": SimpleLazyObject(lambda: next(iter(menu.items(menu.SEARCH, request)), None)),
        "supervision_menu": SimpleLazyObject(lambda: menu.items(menu.SUPERVISION, request)),
        "seats": SimpleLazyObject(lambda: seats_of(request)),
    }


def frame_without_request(request: HttpRequest | None = None) -> dict[str, Any]:
    """
    Return the frame of an error page, which must come out when database, session and user are away.

    The request only lends its cookies and its number.
    """
    return {
        "site": identity.last_known(),
        "contact": contacts.main(identity.last_known(), contacts.last_known()),
        "view": view_of(request) if request is not None else View(),
        "home_href": get_script_prefix(),
        "here": get_script_prefix(),
        "public_menu": menu.items(menu.PUBLIC, None),
        "request_id": getattr(request, "request_id", ""),
        "is_error": True,
    }
