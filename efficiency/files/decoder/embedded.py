"""
Pictures inside documents: freed of metadata without decoding them, by leaving out the parts that hold it.

A camera writes place, time and owner into a JPEG; a program that puts the photo into a PDF or DOCX copies all of it.
"""

import struct

from efficiency.files.decoder.answer import NotTaken

_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD8)})
_APPLICATION = range(0xE0, 0xF0)
_COMMENT = 0xFE
_PNG_MARK = b"\x89PNG\r\n\x1a\n"
# Chunks that make up the picture and its colours; all others (text, time, EXIF, private ones) are left out.
_PNG_KEPT = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"sBIT", b"sRGB", b"bKGD", b"hIST", b"pHYs"}
)
_JPX_METADATA = frozenset({b"uuid", b"xml ", b"uinf"})


def jpeg_without_metadata(content: bytes) -> bytes:
    """
    Return a JPEG stream with its picture data as they are and without comments, EXIF, XMP and what follows its end.

    :raises NotTaken: it is no whole JPEG
    """
    if content[:2] != b"\xff\xd8":
        raise NotTaken("damaged")
    out = bytearray(b"\xff\xd8")
    place = 2
    while True:
        marker, place = _next_marker(content, place)
        if marker == _END:
            return bytes(out + b"\xff\xd9")
        if marker in _WITHOUT_LENGTH:
            out += bytes((0xFF, marker))
            continue
        if marker == _START or place + 2 > len(content):
            raise NotTaken("damaged")
        (length,) = struct.unpack_from(">H", content, place)
        if length < 2 or place + length > len(content):
            raise NotTaken("damaged")
        payload = content[place + 2 : place + length]
        if not _holds_metadata(marker, payload):
            out += bytes((0xFF, marker)) + content[place : place + length]
        place += length
        if marker == _SCAN:
            end = _end_of_scan(content, place)
            out += content[place:end]
            place = end


def _next_marker(content: bytes, place: int) -> tuple[int, int]:
    """Return the marker at ``place`` and the place after it; fill bytes before it are passed over."""
    if place >= len(content) or content[place] != 0xFF:
        raise NotTaken("damaged")
    while place < len(content) and content[place] == 0xFF:
        place += 1
    if place >= len(content):
        raise NotTaken("damaged")
    return content[place], place + 1


def _end_of_scan(content: bytes, place: int) -> int:
    """Return where the entropy-coded data that begins at ``place`` ends: at the next true marker."""
    while True:
        place = content.find(b"\xff", place)
        if place < 0 or place + 1 >= len(content):
            raise NotTaken("damaged")
        following = content[place + 1]
        if following == 0x00 or following in _WITHOUT_LENGTH:
            place += 2
        elif following == 0xFF:
            place += 1
        else:
            return place


def _holds_metadata(marker: int, payload: bytes) -> bool:
    if marker == _COMMENT:
        return True
    if marker not in _APPLICATION:
        return False
    # JFIF (the plain one, which can hold a thumbnail only in its tail), Adobe's colour transform.
    is_needed = (marker == 0xE0 and payload.startswith(b"JFIF\x00") and len(payload) <= 14) or (
        marker == 0xEE and payload.startswith(b"Adobe")
    )
    return not is_needed


def png_without_metadata(content: bytes) -> bytes:
    """
    Return a PNG with the chunks of its picture alone, and nothing after its end.

    :raises NotTaken: it is no whole PNG
    """
    if not content.startswith(_PNG_MARK):
        raise NotTaken("damaged")
    out = bytearray(_PNG_MARK)
    place = len(_PNG_MARK)
    while place + 12 <= len(content):
        length, name = struct.unpack_from(">I4s", content, place)
        end = place + 12 + length
        if end > len(content):
            break
        if name in _PNG_KEPT:
            out += content[place:end]
        if name == b"IEND":
            return bytes(out)
        place = end
    raise NotTaken("damaged")


def jpx_has_metadata(content: bytes) -> bool:
    """Say whether a JPEG 2000 stream holds boxes of metadata, or cannot be told not to."""
    if content.startswith(b"\xff\x4f\xff\x51"):  # the bare code stream has no boxes
        return False
    place = 0
    while place + 8 <= len(content):
        length, name = struct.unpack_from(">I4s", content, place)
        if name in _JPX_METADATA:
            return True
        if length == 0:
            return False
        if length < 8:
            return True
        place += length
    return place != len(content)
