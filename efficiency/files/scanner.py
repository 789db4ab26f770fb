"""
A virus scanner that looks at files before staff fetch them (docs/trust.md U-08): clamd, over its socket.

The protocol is a line and the content in pieces, each behind its length; the answer is a line again. Which signatures
there are, how deep archives are unpacked and how large a file may be is for the scanner to say.
"""

import socket
import struct
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

SECONDS = 60.0
PIECE = 64 * 1024
LONGEST_ANSWER = 4096
PORT = 3310


class ScannerAway(Exception):
    """The scanner does not answer; it is asked again later."""


class NoVerdict(ScannerAway):
    """It was reached, and says nothing of this file: an error, a minute without a word, or a broken line."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the scanner found: the name of what is harmful; empty for a clean file."""

    harmful: str

    @property
    def is_clean(self) -> bool:
        """Whether nothing harmful was found."""
        return not self.harmful


def is_configured() -> bool:
    """Say whether there is a scanner; without one every file counts as looked at."""
    return bool(settings.SCANNER_URL)


def look_at(content: bytes) -> Verdict:
    """
    Have the scanner look at ``content``.

    :raises NoVerdict: it does not answer within a minute, breaks off, or reports an error
    :raises ScannerAway: it cannot be reached
    """
    try:
        connection = _connected()
    except OSError as error:
        raise ScannerAway(str(error)) from error
    try:
        with connection:
            connection.sendall(b"zINSTREAM\0")
            for start in range(0, len(content), PIECE):
                piece = content[start : start + PIECE]
                connection.sendall(struct.pack("!L", len(piece)) + piece)
            connection.sendall(struct.pack("!L", 0))
            answer = _answer(connection)
    except OSError as error:
        raise NoVerdict(str(error)) from error
    return _verdict(answer)


def _connected() -> socket.socket:
    place = urlsplit(settings.SCANNER_URL)
    if place.scheme == "unix":
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(SECONDS)
            connection.connect(place.path)
        except OSError:
            connection.close()
            raise
        return connection
    return socket.create_connection((place.hostname or "", place.port or PORT), timeout=SECONDS)


def _answer(connection: socket.socket) -> str:
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < LONGEST_ANSWER and (more := connection.recv(LONGEST_ANSWER)):
        answer += more
    return answer.rstrip(b"\0\n").decode(errors="replace")


def _verdict(answer: str) -> Verdict:
    """
    Read ``stream: OK`` or ``stream: Name-Of-It FOUND``.

    :raises NoVerdict: it is neither, or was cut off
    """
    said = answer.removeprefix("stream:").strip()
    if said == "OK":
        return Verdict("")
    if said.endswith(" FOUND"):
        return Verdict(said.removesuffix(" FOUND")[:120] or "FOUND")
    raise NoVerdict(said)
