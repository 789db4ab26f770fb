"""What a place that letters come from has to do, and what lies in it."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

# Of the places in a mailbox: those from which a letter was fetched before.
Known = Callable[[Collection[str]], set[str]]


class MailboxAway(Exception):
    """The mailbox cannot be looked into now. ``args`` hold class and code of the error, nothing that a server said."""


@dataclass(frozen=True, slots=True)
class Found:
    """
    A letter that lies in a mailbox: the name of its place there, its size, and when it came as far as is known.

    ``origin`` names the size too: a letter of another size is another one, wherever it lies.
    """

    origin: str
    size: int
    arrived_at: datetime | None


class Mailbox(Protocol):
    """A place that letters come from."""

    @property
    def name(self) -> str:
        """What it is called, without secrets."""

    def open(self) -> None:
        """
        Begin.

        :raises MailboxAway: it cannot be reached
        """

    def close(self) -> None:
        """End; whatever goes wrong here changes nothing."""

    def waiting(self, known: Known) -> Iterator[Found]:
        """
        Yield letters that are not ``known``, the oldest first.

        :raises MailboxAway: the mailbox does not answer any more
        """

    def content(self, found: Found) -> bytes | None:
        """
        Return a letter, or None where it is gone or cannot be given.

        :raises MailboxAway: the mailbox does not answer any more
        """

    def take_away(self, origins: Iterable[str]) -> None:
        """
        Take letters away that are stored; one that is gone already does not matter.

        :raises MailboxAway: the mailbox does not answer any more
        """
