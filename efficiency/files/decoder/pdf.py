"""
PDF: refused if it does anything by itself, else written anew from what its pages need (docs/trust.md U-02, U-03).

Three steps over what can be reached from the document's root. Look: each object is refused or passed. Trim: metadata
goes, pictures lose theirs, the root keeps the entries that show something. Write: only what is still reached is
written, so earlier revisions, unused objects and what stands after the end stay behind.
"""

import re
import sys
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.filters import ASCII85Decode, ASCIIHexDecode
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    PdfObject,
    StreamObject,
)

from efficiency.files.decoder.answer import Copy, NotTaken
from efficiency.files.decoder.embedded import jpeg_without_metadata, jpx_has_metadata
from efficiency.files.rules import MAX_INFLATED_BYTES, MAX_PICTURE_PIXELS, MIB

_HEAD = re.compile(rb"%PDF-[12]\.\d")
# Deep but honest documents (outlines, structure trees) nest further than Python's default.
_RECURSION = 6_000
_CHUNK = 16 * 1024


def _names(words: str) -> frozenset[str]:
    return frozenset(f"/{word}" for word in words.split())


# What runs, fetches, sends or opens something else. A structure element may carry any of these as a mere name.
_REFUSED_ACTIONS = {
    "/JavaScript": "script",
    "/Launch": "script",
    "/ImportData": "script",
    "/SubmitForm": "script",
    "/RichMediaExecute": "script",
    "/Rendition": "embedded",
    "/Movie": "embedded",
    "/Sound": "embedded",
    "/GoToE": "embedded",
    "/GoToR": "external",
}
_HARMLESS_ACTIONS = _names("GoTo URI Named Hide ResetForm Trans SetOCGState Thread")
_REFUSED_KEYS = {
    "/JS": "script",
    "/JavaScript": "script",
    "/XFA": "script",
    "/EF": "embedded",
    "/RichMediaContent": "embedded",
    "/Collection": "embedded",
}
_REFUSED_SUBTYPES = _names("FileAttachment Sound Movie Screen 3D RichMedia")
_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
_SCHEME = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.\-]*):")

_METADATA_KEYS = ("/Metadata", "/PieceInfo", "/LastModified", "/AF")
# Notes and marks that people add carry their author, time and a name; what they say stays.
_MARKS = _names(
    "Text FreeText Line Square Circle Polygon PolyLine Highlight Underline Squiggly StrikeOut Stamp Caret Ink Popup "
    "Redact"
)
_AUTHOR_KEYS = ("/T", "/M", "/CreationDate", "/NM")
_ROOT_KEYS = _names(
    "Type Pages PageLabels PageLayout PageMode ViewerPreferences Lang Outlines Dests Names OCProperties OutputIntents "
    "MarkInfo StructTreeRoot AcroForm OpenAction"
)


def copy_of(content: bytes, kind: str) -> Copy:
    """
    Return the document with its pages, links, outline and forms, without information, XMP, authors and signatures.

    :raises NotTaken: it is encrypted, or holds a script, an action that leaves the document, or another file
    :raises pypdf.errors.PyPdfError: it is damaged; the library raises more than this
    """
    if not _HEAD.match(content):
        raise NotTaken("content")
    sys.setrecursionlimit(_RECURSION)
    reader = PdfReader(BytesIO(content), strict=False)
    if reader.is_encrypted:
        raise NotTaken("encrypted")
    root = reader.trailer["/Root"].get_object()
    if not isinstance(root, DictionaryObject):
        raise NotTaken("damaged")
    check = _Check()
    for found in _reached_from(reader.trailer.raw_get("/Root")):
        check.look_at(found)
    _trim_root(root)
    office_only = False
    for found in _reached_from(reader.trailer.raw_get("/Root")):
        office_only |= _trim(found)
    writer = PdfWriter()
    writer.clone_reader_document_root(reader)
    if not writer.pages:
        raise NotTaken("damaged")
    writer.pdf_header = "%PDF-1.7"
    out = BytesIO()
    writer.write(out)
    return Copy(out.getvalue(), office_only)


def _reached_from(start: PdfObject) -> Iterator[DictionaryObject]:
    """Yield each dictionary and stream that can be reached from ``start``, once."""
    waiting: list[Any] = [start]
    seen: set[tuple[int, int]] = set()
    while waiting:
        item = waiting.pop()
        if isinstance(item, IndirectObject):
            key = (item.idnum, item.generation)
            if key in seen:
                continue
            seen.add(key)
            item = item.get_object()
        if isinstance(item, DictionaryObject):
            yield item
            waiting.extend(dict.values(item))
        elif isinstance(item, ArrayObject):
            waiting.extend(list.__iter__(item))


def _value(holder: DictionaryObject, key: str) -> Any:
    """Return what ``key`` leads to, references resolved, or None."""
    raw = dict.get(holder, key)
    return raw.get_object() if isinstance(raw, PdfObject) else None


def _name(holder: DictionaryObject, key: str) -> str:
    value = _value(holder, key)
    return str(value) if isinstance(value, NameObject) else ""


class _Check:
    """Looks at one object after the other; adds up what their streams unpack to."""

    def __init__(self) -> None:
        self.inflated = 0

    def look_at(self, item: DictionaryObject) -> None:
        """
        Pass ``item`` or refuse the file for it.

        :raises NotTaken: it runs, fetches or holds something, or unpacks to too much
        """
        for key, code in _REFUSED_KEYS.items():
            if key in item:
                raise NotTaken(code)
        if _name(item, "/Subtype") in _REFUSED_SUBTYPES or _name(item, "/Type") == "/EmbeddedFile":
            raise NotTaken("embedded")
        if _name(item, "/Type") != "/StructElem" and (refused := _REFUSED_ACTIONS.get(_name(item, "/S"))):
            raise NotTaken(refused)
        for key in ("/A", "/PA", "/OpenAction", "/Next"):
            self._look_at_action(_value(item, key))
        if isinstance(further := _value(item, "/AA"), DictionaryObject):
            for key in further:
                self._look_at_action(_value(further, key))
        if isinstance(item, StreamObject):
            self._look_at_stream(item)

    def _look_at_action(self, action: Any) -> None:
        if isinstance(action, ArrayObject):
            for one in action:
                self._look_at_action(one.get_object() if isinstance(one, PdfObject) else one)
            return
        if not isinstance(action, DictionaryObject) or "/S" not in action:
            return
        if (name := _name(action, "/S")) not in _HARMLESS_ACTIONS:
            raise NotTaken(_REFUSED_ACTIONS.get(name, "script"))
        if _name(action, "/S") == "/URI":
            scheme = _SCHEME.match(str(_value(action, "/URI") or ""))
            if scheme and scheme[1].lower() not in _SCHEMES:
                raise NotTaken("external")

    def _look_at_stream(self, stream: StreamObject) -> None:
        if "/F" in stream:  # its data lie in another file
            raise NotTaken("external")
        width, height = _value(stream, "/Width"), _value(stream, "/Height")
        if isinstance(width, int) and isinstance(height, int) and width * height > MAX_PICTURE_PIXELS:
            raise NotTaken("too_many_pixels")
        filters = _filters(stream)
        if filters[:1] == ["/FlateDecode"] or filters[:1] == ["/Fl"]:
            self._inflate(stream._data, times=sum(name in ("/FlateDecode", "/Fl") for name in filters))

    def _inflate(self, packed: bytes, *, times: int) -> None:
        """Count what ``packed`` unpacks to without keeping it."""
        if times > 1:  # packed twice: what bombs do and no program does
            raise NotTaken("unpacks_too_large")
        unpacker = zlib.decompressobj()
        try:
            for start in range(0, len(packed), _CHUNK):
                piece = packed[start : start + _CHUNK]
                while piece:
                    self.inflated += len(unpacker.decompress(piece, MIB))
                    if self.inflated > MAX_INFLATED_BYTES:
                        raise NotTaken("unpacks_too_large")
                    piece = unpacker.unconsumed_tail
        except zlib.error:
            return  # viewers show what came before the fault; so do we


def _filters(stream: StreamObject) -> list[str]:
    value = _value(stream, "/Filter")
    if isinstance(value, NameObject):
        return [str(value)]
    if isinstance(value, ArrayObject):
        return [str(one.get_object()) for one in value]
    return []


def _trim_root(root: DictionaryObject) -> None:
    """Keep the entries of the root that show something; of the named things only the places that links lead to."""
    for key in [key for key in root if key not in _ROOT_KEYS]:
        del root[key]
    names = _value(root, "/Names")
    if isinstance(names, DictionaryObject):
        for key in [key for key in names if key != "/Dests"]:
            del names[key]


def _trim(item: DictionaryObject) -> bool:
    """Take the metadata out of one object; return whether something remains that could not be taken out."""
    for key in _METADATA_KEYS:
        if key in item:
            del item[key]
    if _name(item, "/Subtype") in _MARKS:
        for key in _AUTHOR_KEYS:
            if key in item:
                del item[key]
    if "/ByteRange" in item:  # a signature over other bytes than these proves nothing and names its maker
        item.clear()
    if not isinstance(item, StreamObject):
        return False
    filters = _filters(item)
    last = filters[-1] if filters else ""
    if last not in ("/DCTDecode", "/DCT", "/JPXDecode"):
        return False
    try:
        picture = _unwrapped(item._data, filters[:-1])
        if last == "/JPXDecode":
            return jpx_has_metadata(picture)
        item._data = jpeg_without_metadata(picture)
    except (NotTaken, PyPdfError, ValueError, zlib.error):
        return True  # viewers may still show it; what it holds nobody can say
    if len(filters) > 1:
        item[NameObject("/Filter")] = NameObject("/DCTDecode")
        if "/DecodeParms" in item:
            del item["/DecodeParms"]
    return False


def _unwrapped(data: bytes, filters: list[str]) -> bytes:
    """
    Return a picture's own data out of the packings around them.

    :raises ValueError: there is one that pictures do not come in
    """
    for name in filters:
        if name in ("/FlateDecode", "/Fl"):
            data = zlib.decompress(data)
        elif name in ("/ASCII85Decode", "/A85"):
            data = ASCII85Decode.decode(data)
        elif name in ("/ASCIIHexDecode", "/AHx"):
            data = bytes(ASCIIHexDecode.decode(data))
        else:
            raise ValueError(name)
    return data
