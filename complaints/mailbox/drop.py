"""
A folder of .eml files, for letters that another program puts there.

Whoever writes a file gives it the ending .eml when it is whole; a file that was changed within the last seconds is left
for the next look.
"""

import os
import stat
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from complaints.mailbox import rules
from complaints.mailbox.mailbox import Found, Known, MailboxAway
from efficiency.access.cipher import keyed_hash

ENDING = ".eml"
RESTS_SECONDS = 5


class Folder:
    """The files of one folder, the oldest first; what lies in folders below it is not looked at."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._names: dict[str, str] = {}

    @property
    def name(self) -> str:
        """The path."""
        return str(self._path)[:200]

    def open(self) -> None:
        """
        See that the folder is there.

        :raises MailboxAway: it is not, or may not be read
        """
        if not os.access(self._path, os.R_OK | os.W_OK | os.X_OK) or not self._path.is_dir():
            raise MailboxAway("NoFolder")

    def close(self) -> None:
        """Nothing is held open."""

    def waiting(self, known: Known) -> Iterator[Found]:
        """
        Yield the letters that are not known, the oldest first.

        :raises MailboxAway: the folder cannot be read
        """
        try:
            files = [(entry.stat(follow_symlinks=False), entry.name) for entry in os.scandir(self._path)]
        except OSError as error:
            raise MailboxAway(type(error).__name__) from error
        letters = sorted(
            (facts.st_mtime, name, facts.st_size)
            for facts, name in files
            if name.endswith(ENDING) and stat.S_ISREG(facts.st_mode) and facts.st_mtime < time.time() - RESTS_SECONDS
        )
        # The name of a file may tell who wrote: its place is known by a keyed hash (docs/trust.md P-09).
        found = [
            Found(self._noted(f"{name}\n{moment}\n{size}", name), size, datetime.fromtimestamp(moment, tz=UTC))
            for moment, name, size in letters
        ]
        before = known([each.origin for each in found])
        yield from [each for each in found if each.origin not in before]

    def content(self, found: Found) -> bytes | None:
        """Return a letter, at most one byte more than the limit."""
        try:
            descriptor = os.open(self._path / self._names[found.origin], os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
            with os.fdopen(descriptor, "rb") as file:
                return file.read(rules.MAX_LETTER_BYTES + 1)
        except OSError:
            return None

    def take_away(self, origins: Iterable[str]) -> None:
        """
        Delete the files.

        :raises MailboxAway: one cannot be deleted
        """
        for origin in origins:
            if origin in self._names:
                try:
                    (self._path / self._names[origin]).unlink(missing_ok=True)
                except OSError as error:
                    raise MailboxAway(type(error).__name__) from error

    def _noted(self, place: str, name: str) -> str:
        origin = keyed_hash("letter-place", place.encode("utf-8", "surrogateescape")).hex()
        self._names[origin] = name
        return origin
