"""
The words of a Word file, out of its XML: paragraphs with their headings and lists, tables, bold and italics.

Read event by event: no tree is built, a document type is refused, and what is deleted in a tracked change is left out.
"""

import re
from xml.parsers import expat

from efficiency.files.decoder.answer import NotTaken
from efficiency.files.decoder.archive import Archive
from efficiency.files.reading.blocks import Block, Run

_DOCUMENT, _STYLES, _NUMBERING = "word/document.xml", "word/styles.xml", "word/numbering.xml"
_HEADING = re.compile(r"(?:heading|标题)\s*([1-9])$", re.IGNORECASE)
_MOST_LEVELS = 6
# What is in these is not what the document says: deleted text, field codes, alternatives for older programs.
_LEFT_OUT = frozenset({"del", "moveFrom", "instrText", "delText", "Fallback", "txbxContent", "pict", "object"})
_OFF = frozenset({"0", "false", "off", "none"})


def blocks_of(content: bytes) -> list[Block]:
    """
    Return what the document says, in order.

    :raises NotTaken: it is no whole file of this kind
    """
    archive = Archive(content)
    levels = _heading_styles(archive.read(_STYLES)) if _STYLES in archive else {}
    bullets = _bullets(archive.read(_NUMBERING)) if _NUMBERING in archive else set()
    reader = _Reader(levels, bullets)
    _feed(archive.read(_DOCUMENT), reader.begin, reader.end, reader.text)
    return reader.blocks


def _feed(content: bytes, begin: object, end: object, text: object = None) -> None:
    parser = expat.ParserCreate(namespace_separator=" ")

    def refuse(*_: object) -> None:
        raise NotTaken("unsafe_xml")

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = begin  # type: ignore[assignment]
    parser.EndElementHandler = end  # type: ignore[assignment]
    if text is not None:
        parser.CharacterDataHandler = text  # type: ignore[assignment]
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise NotTaken("damaged") from error


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def _value(attributes: dict[str, str], name: str = "val") -> str:
    return next((value for key, value in attributes.items() if _local(key) == name), "")


def _heading_styles(content: bytes) -> dict[str, int]:
    """Return the level of each style that is one of headings: by its name, or by the level of its outline."""
    levels: dict[str, int] = {}
    style: list[str] = [""]

    def begin(name: str, attributes: dict[str, str]) -> None:
        match _local(name):
            case "style":
                style[0] = _value(attributes, "styleId")
            case "name":
                found = _HEADING.match(_value(attributes).strip())
                if found:
                    levels[style[0]] = int(found[1])
                elif _value(attributes).strip().lower() == "title":
                    levels[style[0]] = 1
            case "outlineLvl" if _value(attributes).isdigit() and int(_value(attributes)) < _MOST_LEVELS:
                levels.setdefault(style[0], int(_value(attributes)) + 1)

    _feed(content, begin, lambda _name: None)
    return levels


def _bullets(content: bytes) -> set[tuple[str, str]]:
    """Return (list, level) of those whose items carry a sign instead of a number."""
    abstract: dict[tuple[str, str], bool] = {}
    lists: dict[str, str] = {}
    at = {"abstract": "", "level": "", "list": ""}

    def begin(name: str, attributes: dict[str, str]) -> None:
        match _local(name):
            case "abstractNum":
                at["abstract"] = _value(attributes, "abstractNumId")
            case "lvl":
                at["level"] = _value(attributes, "ilvl")
            case "numFmt":
                abstract[(at["abstract"], at["level"])] = _value(attributes) in ("bullet", "none")
            case "num":
                at["list"] = _value(attributes, "numId")
            case "abstractNumId":
                lists[at["list"]] = _value(attributes)

    _feed(content, begin, lambda _name: None)
    return {
        (number, level)
        for number, of in lists.items()
        for (which, level), is_bullet in abstract.items()
        if which == of and is_bullet
    }


class _Reader:
    """Puts blocks together from the events of a document."""

    def __init__(self, levels: dict[str, int], bullets: set[tuple[str, str]]) -> None:
        self.blocks: list[Block] = []
        self._levels, self._bullets = levels, bullets
        self._left_out = 0
        self._in_text = False
        self._tables: list[list[list[str]]] = []
        self._begin_paragraph()

    def _begin_paragraph(self) -> None:
        self._runs: list[Run] = []
        self._style, self._outline, self._list, self._list_level = "", "", "", "0"
        self._is_bold = self._is_italic = False

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        local = _local(name)
        if local in _LEFT_OUT:
            self._left_out += 1
        if self._left_out:
            return
        match local:
            case "p":
                self._begin_paragraph()
            case "pStyle":
                self._style = _value(attributes)
            case "outlineLvl":
                self._outline = _value(attributes)
            case "ilvl":
                self._list_level = _value(attributes)
            case "numId":
                self._list = _value(attributes)
            case "r":
                self._is_bold = self._is_italic = False
            case "b":
                self._is_bold = _value(attributes) not in _OFF
            case "i":
                self._is_italic = _value(attributes) not in _OFF
            case "t":
                self._in_text = True
            case "tab":
                self._add(" ")
            case "br" | "cr":
                self._add("\n")
            case "noBreakHyphen":
                self._add("-")
            case "tbl":
                self._tables.append([])
            case "tr" if self._tables:
                self._tables[-1].append([])
            case "tc" if self._tables and self._tables[-1]:
                self._tables[-1][-1].append("")

    def end(self, name: str) -> None:
        """An element ends."""
        local = _local(name)
        if local in _LEFT_OUT:
            self._left_out -= 1
            return
        if self._left_out:
            return
        if local == "t":
            self._in_text = False
        elif local == "p":
            self._end_paragraph()
        elif local == "tbl" and self._tables:
            self._end_table()

    def text(self, text: str) -> None:
        """Words between elements; only those of text elements are the document's."""
        if self._in_text and not self._left_out:
            self._add(text)

    def _add(self, text: str) -> None:
        last = self._runs[-1] if self._runs else None
        if last is not None and (last.is_bold, last.is_italic) == (self._is_bold, self._is_italic):
            self._runs[-1] = Run(last.text + text, last.is_bold, last.is_italic)
        else:
            self._runs.append(Run(text, self._is_bold, self._is_italic))

    def _end_paragraph(self) -> None:
        words = "".join(run.text for run in self._runs).strip()
        if self._tables:
            rows = self._tables[-1]
            if words and rows and rows[-1]:
                rows[-1][-1] = f"{rows[-1][-1]}\n{words}".strip()
            return
        if not words:
            return
        level = self._levels.get(self._style, 0)
        if self._outline.isdigit() and int(self._outline) < _MOST_LEVELS:
            level = int(self._outline) + 1
        if level:
            self.blocks.append(Block("heading", tuple(self._runs), level=min(level, _MOST_LEVELS)))
        elif self._list not in ("", "0"):
            depth = int(self._list_level) + 1 if self._list_level.isdigit() else 1
            is_numbered = (self._list, self._list_level) not in self._bullets
            self.blocks.append(Block("item", tuple(self._runs), level=min(depth, 6), is_numbered=is_numbered))
        else:
            self.blocks.append(Block("paragraph", tuple(self._runs)))

    def _end_table(self) -> None:
        rows = tuple(tuple(row) for row in self._tables.pop() if row)
        if not rows:
            return
        if self._tables:  # a table inside a cell: its words go into that cell
            outer = self._tables[-1]
            if outer and outer[-1]:
                words = "\n".join(" ".join(row) for row in rows)
                outer[-1][-1] = f"{outer[-1][-1]}\n{words}".strip()
            return
        self.blocks.append(Block("table", rows=rows))
