"""
The files in a winmail.dat (TNEF, [MS-OXTNEF]): what Outlook puts there when it writes to strangers. Plain Python.

Only files with their names are taken out, each from its own attributes; the formatted text beside them says again what
the letter says in plain text.
"""

import struct
from dataclasses import dataclass

from complaints.mailbox.charsets import decoded

SIGNATURE = 0x223E9F78
_RENDERING, _TITLE, _DATA, _PROPERTIES, _CODE_PAGE = 0x9002, 0x8010, 0x800F, 0x9005, 0x9007
_LONG_NAME = 0x3707
_TEXT_TYPES = {0x1E: "", 0x1F: "utf-16le"}
_SIZE_OF_TYPE = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_COUNTED_TYPES = frozenset({0x1E, 0x1F, 0x0D, 0x102})
_GB_PAGES = frozenset({936, 54936})


class NotTnef(Exception):
    """It is no TNEF, or a damaged one."""


class TooMany(Exception):
    """It holds more files than are taken out."""


@dataclass(slots=True)
class Packed:
    """One file in it."""

    name: str = ""
    content: bytes | None = None


def files_of(content: bytes, at_most: int) -> list[Packed]:
    """
    Return the files in a winmail.dat, in its order.

    :raises TooMany: there are more than ``at_most``
    :raises NotTnef: the content is none, is cut, or its check sums are wrong
    """
    try:
        return [file for file in _files(content, at_most) if file.content is not None]
    except (struct.error, IndexError) as error:
        raise NotTnef from error


def _files(content: bytes, at_most: int) -> list[Packed]:
    if len(content) < 6 or struct.unpack_from("<I", content)[0] != SIGNATURE:
        raise NotTnef
    place, files, charset = 6, list[Packed](), "gb18030"
    while place < len(content):
        _level, number, _type, length = struct.unpack_from("<BHHI", content, place)
        data = content[place + 9 : place + 9 + length]
        (check_sum,) = struct.unpack_from("<H", content, place + 9 + length)
        if len(data) != length or sum(data) & 0xFFFF != check_sum:
            raise NotTnef
        place += 11 + length
        if number == _CODE_PAGE:
            page = struct.unpack_from("<I", data)[0]
            charset = "gb18030" if page in _GB_PAGES else "utf-8"
        elif number == _RENDERING:
            files.append(Packed())
            if len(files) > at_most:
                raise TooMany
        elif files and number == _TITLE:
            files[-1].name = files[-1].name or decoded(data.rstrip(b"\0"), charset)
        elif files and number == _DATA:
            files[-1].content = data
        elif files and number == _PROPERTIES:
            files[-1].name = _long_name(data, charset) or files[-1].name
    return files


def _long_name(data: bytes, charset: str) -> str:
    """Return the full name among the properties of a file; nothing where a property cannot be passed over."""
    (count,) = struct.unpack_from("<I", data)
    place = 4
    for _number in range(count):
        kind, identity = struct.unpack_from("<HH", data, place)
        place += 4
        if identity >= 0x8000 or kind & 0x1000:
            return ""  # named and many-valued ones come after what is looked for
        if kind in _COUNTED_TYPES:
            (values,) = struct.unpack_from("<I", data, place)
            (length,) = struct.unpack_from("<I", data, place + 4)
            value = data[place + 8 : place + 8 + length]
            if values != 1 or len(value) != length:
                return ""
            if identity == _LONG_NAME and kind in _TEXT_TYPES:
                return decoded(value, _TEXT_TYPES[kind] or charset).rstrip("\0")
            place += 8 + length + (-length) % 4
        elif kind in _SIZE_OF_TYPE:
            place += _SIZE_OF_TYPE[kind]
        else:
            return ""
    return ""
