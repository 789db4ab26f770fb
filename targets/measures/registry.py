"""
Which figures the portal reckons of organs and posts, by name (docs/domain.md 8.1, 12).

A measure says what it counts of a period as it was known at a moment. Nothing is counted but what carries a moment of
its own, so that the same question asked later, whatever has happened meanwhile, has the same answer. Rates are in per
cent and never rounded here; what has no base has no value.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.utils.functional import Promise as Lazy

from efficiency.timing.due import local_day, start_of

if TYPE_CHECKING:
    from targets.measures.counting import Count

# What moments differ by at least: what happened at the very moment as of which is asked was known at it.
TICK = timedelta(microseconds=1)
HUNDRED = Decimal(100)


class Direction(StrEnum):
    """Which way a figure is better."""

    HIGHER = "higher"
    LOWER = "lower"


class Part(StrEnum):
    """The two sides of a figure."""

    NUMERATOR = "numerator"
    DENOMINATOR = "denominator"


class Key(StrEnum):
    """Whose figures are asked for: the column by which the rows that count are put together."""

    ORGAN = "organ_id"
    POST = "post_id"


@dataclass(frozen=True, slots=True)
class Figure:
    """What was counted, of how many, and what that makes; no denominator where it is no share of anything."""

    numerator: Decimal
    denominator: Decimal | None
    value: Decimal | None


@dataclass(frozen=True, slots=True)
class Window:
    """
    Days of the portal's zone from ``since`` until before ``until``, as they were known at ``as_of``.

    ``without``: keys of cases that are absent for whoever looks, and count nowhere (docs/trust.md Z-07).
    """

    since: date
    until: date
    as_of: datetime
    without: tuple[int, ...] = ()

    @property
    def known(self) -> datetime:
        """The first moment that was not known yet."""
        return self.as_of + TICK

    @property
    def begins(self) -> datetime:
        """The first moment of the period."""
        return start_of(self.since)

    @property
    def cut(self) -> datetime:
        """The cut-off, which no longer belongs to it: 24:00 of the last day, or after ``as_of`` if that comes first."""
        return min(start_of(self.until), self.known)

    @property
    def as_of_day(self) -> date:
        """The day of the moment as of which is asked."""
        return local_day(self.as_of)

    @property
    def parameters(self) -> dict[str, Any]:
        """The values that the statements take."""
        return {
            "since": self.begins,
            "cut": self.cut,
            "known": self.known,
            "since_on": self.since,
            "until_on": self.until,
        }


Figures = Callable[[Key, Collection[int], Window], Mapping[int, Figure]]
Rows = Callable[[Key, Collection[int], Window, Part], QuerySet[Any]]


@dataclass(frozen=True, slots=True)
class Measure:
    """
    One figure, by its name.

    ``figures`` takes one statement however many organs or posts there are, and answers for each that is asked about.
    ``rows`` gives what a side of the figure counts; who shows them keeps to what the viewer may know of. ``has_posts``:
    whether the figure means anything of a post.
    """

    name: str
    label: Lazy | str
    unit: Lazy | str
    direction: Direction
    figures: Figures
    rows: Rows
    # The model of the rows of each side; a count has no denominator.
    counts: type[Any]
    of: type[Any] | None = None
    has_posts: bool = False
    # In words: what is counted, of what.
    numerator: Lazy | str = ""
    denominator: Lazy | str = ""
    # The statements that it is counted by, where it is counted from rows (``counting.Count``).
    count: "Count | None" = None
    # Whether plans can be measured by it; what is only shown, such as a count by measure, cannot.
    for_appraisal: bool = True

    def value_of(self, numerator: Decimal, denominator: Decimal) -> Decimal | None:
        """Return what the two sides make, for sides put together of several organs or days; not rounded."""
        return self.count.value(numerator, denominator) if self.count else share(numerator, denominator)

    def of_organs(self, organ_ids: Collection[int], since: date, until: date, as_of: datetime) -> Mapping[int, Figure]:
        """
        Return the figure of each organ for the days from ``since`` until before ``until``, as known at ``as_of``.

        One statement, however many organs there are.
        """
        return self.figures(Key.ORGAN, organ_ids, Window(since, until, as_of)) if organ_ids else {}

    def of_posts(self, post_ids: Collection[int], since: date, until: date, as_of: datetime) -> Mapping[int, Figure]:
        """
        Return the same of each post: of what its holders answered for at the moments that count.

        :raises NotOfPosts: the figure means nothing of a post
        """
        if not self.has_posts:
            raise NotOfPosts(self.name)
        return self.figures(Key.POST, post_ids, Window(since, until, as_of)) if post_ids else {}


class NotOfPosts(ValueError):
    """The figure is one of organs alone."""


_measures: dict[str, Measure] = {}


def register(measure: Measure) -> None:
    """Make a measure known; the last registration of a name holds."""
    _measures[measure.name] = measure


def get(name: str) -> Measure:
    """
    Return the measure of a name.

    :raises KeyError: there is none
    """
    return _measures[name]


def measures() -> tuple[Measure, ...]:
    """Return the measures that plans can be measured by, in the order in which they were registered."""
    return tuple(each for each in _measures.values() if each.for_appraisal)


def share(numerator: Decimal, denominator: Decimal) -> Decimal | None:
    """Return a share in per cent, not rounded; None where there is nothing to compare with (docs/domain.md 12)."""
    return HUNDRED * numerator / denominator if denominator else None


def type_of(model: type[Any]) -> int:
    """Return the key of the content type of a model."""
    return ContentType.objects.get_for_model(model).pk
