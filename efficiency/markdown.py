"""
Markdown as the accounts of facts are written: a few kinds of blocks, and text of people that stays text.

Only what ``disclosure.documents.markup`` lets through is made here: headings, paragraphs, lists, tables, links within
the portal.
"""

import re
from collections.abc import Iterable, Sequence

# What would be read as a mark anywhere in a line.
_MARKS = re.compile(r"([\\`*_\[\]<>#|~&!])")
# What would be read as one where a line begins: a list, a number, an underline of a heading.
_AT_BEGINNING = re.compile(r"^(\s*)([-+=:]|\d{1,9}(?=[.)]))")


def plain(text: str) -> str:
    """Return one line that reads as ``text`` does, whatever stands in it."""
    line = _MARKS.sub(r"\\\1", " ".join(text.split()))
    if found := _AT_BEGINNING.match(line):
        mark = found[2]
        # A digit cannot be escaped; the point behind it can.
        return f"{mark}\\{line[len(mark) :]}" if mark.isdigit() else f"\\{line}"
    return line


def paragraphs(text: str) -> str:
    """Return a text of people line by line, each a paragraph; empty lines are left out."""
    return "\n\n".join(plain(line) for line in text.splitlines() if line.strip())


def section(title: str, *blocks: str) -> str:
    """Return a heading with its blocks; nothing where all of them are empty."""
    kept = [block for block in blocks if block]
    return "\n\n".join([f"## {plain(title)}", *kept]) if kept else ""


def part(title: str, *blocks: str) -> str:
    """Return a heading of the second kind with its blocks; nothing where all of them are empty."""
    kept = [block for block in blocks if block]
    return "\n\n".join([f"### {plain(title)}", *kept]) if kept else ""


def bullets(lines: Iterable[str]) -> str:
    """Return texts of people as a list."""
    return "\n".join(f"- {plain(line)}" for line in lines if line.strip())


def numbered(lines: Iterable[str]) -> str:
    """Return texts of people as a numbered list."""
    kept = [line for line in lines if line.strip()]
    return "\n".join(f"{number}. {plain(line)}" for number, line in enumerate(kept, 1))


def named(*pairs: tuple[str, str]) -> str:
    """Return names with their values as a list; what has no value is left out."""
    return "\n".join(f"- {name}：{plain(value)}" for name, value in pairs if value.strip())


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows of texts of people under a head; nothing where there are none."""
    lines = [_row([plain(cell) for cell in row]) for row in rows]
    return "\n".join([_row(head), _row(["---"] * len(head)), *lines]) if lines else ""


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def link(text: str, path: str) -> str:
    """Return a link to a page of the portal; ``path`` is one of the portal's own and begins with a slash."""
    return f"[{plain(text)}]({path})"


def joined(*blocks: str) -> str:
    """Return the blocks that say something, one after the other."""
    return "\n\n".join(block for block in blocks if block) + "\n"
