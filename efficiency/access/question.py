"""
One question that a person answers at once: text only, without image or script (docs/trust.md R-03).

It stops a thoughtless program, no more; above ten times the limit nothing is asked. It belongs to one form, by the
form's one-time token, so an answer is good for one filing. Nothing is stored, and what the form carries does not tell
the answer.
"""

import re
import secrets
import unicodedata
from dataclasses import dataclass

from django.core import signing
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from efficiency.access.cipher import keyed_hash

GOOD_FOR_SECONDS = 24 * 60 * 60  # as long as the form itself
_SALT = "efficiency.question"
_NUMBERS = (
    pgettext_lazy("number in a question", "one"),
    pgettext_lazy("number in a question", "two"),
    pgettext_lazy("number in a question", "three"),
    pgettext_lazy("number in a question", "four"),
    pgettext_lazy("number in a question", "five"),
    pgettext_lazy("number in a question", "six"),
    pgettext_lazy("number in a question", "seven"),
    pgettext_lazy("number in a question", "eight"),
    pgettext_lazy("number in a question", "nine"),
)
_HAN = "〇一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Question:
    """What the form shows (``text``) and carries in a hidden field (``signed``)."""

    text: str
    signed: str


def ask(token: str) -> Question:
    """Return a question for the form with ``token``."""
    nonce = secrets.token_hex(8)
    first, second = _numbers(nonce, token)
    text = _("How much is %(first)s plus %(second)s? Please write the number.") % {
        "first": _NUMBERS[first - 1],
        "second": _NUMBERS[second - 1],
    }
    return Question(text, signing.dumps(nonce, salt=_SALT))


def is_answered(signed: str, answer: str, token: str) -> bool:
    """Say whether ``answer`` is right for the question ``signed`` of the form with ``token``."""
    try:
        nonce = signing.loads(signed, salt=_SALT, max_age=GOOD_FOR_SECONDS)
    except signing.BadSignature:
        return False
    return _value(answer) == sum(_numbers(nonce, token))


def _numbers(nonce: str, token: str) -> tuple[int, int]:
    print_ = keyed_hash("question", f"{nonce}:{token}")
    return print_[0] % 9 + 1, print_[1] % 9 + 1


def _value(answer: str) -> int | None:
    """Return the number that a person wrote: digits of any width, or Chinese numerals."""
    text = unicodedata.normalize("NFKC", answer).strip().rstrip(".。")
    if re.fullmatch(r"[0-9]{1,3}", text):
        return int(text)
    if found := re.fullmatch(rf"(十)?([{_HAN}])?", text):
        ten, unit = found.groups()
        if ten or unit:
            return (10 if ten else 0) + (_HAN.index(unit) if unit else 0)
    return None
