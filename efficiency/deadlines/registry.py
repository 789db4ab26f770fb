"""
What the apps above tell the engine: the kinds of promises, and what follows when a level is passed.

The engine knows nothing of what a promise is about (docs/architecture.md). Filled in ``AppConfig.ready()``.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.utils.functional import Promise as Lazy

from efficiency.deadlines.models import Deadline, Escalation, Promise
from efficiency.outbox.registry import register_address, register_kind, register_subject
from efficiency.timing.due import Limit

__all__ = [
    "Batch",
    "DeadlineKind",
    "get",
    "handlers",
    "is_reminded",
    "kinds",
    "register",
    "register_address",
    "register_handler",
    "register_kind",
    "register_moved",
    "register_subject",
]


@dataclass(frozen=True, slots=True)
class DeadlineKind:
    """
    One row of docs/domain.md 3.5: what is promised, to whom, and within which time by default.

    ``limits`` and ``extensions`` are written by variant (``""`` where there is one only), such as ``"15wd"``; a
    variant without an extension cannot be extended. ``at_most`` are limits of law, which no rule of the office may
    exceed. ``owed_by`` says whether an organ or the efficiency office keeps the promise; ``made_to`` names what it is
    where the words for ``promise`` do not fit: time of its own that staff have.
    """

    name: str
    label: Lazy | str
    promise: Promise
    limits: Mapping[str, str]
    extensions: Mapping[str, str | None] = field(default_factory=dict)
    subject_model: str = ""
    owed_by: str = "organ"
    at_most: Mapping[str, str] = field(default_factory=dict)
    made_to: Lazy | str = ""
    # Whether whoever is named owes it, and not whoever follows on the post: a level counts for the day that ends with
    # it, not for the one that begins.
    is_personal: bool = False
    # Of somebody's own time: whether they are reminded before it ends, once; they pass no other level.
    is_reminded: bool = False
    # Whether others learn by how many run that there is something: then nowhere their number is told.
    is_hidden: bool = False

    def limit(self, variant: str) -> Limit:
        """
        Return the default limit of a variant.

        :raises KeyError: the kind has no such variant
        """
        return Limit.parse(self.limits[variant])

    def extension(self, variant: str) -> Limit | None:
        """Return by how much a promise of this variant may be extended at most; None where it may not."""
        text = self.extensions.get(variant)
        return Limit.parse(text) if text else None

    def legal_limit(self, variant: str) -> Limit | None:
        """Return the limit of law; None where the law sets none."""
        text = self.at_most.get(variant)
        return Limit.parse(text) if text else None


@dataclass(frozen=True, slots=True)
class Batch:
    """
    The escalations of one level that one step of the sweep wrote, handed to a handler as a whole.

    A handler writes with one statement: ``INSERT … SELECT … FROM efficiency_escalation WHERE id = ANY(%s::bigint[])``
    with ``as_array`` as the parameter, or through ``rows()``. It only inserts, and locks nothing.
    """

    level: int
    ids: tuple[int, ...]

    @property
    def as_array(self) -> str:
        """The ids as an array that PostgreSQL reads."""
        return "{" + ",".join(map(str, self.ids)) + "}"

    def rows(self) -> QuerySet[Escalation]:
        """Return the escalations, in the order in which the thresholds were passed."""
        wanted = RawSQL("SELECT unnest(%s::bigint[])", [self.as_array])
        return Escalation.objects.filter(pk__in=wanted).order_by("passed_at", "id")

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[Escalation]:
        return self.rows().iterator(chunk_size=1000)


Handler = Callable[[Batch, datetime], int]
Promises = Callable[[QuerySet[Deadline]], None]


@dataclass(frozen=True, slots=True)
class Follower:
    """Who follows due dates that move with the calendar, of the kinds that begin with ``prefix``."""

    prefix: str
    moved: Promises
    lock: Promises | None


_kinds: dict[str, DeadlineKind] = {}
_handlers: dict[int, list[Handler]] = {}
_followers: list[Follower] = []


def register(kind: DeadlineKind) -> None:
    """
    Make a kind known; a limit that has no meaning is found here and not when a citizen files.

    :raises ValueError: another kind has this name, or a limit cannot be read
    """
    if _kinds.get(kind.name, kind) != kind:
        raise ValueError(f"There is another kind of promise named {kind.name}.")
    for variant in {*kind.limits, *kind.extensions, *kind.at_most}:
        kind.limit(variant), kind.extension(variant), kind.legal_limit(variant)
    _kinds[kind.name] = kind


def get(name: str) -> DeadlineKind:
    """
    Return a kind by its name, such as ``complaints.reply``.

    :raises KeyError: nobody registered it
    """
    return _kinds[name]


def is_reminded(name: str) -> bool:
    """Say whether whoever has time of this kind is reminded before it ends; of what is not registered nobody is."""
    return name in _kinds and _kinds[name].is_reminded


def kinds() -> tuple[DeadlineKind, ...]:
    """Return all kinds in the order in which they were registered."""
    return tuple(_kinds.values())


def register_handler(level: int, handler: Handler) -> None:
    """
    Let ``handler(batch, at)`` follow from a level (1 to 4); it returns how many rows it wrote.

    It runs in the transaction of the sweep, for each escalation exactly once; where cards were withheld then, once more
    when they come, in the transaction in which they do (docs/domain.md 9.3). A batch that it fails on is halved until
    the row it cannot digest stands alone (docs/trust.md D-07).
    """
    _handlers.setdefault(level, []).append(handler)


def handlers(level: int) -> tuple[Handler, ...]:
    """Return what follows from a level."""
    return tuple(_handlers.get(level, ()))


def register_moved(prefix: str, moved: Promises, *, lock: Promises | None = None) -> None:
    """
    Let ``moved(deadlines)`` follow when due dates of kinds that begin with ``prefix`` moved with the calendar.

    Before any of them is counted anew ``lock(deadlines)`` locks what the promises within reach are about: every writer
    takes the subject before its promises, and whoever changes both has to as well. Both get a queryset to be used
    inside another statement: a million rows may have moved.
    """
    _followers.append(Follower(prefix, moved, lock))


def followers() -> tuple[Follower, ...]:
    """Return everyone who follows due dates that move."""
    return tuple(_followers)
