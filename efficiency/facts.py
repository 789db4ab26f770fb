"""
What happened that somebody else may have to act upon, without the two knowing each other (docs/architecture.md).

A part says which kinds of facts it has and how each is told in public; another listens. Facts are announced in the
transaction in which they happen, so what follows from one commits with it or not at all.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import models
from django.utils.functional import Promise as Lazy

from efficiency.organs.models import Organ


@dataclass(frozen=True, slots=True)
class Account:
    """A fact as the public may read it: Markdown for ``body``, and where the portal shows it itself."""

    title: str
    body: str
    formed_on: date
    theme: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class FactKind:
    """
    A kind of fact: ``item_version``, say. ``account`` tells one of its subjects in public; None: it may not be told.

    ``column`` is the heading of the catalogue under which it belongs; with ``needs_approval`` a person looks at it
    before everybody does.
    """

    name: str
    label: Lazy | str
    model: str
    column: str
    account: Callable[[models.Model], Account | None]
    needs_approval: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened: its kind, what it is about, whose it is, and when."""

    kind: str
    subject: models.Model
    organ: Organ
    at: datetime
    # What belongs together is one document, whatever its versions: the item of a version, say.
    key: str = field(default="")


Listener = Callable[[Fact], None]
_kinds: dict[str, FactKind] = {}
_listeners: list[Listener] = []


def register_kind(kind: FactKind) -> None:
    """Make a kind of fact known."""
    _kinds[kind.name] = kind


def register_listener(listener: Listener) -> None:
    """Have ``listener`` called with every fact, inside the transaction in which it is announced."""
    _listeners.append(listener)


def kinds() -> tuple[FactKind, ...]:
    """Return the known kinds, by name."""
    return tuple(_kinds[name] for name in sorted(_kinds))


def kind_of(name: str) -> FactKind:
    """
    Return a kind by its name.

    :raises KeyError: nobody registered it
    """
    return _kinds[name]


def announce(fact: Fact) -> None:
    """
    Tell everybody who listens.

    :raises KeyError: nobody registered the kind of the fact
    """
    kind_of(fact.kind)
    for listener in _listeners:
        listener(fact)
