"""
What happened that somebody else may have to act upon, without the two knowing each other (docs/architecture.md).

A part says which kinds of facts it has and how each is told in public; another listens. Facts are announced in the
transaction in which they happen, so what follows from one commits with it or not at all. Where one act changes a
thousand rows, as a workbook does, it is noted there and told soon after (``efficiency.telling``).
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import models
from django.utils.functional import Promise as Lazy

from efficiency.organs.models import Organ
from efficiency.timing.due import local_day

if TYPE_CHECKING:
    from efficiency.access.models import User


@dataclass(frozen=True, slots=True)
class Account:
    """
    A fact as the public may read it: Markdown for ``body`` (``efficiency.markdown``), and where the portal shows it.

    It is made of what is stored alone and of nothing that changes from day to day: the same rows give the same account,
    so that it tells whether anything has changed.
    """

    title: str
    body: str
    # None: the day of the fact.
    formed_on: date | None
    theme: str = ""
    path: str = ""
    # The last day on which it holds; None: until further notice.
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class FactKind:
    """
    A kind of fact: ``item_version``, say. ``account`` tells one of its subjects in public; None: it may not be told.

    ``column`` is the heading of the catalogue under which it belongs; with ``needs_approval`` a person looks at it
    before everybody does. ``standing`` gives all that holds at a moment, for a listener that was not there when it
    happened. The words of a kind that ``is_of_people`` are those of citizens: they are in no open data (P-14).
    """

    name: str
    label: Lazy | str
    model: str
    column: str
    account: Callable[[models.Model], Account | None]
    needs_approval: bool = False
    standing: "Callable[[datetime], Iterable[Fact]]" = lambda _at: ()
    is_of_people: bool = False
    # The field of ``model`` in which a subject has the key of its facts, also by way of another (``item__code``).
    key_field: str = "pk"
    # Whether it happens to the same subject again and again, as to the sheets of an organ: then each day is one fact.
    happens_again: bool = False
    # Whether what was told before may be read no more once something else is told, as it may name somebody (P-15).
    hides_earlier: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened: its kind, what it is about, whose it is, and when."""

    kind: str
    subject: models.Model
    organ: Organ
    at: datetime
    # What belongs together is one document, whatever its versions: the item of a version, say.
    key: str = field(default="")
    # Who made it so; nobody where it came about by itself.
    by: "User | None" = None

    @property
    def name(self) -> str:
        """What tells it from all other facts: ``item_version:17``, ``organ_sheets:5@2026-03-03``."""
        name = f"{self.kind}:{self.subject.pk}"
        return f"{name}@{local_day(self.at).isoformat()}" if kind_of(self.kind).happens_again else name


Listener = Callable[[Fact], None]
Forgetter = Callable[[str, Collection[str]], None]
_kinds: dict[str, FactKind] = {}
_listeners: list[Listener] = []
_forgetters: list[Forgetter] = []


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
    Tell everybody who listens, within the transaction of the caller.

    :raises KeyError: nobody registered the kind of the fact
    """
    kind_of(fact.kind)
    for listener in _listeners:
        listener(fact)


def register_forgetter(forgetter: Forgetter) -> None:
    """Have ``forgetter(kind, keys)`` called when what is not public of such facts is to be erased (P-10)."""
    _forgetters.append(forgetter)


def forget(kind: str, keys: Collection[str]) -> None:
    """Have everybody who keeps words of these facts erase what is not public, within the transaction of the caller."""
    for forgetter in _forgetters:
        forgetter(kind, keys)
