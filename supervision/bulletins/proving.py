"""
Every figure is proved: what its stored counts make is what was told, and the seal holds (docs/trust.md I-18).

So is every published word: it is one that was approved.

The second reckoning knows counts alone (``arithmetic``); it asks nothing of what the portal holds now. What changed
since is no fault: that is what corrections are for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from supervision.bulletins import arithmetic, sealing
from supervision.bulletins.sealing import digest_of
from supervision.figures import definitions
from supervision.models import Bulletin


@dataclass(frozen=True, slots=True)
class Fault:
    """What does not hold: of which bulletin, and what."""

    bulletin: Bulletin
    what: str


def faults(bulletins: Iterator[Bulletin] | None = None) -> Iterator[Fault]:
    """Yield what does not hold, bulletin by bulletin; nothing where all is well."""
    for bulletin in Bulletin.objects.order_by("since", "pk") if bulletins is None else bulletins:
        figures = list(bulletin.figures.order_by("position"))
        corrections = list(bulletin.corrections.select_related("of").order_by("position"))
        for each in figures:
            if (wanted := proved(each.name, each.numerator, each.denominator)) != each.value:
                yield Fault(bulletin, f"{each.scope} {each.key} {each.name}: {each.value} ≠ {wanted}")
        for told in corrections:
            for word, sides, value in (
                ("old", (told.old_numerator, told.old_denominator), told.old_value),
                ("new", (told.new_numerator, told.new_denominator), told.new_value),
            ):
                wanted = proved(told.name, *sides)
                if wanted != value and not (value is None and not sides[0]):
                    yield Fault(bulletin, f"{word} {told.scope} {told.key} {told.name}: {value} ≠ {wanted}")
        slugs = {told.of_id: told.of.slug for told in corrections}
        if sealing.checksum(bulletin, figures, corrections, slugs) != bulletin.checksum:
            yield Fault(bulletin, "checksum")
        # What was approved is what everybody reads: the digest lies in a sealed event.
        for event in bulletin.events.filter(action="publish"):
            if event.data["texts"] != digest_of(bulletin.texts):
                yield Fault(bulletin, "texts")


def proved(name: str, numerator: Decimal, denominator: Decimal | None) -> Decimal | None:
    """Return what the counts of a figure make; what is no figure of its own is a count."""
    known = {each.name: each for each in definitions.definitions()}
    of = known.get(name)
    if of is None:
        return arithmetic.value_of("count", numerator, denominator)
    return arithmetic.value_of(of.shape, numerator, denominator, is_weighted=of.is_weighted)


def count() -> int:
    """Return how many faults there are, for ``verify``."""
    return sum(1 for _fault in faults())
