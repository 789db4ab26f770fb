"""What in a text tells who somebody is: their name however it was written, their contact, their personal numbers."""

import re
import unicodedata
from typing import Protocol

from complaints import names
from efficiency import checks
from efficiency.personal_numbers import find_numbers

# Names of one character and numbers of a few digits stand in any text; they prove nothing.
LEAST_NAME = 2
LEAST_DIGITS = 7
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s.·\u2010-\u2015()-]+(?=\d)")


class Contact(Protocol):
    """A person with what they are reached by."""

    @property
    def name(self) -> str:
        """The name as it was given."""

    @property
    def representatives(self) -> tuple[str, ...]:
        """Of a group: the names of those who speak for it besides."""

    @property
    def phone(self) -> str:
        """The telephone number as it was typed, or nothing."""

    @property
    def email(self) -> str:
        """The e-mail address, or nothing."""


def gives_away(person: Contact | None, *texts: str) -> bool:
    """
    Say whether the texts tell who their writer is: by name or contact, or by a personal number of anybody (P-07).

    ``person`` is None where nobody is known: then only numbers tell.
    """
    return bool(find_numbers(*texts)) or (person is not None and points_to(person, *texts))


def points_to(person: Contact, *texts: str) -> bool:
    """Say whether names, telephone or e-mail of ``person`` stand in the texts, in whatever way they were written."""
    text = "\n".join(texts)
    return (
        any(holds_name(name, text) for name in (person.name, *person.representatives))
        or _holds_digits(checks.digits_of(person.phone), text)
        or bool(person.email and person.email.casefold() in unicodedata.normalize("NFKC", text).casefold())
    )


def holds_name(name: str, text: str) -> bool:
    """Say whether a name stands in a text; width, case, spaces and dots between its characters do not matter."""
    typed = " ".join(name.split()).casefold()
    searched = names.searched(text, "").casefold()
    return any(len(each) >= LEAST_NAME and each in searched for each in (typed, names.plain(typed)))


def _holds_digits(digits: str, text: str) -> bool:
    return len(digits) >= LEAST_DIGITS and digits in _BETWEEN_DIGITS.sub("", unicodedata.normalize("NFKC", text))
