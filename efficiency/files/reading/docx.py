"""
The words of a Word file, out of its XML: paragraphs with their headings and lists, tables, bold and italics.

Read event by event: no tree is built, and a document type is refused. Whatever a reader of the file could find in it is
found here too, be it in a header, a note, a box, or struck out with the change tracked: those are asides.
"""

import re
from xml.parsers import expat

from efficiency.files.decoder.answer import NotTaken
from efficiency.files.decoder.archive import Archive
from efficiency.files.reading.blocks import Block, Run

_DOCUMENT, _STYLES, _NUMBERING = "word/document.xml", "word/styles.xml", "word/numbering.xml"
_HEADING = re.compile(r"(?:heading|标题)\s*([1-9])$", re.IGNORECASE)
_MOST_LEVELS = 6
# Field codes, and what says the same once more for older programs.
_LEFT_OUT = frozenset({"instrText", "Fallback"})
_STRUCK_OUT = frozenset({"del", "moveFrom"})
_ASIDES = re.compile(r"word/(?:header|footer|footnotes|endnotes|comments)\d*\.xml$")
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
    blocks = [*reader.blocks, *reader.asides]
    for name in archive.names():
        if _ASIDES.match(name):
            beside = _Reader({}, set())
            _feed(archive.read(name), beside.begin, beside.end, beside.text)
            blocks += [Block("aside", (Run(block.text),)) for block in (*beside.blocks, *beside.asides)]
    return blocks


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


class _Paragraph:
    """One paragraph while it is read."""

    def __init__(self) -> None:
        self.runs: list[Run] = []
        self.style, self.outline, self.list, self.list_level = "", "", "", "0"
        self.is_bold = self.is_italic = False

    def add(self, text: str) -> None:
        """Add words in the present look."""
        last = self.runs[-1] if self.runs else None
        if last is not None and (last.is_bold, last.is_italic) == (self.is_bold, self.is_italic):
            self.runs[-1] = Run(last.text + text, last.is_bold, last.is_italic)
        else:
            self.runs.append(Run(text, self.is_bold, self.is_italic))


class _Reader:
    """Puts blocks together from the events of a document; paragraphs stand in boxes of others, tables in cells."""

    def __init__(self, levels: dict[str, int], bullets: set[tuple[str, str]]) -> None:
        self.blocks: list[Block] = []
        self.asides: list[Block] = []
        self._levels, self._bullets = levels, bullets
        self._left_out = self._struck_out = 0
        self._in_text = False
        self._tables: list[list[list[str]]] = []
        self._paragraphs: list[_Paragraph] = []

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        local = _local(name)
        self._left_out += local in _LEFT_OUT
        self._struck_out += local in _STRUCK_OUT
        if self._left_out:
            return
        match local:
            case "p":
                self._paragraphs.append(_Paragraph())
            case "t" | "delText":
                self._in_text = True
            case "tbl":
                self._tables.append([])
            case "tr" if self._tables:
                self._tables[-1].append([])
            case "tc" if self._tables and self._tables[-1]:
                self._tables[-1][-1].append("")
        if self._paragraphs:
            self._begin_inside(self._paragraphs[-1], local, attributes)

    def _begin_inside(self, paragraph: _Paragraph, local: str, attributes: dict[str, str]) -> None:
        match local:
            case "pStyle":
                paragraph.style = _value(attributes)
            case "outlineLvl":
                paragraph.outline = _value(attributes)
            case "ilvl":
                paragraph.list_level = _value(attributes)
            case "numId":
                paragraph.list = _value(attributes)
            case "r":
                paragraph.is_bold = paragraph.is_italic = False
            case "b":
                paragraph.is_bold = _value(attributes) not in _OFF
            case "i":
                paragraph.is_italic = _value(attributes) not in _OFF
            case "tab":
                paragraph.add(" ")
            case "br" | "cr":
                paragraph.add("\n")
            case "noBreakHyphen":
                paragraph.add("-")

    def end(self, name: str) -> None:
        """An element ends."""
        local = _local(name)
        if not self._left_out:
            if local in ("t", "delText"):
                self._in_text = False
            elif local == "p" and self._paragraphs:
                self._end_paragraph(self._paragraphs.pop())
            elif local == "tbl" and self._tables:
                self._end_table()
        self._left_out -= local in _LEFT_OUT
        self._struck_out -= local in _STRUCK_OUT

    def text(self, text: str) -> None:
        """Words between elements; only those of text elements are the document's."""
        if not self._in_text or self._left_out:
            return
        if self._struck_out:
            self.asides.append(Block("aside", (Run(text),)))
        elif self._paragraphs:
            self._paragraphs[-1].add(text)

    def _end_paragraph(self, paragraph: _Paragraph) -> None:
        words = "".join(run.text for run in paragraph.runs).strip()
        if not words:
            return
        if self._tables:
            rows = self._tables[-1]
            if rows and rows[-1]:
                rows[-1][-1] = f"{rows[-1][-1]}\n{words}".strip()
            return
        runs = tuple(paragraph.runs)
        level = self._levels.get(paragraph.style, 0)
        if paragraph.outline.isdigit() and int(paragraph.outline) < _MOST_LEVELS:
            level = int(paragraph.outline) + 1
        if level:
            self.blocks.append(Block("heading", runs, level=min(level, _MOST_LEVELS)))
        elif paragraph.list not in ("", "0"):
            depth = int(paragraph.list_level) + 1 if paragraph.list_level.isdigit() else 1
            is_numbered = (paragraph.list, paragraph.list_level) not in self._bullets
            self.blocks.append(Block("item", runs, level=min(depth, _MOST_LEVELS), is_numbered=is_numbered))
        else:
            self.blocks.append(Block("paragraph", runs))

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
