"""
A published figure never changes silently: what was frozen is compared with a recount (docs/domain.md 12).

What differs is told in the next bulletin, once: a figure counts as it was told last, by its bulletin or corrected.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from efficiency.timing.due import add_months
from supervision.bulletins import gathering
from supervision.bulletins.enums import OWN, Scope, Why
from supervision.bulletins.gathering import Counted, Told
from supervision.bulletins.periods import Period
from supervision.models import Bulletin, BulletinCompared, FigureCorrection, FrozenFigure

# So long a comparison is kept for a bulletin that could not be stored yet; what changes meanwhile the next one tells.
FRESH = timedelta(days=1)
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
        of_cards = self.name in CARDS and self.old.numerator != self.new.numerator
        return Why.REVOKED if of_cards else Why.LATE


def told_last(bulletin: Bulletin) -> dict[Where, tuple[str, Told]]:
    """
    Return label and figure of everything that was told of the period of a bulletin, by itself or corrected later.

    What is hidden was not told.
    """
    rows = FrozenFigure.objects.filter(bulletin=bulletin, scope__in=(*OWN, Scope.CELL), is_hidden=False)
    found = {
        (each.scope, each.key, each.name): (each.label, Told(each.numerator, each.denominator, each.value))
        for each in rows.order_by("position")
    }
    for each in FigureCorrection.objects.filter(of=bulletin).order_by("pk"):
        told = Told(each.new_numerator, each.new_denominator, each.new_value)
        found[each.scope, each.key, each.name] = (each.label, told)
    return found


def differences(bulletin: Bulletin, *, at: datetime, counted: Iterable[Counted] | None = None) -> list[Difference]:
    """
    Return what a recount as known at ``at`` finds to be another figure than was told last.

    Districts are added up over the organs that belonged to them when the bulletin was frozen: that an organ belongs
    elsewhere now corrects nothing.

    :param counted: the recount of all but the table by category and organ, where it was made already
    """
    told = told_last(bulletin)
    if counted is None:
        counted = gathering.own(bulletin.period, at=at, of_tree=_tree_of(bulletin))
    now = {each.where: each for each in [*counted, *_cells(bulletin, at)]}
    districts = {key for scope, key, _name in told if scope == Scope.DISTRICT}
    districts &= {key for scope, key, _name in now if scope == Scope.DISTRICT}
    silent = _not_told_of(bulletin, now.values())
    found = []
    for where in [*told, *(each for each in now if each not in told)]:
        scope, key, name = where
        if _is_of_persons(where) and not (where in told and where in now):
            continue
        if (scope == Scope.DISTRICT and key not in districts) or (scope == Scope.CELL and code_of(key) in silent):
            continue
        label, old = told.get(where, (now[where].label if where in now else "", NONE))
        new = now[where].told if where in now else NONE._replace(denominator=old.denominator and Decimal(0))
        if scope == Scope.CELL and where not in now:
            new = new._replace(value=Decimal(0))
        if _differ(old, new):
            found.append(Difference(bulletin, scope, key, label, name, old, new))
    return found


def _tree_of(bulletin: Bulletin) -> gathering.Tree | None:
    """Return which organs belonged to which districts when a bulletin was frozen; None of one that does not say."""
    frozen = bulletin.events.filter(action="freeze").values_list("data", flat=True).first()
    return (frozen or {}).get("districts")


def _cells(bulletin: Bulletin, at: datetime) -> list[Counted]:
    """Return the table by category and organ anew, where the bulletin has one."""
    has_any = FrozenFigure.objects.filter(bulletin=bulletin, scope=Scope.CELL).exists()
    return gathering.cells(bulletin.period, at=at) if has_any else []


def _not_told_of(bulletin: Bulletin, now: Iterable[Counted]) -> set[str]:
    """
    Return the codes of organs of whose cells nothing is told: they were hidden, or would have to be now.

    What has become fewer than five is as little to be worked out as what was (docs/trust.md Z-14).
    """
    hidden = FrozenFigure.objects.filter(bulletin=bulletin, scope=Scope.CELL, is_hidden=True)
    then = {code_of(key) for key in hidden.values_list("key", flat=True)}
    return then | {code_of(each.key) for each in now if each.scope == Scope.CELL and each.is_hidden}


def code_of(key: str) -> str:
    """Return the code of the organ of a cell."""
    return key.split("|", 1)[1]


def as_rows(found: Iterable[Difference]) -> list[dict[str, Any]]:
    """Return differences as they are kept until a bulletin tells them."""
    return [
        {
            **{name: getattr(each, name) for name in ("scope", "key", "label", "name")},
            "old": [None if side is None else str(side) for side in each.old],
            "new": [None if side is None else str(side) for side in each.new],
        }
        for each in found
    ]


def of_rows(compared: BulletinCompared) -> list[Difference]:
    """Return what was kept of a comparison."""
    return [
        Difference(
            compared.of,
            row["scope"],
            row["key"],
            row["label"],
            row["name"],
            _told(row["old"]),
            _told(row["new"]),
        )
        for row in compared.found
    ]


def _told(sides: Sequence[str | None]) -> Told:
    numerator, denominator, value = (None if side is None else Decimal(side) for side in sides)
    return Told(numerator or Decimal(0), denominator, value)


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


def compared_for(period: Period) -> QuerySet[Bulletin]:
    """Return the bulletins that are compared when the one of this period is composed: frozen ones that ended before."""
    since = add_months(period.since, -MONTHS_BACK)
    return Bulletin.objects.filter(until__lte=period.since, until__gt=since).order_by("since", "span")


def of_city(rows: Iterable[FrozenFigure]) -> Mapping[str, Told]:
    """Return the figures of the whole city among frozen ones."""
    return {each.name: Told(each.numerator, each.denominator, each.value) for each in rows if each.scope == Scope.CITY}
