"""Personal numbers in a text: pointed out before filing, blocking before publishing (docs/trust.md P-07)."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class NumberKind(Enum):
    """What a run of digits looks like."""

    IDENTITY_CARD = "identity_card"
    BANK_CARD = "bank_card"
    MOBILE_PHONE = "mobile_phone"


LABELS: dict[NumberKind, Promise] = {
    NumberKind.IDENTITY_CARD: _("identity-card number"),
    NumberKind.BANK_CARD: _("bank card number"),
    NumberKind.MOBILE_PHONE: _("mobile telephone number"),
}
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
# What may stand between the digits of one number.
_GAP = "[ .\u00b7\u2010-\u2015-]"
# A run of digits, perhaps grouped, perhaps with the X of an identity card at its end.
_RUN = re.compile(rf"(?<![0-9A-Za-z])\d(?:{_GAP}?\d){{10,18}}[Xx]?(?![0-9A-Za-z])")
# A mobile number, perhaps with the code of the country; other digits may stand beside it, behind a gap.
_MOBILE = re.compile(rf"(?<!\d)(?:(?:\+|00)?86{_GAP}?)?1{_GAP}?[3-9](?:{_GAP}?\d){{9}}(?!\d)")
_NOT_OF_NUMBER = re.compile(r"[^0-9Xx]")


@dataclass(frozen=True, slots=True)
class Finding:
    """A number that was found, as it may be shown: its middle is masked."""

    kind: NumberKind
    masked: str

    @property
    def label(self) -> Promise:
        """The kind of number in words."""
        return LABELS[self.kind]


def find_runs(text: str) -> Iterator[tuple[int, int, NumberKind]]:
    """Yield where a personal number begins and ends in a text whose digits are ASCII, and what it is, in order."""
    cards = [(match.start(), match.end(), kind) for match in _RUN.finditer(text) if (kind := kind_of(match[0]))]
    mobiles = [
        (match.start(), match.end(), NumberKind.MOBILE_PHONE)
        for match in _MOBILE.finditer(text)
        if not any(start < match.end() and match.start() < end for start, end, _kind in cards)
    ]
    yield from sorted([*cards, *mobiles], key=lambda found: found[0])


def find_numbers(*texts: str) -> list[Finding]:
    """
    Return the personal numbers in the texts, in order, each once; full-width digits are found too.

    Identity cards and bank cards are told from other digits by their check digit, mobile telephones by their shape.
    """
    found: dict[str, Finding] = {}
    for text in texts:
        folded = unicodedata.normalize("NFKC", text)
        for start, end, kind in find_runs(folded):
            digits = _NOT_OF_NUMBER.sub("", folded[start:end]).upper()
            found.setdefault(digits, Finding(kind, f"{digits[:3]}{'*' * (len(digits) - 5)}{digits[-2:]}"))
    return list(found.values())


def kind_of(run: str) -> NumberKind | None:
    """Return which card a run of digits is the number of, whatever stands between them, or None."""
    digits = _NOT_OF_NUMBER.sub("", run).upper()
    if len(digits) == 18 and _is_identity_card(digits):
        return NumberKind.IDENTITY_CARD
    if re.fullmatch(r"[3-6]\d{15,18}", digits) and _passes_luhn(digits):
        return NumberKind.BANK_CARD
    return None


def _is_identity_card(digits: str) -> bool:
    if not re.fullmatch(r"[1-8]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX]", digits):
        return False
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=False)) % 11] == digits[17]


def _passes_luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
