"""What pages of foresight are asked for: a span of days, organs, and which cases; the same in filters and in blocks."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from efficiency.access.scope import scope_of
from efficiency.organs.models import Role
from efficiency.timing.due import start_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from efficiency.access.models import User

# Who watches over organs in reach, beside the organs themselves.
WATCHING = (Role.OFFICE_OFFICER, Role.INSPECTOR)


class Asked(Protocol):
    """What every question about figures says; days of the portal's zone, half open. Empty: all."""

    @property
    def since(self) -> date:
        """The first day."""

    @property
    def until(self) -> date:
        """The first day that does not belong to it."""

    @property
    def organ_ids(self) -> tuple[int, ...] | None:
        """The organs; None for all."""

    @property
    def kind(self) -> str:
        """The kind of case."""

    @property
    def category(self) -> str:
        """The category of case."""

    @property
    def channel(self) -> str:
        """The channel of case."""

    @property
    def without(self) -> tuple[int, ...]:
        """The cases that concern whoever asks: they count nowhere (docs/trust.md Z-07)."""


@dataclass(frozen=True, slots=True)
class Span:
    """A question of our own pages."""

    since: date
    until: date
    organ_ids: tuple[int, ...] | None = None
    kind: str = ""
    category: str = ""
    channel: str = ""
    without: tuple[int, ...] = ()


def begins(question: Asked) -> datetime:
    """Return the first moment of what is asked for."""
    return start_of(question.since)


def cut(question: Asked, at: datetime) -> datetime:
    """Return the first moment that no longer counts: the end of the days, or the present where that comes first."""
    return min(start_of(question.until), at)


def reach_of(user: "User | AnonymousUser") -> frozenset[int]:
    """Return the organs that somebody watches over as office or inspector."""
    return scope_of(user).organ_ids_as(*WATCHING)


def organs_of(question: Asked, reach: Collection[int]) -> list[int]:
    """Return the organs that are asked for, as far as they are in reach."""
    return sorted(reach if question.organ_ids is None else set(question.organ_ids) & set(reach))
