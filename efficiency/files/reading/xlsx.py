"""
The words and figures of a workbook, row by row: a telephone number in a cell may be a text or a number.

Read event by event, as in ``docx``.
"""

from collections.abc import Callable
from xml.parsers import expat

from efficiency.files.decoder.answer import NotTaken
from efficiency.files.decoder.archive import Archive
from efficiency.files.reading.blocks import MOST_BLOCKS, MOST_CHARACTERS, Block

_STRINGS = "xl/sharedstrings.xml"
_SHEETS, _NOTES = "xl/worksheets/", "xl/comments"

Begin = Callable[[str, dict[str, str]], None]


def blocks_of(content: bytes) -> list[Block]:
    """
    Return a table of one row for each row that has something in it, and a piece for each note.

    :raises NotTaken: it is no whole file of this kind
    """
    archive = Archive(content)
    strings = _texts(archive.read(_STRINGS), "si") if _STRINGS in archive else []
    blocks: list[Block] = []
    left = MOST_CHARACTERS
    for name in sorted(archive.names()):
        if name.startswith(_SHEETS) and name.endswith(".xml"):
            rows = _rows(archive.read(name), strings)
        elif name.startswith(_NOTES) and name.endswith(".xml"):
            rows = [(note,) for note in _texts(archive.read(name), "comment")]
        else:
            continue
        for row in rows:
            left -= sum(map(len, row))
            if left < 0 or len(blocks) >= MOST_BLOCKS:
                return blocks
            blocks.append(Block("table", rows=(row,)))
    return blocks


def _feed(content: bytes, begin: Begin, end: Callable[[str], None], text: Callable[[str], None]) -> None:
    parser = expat.ParserCreate(namespace_separator=" ")

    def refuse(*_: object) -> None:
        raise NotTaken("unsafe_xml")

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = lambda name, attributes: begin(name.rpartition(" ")[2], attributes)
    parser.EndElementHandler = lambda name: end(name.rpartition(" ")[2])
    parser.CharacterDataHandler = text
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise NotTaken("damaged") from error


def _texts(content: bytes, element: str) -> list[str]:
    """Return the words of each ``element``, in order; empty ones keep their place."""
    found: list[str] = []
    words: list[str] = []
    inside = [False]

    def begin(name: str, _attributes: dict[str, str]) -> None:
        inside[0] = name == "t"

    def end(name: str) -> None:
        inside[0] = False
        if name == element:
            found.append("".join(words).strip())
            words.clear()

    _feed(content, begin, end, lambda text: words.append(text) if inside[0] else None)
    return found


def _rows(content: bytes, strings: list[str]) -> list[tuple[str, ...]]:
    """Return the cells of a sheet that have something in them, row by row."""
    rows: list[tuple[str, ...]] = []
    cells: list[str] = []
    words: list[str] = []
    at = {"kind": "", "inside": ""}

    def begin(name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            at["kind"] = attributes.get("t", "")
            words.clear()
        at["inside"] = name if name in ("v", "t") else ""

    def end(name: str) -> None:
        at["inside"] = ""
        if name == "c":
            if value := _value("".join(words).strip(), at["kind"], strings):
                cells.append(value)
        elif name == "row":
            if cells:
                rows.append(tuple(cells))
            cells.clear()

    _feed(content, begin, end, lambda text: words.append(text) if at["inside"] else None)
    return rows


def _value(written: str, kind: str, strings: list[str]) -> str:
    if kind == "s":
        return strings[int(written)] if written.isdigit() and int(written) < len(strings) else ""
    if kind in ("", "n") and "E" in written.upper():
        # Excel writes long numbers with an exponent: 1.3812345678E10.
        try:
            return f"{float(written):.0f}"
        except (ValueError, OverflowError):
            return written
    return written
