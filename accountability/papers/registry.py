"""
What papers there are: who has a notice or decision to hand out says how it reads, and the papers do the rest.

A paper is put together once, when it is issued: what is asked here gives stored rows alone, in Chinese.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.db import models
from django.utils.functional import Promise as Lazy


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a paper: a heading, rows of label and value, then paragraphs."""

    heading: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    paragraphs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """How a paper reads; ``issued_on`` is the local date that stands under the name of the issuer."""

    number: str
    title: str
    addressee: str
    sections: tuple[Section, ...]
    issuer: str
    issued_on: date


@dataclass(frozen=True, slots=True)
class PaperKind:
    """One kind of paper: of which model its subjects are, how one of them reads, which right of the matrix opens it."""

    name: str
    label: Lazy | str
    model: type[models.Model]
    content: Callable[[models.Model], Content]
    right: str


_kinds: dict[str, PaperKind] = {}


def register(kind: PaperKind) -> None:
    """
    Make a kind of paper known.

    :raises ValueError: another kind has this name
    """
    if _kinds.get(kind.name, kind) != kind:
        raise ValueError(f"There is another kind of paper named {kind.name}.")
    _kinds[kind.name] = kind


def get(name: str) -> PaperKind:
    """
    Return a kind of paper by its name, such as ``card``.

    :raises KeyError: nobody registered it
    """
    return _kinds[name]


def kinds() -> tuple[PaperKind, ...]:
    """Return all kinds in the order in which they were registered."""
    return tuple(_kinds.values())
