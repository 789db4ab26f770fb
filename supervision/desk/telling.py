"""
Which figures of a class of cases are told to whoever is neither of the office nor an inspector (docs/trust.md Z-14).

A class of fewer than five is not told, and it must not follow from what is. The whole is told, and so is every other
class; so where classes are left out, further ones are, the smallest first, until at least two are and five cases or
more lie in them. A period of several months is told where each of its months is: the difference of two periods tells
nothing then that the months did not. Classes are told of all organs in reach together, and of one kind, category or
channel at a time, which the form sees to: tables of two of these tell of each other.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from supervision.desk import standing
from supervision.desk.asked import Asked
from supervision.desk.periods import Period
from supervision.figures import asking, definitions
from supervision.figures.asking import By
from supervision.figures.definitions import Definition
from targets.measures.registry import Figure

LEAST = 5


def hidden(sizes: Mapping[str, int]) -> frozenset[str]:
    """
    Return the classes that are not told, by how many cases each has.

    All of them, those without a case too, where no two with cases can be left out together: then the whole tells it.
    """
    found = {name for name, size in sizes.items() if 0 < size < LEAST}
    if not found:
        return frozenset()
    # The smallest goes first: it takes the least from the reader.
    others = sorted((name for name, size in sizes.items() if size >= LEAST), key=lambda name: (sizes[name], name))
    while len(found) < 2 or sum(sizes[name] for name in found) < LEAST:
        if not others:
            return frozenset(sizes)
        found.add(others.pop(0))
    return frozenset(found)


def size(of: Definition, figure: Figure) -> int:
    """Return of how many cases a figure tells: those of a share's class, the base of a rate, or what is counted."""
    is_count = of.is_share or figure.denominator is None
    return int(figure.numerator if is_count else figure.denominator or Decimal(0))


def untold(names: Sequence[str], asked: Asked, period: Period) -> Mapping[date, frozenset[str]]:
    """
    Return for each month of a period which of the figures of the class that is asked for are not told.

    None of them of a period that is not of whole months.
    """
    name, value = next(iter(asked.classes.items()))
    if not period.is_whole_months:
        return {period.since: frozenset(names)}
    question = asked.question(period).of_all(name)
    found = asking.by_month(names, question, by=By(name), at=asked.at)
    return {month: frozenset(_untold(names, of_month, value)) for month, of_month in found.items()}


def _untold(names: Sequence[str], found: Mapping[str, Mapping[str, Figure]], value: str) -> list[str]:
    untold_ = []
    for name in names:
        of = definitions.definition(name)
        sizes = {each: size(of, there[name]) for each, there in found.items()} | {
            value: size(of, found[value][name]) if value in found else 0
        }
        if value in hidden(sizes):
            untold_.append(name)
    return untold_


def is_standing_untold(name: str, asked: Asked, period: Period | None = None) -> bool:
    """
    Say whether what stands of the class that is asked for is not told.

    Whoever has the sum of the rows that they may know of (``Asked.reader``) learns nothing from it.
    """
    if asked.reader is not None:
        return False
    of, value = next(iter(asked.classes.items()))
    sizes, _at = standing.by_class_lately(asked.question(period).of_all(of), of, at=asked.at)
    return value in hidden({value: 0, **sizes[name]})
