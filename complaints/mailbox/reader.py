"""Have a letter taken apart in a child process of its own, and return what it says (docs/trust.md U-06)."""

import json

from complaints.mailbox import child, rules
from complaints.mailbox.letter import Letter, Part, Unreadable
from efficiency.files import isolated


class ReaderBroken(Exception):
    """The child process cannot work at all; not a fault of the letter, and not to be hidden as one."""


def read(content: bytes) -> Letter:
    """
    Return what the letter says.

    :raises Unreadable: it is no letter, or was too much for the bounds of the child
    :raises ReaderBroken: no letter can be read at the moment
    """
    answer, code = isolated.answer_of(
        child.__file__, content=content, seconds=rules.CHILD_SECONDS, at_most=rules.MAX_ANSWER_BYTES
    )
    if code == child.OUR_FAULT:
        raise ReaderBroken
    line, _, rest = answer.partition(b"\n")
    try:
        head = json.loads(line)
    except ValueError as error:
        raise Unreadable("heavy") from error
    if "unreadable" in head:
        raise Unreadable(head["unreadable"])
    if len(head["files"]) > rules.MAX_PARTS:
        raise Unreadable("parts")
    if sum(file["size"] for file in head["files"]) != len(rest):
        raise Unreadable("heavy")
    return _with_files(head, rest)


def _with_files(head: dict, rest: bytes) -> Letter:
    files, place = [], 0
    for file in head.pop("files"):
        end = place + file["size"]
        files.append(Part(file["name"], file["declared"], rest[place:end]))
        place = end
    return Letter(**head, files=files)
