"""The invariants of docs/trust.md 3.2 over the whole database: each is a number of violations, 0 after any fault."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import connection
from django.utils.functional import Promise as Lazy


@dataclass(frozen=True, slots=True)
class Violations:
    """How many there are, and where the first one is, in words for whoever looks into it."""

    count: int
    first: str = ""


Count = Callable[[], int | Violations]


@dataclass(frozen=True, slots=True)
class Invariant:
    """One invariant: its number in docs/trust.md, what it says, and how its violations are counted."""

    number: str
    title: Lazy | str
    count: Count


@dataclass(frozen=True, slots=True)
class Finding:
    """How one invariant stands."""

    number: str
    title: str
    violations: int
    seconds: float
    first: str = ""


_invariants: list[Invariant] = []


def register_invariant(number: str, title: Lazy | str, count: Count) -> None:
    """
    Add an invariant, or another part of one: parts of a number are reported one by one.

    ``count`` returns the number of violations, with the first of them where it can name it. It reads and changes
    nothing, and takes big tables in batches.
    """
    _invariants[:] = [each for each in _invariants if (each.number, each.count) != (number, count)]
    _invariants.append(Invariant(number, title, count))


def run(*numbers: str) -> Iterator[Finding]:
    """
    Check every invariant, in the order of their numbers, and yield each as soon as it is known.

    With ``numbers`` only those are checked.
    """
    for invariant in sorted(_invariants, key=lambda each: _order(each.number)):
        if numbers and invariant.number not in numbers:
            continue
        begun = time.monotonic()
        found = invariant.count()
        if not isinstance(found, Violations):
            found = Violations(found)
        seconds = time.monotonic() - begun
        yield Finding(invariant.number, str(invariant.title), found.count, seconds, found.first)


def count_sql(query: str) -> Callable[[], int]:
    """Return a check that counts by one statement."""

    def count() -> int:
        with connection.cursor() as cursor:
            cursor.execute(query)
            return int(cursor.fetchone()[0])

    return count


def _order(number: str) -> tuple[str, int]:
    match = re.match(r"([A-Z]+)-(\d+)", number)
    return (match[1], int(match[2])) if match else (number, 0)
