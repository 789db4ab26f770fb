"""
What papers there are: who has a notice or decision to hand out says how it reads, and the papers do the rest.

A paper is put together once, when it is issued: what is asked here gives stored rows alone, in Chinese.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.functional import Promise as Lazy

from efficiency.access.may import may
from efficiency.access.rows import rows_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from efficiency.access.models import User


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a paper: a heading, rows of label and value, then paragraphs."""

    heading: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    paragraphs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """
    How a paper reads; ``issued_on`` is the local date that stands under the name of the issuer.

    ``public_title`` is what the page of verification shows to everybody in place of the title: words without a person
    and without the matter. Where a kind gives none, its own label stands there.
    """

    number: str
    title: str
    addressee: str
    sections: tuple[Section, ...]
    issuer: str
    issued_on: date
    public_title: str = ""


@dataclass(frozen=True, slots=True)
class PaperKind:
    """
    One kind of paper: of which model its subjects are, how one of them reads, which right of the matrix opens it.

    ``issuing`` is the right that has a paper made; without one, papers of the kind are made by actions alone. ``rows``
    are the subjects of which a person may open the paper; without it, all that the person may know of. ``guard`` gives
    the row that every step locks which ends such a paper or changes what it says; without it, the subject itself.
    ``ready`` says whether there is anything yet that the paper could say, so that a page offers to issue it.
    """

    name: str
    label: Lazy | str
    model: type[models.Model]
    content: Callable[[Any], Content]
    right: str
    issuing: str = ""
    rows: "Callable[[User | AnonymousUser], models.QuerySet] | None" = None
    guard: Callable[[Any], models.Model] | None = None
    ready: Callable[[Any], Any] | None = None

    def subjects_of(self, user: "User | AnonymousUser") -> models.QuerySet:
        """Return the subjects of which ``user`` may open the paper, as far as rows tell."""
        if not may(user, self.right):
            return self.model._default_manager.none()
        return self.rows(user) if self.rows else rows_of(self.model, user)

    def is_open_to(self, user: "User | AnonymousUser", subject: models.Model) -> bool:
        """Say whether ``user`` may open the paper about the subject, as rights stand now (docs/trust.md Z-06)."""
        return may(user, self.right, subject, fresh=True) and self.subjects_of(user).filter(pk=subject.pk).exists()


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


def find(name: str) -> PaperKind | None:
    """Return a kind of paper by its name; None where nobody registered it."""
    return _kinds.get(name)


def kinds() -> tuple[PaperKind, ...]:
    """Return all kinds in the order in which they were registered."""
    return tuple(_kinds.values())
