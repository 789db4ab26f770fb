"""What every typed text must be before it is stored; each refusal names its field and the cure."""

import re
import unicodedata
from collections.abc import Sequence
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _

from efficiency.refusals import Invalid

Text = str | Lazy
C = TypeVar("C", bound=models.Choices)

LONG_TEXT = 20_000
_PHONE = re.compile(r"\+?[\d\s\-()/.#*,;转分机]{3,40}")


def storable(field: str, value: str) -> str:
    """
    Return ``value`` as it was typed.

    :raises Invalid: it holds a NUL or half of a surrogate pair, which no text has (docs/trust.md O-06)
    """
    if "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value):
        raise Invalid(field, _("The text contains a character that is no text. Please remove it and send again."))
    return value


def text(field: str, value: str, missing: Text, *, at_most: int = LONG_TEXT) -> str:
    """
    Return a required text without white space around it.

    :raises Invalid: it is empty (then with the words of ``missing``), too long, or not storable
    """
    cleaned = storable(field, value).strip()
    if not cleaned:
        raise Invalid(field, missing)
    return optional_text(field, cleaned, at_most=at_most)


def optional_text(field: str, value: str, *, at_most: int = LONG_TEXT) -> str:
    """
    Return a text that may be empty, without white space around it.

    :raises Invalid: it is too long, or not storable
    """
    cleaned = storable(field, value).strip()
    if len(cleaned) > at_most:
        raise Invalid(field, _("Please use at most %(count)d characters.") % {"count": at_most})
    return cleaned


def as_typed(field: str, value: str, *, at_least: int = 0, at_most: int, message: Text) -> str:
    """
    Return ``value`` exactly as it was typed (docs/trust.md I-01); white space around it does not count as content.

    :raises Invalid: it is too short or too long (with the words of ``message``), or not storable
    """
    storable(field, value)
    if len(value.strip()) < at_least or len(value) > at_most:
        raise Invalid(field, message)
    return value


def choice(field: str, value: object, choices: type[C], message: Text) -> C:
    """
    Return ``value`` as a member of ``choices``.

    :raises Invalid: it is none of them
    """
    try:
        return choices(value)
    except ValueError as error:
        raise Invalid(field, message) from error


def phone(field: str, value: str) -> str:
    """
    Return a telephone number as it was typed, or nothing.

    :raises Invalid: it has too few digits, or letters
    """
    cleaned = storable(field, value).strip()
    folded = unicodedata.normalize("NFKC", cleaned)
    if cleaned and not (_PHONE.fullmatch(folded) and 5 <= sum(char.isdigit() for char in folded) <= 20):
        raise Invalid(field, _("Please check the telephone number; it should have 5 to 20 digits."))
    return cleaned


def email(field: str, value: str) -> str:
    """
    Return an e-mail address as it was typed, or nothing.

    :raises Invalid: it is no address
    """
    cleaned = storable(field, value).strip()
    if not cleaned:
        return ""
    try:
        validate_email(cleaned)
    except ValidationError as error:
        raise Invalid(field, _("Please check the e-mail address; it should look like name@example.cn.")) from error
    if len(cleaned) > 120:
        raise Invalid(field, _("Please use at most %(count)d characters.") % {"count": 120})
    return cleaned


def digits_of(number: str) -> str:
    """Return a telephone number as it is compared: digits alone, without the country's code."""
    digits = "".join(char for char in unicodedata.normalize("NFKC", number) if char.isdigit())
    return digits.removeprefix("0086").removeprefix("86") if len(digits) > 11 else digits


def all_given(values: Sequence[tuple[str, str, Text]]) -> list[str]:
    """
    Return several required texts, checked in order as ``(field, value, words if missing)``.

    :raises Invalid: for the first that does not do
    """
    return [text(field, value, missing) for field, value, missing in values]
