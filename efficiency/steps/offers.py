"""What the page of a subject offers."""

from dataclasses import dataclass

from django.utils.functional import Promise as Lazy


@dataclass(frozen=True, slots=True)
class Offer:
    """A step, what it is called, and why it cannot be taken; ``why_not`` is empty where it can."""

    name: str
    label: str | Lazy
    why_not: str = ""
