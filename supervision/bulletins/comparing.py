"""
A published figure never changes silently: what was frozen is compared with a recount (docs/domain.md 12).

What differs is told in the next bulletin, once: a figure counts as it was told last, by its bulletin or corrected.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from efficiency.timing.due import add_months
from supervision.bulletins import gathering
from supervision.bulletins.enums import OWN, Scope, Why
from supervision.bulletins.gathering import Counted, Told
from supervision.bulletins.periods import Period
from supervision.models import Bulletin, FigureCorrection, FrozenFigure

# Bulletins whose period ended longer ago are compared no more.
MONTHS_BACK = 13
CARDS = frozenset({"cards_yellow", "cards_red", "cards_revoked", "cards_per_1000"})
NONE = Told(Decimal(0), None, None)
Where = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure that is another one than was told last."""

    of: Bulletin
    scope: str
    key: str
    label: str
    name: str
    old: Told
    new: Told

    @property
    def why(self) -> Why:
        """Why it is another one, as far as the portal knows."""
        return Why.REVOKED if self.name in CARDS else Why.LATE


def told_last(bulletin: Bulletin) -> dict[Where, tuple[str, Told]]:
    """Return label and figure of everything that was told of the period of a bulletin, by itself or corrected later."""
    rows = FrozenFigure.objects.filter(bulletin=bulletin, scope__in=OWN).order_by("position")
    found = {
        (each.scope, each.key, each.name): (each.label, Told(each.numerator, each.denominator, each.value))
        for each in rows
    }
    for each in FigureCorrection.objects.filter(of=bulletin).order_by("bulletin__until", "bulletin_id", "position"):
        told = Told(each.new_numerator, each.new_denominator, each.new_value)
        found[each.scope, each.key, each.name] = (each.label, told)
    return found


def differences(bulletin: Bulletin, *, at: datetime, counted: Iterable[Counted] | None = None) -> list[Difference]:
    """
    Return what a recount as known at ``at`` finds to be another figure than was told last.

    :param counted: the recount, where it was made already
    """
    told = told_last(bulletin)
    now = {each.where: each for each in (gathering.own(bulletin.period, at=at) if counted is None else counted)}
    found = []
    for where in [*told, *(each for each in now if each not in told)]:
        if _is_of_persons(where) and not (where in told and where in now):
            continue
        label, old = told.get(where, (now[where].label if where in now else "", NONE))
        new = now[where].told if where in now else NONE._replace(denominator=old.denominator and Decimal(0))
        if _differ(old, new):
            found.append(Difference(bulletin, where[0], where[1], label, where[2], old, new))
    return found


def _is_of_persons(where: Where) -> bool:
    """Say whether a figure is of persons of an organ or a district: where they are few it is not told, then or now."""
    scope, _key, name = where
    return scope in gathering.FINER and name.startswith(gathering.ACCOUNTABILITY)


def _differ(old: Told, new: Told) -> bool:
    """Say whether two figures are different; what is nothing of nothing is the same as not being there."""
    return (old.numerator, old.denominator or 0, old.value) != (
        new.numerator,
        new.denominator or 0,
        new.value,
    ) and not (
        not any((old.numerator, old.denominator, old.value)) and not any((new.numerator, new.denominator, new.value))
    )


def compared_for(period: Period) -> Iterable[Bulletin]:
    """Return the bulletins that are compared when the one of this period is composed: frozen ones that ended before."""
    since = add_months(period.since, -MONTHS_BACK)
    return Bulletin.objects.filter(until__lte=period.since, until__gt=since).order_by("since", "span")


def of_city(rows: Iterable[FrozenFigure]) -> Mapping[str, Told]:
    """Return the figures of the whole city among frozen ones."""
    return {each.name: Told(each.numerator, each.denominator, each.value) for each in rows if each.scope == Scope.CITY}
