"""The words of messages, put together when they are shown or sent."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.conf import settings

from efficiency.outbox import registry
from efficiency.outbox.models import Message


@dataclass(frozen=True, slots=True)
class Words:
    """A message in words, in the language that was active; ``path`` is empty where there is no page."""

    subject: str
    body: str
    path: str
    lines: tuple[registry.Line, ...] = ()


def words_of(messages: Iterable[Message]) -> dict[int, Words]:
    """Return the words of messages by message id, in the active language; one question for each type of subject."""
    messages = list(messages)
    labels, fillings = _labels(messages), _fillings(messages)
    words = {}
    for message in messages:
        kind, filling = registry.kind(message.kind), fillings.get(message.pk, registry.Filling())
        own_page = ("", kind.path() if kind.path else "")
        number, path = labels.get((message.subject_type, message.subject_id, message.recipient_id is None), own_page)
        path = path or filling.path
        values = {**registry.shown(message.values), "number": number, "address": absolute(path), **filling.values}
        words[message.pk] = Words(str(kind.subject) % values, str(kind.body) % values, path, filling.lines)
    return words


def _fillings(messages: Iterable[Message]) -> dict[int, registry.Filling]:
    """Return what kinds add to their messages; each kind is asked once."""
    by_kind: dict[str, list[Message]] = defaultdict(list)
    for message in messages:
        by_kind[message.kind].append(message)
    found: dict[int, registry.Filling] = {}
    for name, group in by_kind.items():
        if fill := registry.kind(name).fill:
            found.update(fill(group))
    return found


def _labels(messages: Iterable[Message]) -> dict[tuple[str, int | None, bool], tuple[str, str]]:
    """Return number and path of each subject, apart for staff and for people outside."""
    wanted: dict[tuple[str, bool], set[int]] = defaultdict(set)
    for message in messages:
        if message.subject_id is not None:
            wanted[message.subject_type, message.recipient_id is None].add(message.subject_id)
    labels: dict[tuple[str, int | None, bool], tuple[str, str]] = {}
    for (subject_type, outside), ids in wanted.items():
        subject = registry.subject(subject_type)
        if subject is None:
            continue
        label = subject.public if outside and subject.public is not None else subject.label
        found: Mapping[int, tuple[str, str]] = label(ids)
        labels.update({(subject_type, pk, outside): pair for pk, pair in found.items()})
    return labels


def absolute(path: str) -> str:
    """Return the address of a page for a letter; its host comes from the settings alone (docs/trust.md C-04)."""
    return f"{settings.PORTAL_URL.rstrip('/')}{path}" if path else settings.PORTAL_URL
