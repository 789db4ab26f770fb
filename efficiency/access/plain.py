"""
Names of persons as they are compared, however they were typed (docs/trust.md Z-07, Z-10).

Python and PostgreSQL say the same to the letter: neither asks for a locale, so an index can be built on it.
"""

import re
import unicodedata

from django.db.models import CharField, Func

# What may stand between the parts of a name, and what nobody sees there.
_LEFT_OUT = " .·•・‧-'\t\r\n\u00ad\u200b\u200c\u200d\u2060\ufeff"
_CAPITALS, _SMALL = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
_COMPARED = str.maketrans(_CAPITALS, _SMALL, _LEFT_OUT)
_BETWEEN_HAN = re.compile(r"(?<=[㐀-鿿])\s+(?=[㐀-鿿])")
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))

# The same in SQL, of a column or an expression.
PLAIN_SQL = "translate(normalize({}, NFKC), '{}', '{}')".format("{}", _CAPITALS + _LEFT_OUT.replace("'", "''"), _SMALL)


class PlainName(Func):
    """A name as it is compared, in PostgreSQL."""

    template = PLAIN_SQL.format("%(expressions)s")
    output_field = CharField()


def plain_name(name: str) -> str:
    """Return a name as it is compared: one width, no separators, small letters."""
    return unicodedata.normalize("NFKC", name).translate(_COMPARED)


def tidy_name(name: str) -> str:
    """Return a name as it is kept: one width, single blanks, and none between Chinese characters."""
    words = " ".join(unicodedata.normalize("NFKC", name).translate(_UNSEEN).split())
    return _BETWEEN_HAN.sub("", words)


def tidy_phone(phone: str) -> str:
    """Return a telephone number as it is kept: one width, single blanks."""
    return " ".join(unicodedata.normalize("NFKC", phone).translate(_UNSEEN).split())
