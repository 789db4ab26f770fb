"""
One question that a person answers without an image and a script, asked above the soft limit (docs/trust.md R-03).

The answer travels as a keyed hash, so the page does not give it away and nothing is stored.
"""

import hmac
import secrets
import unicodedata
from dataclasses import dataclass

from django.core import signing
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from efficiency.access.cipher import keyed_hash

MINUTES = 30
_SALT = "complaints.question"
_WORDS = (
    pgettext_lazy("number", "two"),
    pgettext_lazy("number", "three"),
    pgettext_lazy("number", "four"),
    pgettext_lazy("number", "five"),
    pgettext_lazy("number", "six"),
    pgettext_lazy("number", "seven"),
)
WRONG = gettext_lazy("The answer is not right. Please answer with a number in digits.")


@dataclass(frozen=True, slots=True)
class Question:
    """A question in words and what the form sends back with the answer."""

    text: str
    signed: str
    error: str = ""


def ask(*, error: str = "") -> Question:
    """Return a new question; ``error`` says why it is asked again."""
    one, other = secrets.choice(range(len(_WORDS))), secrets.choice(range(len(_WORDS)))
    answer, nonce = one + other + 4, secrets.token_hex(8)
    text = _("What is %(one)s plus %(other)s?") % {"one": _WORDS[one], "other": _WORDS[other]}
    held = {"nonce": nonce, "print": _print_of(nonce, str(answer))}
    return Question(text=text, signed=signing.dumps(held, salt=_SALT), error=error)


def is_answered(signed: str, answer: str) -> bool:
    """Say whether ``answer`` is the right one to a question that was asked at most thirty minutes ago."""
    try:
        held = signing.loads(signed, salt=_SALT, max_age=MINUTES * 60)
    except signing.BadSignature:
        return False
    given = unicodedata.normalize("NFKC", answer).strip()
    return hmac.compare_digest(held["print"], _print_of(held["nonce"], given))


def _print_of(nonce: str, answer: str) -> str:
    return keyed_hash("question", f"{nonce}:{answer}").hex()
