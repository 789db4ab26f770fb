"""
The chance that a promise will be missed, from what became of promises like it (docs/decisions/0039-…). Pure Python.

Promises of the same kind that were still open with as many working days left: which share of them was missed at this
organ? Few rows say little, so the share of all organs is mixed in as if it had been seen ``PRIOR`` times.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from efficiency.rounding import half_up

# So many promises of all organs weigh as much in the estimate, whatever the organ itself has.
PRIOR = 10
# With fewer promises in all organs there is no estimate.
LEAST = 20
# So many working days back promises are looked at, by their last day.
DAYS_BACK = 250
# So far ahead an estimate reaches; with more days left it is that of so many.
FARTHEST = 15
# What falls due within so many working days is forecast each morning and held against what became of it.
AHEAD = 5
# From this chance on a promise counts as at risk (``red_risk``).
RED = Decimal("0.3000")
PLACES = 4


@dataclass(frozen=True, slots=True)
class Ended:
    """
    How many promises ended alike: with so many working days when they began, so many left when they were met.

    ``left`` is below zero where they were met late or not at all; what was missed is in no doubt.
    """

    at_start: int
    left: int
    count: int

    @property
    def is_missed(self) -> bool:
        """Whether they were missed."""
        return self.left < 0


@dataclass(frozen=True, slots=True)
class Tally:
    """Of so many that were still open, so many were missed."""

    missed: int = 0
    base: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.missed + other.missed, self.base + other.base)


@dataclass(frozen=True, slots=True)
class Chance:
    """An estimate with what it came from; ``baseline`` is the share of all organs, whatever time is left."""

    value: Decimal
    own: Tally
    all: Tally
    baseline: Decimal


def still_open(rows: Iterable[Ended], days_left: int) -> Tally:
    """
    Return what became of those that were still open on the morning of a day with ``days_left`` working days left.

    Zero is the last day itself. A promise counts from the day after its start; one met on a day was open that morning.
    """
    missed = base = 0
    for row in rows:
        if row.at_start >= days_left and (row.is_missed or row.left <= days_left):
            base += row.count
            missed += row.count if row.is_missed else 0
    return Tally(missed, base)


def all_of(rows: Iterable[Ended]) -> Tally:
    """Return what became of all, whatever time was left."""
    found = Tally()
    for row in rows:
        found += Tally(row.count if row.is_missed else 0, row.count)
    return found


def estimate(own: Tally, of_all: Tally, overall: Tally) -> Chance | None:
    """
    Return the chance for a promise of an organ; None where all organs together have too few to say anything.

    (missed by the organ + ``PRIOR`` × share of all) / (base of the organ + ``PRIOR``), to four places, half up.
    """
    if of_all.base < LEAST:
        return None
    share = Decimal(of_all.missed) / of_all.base
    value = (own.missed + PRIOR * share) / (own.base + PRIOR)
    return Chance(_rounded(value), own, of_all, _rounded(Decimal(overall.missed) / overall.base))


def _rounded(value: Decimal) -> Decimal:
    return half_up(value, PLACES)


@dataclass(frozen=True, slots=True)
class Tenth:
    """Forecasts of one tenth: how many, what was expected on average, and how many were missed."""

    lower: Decimal
    upper: Decimal
    count: int
    expected: Decimal
    missed: int

    @property
    def share(self) -> Decimal | None:
        """The share that was missed; None of none."""
        return _rounded(Decimal(self.missed) / self.count) if self.count else None


@dataclass(frozen=True, slots=True)
class Record:
    """How good forecasts were: Brier scores of the forecast and of the simple baseline, and how it holds by tenths."""

    count: int
    missed: int
    brier: Decimal | None
    baseline: Decimal | None
    tenths: tuple[Tenth, ...]

    @property
    def skill(self) -> Decimal | None:
        """By which share of its error the forecast is better than the baseline; below zero where it is worse."""
        if self.brier is None or not self.baseline:
            return None
        return _rounded(1 - self.brier / self.baseline)


def brier(forecasts: Iterable[tuple[Decimal, bool]]) -> Decimal | None:
    """Return the mean squared distance of chances from what happened, to four places; None of none."""
    distances = [(chance - int(missed)) ** 2 for chance, missed in forecasts]
    return _rounded(sum(distances, Decimal(0)) / len(distances)) if distances else None
