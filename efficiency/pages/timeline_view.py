"""The way of a case as pages show it: values that an app fills and ``{% timeline %}`` and ``{% stepper %}`` render."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from django.utils.functional import Promise

Text = str | Promise


class Stage(Enum):
    """Whether a step lies behind, is under way, or is still expected."""

    DONE = "done"
    CURRENT = "current"
    EXPECTED = "expected"


@dataclass(frozen=True, slots=True)
class FileLink:
    """A file that belongs to an entry; ``preview`` is the address of a small picture of a photograph."""

    name: str
    href: str
    size: int | None = None  # bytes
    preview: str = ""


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """
    One step: word, moment, sentence.

    ``who`` is an organ on public pages and may be a person on pages of staff. ``text`` is plain text; line breaks are
    kept. An ``is_internal`` entry carries the word “internal” and never goes on a public page.
    """

    word: Text
    at: datetime | None = None
    text: Text = ""
    who: Text = ""
    stage: Stage = Stage.DONE
    is_internal: bool = False
    files: tuple[FileLink, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a stepper."""

    label: Text
    stage: Stage
