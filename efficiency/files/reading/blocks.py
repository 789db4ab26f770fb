"""The pieces in which a file is read: headings, paragraphs, lists, tables. Plain Python: the child reads it."""

from dataclasses import dataclass, field
from typing import Any

# Of one file together; what comes after is cut off.
MOST_CHARACTERS = 500_000
MOST_BLOCKS = 20_000


@dataclass(frozen=True, slots=True)
class Run:
    """Words in one look."""

    text: str
    is_bold: bool = False
    is_italic: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """
    One piece. ``kind`` is ``heading``, ``paragraph``, ``item``, ``table`` or ``aside``; ``level`` counts from 1.

    ``runs`` are the words, ``rows`` the cells of a table. An aside is read with the file and is no part of its text:
    what stands in headers, in notes, or was struck out with the change tracked.
    """

    kind: str
    runs: tuple[Run, ...] = ()
    level: int = 1
    is_numbered: bool = False
    rows: tuple[tuple[str, ...], ...] = field(default=())

    @property
    def text(self) -> str:
        """The words without their looks; of a table, cells behind tabs and rows in lines."""
        if self.kind == "table":
            return "\n".join("\t".join(row) for row in self.rows)
        return "".join(run.text for run in self.runs)


def as_data(blocks: list[Block]) -> list[dict[str, Any]]:
    """Return the blocks as the child writes them, at most so many characters of them."""
    kept: list[dict[str, Any]] = []
    left = MOST_CHARACTERS
    for block in blocks[:MOST_BLOCKS]:
        left -= len(block.text)
        if left < 0:
            break
        kept.append(
            {
                "kind": block.kind,
                "runs": [[run.text, run.is_bold, run.is_italic] for run in block.runs],
                "level": block.level,
                "is_numbered": block.is_numbered,
                "rows": [list(row) for row in block.rows],
            }
        )
    return kept


def from_data(data: list[dict[str, Any]]) -> list[Block]:
    """Return the blocks of what ``as_data`` made."""
    return [
        Block(
            kind=each["kind"],
            runs=tuple(Run(text, bool(is_bold), bool(is_italic)) for text, is_bold, is_italic in each["runs"]),
            level=int(each["level"]),
            is_numbered=bool(each["is_numbered"]),
            rows=tuple(tuple(row) for row in each["rows"]),
        )
        for each in data
    ]
