"""
Descriptions of pages for machines: schema.org as JSON-LD.

The content policy forbids scripts inside of pages; data of another type than a script are none. Nothing of them can end
the element that they stand in (docs/trust.md O-05).
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from efficiency.organs.models import Organ

CONTEXT = "https://schema.org"
# What could end the element, or begin a comment in it, is written as JSON writes any character.
_ESCAPES = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}

Thing = dict[str, Any]


def json_ld(*things: Mapping[str, Any]) -> SafeString:
    """Return the element that holds the descriptions; what is empty in them is left out."""
    graph = [_filled(thing) for thing in things]
    data: Thing = {"@context": CONTEXT, **graph[0]} if len(graph) == 1 else {"@context": CONTEXT, "@graph": graph}
    text = json.dumps(data, ensure_ascii=False).translate(_ESCAPES)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))  # noqa: S308 - escaped above


def absolute(path: str) -> str:
    """Return the address of a page as the outer world knows it."""
    return settings.PORTAL_URL.rstrip("/") + path


def breadcrumbs(*steps: tuple[str | Promise, str]) -> Thing:
    """Return the way to a page: names and paths, from the top down."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": str(name), "item": absolute(path)}
            for place, (name, path) in enumerate(steps, start=1)
        ],
    }


def organization(organ: Organ, *, parent: Organ | None = None) -> Thing:
    """Return an organ; with its parent and how it is reached where that is known."""
    return {
        "@type": "GovernmentOrganization",
        "@id": _organ_address(organ),
        "name": organ.name,
        "url": _organ_address(organ),
        "address": organ.address,
        "telephone": organ.phone,
        "parentOrganization": {"@id": _organ_address(parent)} if parent is not None else None,
        "contactPoint": {
            "@type": "ContactPoint",
            "contactType": "complaints",
            "telephone": organ.complaint_phone,
        }
        if organ.complaint_phone
        else None,
    }


def _organ_address(organ: Organ) -> str:
    return absolute(reverse("pages:organ", args=[organ.code]))


def _filled(thing: Mapping[str, Any]) -> Thing:
    return {name: _value(value) for name, value in thing.items() if value not in (None, "", [], {})}


def _value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _filled(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_value(each) for each in value]
    return value
