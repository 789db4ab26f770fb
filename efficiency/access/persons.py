"""
Which accounts belong to one natural person (docs/trust.md Z-10, Z-11).

Two eyes more are two persons, not two accounts: wherever a second person has to confirm, this is the question.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import CharField, F, Func, OuterRef, Q, QuerySet
from django.db.models.functions import Lower, Trim

from efficiency.access.models import User
from efficiency.access.plain import PlainName, plain_name
from efficiency.remembering import asked_once


def is_same_person(one: AbstractBaseUser, other: AbstractBaseUser) -> bool:
    """
    Say whether two accounts belong to one natural person.

    One account is one person; two accounts with the same full name and the same telephone or e-mail are one as well,
    in whatever way all of these were typed.
    """
    if one.pk == other.pk:
        return True
    if not isinstance(one, User) or not isinstance(other, User):
        return False
    if plain_name(one.full_name) != plain_name(other.full_name):
        return False
    phone, email = _digits(one.phone), one.email.strip().lower()
    return bool(phone and phone == _digits(other.phone)) or bool(email and email == other.email.strip().lower())


def accounts_with(ids: Collection[int]) -> list[User]:
    """
    Return the accounts with these keys, in order; the same ones as long as a page is put together.

    What is known of each, above all what it may reach, is then read once (``efficiency.remembering``).
    """
    return asked_once(_accounts(ids), lambda: list(User.objects.filter(pk__in=ids).order_by("pk")))


def is_asking(user: User) -> None:
    """Let the account that a page is put together for stand for itself in ``accounts_with``."""
    asked_once(_accounts([user.pk]), lambda: [user])


def _accounts(ids: Iterable[int]) -> tuple[str, frozenset[int]]:
    return "accounts", frozenset(ids)


def accounts_of(person: User) -> list[int]:
    """Return the ids of all accounts of the natural person whose account is given, that one included."""
    namesakes = User.objects.annotate(plain=PlainName("full_name")).filter(plain=plain_name(person.full_name))
    namesakes = namesakes.exclude(pk=person.pk).order_by("pk")
    return [person.pk, *(other.pk for other in namesakes if is_same_person(person, other))]


def accounts_of_each(people: Iterable[User]) -> list[tuple[int, int]]:
    """Return the pairs (id of a given account, id of an account of the same natural person), in one question."""
    people = list(people)
    namesakes: dict[str, list[User]] = defaultdict(list)
    wanted = {plain_name(person.full_name) for person in people}
    for other in User.objects.annotate(plain=PlainName("full_name")).filter(plain__in=wanted).order_by("pk"):
        namesakes[plain_name(other.full_name)].append(other)
    return [
        (person.pk, other.pk)
        for person in people
        for other in namesakes[plain_name(person.full_name)]
        if is_same_person(person, other)
    ]


def also_of(account: str) -> QuerySet[User]:
    """
    Return, for a condition of rows, the accounts of the natural person to whose account the field ``account`` leads.

    It says in SQL what ``is_same_person`` says of two: where people are compared row by row.
    """
    phone, email = _SqlDigits(F("phone")), Lower(Trim(F("email")))
    same_phone = Q(digits=_SqlDigits(OuterRef(f"{account}__phone"))) & ~Q(digits="")
    same_email = Q(address=Lower(Trim(OuterRef(f"{account}__email")))) & ~Q(address="")
    named = Q(plain=PlainName(OuterRef(f"{account}__full_name"))) & (same_phone | same_email)
    return User.objects.annotate(plain=PlainName("full_name"), digits=phone, address=email).filter(
        Q(pk=OuterRef(account)) | named
    )


class _SqlDigits(Func):
    """The digits of a telephone as ``_digits`` returns them."""

    template = (
        "regexp_replace(regexp_replace(normalize(%(expressions)s, NFKC), '[^0-9]', '', 'g'),"
        " '^(?=.{12,})(0086)?(86)?', '')"
    )
    output_field = CharField()


def _digits(phone: str) -> str:
    digits = "".join(char for char in unicodedata.normalize("NFKC", phone) if char.isdigit())
    return digits.removeprefix("0086").removeprefix("86") if len(digits) > 11 else digits
