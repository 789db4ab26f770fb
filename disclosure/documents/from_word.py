"""A Word file as the beginning of a document: its headings, paragraphs, lists and tables become Markdown."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from disclosure.documents import markup
from disclosure.documents.drafting import MOST_CHARACTERS
from efficiency.files.clean import CleanFile
from efficiency.files.reading import extract
from efficiency.files.reading.blocks import Block, Run

# How document numbers are written: 佛建〔2026〕12号.
_NUMBER = re.compile(r"[\u4e00-\u9fff]{1,14}[〔\[［]\d{4}[〕\]］]\d{1,5}号")
# A number stands at the head of a paper, if it has one.
_HEAD = 12
_INDENT = "   "


@dataclass(frozen=True, slots=True)
class Beginning:
    """What could be read out of a file, for the form of a draft."""

    title: str
    document_number: str
    body: str


def beginning_of(file: CleanFile) -> Beginning:
    """
    Return what a Word file holds, for somebody to go on writing; with an empty ``body`` nothing could be read.

    :raises DecoderBroken: no file can be read at the moment
    """
    blocks = [block for block in extract.blocks_of(file) if block.kind != "aside"]
    headings = [block for block in blocks if block.kind == "heading" and block.level == 1]
    title = file.original_name.rpartition(".")[0]
    # The one heading at the very top is the title, which the form has a field for.
    if blocks and len(headings) == 1 and blocks[0] is headings[0]:
        title, blocks = blocks[0].text, blocks[1:]
    number = next((found[0] for block in blocks[:_HEAD] if (found := _NUMBER.search(block.text))), "")
    return Beginning(" ".join(title.split())[:200], number, markdown_of(blocks)[:MOST_CHARACTERS])


def markdown_of(blocks: Iterable[Block]) -> str:
    """Return the blocks as Markdown that reads as they do."""
    pieces = []
    for kind, group in groupby(blocks, key=lambda block: block.kind):
        if kind == "item":
            pieces.append("\n".join(_items(group)))
        else:
            pieces += [_piece(block) for block in group]
    return "\n\n".join(piece for piece in pieces if piece)


def _piece(block: Block) -> str:
    if block.kind == "heading":
        return f"{'#' * block.level} {_inline(block.runs, is_one_line=True)}"
    if block.kind == "table":
        return _table(block.rows)
    return _inline(block.runs)


def _items(blocks: Iterable[Block]) -> Iterator[str]:
    counted: dict[int, int] = {}
    for block in blocks:
        counted = {level: count for level, count in counted.items() if level <= block.level}
        counted[block.level] = counted.get(block.level, 0) + 1
        mark = f"{counted[block.level]}." if block.is_numbered else "-"
        yield f"{_INDENT * (block.level - 1)}{mark} {_inline(block.runs, is_one_line=True)}"


def _table(rows: tuple[tuple[str, ...], ...]) -> str:
    width = max(len(row) for row in rows)
    lines = [
        "| " + " | ".join(markup.quoted(" ".join(cell.split())) for cell in (*row, *[""] * (width - len(row)))) + " |"
        for row in rows
    ]
    return "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]])


def _inline(runs: tuple[Run, ...], *, is_one_line: bool = False) -> str:
    """Return the words with their looks, or without where Markdown could not say them right."""
    plain = "".join(run.text for run in runs).strip()
    if is_one_line:
        plain = " ".join(plain.split())
        return markup.quoted(plain)
    looked = "".join(_look(run) for run in runs).strip()
    written = markup.quoted(plain)
    return looked if markup.to_text(looked) == markup.to_text(written) else written


def _look(run: Run) -> str:
    words = run.text.strip()
    sign = "**" if run.is_bold else "*" if run.is_italic else ""
    if not sign or not words:
        return markup.quoted(run.text)
    before, _words, after = run.text.partition(words)
    return f"{before}{sign}{markup.quoted(words)}{sign}{after}"
