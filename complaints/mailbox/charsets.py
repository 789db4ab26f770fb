"""
Bytes into text, whatever they say they are. Plain Python.

Letters from Chinese programs often name GB2312 and hold GBK or GB18030, name nothing, or name what no program knows.
GB18030 holds the other two whole, so it stands for all of them.
"""

import binascii
import re
import unicodedata
from email.errors import HeaderParseError
from email.header import decode_header

_GB = "gb18030"
# Only these: Python knows "charsets" that are programs rather than tables, and some of them never end.
_KNOWN = {
    **dict.fromkeys(
        ("gb2312", "gb_2312-80", "gb2312-80", "gbk", "x-gbk", "cp936", "ms936", "windows-936", "gb18030", "gb-18030"),
        _GB,
    ),
    **dict.fromkeys(("utf-8", "utf8", "us-ascii", "ascii", "unicode-1-1-utf-8"), "utf-8"),
    **dict.fromkeys(("big5", "big5-hkscs", "cp950", "x-x-big5"), "big5hkscs"),
    **dict.fromkeys(("iso-8859-1", "latin1", "latin-1", "windows-1252", "cp1252"), "cp1252"),
    **{name: name for name in ("utf-7", "utf-16", "utf-16le", "utf-16be", "utf-32", "iso-2022-jp", "shift_jis")},
    **{name: name for name in ("euc-jp", "euc-kr", "ks_c_5601-1987", "koi8-r", "windows-1251", "iso-8859-15")},
    "hz-gb-2312": "hz",
    "hz": "hz",
}
# Western tables give a letter to every byte, so they never fail: they are believed only after these.
_GUESSES = ("utf-8", _GB)
_WESTERN = frozenset({"cp1252", "iso-8859-15"})
_KEPT_CONTROLS = frozenset("\n\t")
# Turn the direction of what follows, or are no character at all.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def decoded(content: bytes, declared: str | None) -> str:
    """Return the text of ``content``: as ``declared``, else as it can be read; what cannot be read is marked."""
    named = _KNOWN.get((declared or "").strip().strip("\"'").lower())
    ways = [*([named] if named and named not in _WESTERN else []), *_GUESSES, *([named] if named else [])]
    for way in ways:
        try:
            return content.decode(way)
        except (UnicodeDecodeError, LookupError):
            continue
    return content.decode(named if named and named not in _WESTERN else _most_readable(content), errors="replace")


def _most_readable(content: bytes) -> str:
    """Return the guess that leaves less of it unreadable, for text that was cut or damaged."""
    return min(_GUESSES, key=lambda way: content.decode(way, errors="replace").count("\ufffd"))


def header(value: str, at_most: int) -> str:
    """
    Return a header in words, on one line: encoded words of any charset, and bytes that stand there unencoded.

    ``value`` holds such bytes as half surrogates, as the parser of the standard library hands them over.
    """
    value = value[: 4 * at_most]
    try:
        chunks = decode_header(value) if "=?" in value else [(value, None)]
    except (HeaderParseError, binascii.Error, ValueError):
        chunks = [(value, None)]
    words = "".join(_chunk(chunk, charset) for chunk, charset in _joined(chunks))
    return re.sub(r"\s+", " ", storable(words)).strip()[:at_most]


def _joined(chunks: list) -> list:
    """Put neighbours of one charset together: some programs cut a character in two."""
    joined: list = []
    for chunk, charset in chunks:
        if isinstance(chunk, bytes) and joined and charset and joined[-1][1] == charset:
            joined[-1] = (joined[-1][0] + chunk, charset)
        else:
            joined.append((chunk, charset))
    return joined


def _chunk(chunk: bytes | str, charset: str | None) -> str:
    if isinstance(chunk, bytes) and charset is not None:
        return decoded(chunk, charset)
    # What stands between encoded words comes back escaped.
    words = chunk.decode("raw_unicode_escape", "replace") if isinstance(chunk, bytes) else chunk
    try:
        return decoded(words.encode("utf-8", "surrogateescape"), None)
    except UnicodeEncodeError:
        return words


def storable(text: str) -> str:
    """Return ``text`` without NUL and other controls, bidi controls and halves of characters (docs/trust.md O-06)."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        character
        for character in text
        if character in _KEPT_CONTROLS or not (unicodedata.category(character) in ("Cc", "Cs") or character in _TURNING)
    )
