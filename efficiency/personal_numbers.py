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
    BANK_ACCOUNT = "bank_account"
    FIXED_LINE = "fixed_line"


LABELS: dict[NumberKind, Promise] = {
    NumberKind.IDENTITY_CARD: _("identity-card number"),
    NumberKind.BANK_CARD: _("bank card number"),
    NumberKind.MOBILE_PHONE: _("mobile telephone number"),
    NumberKind.BANK_ACCOUNT: _("number of a bank account"),
    NumberKind.FIXED_LINE: _("number of a person's fixed line"),
}
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
# What may stand between the digits of one number.
_GAP = "[ .\u00b7\u2010-\u2015-]"
# A run of digits, perhaps grouped, perhaps with the X of an identity card at its end.
_RUN = re.compile(rf"(?<![0-9A-Za-z])\d(?:{_GAP}?\d){{10,18}}[Xx]?(?![0-9A-Za-z])")
# A mobile number, perhaps with the code of the country; other digits may stand beside it, behind a gap.
_MOBILE = re.compile(rf"(?<!\d)(?:(?:\+|00)?86{_GAP}?)?1{_GAP}?[3-9](?:{_GAP}?\d){{9}}(?!\d)")
# Digits alone do not tell an account or a fixed line: a word before them does. Where the same line says that an organ
# is meant, whose accounts and lines stand in nearly every document, they are left alone; a fixed line is a person's
# where the line says so.
_ACCOUNT = re.compile(rf"(?:[账帐][号户]|卡号|存折|一卡通|开户行)[^\d\n]{{0,20}}(\d(?:{_GAP}?\d){{11,24}})(?!\d)")
_LINE = re.compile(rf"(?:电话|手机|联系|宅电)[^\d\n]{{0,12}}(0\d{{2,3}}[)）]?{_GAP}?[2-9]\d{{6,7}})(?!\d)")
_IS_LINE = re.compile(r"0\d{2,3}[2-9]\d{6,7}")
_OF_ORGAN = re.compile("对公|公司|财政|国库|专户|单位|基本户|基本存款|保证金|缴款|缴费")
_OF_PERSON = re.compile(
    "本人|个人|家庭|家属|家长|住宅|宅电|家里|我家|我的|找我|户主|业主|姓名|申请人|投诉人|举报人|当事人|患者|学生"
)
_BEFORE = 40
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
    found = list(cards)
    mobiles = ((match.start(), match.end(), NumberKind.MOBILE_PHONE) for match in _MOBILE.finditer(text))
    for begin, finish, kind in (*mobiles, *_told_by_words(text)):
        if not any(start < finish and begin < end for start, end, _kind in found):
            found.append((begin, finish, kind))
    yield from sorted(found, key=lambda each: each[0])


def _told_by_words(text: str) -> Iterator[tuple[int, int, NumberKind]]:
    """Yield accounts and fixed lines of persons, which the words before them in the same line tell."""
    for match in _LINE.finditer(text):
        if _OF_PERSON.search(said := _said_before(text, match)) and not _OF_ORGAN.search(said):
            yield *match.span(1), NumberKind.FIXED_LINE
    for match in _ACCOUNT.finditer(text):
        is_line = _IS_LINE.fullmatch(_NOT_OF_NUMBER.sub("", match[1]))
        if not is_line and not _OF_ORGAN.search(_said_before(text, match)):
            yield *match.span(1), NumberKind.BANK_ACCOUNT


def _said_before(text: str, match: re.Match[str]) -> str:
    """Return what stands before a number in its line, the word that tells it included."""
    return text[max(0, match.start() - _BEFORE) : match.start(1)].rpartition("\n")[2]


def find_numbers(*texts: str) -> list[Finding]:
    """
    Return the personal numbers in the texts, in order, each once; full-width digits are found too.

    Identity cards and bank cards are told from other digits by their check digit, mobile telephones by their shape,
    accounts that are no cards and fixed lines of persons by the words before them.
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
