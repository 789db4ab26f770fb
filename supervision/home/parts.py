"""
What parts of supervision show on the home page: each registers a template and what it needs.

    parts.register("reception", order=60, template="supervision/reception/_home.html", context=next_day)

``context`` is asked with the moment and answers None where the part has nothing to show: an empty part is left out.
The order (docs/ui.md): figures of the month 30, reception 60, survey 65, bulletin 70.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Context = Callable[[datetime], Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the home page."""

    key: str
    order: int
    template: str
    context: Context


@dataclass(frozen=True, slots=True)
class Shown:
    """A section with what it shows at a moment; its template finds that under ``part``."""

    key: str
    template: str
    part: Mapping[str, Any]


_parts: dict[str, Part] = {}


def register(key: str, *, order: int, template: str, context: Context) -> None:
    """Add a section to the home page, or replace the one of the same key."""
    _parts[key] = Part(key, order, template, context)


def shown(*, at: datetime) -> list[Shown]:
    """Return the sections that have something to show at ``at``, in their order."""
    found = []
    for each in sorted(_parts.values(), key=lambda part: part.order):
        content = each.context(at)
        if content is not None:
            found.append(Shown(each.key, each.template, content))
    return found
