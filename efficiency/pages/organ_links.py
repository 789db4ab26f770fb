"""
What the page of an organ says of it that other parts know: a figure in words, and the way to where it comes from.

    organ_links.register(completeness)  # in ``AppConfig.ready()``

A part that has nothing to say of an organ says nothing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

from efficiency.organs.models import Organ

Text = str | Promise


@dataclass(frozen=True, slots=True)
class OrganLink:
    """One line of the page: what it is about, what there is to say, and where more is said."""

    label: Text
    words: Text
    href: str
    link: Text


Links = Callable[[Organ, datetime], Iterable[OrganLink]]
_parts: list[Links] = []


def register(links: Links) -> None:
    """Let ``links(organ, at)`` say something of each organ, in a fixed number of questions."""
    if links not in _parts:
        _parts.append(links)


def links_of(organ: Organ, /, *, at: datetime) -> list[OrganLink]:
    """Return what the parts have to say of an organ."""
    return [link for part in _parts for link in part(organ, at)]
