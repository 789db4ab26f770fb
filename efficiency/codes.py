"""
Numbers that people read out, and secret codes that nobody keeps (docs/trust.md S-09, S-10, S-12, I-19).

A number is two letters that say what it is the number of, the year of filing in Asia/Shanghai, six or more digits, and
a check digit. A code has 80 bits in sixteen characters without look-alikes. It is derived from the form's one-time
token and a key that only the portal has; what is stored is a keyed hash of it.
"""

import hmac
import re
import secrets
import unicodedata
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from efficiency.access.cipher import keyed_hash
from efficiency.refusals import WrongCode

# What a number begins with: that of a case, and that of a request for information.
CASE, REQUEST = "XN", "YS"
# Digits of a sequence at least, and the years that stand in numbers.
SEQUENCE = 6
YEARS = range(2000, 2100)
CODE_LENGTH = 16
GROUP = 4
# Crockford's alphabet: no I, L, O, U.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# For so long the same form shows the same receipt with its code; afterwards the number alone (docs/trust.md S-10).
RECEIPT_AGAIN = timedelta(minutes=30)
# What an unknown number is compared with, so that it costs what a known one does (docs/trust.md S-12).
_NOTHING = secrets.token_bytes(32)
_LOOK_ALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})
_DIGITS = re.compile(r"(20\d\d)(\d{6,13})(\d)")
_SEPARATORS = re.compile(r"[\s\-‐-―−_./·]+")

# Damm's quasigroup of order ten: finds every wrong digit and every swap of neighbours.
_DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)


def new_token() -> str:
    """Return a fresh one-time token of 128 bits for a form (or for a filing that came without one)."""
    return secrets.token_hex(16)


def hash_token(token: str) -> bytes:
    """Return what is stored of a token: enough to find the case again, nothing to derive the code from."""
    return keyed_hash("filing-token", token)


def code_of(token: str) -> str:
    """Return the secret code that belongs to a token: sixteen characters, without separators."""
    number = int.from_bytes(keyed_hash("secret-code", token)[:10], "big")
    return "".join(ALPHABET[number >> shift & 31] for shift in range(75, -1, -5))


def in_fours(code: str) -> str:
    """Return a code as people read it: groups of four."""
    return " ".join(code[place : place + GROUP] for place in range(0, len(code), GROUP))


def normalise(code: str) -> str:
    """
    Return a typed code as it was given out: width, case, separators and look-alikes do not matter.

    What cannot be a code comes back all the same; it then belongs to no case.
    """
    folded = _SEPARATORS.sub("", unicodedata.normalize("NFKC", code)).upper()
    return folded.translate(_LOOK_ALIKES)


def hash_code(code: str) -> bytes:
    """Return what is stored of a code, typed in any way; 32 bytes under a key that is not in the database."""
    return keyed_hash("code-hash", normalise(code).encode("utf-8", "replace"))


def opens(code: str, stored: bytes | memoryview | None) -> bool:
    """
    Say whether a typed code is the one whose hash is stored, in constant time.

    ``stored`` is None for an unknown number: that is the same work, and the same answer (docs/trust.md S-12).
    """
    is_right = hmac.compare_digest(hash_code(code), _NOTHING if stored is None else bytes(stored))
    return is_right and stored is not None


def must_open(code: str, stored: bytes | memoryview) -> None:
    """
    Let pass whoever knows the code now: an open page may have been left to somebody else (docs/trust.md P-13).

    :raises WrongCode: it is not the one whose hash is stored
    """
    if not opens(code, stored):
        raise WrongCode(_("The code is not right. Please compare it with your receipt."), field="code")


def code_for(token: str, stored: bytes | memoryview) -> str | None:
    """Return the code that belongs to the token of a filing; None once another code has taken its place (S-11)."""
    code = code_of(token)
    return code if hmac.compare_digest(hash_code(code), bytes(stored)) else None


def number_for(sequence: int, at: datetime, *, prefix: str = CASE) -> str:
    """Return the number of the ``sequence``-th case (or request), filed at the aware moment ``at``."""
    digits = f"{timezone.localdate(at):%Y}{sequence:0{SEQUENCE}d}"
    return f"{prefix}{digits}{_check_digit(digits)}"


def numbers_ending_in(digits: str, *, prefix: str = CASE) -> list[str]:
    """
    Return the numbers of all years that people may mean who read out the end: sequence, without or with check digit.

    Zeros before it may be left out; at least one digit is given.
    """
    found = []
    for year in map(str, YEARS):
        for sequence in (digits, digits[:-1]):
            read = year + sequence.zfill(SEQUENCE)
            if sequence is digits or (sequence and _check_digit(read) == digits[-1]):
                found.append(f"{prefix}{read}{_check_digit(read)}")
    return found


def normalise_number(number: str) -> str:
    """Return a typed number as it was given out: width, case, separators and look-alikes do not matter."""
    folded = _SEPARATORS.sub("", unicodedata.normalize("NFKC", number)).upper()
    return folded[:2] + folded[2:].translate(_LOOK_ALIKES)


def check_number(number: str, *, prefix: str = CASE) -> bool:
    """Say by arithmetic alone, without looking anything up, whether a typed number can be one (docs/trust.md S-12)."""
    found = _parts(normalise_number(number), prefix)
    return found is not None and _check_digit(found[1] + found[2]) == found[3]


def year_of(number: str, *, prefix: str = CASE) -> int | None:
    """Return the year that stands in a well-formed number."""
    found = _parts(number, prefix)
    return int(found[1]) if found else None


def _parts(number: str, prefix: str) -> re.Match[str] | None:
    """Year, sequence and check digit of a number as it was given out; None for what is none of this kind."""
    return _DIGITS.fullmatch(number.removeprefix(prefix)) if number.startswith(prefix) else None


def _check_digit(digits: str) -> str:
    interim = "0"
    for digit in digits:
        interim = _DAMM[int(interim)][int(digit)]
    return interim
