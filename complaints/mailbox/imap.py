"""
A folder on an IMAP server, over TLS with a checked certificate.

Letters are known by UIDVALIDITY and UID, which the server gives to no other letter; whether somebody has read one does
not matter. Sizes are asked for before anything is read, and no more than the limit is ever read.
"""

import binascii
import contextlib
import imaplib
import re
import ssl
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from complaints.mailbox import rules
from complaints.mailbox.mailbox import Found, Known, MailboxAway
from efficiency.access.cipher import keyed_hash

PORT = 993
SECONDS = 20.0
# So many letters are asked about at once; the list of a full mailbox would be longer than a line may be.
PAGE = 200
_FACTS = re.compile(rb"UID (\d+).*RFC822\.SIZE (\d+)|RFC822\.SIZE (\d+).*UID (\d+)", re.DOTALL)
_ERRORS = (imaplib.IMAP4.error, OSError, ssl.SSLError, EOFError, ValueError, TypeError, AttributeError)


class Imap:
    """One folder of one account; ``address`` is imaps://user:password@host:port/folder, INBOX if it names none."""

    def __init__(self, address: str, *, ca: str = "", move_to: str = "") -> None:
        place = urlsplit(address)
        self._host, self._port = place.hostname or "", place.port or PORT
        self._user, self._password = unquote(place.username or ""), unquote(place.password or "")
        self._folder = unquote(place.path.strip("/")) or "INBOX"
        self._ca, self._move_to = ca, move_to
        self._server: imaplib.IMAP4_SSL | None = None
        self._validity, self._count = "", 0
        self._abilities: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """Host and folder, behind a keyed hash of the account: another account has other letters in the same place."""
        account = keyed_hash("mailbox-account", self._user).hex()[:12]
        return f"{account}@{self._host}/{self._folder}"[:200]

    def open(self) -> None:
        """
        Log in and open the folder.

        :raises MailboxAway: the server cannot be reached or trusted, refuses, or has no such folder
        """
        with _away():
            context = ssl.create_default_context(cafile=self._ca or None)
            self._server = imaplib.IMAP4_SSL(self._host, self._port, ssl_context=context, timeout=SECONDS)
            self._server.login(self._user, self._password)
            # What a server can do it says once it knows to whom; the library asks before that alone.
            self._abilities = frozenset(_answer(self._server.capability())[-1].decode().upper().split())
            answer = _answer(self._server.select(_quoted(self._folder)))
            self._count = int(answer[0])
            validity = self._server.response("UIDVALIDITY")[1][0]
        if validity is None:
            raise MailboxAway("NoUidValidity")
        self._validity = validity.decode()

    def close(self) -> None:
        """Log out, as far as the server still listens."""
        if self._server is not None:
            with contextlib.suppress(Exception):
                self._server.logout()
            with contextlib.suppress(Exception):
                self._server.shutdown()
            self._server = None

    def waiting(self, known: Known) -> Iterator[Found]:
        """
        Yield the letters that are not known, the oldest first.

        :raises MailboxAway: as ``open``
        """
        for first in range(1, self._count + 1, PAGE):
            with _away():
                numbers = f"{first}:{min(first + PAGE - 1, self._count)}"
                lines = _answer(self._imap.fetch(numbers, "(UID RFC822.SIZE INTERNALDATE)"))
            page = [found for line in lines if (found := self._found(line))]
            before = known([found.origin for found in page])
            yield from [found for found in page if found.origin not in before]

    def content(self, found: Found) -> bytes | None:
        """
        Return a letter, at most one byte more than the limit, without marking it as read.

        :raises MailboxAway: as ``open``
        """
        with _away():
            uid = _uid_of(found.origin)
            status, parts = self._imap.uid("FETCH", uid, f"(BODY.PEEK[]<0.{rules.MAX_LETTER_BYTES + 1}>)")
        if status != "OK":
            return None
        return next((part[1] for part in parts if isinstance(part, tuple)), None)

    def take_away(self, origins: Iterable[str]) -> None:
        """
        Delete letters, or move them into the folder of the settings.

        :raises MailboxAway: as ``open``
        """
        uids = {_uid_of(origin) for origin in origins}
        if not uids:
            return
        with _away():
            if self._move_to and "MOVE" in self._abilities:
                self._into_other_folder("MOVE", uids)
                return
            flagged = self._flagged() if "UIDPLUS" not in self._abilities else set()
            if self._move_to and uids - flagged:  # what is flagged already was copied before
                self._into_other_folder("COPY", uids - flagged)
            _answer(self._imap.uid("STORE", ",".join(uids), "+FLAGS.SILENT", r"(\Deleted)"))
            if "UIDPLUS" in self._abilities:
                _answer(self._imap.uid("EXPUNGE", ",".join(uids)))
            elif flagged <= uids:  # else it would delete what others flagged: ours lie on, flagged
                _answer(self._imap.expunge())

    @property
    def _imap(self) -> imaplib.IMAP4_SSL:
        if self._server is None:
            raise MailboxAway("closed")
        return self._server

    def _into_other_folder(self, how: str, uids: set[str]) -> None:
        """Copy or move into the other folder, made at the first time; nothing is deleted where that fails."""
        folder = _quoted(self._move_to)
        status, _said = self._imap.uid(how, ",".join(uids), folder)
        if status != "OK":
            _answer(self._imap.create(folder))
            _answer(self._imap.uid(how, ",".join(uids), folder))

    def _flagged(self) -> set[str]:
        """Return which letters are flagged to be deleted, by whomever."""
        [found, *_more] = _answer(self._imap.uid("SEARCH", "DELETED"))
        return set((found or b"").decode().split())

    def _found(self, line: Any) -> Found | None:
        facts = _FACTS.search(line) if isinstance(line, bytes) else None
        if facts is None:
            return None
        uid, size = facts[1] or facts[4], facts[2] or facts[3]
        moment = imaplib.Internaldate2tuple(line)
        arrived = datetime.fromtimestamp(time.mktime(moment), tz=UTC) if moment else None
        return Found(f"{self._validity}:{uid.decode()}:{size.decode()}", int(size), arrived)


@contextlib.contextmanager
def _away() -> Iterator[None]:
    try:
        yield
    except _ERRORS as error:
        name = "ImapRefused" if isinstance(error, imaplib.IMAP4.error) else type(error).__name__
        code = getattr(error, "errno", None)
        raise MailboxAway(f"{name} {code}" if code else name) from error


def _uid_of(origin: str) -> str:
    return origin.split(":")[1]


def _answer(said: tuple[str, list[Any]]) -> list[Any]:
    """Return what the server answered, or raise where it refused."""
    if said[0] != "OK":
        raise imaplib.IMAP4.error("refused")
    return said[1]


def _quoted(folder: str) -> str:
    """Return the name of a folder as the protocol writes it: in modified UTF-7 (RFC 3501, 5.1.3), and quoted."""
    named = re.sub(r"&|[^ -~]+", lambda found: _in_utf7(found[0]), folder)
    escaped = named.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _in_utf7(words: str) -> str:
    if words == "&":
        return "&-"
    coded = binascii.b2a_base64(words.encode("utf-16-be"), newline=False).decode()
    return f"&{coded.rstrip('=').replace('/', ',')}-"
