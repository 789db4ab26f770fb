"""Plain text: read in the encodings that people here use, written anew in UTF-8."""

import unicodedata

from efficiency.files.decoder.answer import Copy, NotTaken

_BLANKS = frozenset("\t\n\r\f")


def copy_of(content: bytes, kind: str) -> Copy:
    """
    Return the text as UTF-8.

    Windows' editor marks UTF-16; without a mark it is UTF-8 or, from older programs, GB18030 (which includes GBK).

    :raises NotTaken: it is none of these, or has characters that no text has
    """
    is_wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if is_wide else ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        break
    else:
        raise NotTaken("not_text")
    if any(character not in _BLANKS and _is_no_text(character) for character in set(text)):
        raise NotTaken("not_text")
    return Copy(text.encode())


def _is_no_text(character: str) -> bool:
    category = unicodedata.category(character)
    # Unassigned is no text, except where characters are still being added: Han and pictographs.
    return category in ("Cc", "Cs") or (category == "Cn" and ord(character) < 0x1F000)
