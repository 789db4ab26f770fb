"""Whether the name, the declared type and the first bytes of a file agree (docs/trust.md U-02). Plain Python."""

import re
import struct

from efficiency.files.names import kind_of_name
from efficiency.files.rules import DOCX, JPEG, PDF, PNG, TXT, UNDECLARED, XLSX, FileKind

ZIP, OLE = "zip", "ole"
_SIGNATURES = (
    (b"\xff\xd8\xff", JPEG.name),
    (b"\x89PNG\r\n\x1a\n", PNG.name),
    (b"%PDF-", PDF.name),
    (b"PK\x03\x04", ZIP),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE),
)
_CONTENT_OF = {JPEG: JPEG.name, PNG: PNG.name, PDF: PDF.name, DOCX: ZIP, XLSX: ZIP, TXT: None}
# How texts begin that some program would run, or show as more than text; what is not text at all falls later.
_MARKUP = re.compile(rb"<(?:!doctype|!--|\?|/?[a-z])|#!|\{\\rtf|mime-version:|%!ps|@echo", re.IGNORECASE)
_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


class Disagreement(Exception):
    """Name, declared type and content do not agree. ``code`` is a key of ``reasons.REASONS``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def content_of(content: bytes) -> str | None:
    """Return what the first bytes show, from byte 0 on: a kind's name, ``zip``, ``ole``, or None for none of them."""
    return next((name for signature, name in _SIGNATURES if content.startswith(signature)), None)


def is_zip_at_the_end(content: bytes) -> bool:
    """Say whether a program that looks for a ZIP archive from the end, as all do, finds one in ``content``."""
    place = content.rfind(b"PK\x05\x06", max(0, len(content) - 66_000))
    if place < 0 or place + 22 > len(content):
        return False
    (comment,) = struct.unpack_from("<H", content, place + 20)
    return place + 22 + comment == len(content)


def agreed_kind(name: str, declared: str, content: bytes) -> FileKind:
    """
    Return the kind on which the cleaned ``name``, the ``declared`` type and the ``content`` agree.

    :raises Disagreement: they do not, or the content is two kinds at once, or nothing that is taken
    """
    kind = kind_of_name(name)
    if kind is None:
        raise Disagreement("not_taken")
    declared = declared.partition(";")[0].strip().lower()
    if declared not in UNDECLARED and declared not in kind.declared:
        raise Disagreement("declared")
    found = content_of(content)
    if found == OLE and kind in (DOCX, XLSX):
        raise Disagreement("old_office")
    if found != _CONTENT_OF[kind]:
        raise Disagreement("content")
    if kind in (JPEG, PNG, PDF, TXT) and is_zip_at_the_end(content):
        raise Disagreement("two_kinds")
    if kind in (JPEG, PNG) and b"%PDF-" in content[:1024]:
        raise Disagreement("two_kinds")
    if kind is TXT and _looks_like_markup(content):
        raise Disagreement("content")
    return kind


def _looks_like_markup(content: bytes) -> bool:
    head = content[:512]
    if head[:2] in _BYTE_ORDER_MARKS[1:]:
        head = head.replace(b"\x00", b"")
    for mark in _BYTE_ORDER_MARKS:
        head = head.removeprefix(mark)
    return _MARKUP.match(head.lstrip()) is not None
