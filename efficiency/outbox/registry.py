"""
What the apps above tell the outbox: the texts of a kind, the addresses of outsiders, the subjects of messages.

A message is stored as a kind, a subject and a few values; words are chosen when it is shown or sent, in the language
of the reader. Nothing personal is stored in a message (docs/trust.md Z-15).
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils import formats, timezone
from django.utils.functional import Promise as Lazy

from efficiency.outbox.models import Message, MessageGroup


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a message that lists something; ``path`` is empty where there is no page."""

    text: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Filling:
    """What a kind adds to a message when it is shown: further values for its text, its page, lines below the text."""

    values: Mapping[str, object] = field(default_factory=dict)
    path: str = ""
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageKind:
    """
    The texts of a kind of message.

    Templates use ``%(name)s``: ``number`` is the number of the subject, every stored value goes by its own name;
    values named ``…_on`` and ``…_at`` are shown as local dates and moments. ``digest`` lets letters to one person
    that wait at the same time go out as one; ``still_wanted`` keeps, of message ids, those that are not yet pointless.
    ``group`` is what people choose their channels by; ``label`` is what lists of messages call the kind; ``fill`` puts
    together what a message lists, for many messages at once and for each as its recipient may know it now;
    ``path`` gives the page of messages that are about no single subject.
    """

    name: str
    subject: Lazy | str
    body: Lazy | str
    digest: bool = False
    still_wanted: Callable[[Collection[int]], set[int]] | None = None
    group: MessageGroup = MessageGroup.PROGRESS
    label: Lazy | str = ""
    fill: Callable[[Sequence[Message]], Mapping[int, Filling]] | None = None
    path: Callable[[], str] | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """
    What messages are about.

    ``label``: ids → id: (number, path of the page for staff); ``public``: the same for people outside.
    ``may_know``: (user ids, ids) → the pairs in which the person may know of the subject; nobody else is told.
    """

    model: type[models.Model]
    label: Callable[[Collection[int]], Mapping[int, tuple[str, str]]]
    may_know: Callable[[Collection[int], Collection[int]], set[tuple[int, int]]]
    public: Callable[[Collection[int]], Mapping[int, tuple[str, str]]] | None = None


Addresses = Callable[[Collection[int]], Mapping[int, str]]

_kinds: dict[str, MessageKind] = {}
_addresses: dict[str, Addresses] = {}
_subjects: dict[str, Subject] = {}
_values: dict[str, Callable[[Any], object]] = {}


def register_kind(
    name: str,
    /,
    subject: Lazy | str,
    body: Lazy | str,
    *,
    digest: bool = False,
    still_wanted: Callable[[Collection[int]], set[int]] | None = None,
    path: Callable[[], str] | None = None,
    group: MessageGroup = MessageGroup.PROGRESS,
    label: Lazy | str = "",
    fill: Callable[[Sequence[Message]], Mapping[int, Filling]] | None = None,
) -> MessageKind:
    """Make the texts of a kind known; the last registration of a name holds."""
    _kinds[name] = MessageKind(name, subject, body, digest, still_wanted, group, label, fill, path)
    return _kinds[name]


def register_address(prefix: str, addresses: Addresses) -> None:
    """Say where references such as ``prefix:12`` are written to; an id without an address gets no letter."""
    _addresses[prefix] = addresses


def register_subject(
    model: type[models.Model],
    label: Callable[[Collection[int]], Mapping[int, tuple[str, str]]],
    may_know: Callable[[Collection[int], Collection[int]], set[tuple[int, int]]],
    *,
    public: Callable[[Collection[int]], Mapping[int, tuple[str, str]]] | None = None,
) -> None:
    """Say how subjects of ``model`` are called and who may know of them (docs/trust.md Z-15)."""
    _subjects[model._meta.label_lower] = Subject(model, label, may_know, public)


def register_value(name: str, show: Callable[[Any], object]) -> None:
    """Say how the stored value ``name`` is shown, such as a code by its label."""
    _values[name] = show


def kind(name: str) -> MessageKind:
    """
    Return the texts of a kind.

    :raises KeyError: nobody registered it
    """
    return _kinds[name]


def label_of_kind(name: str) -> str:
    """Return what a kind is called in a list; its subject with gaps where it has no name of its own."""
    if name not in _kinds:
        return name
    return str(_kinds[name].label) or str(_kinds[name].subject) % defaultdict(lambda: "…")


def kinds() -> tuple[MessageKind, ...]:
    """Return all kinds in the order in which they were registered."""
    return tuple(_kinds.values())


def digest_kinds() -> list[str]:
    """Return the kinds whose letters may be combined."""
    return [each.name for each in _kinds.values() if each.digest]


def subject(subject_type: str) -> Subject | None:
    """Return what is known of subjects of a type such as ``complaints.case``."""
    return _subjects.get(subject_type)


def labels_of(about: Iterable[tuple[str, int]]) -> dict[tuple[str, int], tuple[str, str]]:
    """
    Return number and page of subjects, each given by its type and id; one question for each type.

    What nobody registered, or is gone, is left out. The caller has seen to who may know of them.
    """
    wanted: dict[str, set[int]] = {}
    for subject_type, pk in about:
        wanted.setdefault(subject_type, set()).add(pk)
    return {
        (subject_type, pk): label
        for subject_type, ids in wanted.items()
        if (found := subject(subject_type)) is not None
        for pk, label in found.label(ids).items()
    }


def addresses_of(refs: Iterable[str]) -> dict[str, str]:
    """Return the e-mail addresses behind references; one that has none (erased, anonymous) is left out."""
    by_prefix: dict[str, dict[int, str]] = {}
    for ref in refs:
        prefix, _colon, number = ref.rpartition(":")
        if number.isdigit():
            by_prefix.setdefault(prefix, {})[int(number)] = ref
    found = {}
    for prefix, ids in by_prefix.items():
        if resolve := _addresses.get(prefix):
            found.update({ids[pk]: address for pk, address in resolve(list(ids)).items() if address and pk in ids})
    return found


def shown(values: Mapping[str, Any]) -> dict[str, object]:
    """Return stored values as a reader sees them, in the language that is active."""
    return {name: _shown(name, value) for name, value in values.items()}


def _shown(name: str, value: Any) -> object:
    if show := _values.get(name):
        return show(value)
    if isinstance(value, str) and name.endswith("_on"):
        return formats.date_format(date.fromisoformat(value), "DATE_FORMAT")
    if isinstance(value, str) and name.endswith("_at"):
        return formats.date_format(timezone.localtime(datetime.fromisoformat(value)), "DATETIME_FORMAT")
    return value
