"""Organs beside each other by how they keep their promises: departments, districts, towns (docs/domain.md 12)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise as Lazy
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from efficiency.organs.models import Level, Organ, OrganKind
from supervision.desk.asked import Asked
from supervision.desk.figures import IN_TIME, SATISFACTION
from supervision.figures import asking, definitions, ranking
from supervision.figures.asking import By
from supervision.figures.tables import Cell, Head, Table
from targets.measures.registry import Figure

# The columns of the table, in their order; the first one ranks.
NAMES = (IN_TIME, "kept_rate", "average_days", SATISFACTION, "rework_rate", "cards_per_1000")
GROUPS: Mapping[str, Lazy] = {
    "departments": gettext_lazy("Departments of the city"),
    "districts": gettext_lazy("Districts, with all that belongs to them"),
    "towns": gettext_lazy("Towns and streets"),
    "offices": gettext_lazy("Departments of the districts"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A place of the ranking; a rank only for those with enough cases."""

    key: int
    name: str
    rank: int | None
    is_apart: bool
    figures: Mapping[str, Figure]
    # Whether the organ stands for all below it.
    is_whole: bool

    @property
    def number(self) -> int:
        """Of how many the ranking figure is a share."""
        return int(self.figures[IN_TIME].denominator or 0)

    def behind(self, asked: Asked, name: str, part: str = "denominator") -> str:
        """Return the rows behind a figure of the line."""
        if self.is_whole:
            return asked.behind(name, part, district=self.key, organ=None, alone=None)
        return asked.behind(name, part, organ=self.key, alone=1, district=None)


@dataclass(frozen=True, slots=True)
class Ranking:
    """The lines of a group in their order."""

    group: str
    lines: tuple[Line, ...]


def ranked(asked: Asked) -> Ranking:
    """Return the ranking of the group that is asked for, or of the first that has organs; in one question."""
    meant = [organ for organ in asked.reach.organs if organ.pk in asked.organ_ids]
    groups = {name: _of_group(name, meant) for name in GROUPS}
    group = (
        asked.group if asked.group in GROUPS else next((name for name, found in groups.items() if found), "departments")
    )
    # Classes of cases are told of all organs together (``desk.telling``).
    members = [] if asked.is_guarded else groups[group]
    found = asking.figures(NAMES, asked.question(), by=By.ORGAN, at=asked.at) if members else {}
    put = {organ.pk: put_together([found[pk] for pk in ids if pk in found]) for organ, ids in members}
    names = {organ.pk: organ.short_name or organ.name for organ, _ids in members}
    # Of an organ that is meant alone the line counts nothing below it, and leads to no more.
    is_whole = group == "districts" and not asked.query.get("alone")
    places = ranking.rank({pk: each[IN_TIME] for pk, each in put.items()}, definitions.definition(IN_TIME))
    return Ranking(
        group,
        tuple(Line(each.key, names[each.key], each.rank, each.is_apart, put[each.key], is_whole) for each in places),
    )


def _of_group(name: str, organs: Iterable[Organ]) -> list[tuple[Organ, list[int]]]:
    """Return the organs of a group, each with those whose cases it stands for."""
    there = list(organs)
    match name:
        case "departments":
            return [(each, [each.pk]) for each in there if _is(each, Level.CITY, OrganKind.DEPARTMENT)]
        case "towns":
            return [(each, [each.pk]) for each in there if each.kind in (OrganKind.TOWN, OrganKind.STREET)]
        case "offices":
            return [(each, [each.pk]) for each in there if _is(each, Level.DISTRICT, OrganKind.DEPARTMENT)]
    return [
        (each, [other.pk for other in there if other.pk == each.pk or other.district_id == each.pk])
        for each in there
        if _is(each, Level.DISTRICT, OrganKind.GOVERNMENT)
    ]


def _is(organ: Organ, level: str, kind: str) -> bool:
    return organ.level == level and organ.kind == kind


def put_together(figures: Iterable[Mapping[str, Figure]]) -> dict[str, Figure]:
    """Return the figures of several organs as those of one: both sides are added up, and only then divided."""
    there = list(figures)
    found = {}
    for name in NAMES:
        numerator = sum((each[name].numerator for each in there), Decimal(0))
        denominator = sum((each[name].denominator or Decimal(0) for each in there), Decimal(0))
        value = definitions.definition(name).measure.value_of(numerator, denominator) if denominator else None
        found[name] = Figure(numerator, denominator, value)
    return found


def table(found: Ranking, asked: Asked) -> Table:
    """Return the ranking as a table with all its columns, each number leading to its rows."""
    apart = [line for line in found.lines if line.is_apart]
    return Table(
        "ranking",
        _("Ranking: %(group)s") % {"group": GROUPS[found.group]},
        (
            Head(pgettext("ranking", "Rank"), is_number=True),
            Head(_("Organ")),
            Head(pgettext("ranking", "Replied or overdue (n)"), is_number=True),
            Head(pgettext("ranking", "Of these in time"), is_number=True),
            *(
                Head(f"{capfirst(str(each.label))}（{each.unit}）", is_number=True)
                for each in map(definitions.definition, NAMES)
            ),
        ),
        tuple(_row(line, asked) for line in found.lines if not line.is_apart),
        definitions=NAMES,
        apart=tuple(_row(line, asked) for line in apart),
        apart_title=_("Fewer than five cases: listed apart and not ranked"),
    )


def _row(line: Line, asked: Asked) -> tuple[Cell, ...]:
    in_time = line.figures[IN_TIME]
    return (
        Cell("–" if line.rank is None else str(line.rank), line.rank),
        Cell(line.name, is_chinese=True),
        Cell(str(line.number), line.number, line.behind(asked, IN_TIME) if line.number else ""),
        Cell(
            str(int(in_time.numerator)),
            int(in_time.numerator),
            line.behind(asked, IN_TIME, "numerator") if in_time.numerator else "",
        ),
        *(_value(line, name, asked) for name in NAMES),
    )


def _value(line: Line, name: str, asked: Asked) -> Cell:
    of, figure = definitions.definition(name), line.figures[name]
    if figure.value is None:
        return Cell("–", "–")
    return Cell(
        definitions.shown(figure, of), definitions.rounded(figure.value, of), line.behind(asked, name, "denominator")
    )
