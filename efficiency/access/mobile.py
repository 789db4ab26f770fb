"""
The mobile number of a member of staff, for short messages: typed by the person, kept sealed (docs/trust.md P-01).
"""

import re
import unicodedata

from efficiency.access import cipher
from efficiency.access.models import User

_MOBILE = re.compile(r"1[3-9]\d{9}")
_BETWEEN = re.compile(r"[\s\-–—()]")
CHINA = "+86"


class NoMobile(ValueError):
    """The text is no mobile number."""


def normalised(text: str) -> str:
    """
    Return the eleven digits of a mobile number, in whatever way they were typed; empty for an empty text.

    :raises NoMobile: it is none
    """
    digits = _BETWEEN.sub("", unicodedata.normalize("NFKC", text))
    digits = digits.removeprefix(CHINA).removeprefix("0086")
    if digits and not (digits.isascii() and _MOBILE.fullmatch(digits)):
        raise NoMobile
    return digits


def keep(user: User, number: str) -> None:
    """Keep a number sealed for this account; an empty one forgets the number that was there."""
    user.mobile = cipher.encrypt(number, row=row_of(user.pk), field="mobile")
    user.save(update_fields=["mobile"])


def number_of(user: User) -> str:
    """
    Return the number of the person; empty where there is none.

    :raises CannotOpen: the sealed number is damaged, or its key is gone
    """
    return cipher.decrypt(user.mobile, row=row_of(user.pk), field="mobile")


def row_of(pk: int) -> str:
    """Return the name under which the number of an account is sealed."""
    return f"efficiency.user:{pk}"
