"""
XML of office files, passed through event by event, with some of it changed on the way.

Prefixes stay as they were written, because the content of attributes such as ``mc:Ignorable`` refers to them; a parser
that builds a tree renames them and breaks the file. A document type is refused, so there are no entities to expand.
"""

import re
from collections.abc import Callable
from enum import Enum
from xml.parsers import expat

from efficiency.files.decoder.answer import NotTaken

Attributes = list[tuple[str, str]]


class Change(Enum):
    """What may happen to an element instead of staying."""

    DROP = "drop"  # with all that is in it
    EMPTY = "empty"  # keeps its tag, loses its text


# Called with namespace, local name, attributes as written and a look-up of attribute namespaces.
Edit = Callable[[str, str, Attributes, Callable[[str], str]], Attributes | Change]

_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
_ESCAPED = re.compile(r'[&<>"\n\r\t]')


def escape(value: str) -> str:
    """Return ``value`` fit to stand between double quotes."""
    return _ESCAPED.sub(lambda found: _ESCAPES[found[0]], value)


def local_of(name: str) -> str:
    """Return a name as written without its prefix."""
    return name.rpartition(":")[2]


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise NotTaken("unsafe_xml")

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    return parser


def check(content: bytes) -> None:
    """
    Pass XML that is well-formed and declares no document type.

    :raises NotTaken: it is not, or does
    """
    try:
        _parser().Parse(content, True)
    except expat.ExpatError as error:
        raise NotTaken("damaged") from error


def rewrite(content: bytes, edit: Edit, texts: dict[str, list[str]] | None = None) -> bytes:
    """
    Return ``content`` in UTF-8 as ``edit`` wants it, without comments and processing instructions.

    Where ``texts`` has a list for the local name of an element, the texts of such elements are appended to it, one
    string for each element, as written.

    :raises NotTaken: it is not well-formed, or declares a document type; ``edit`` may raise it too
    """
    passing = _Passing(edit, texts or {})
    parser = _parser()
    parser.ordered_attributes = True
    parser.StartElementHandler = passing.start
    parser.EndElementHandler = passing.end
    parser.DefaultHandler = passing.text
    # Given to handlers of their own that write nothing, these do not reach the one for text.
    for unwritten in ("CommentHandler", "ProcessingInstructionHandler", "XmlDeclHandler"):
        setattr(parser, unwritten, lambda *_: None)
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise NotTaken("damaged") from error
    return b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + bytes(passing.out)


class _Passing:
    """Writes what the parser reports; keeps count of what is being left out."""

    def __init__(self, edit: Edit, texts: dict[str, list[str]]) -> None:
        self.out = bytearray()
        self._edit = edit
        self._texts = texts
        self._spaces: list[dict[str, str]] = [{"xml": "http://www.w3.org/XML/1998/namespace"}]
        self._open = False  # a start tag that waits for its ">" or "/>"
        self._depth = 0
        self._dropped_at: int | None = None
        self._emptied_at: int | None = None
        self._listening: list[list[str] | None] = []

    def space_of(self, key: str) -> str:
        """Return the namespace of an attribute as written; one without a prefix has none."""
        return self._spaces[-1].get(key.rpartition(":")[0], "") if ":" in key else ""

    def start(self, name: str, flat: list[str]) -> None:
        self._depth += 1
        spaces = self._spaces[-1]
        attributes = list(zip(flat[::2], flat[1::2], strict=True)) if flat else []
        for key, value in attributes:
            if key.startswith("xmlns") and (key == "xmlns" or key[5] == ":"):
                spaces = {**spaces, key[6:]: value}
        self._spaces.append(spaces)
        heard = self._texts.get(local_of(name)) if self._texts else None
        if heard is not None:
            heard.append("")
        self._listening.append(heard)
        if self._dropped_at is not None:
            return
        prefix, _, local = name.rpartition(":")
        changed = self._edit(spaces.get(prefix, ""), local, attributes, self.space_of)
        if changed is Change.DROP:
            self._dropped_at = self._depth
            return
        if changed is Change.EMPTY:
            self._emptied_at = self._depth
            changed = attributes
        self._close()
        written = "".join([f' {key}="{escape(value)}"' for key, value in changed]) if changed else ""
        self.out += f"<{name}{written}".encode()
        self._open = True

    def end(self, name: str) -> None:
        if self._dropped_at is None:
            self.out += b"/>" if self._open else f"</{name}>".encode()
            self._open = False
        elif self._dropped_at == self._depth:
            self._dropped_at = None
        if self._emptied_at == self._depth:
            self._emptied_at = None
        self._depth -= 1
        self._spaces.pop()
        self._listening.pop()

    def text(self, raw: str) -> None:
        if self._listening and (heard := self._listening[-1]) is not None:
            heard[-1] += raw
        if self._depth == 0 or self._dropped_at is not None or self._emptied_at is not None:
            return
        self._close()
        self.out += raw.encode()

    def _close(self) -> None:
        if self._open:
            self.out += b">"
            self._open = False
