"""Who opens the overview, and of which organs they see the sums (docs/access.md, docs/domain.md 1)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from efficiency.access.may import Cell, ways
from efficiency.access.scope import scope_of
from efficiency.organs.models import Level, Organ, OrganKind, Role

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from efficiency.access.models import User

RIGHT = "dashboard.open"


@dataclass(frozen=True, slots=True)
class Reach:
    """
    The organs of which somebody sees the sums.

    ``is_whole``: these are all organs there are. ``sums_alone``: nothing behind a sum is theirs to know, as with the
    auditor, whatever the rules of its own kind say. ``is_coarse``: without a seat of the office or an inspector they
    see sums of whole months alone, none of fewer than five cases of a class, and not how many rows lie beyond what they
    may see: by finer ones a case that is absent for them would be told (docs/trust.md Z-14).
    """

    organs: tuple[Organ, ...]
    is_whole: bool
    sums_alone: bool
    is_coarse: bool = False
    # The same organs as the tree of all has them: each with how deep it lies.
    tree: tuple[tuple[Organ, int], ...] = ()

    @property
    def ids(self) -> frozenset[int]:
        """Their keys."""
        return frozenset(organ.pk for organ in self.organs)


def may_open(user: "User | AnonymousUser") -> bool:
    """Say whether somebody opens the overview: whoever works in an organ or watches over some."""
    return bool(ways(scope_of(user).seats, RIGHT))


def reach_of(user: "User | AnonymousUser") -> Reach:
    """
    Return the organs of which ``user`` sees the sums: what the seats reach by the block, and the trade by the line.

    The block 块 is the own organ with all below it. By the line 条 the people of a city department see the statistics,
    and no more, of the departments of the same trade in the districts: those whose code ends as theirs does.
    """
    scope = scope_of(user)
    found = ways(scope.seats, RIGHT)
    ids = frozenset().union(*(seat.organ_ids for seat, _cell in found))
    own = {seat.organ_id for seat, _cell in found}
    organs = list(Organ.objects.order_by("position", "sort_key", "pk"))
    trades = {
        organ.code.partition("-")[2]
        for organ in organs
        if organ.pk in own and organ.kind == OrganKind.DEPARTMENT and organ.level == Level.CITY
    } - {""}
    known = [
        organ
        for organ in organs
        if organ.pk in ids
        or (
            organ.kind == OrganKind.DEPARTMENT
            and organ.level == Level.DISTRICT
            and organ.code.partition("-")[2] in trades
        )
    ]
    keys = {organ.pk for organ in known}
    return Reach(
        tuple(known),
        len(known) == len(organs),
        sums_alone=all(cell is Cell.HEADER for _seat, cell in found),
        is_coarse=not scope.seats_as(Role.OFFICE_OFFICER, Role.INSPECTOR),
        tree=tuple((organ, depth) for organ, depth in in_tree_order(organs) if organ.pk in keys),
    )


def in_tree_order(organs: Iterable[Organ]) -> Iterator[tuple[Organ, int]]:
    """Yield all organs as the tree has them, each with how deep it lies; those below one organ stay in their order."""
    children: dict[int | None, list[Organ]] = {}
    for organ in organs:
        children.setdefault(organ.parent_id, []).append(organ)
    waiting: list[tuple[Organ, int]] = [(each, 0) for each in reversed(children.get(None, []))]
    while waiting:
        organ, depth = waiting.pop()
        yield organ, depth
        waiting += [(child, depth + 1) for child in reversed(children.get(organ.pk, []))]


def below(organs: tuple[Organ, ...], root: int) -> frozenset[int]:
    """Return of some organs the ``root`` and those below it."""
    children: dict[int | None, list[int]] = {}
    for organ in organs:
        children.setdefault(organ.parent_id, []).append(organ.pk)
    found, waiting = {root}, [root]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return frozenset(found)


def of_district(organs: tuple[Organ, ...], district: str) -> frozenset[int]:
    """Return of some organs those of a district, by its key, or with ``city`` the city's own."""
    if district == "city":
        return frozenset(organ.pk for organ in organs if organ.level == Level.CITY)
    return frozenset(organ.pk for organ in organs if str(organ.pk) == district or str(organ.district_id) == district)


def districts(organs: tuple[Organ, ...]) -> list[Organ]:
    """Return of some organs the governments of districts."""
    return [organ for organ in organs if organ.kind == OrganKind.GOVERNMENT and organ.level == Level.DISTRICT]
