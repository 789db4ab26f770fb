"""
The list of erasures outside the database, so that a restored backup brings nobody back (docs/trust.md P-11).

One line an erasure in a file that only grows: number of the case, moment of its filing, moment of the erasure. The
number alone would not do: after a restore it may be given to another case. Nothing in it says who anybody was. It is no
part of a backup of the database and is never set back with one. What is no case has a list of its own, which ``of``
names, beside that of the cases.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Protocol, Self

import structlog
from django.conf import settings

log = structlog.get_logger(__name__)

CHUNK = 5000


@dataclass(frozen=True, slots=True)
class Line:
    """One erasure, as the list names it."""

    number: str
    received_at: datetime
    erased_at: datetime

    def __str__(self) -> str:
        return f"{self.number} {self.received_at.isoformat()} {self.erased_at.isoformat()}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the erasure of a line; None for one that was cut off while it was written."""
        try:
            number, received_at, erased_at = text.split()
            line = cls(number, datetime.fromisoformat(received_at), datetime.fromisoformat(erased_at))
        except ValueError:
            return None
        return line if line.received_at.tzinfo and line.erased_at.tzinfo else None


class Work(Protocol):
    """What a part does with its list at a moment; returns with how many."""

    def __call__(self, *, at: datetime) -> int: ...


@dataclass(frozen=True, slots=True)
class Part:
    """A part that keeps a list: how what it names is erased again, and how the list is completed."""

    of: str
    replay: Work
    complete: Work


_parts: dict[str, Part] = {}


def register(of: str, *, replay: Work, complete: Work) -> None:
    """Say how a part erases again what its list names, and completes the list; called once Django is ready."""
    _parts[of] = Part(of, replay, complete)


def parts() -> tuple[Part, ...]:
    """Return the parts that keep a list."""
    return tuple(_parts.values())


def path(of: str = "") -> Path:
    """Return where the list lies."""
    place = Path(settings.ERASURE_LEDGER)
    return place.with_name(f"{place.name}.{of}") if of else place


def append(lines: Iterable[Line], *, of: str = "") -> None:
    """
    Add ``lines`` durably, below whatever others add at the same time.

    :raises OSError: the disk is full or the folder cannot be written to
    """
    text = "".join(f"{line}\n" for line in lines)
    if not text:
        return
    place = path(of)
    place.parent.mkdir(parents=True, exist_ok=True)
    with open(place, "a+b", opener=_private) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        # A line that a power cut broke off must not swallow the next one.
        size = file.seek(0, os.SEEK_END)
        is_whole = size == 0 or os.pread(file.fileno(), 1, size - 1) == b"\n"
        file.write((text if is_whole else f"\n{text}").encode())
        file.flush()
        os.fsync(file.fileno())


def note(lines: Iterable[Line], *, of: str = "") -> None:
    """Add ``lines`` after a commit that nothing takes back: what cannot be written now, the next run adds."""
    try:
        append(lines, of=of)
    except OSError:
        log.exception("erasure_not_listed")


def chunks(*, of: str = "") -> Iterator[list[Line]]:
    """Yield the erasures of the list, some thousand at a time; none where there is no list yet."""
    try:
        file = path(of).open(encoding="ascii", errors="replace")
    except FileNotFoundError:
        return
    with file:
        lines = (line for text in file if (line := Line.parse(text)))
        while chunk := list(islice(lines, CHUNK)):
            yield chunk


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)
