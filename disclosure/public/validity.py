"""Whether what a document says still holds (有效, 失效, 废止): a matter of the day on which it is read."""

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from disclosure.enums import VersionState
from disclosure.models import DocumentVersion


class Validity(models.TextChoices):
    """Whether a document holds."""

    VALID = "valid", pgettext_lazy("validity of a document", "in force")
    EXPIRED = "expired", pgettext_lazy("validity of a document", "expired")
    REPEALED = "repealed", pgettext_lazy("validity of a document", "repealed")


# How the tag of each looks (docs/ui.md).
LOOKS = {Validity.VALID: "ok", Validity.EXPIRED: "mute", Validity.REPEALED: "over-outline"}


def validity_of(version: DocumentVersion, on: date) -> Validity:
    """Return whether the version holds on the local day; the day until which it is valid still counts."""
    if version.repealed_on is not None and version.repealed_on <= on:
        return Validity.REPEALED
    if version.valid_until is not None and version.valid_until < on:
        return Validity.EXPIRED
    return Validity.VALID


def condition(validity: str, on: date, *, of: str = "public_version__") -> Q:
    """Return the condition on documents (or on versions, ``of=""``) that are public and hold, or hold no more."""
    repealed = Q(**{f"{of}repealed_on__lte": on})
    expired = Q(**{f"{of}valid_until__lt": on})
    still = Q(**{f"{of}repealed_on__isnull": True}) | Q(**{f"{of}repealed_on__gt": on})
    found = {
        Validity.VALID: still & (Q(**{f"{of}valid_until__isnull": True}) | Q(**{f"{of}valid_until__gte": on})),
        Validity.EXPIRED: still & expired,
        Validity.REPEALED: repealed,
    }
    return Q(**{f"{of}state": VersionState.PUBLISHED}) & found[Validity(validity)]
