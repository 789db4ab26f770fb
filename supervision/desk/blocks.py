"""
The blocks of the overview, in the order in which they are read (docs/ui.md).

Each block stands for itself: one that fails says so in its place, and the others are there. What a block shows as a
table can be taken out and printed, so each says which tables it has.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Count
from django.template.loader import render_to_string
from django.utils.functional import Promise as Lazy
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from accountability.cards.enums import CardState, Rule
from accountability.enums import Colour
from efficiency.rounding import half_up
from supervision.desk import figures, ranking
from supervision.desk.asked import Asked, month
from supervision.desk.figures import IN_TIME, RECEIVED, RED, REPLIED, REVOKED, YELLOW
from supervision.desk.overdue import worst
from supervision.figures import asking, definitions
from supervision.figures.asking import By
from supervision.figures.tables import Cell, Head, Placed, Table, count
from supervision.foresight import overview as foresight
from targets.measures.registry import Figure, Part

log = structlog.get_logger(__name__)

# How many organs a chart holds; all of them stand in its table.
BARS = 15
# So many organs with their cards stand on the page; all of them in the file.
CARDS_OF = 12
# A table of the outlook with no more lines than these is not cut.
FEW = 12
# Which share of answers in time is aimed at (D).
AIM = Decimal(95)


@dataclass(frozen=True, slots=True)
class Made:
    """A block with all that it shows."""

    context: Mapping[str, Any]
    tables: tuple[Table, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Block:
    """One block: its name in addresses, its heading, its template, and how it is made."""

    key: str
    title: str | Lazy
    template: str
    make: Callable[[Asked], Made]


@dataclass(frozen=True, slots=True)
class Shown:
    """A block as it stands on the page; ``html`` is empty where it could not be made."""

    key: str
    title: str | Lazy
    html: str
    # Where a block is asked for that the page is not kept waiting for; "" for one that is there.
    href: str = ""


def _placed(table: Table, asked: Asked, *, most: int | None = None) -> Placed:
    """Return a table with the addresses of its files; ``most``: so many rows on the page, all of them in the files."""
    xlsx, csv = (asked.address("supervision:overview_table", table.name, **_how(asked, as_)) for as_ in ("xlsx", "csv"))
    return Placed(table, xlsx, csv, most)


def _how(asked: Asked, as_: str) -> dict[str, str]:
    return {"as": as_, "group": asked.group} if asked.group else {"as": as_}


# --- 2 Six figures ----------------------------------------------------------------------------------------------------


def _figures(asked: Asked) -> Made:
    boxes = figures.boxes(asked)
    rows = []
    for each in boxes:
        change = [one.words + (f"（{one.verdict}）" if one.verdict else "") for one in each.changes]
        rows.append(
            (
                Cell(capfirst(str(each.label))),
                Cell(each.text),
                Cell(str(each.unit)),
                *(Cell(text) for text in [*change, "", ""][:2]),
            )
        )
    table = Table(
        "figures",
        _("Key figures"),
        (
            Head(pgettext("overview", "Figure")),
            Head(pgettext("overview", "Value"), is_number=True),
            Head(pgettext("overview", "Unit")),
            Head(_("Compared with the period before")),
            Head(_("Compared with a year before")),
        ),
        tuple(rows),
        definitions=figures.NAMES,
        as_of=min((each.as_of for each in boxes if each.as_of), default=None),
    )
    return Made({"boxes": boxes, "placed": _placed(table, asked)}, (table,))


# --- 3 What is overdue ------------------------------------------------------------------------------------------------


def _overdue(asked: Asked) -> Made:
    found = worst(asked)
    table = Table(
        "overdue",
        _("Overdue promises, the worst first"),
        (
            Head(_("Number")),
            Head(_("Promise")),
            Head(_("Organ")),
            Head(_("Was due")),
            Head(_("Working days over"), is_number=True),
            Head(_("Level")),
            Head(_("Who was told")),
        ),
        tuple(
            (
                Cell(each.row.number, href=each.row.path),
                Cell(capfirst(str(each.row.what))),
                Cell(each.organ),
                Cell(each.due_at.date().isoformat(), each.due_at),
                Cell(str(each.days), each.days),
                Cell(str(each.level)),
                Cell(pgettext("between items of a list", ", ").join(each.told)),
            )
            for each in found.lines
        ),
        definitions=(figures.OVERDUE,),
    )
    context = {
        "found": found,
        "all": asked.behind(figures.OVERDUE),
        "placed": _placed(table, asked),
    }
    return Made(context, (table,))


# --- 4 Thirteen months ------------------------------------------------------------------------------------------------


def _trend(asked: Asked) -> Made:
    of_month = figures.counted([RECEIVED, REPLIED, IN_TIME], asked, asked.trend, by=By.MONTH)
    overdue = figures.overdue_by_month(asked)
    in_time = definitions.definition(IN_TIME)
    months = sorted(of_month)
    rows, links = [], []
    for day in months:
        found, code = of_month[day], month(day)
        there: dict[str, Any] = {"period": code, "since": None, "last": None}
        links.append(asked.address("supervision:overview", **there))
        rows.append(
            (
                Cell(code, href=asked.address("supervision:overview", **there)),
                _told(found[RECEIVED], _whole(found[RECEIVED]), asked.behind(RECEIVED, **there)),
                _told(
                    found[REPLIED], int(found[REPLIED].denominator or 0), asked.behind(REPLIED, "denominator", **there)
                ),
                Cell(
                    figures.shown(found[IN_TIME], in_time),
                    _rounded(found[IN_TIME].value),
                    asked.behind(IN_TIME, "denominator", **there) if found[IN_TIME].denominator else "",
                ),
                *([_stood(overdue[day], asked.behind(figures.OVERDUE, **there))] if overdue else ()),
            )
        )
    table = Table(
        "trend",
        _("Thirteen months: received, replied, in time"),
        (
            Head(pgettext("overview", "Month")),
            Head(pgettext("overview", "Received"), is_number=True),
            Head(pgettext("overview", "Replied"), is_number=True),
            Head(_("Replied in time (%)"), is_number=True),
            *([Head(_("Overdue at the end of the month"), is_number=True)] if overdue else ()),
        ),
        tuple(rows),
        definitions=(RECEIVED, REPLIED, IN_TIME, *([figures.OVERDUE] if overdue else ())),
    )
    stood = {
        "name": table.head[-1].label,
        "values": [row[-1].value for row in rows],
        "bars": True,
        "colour": "--over",
        "links": [row[-1].href for row in rows],
    }
    chart = {
        "title": str(table.title),
        "labels": [month(day) for day in months],
        "unit": pgettext("unit of a figure", "cases"),
        "second": "%",
        "links": links,
        "series": [
            {
                "name": table.head[1].label,
                "values": [row[1].value for row in rows],
                "bars": True,
                "links": [row[1].href for row in rows],
            },
            {
                "name": table.head[2].label,
                "values": [row[2].value for row in rows],
                "bars": True,
                "links": [row[2].href for row in rows],
            },
            {
                "name": table.head[3].label,
                "values": [_point(of_month[day][IN_TIME].value) for day in months],
                "line": "solid",
                "axis": 1,
                "links": [row[3].href for row in rows],
            },
            *([stood] if overdue else ()),
            {
                "name": pgettext("chart", "aimed at"),
                "values": [float(AIM)] * len(months),
                "line": "dashed",
                "axis": 1,
                "colour": "--c4",
            },
        ],
    }
    label = _trend_finding(months, of_month)
    return Made({"placed": _placed(table, asked), "chart": chart, "label": label}, (table,))


def _stood(figure: Figure, href: str) -> Cell:
    """Return the cell of what stood at the end of a month; "–" where that is not known."""
    return Cell("–") if figure.value is None else count(_whole(figure), href)


def _told(figure: Figure, number: int, href: str) -> Cell:
    """Return the cell of a count, or that it is not told to whoever asks."""
    return Cell(pgettext("count", "not told")) if figure is figures.FEW else count(number, href)


def _trend_finding(months: Sequence[Any], found: Mapping[Any, Mapping[str, Figure]]) -> str:
    """Return in one sentence what the chart shows."""
    rates = [(value, day) for day in months if (value := found[day][IN_TIME].value) is not None]
    if any(found[day][RECEIVED] is figures.FEW for day in months):
        return _("How many cases were received is not told of every month.")
    received = sum(_whole(found[day][RECEIVED]) for day in months)
    if not rates:
        return _("%(count)s cases were received in thirteen months; nothing was due yet.") % {"count": received}
    (low, worst_month), (high, best_month) = min(rates), max(rates)
    return _(
        "%(count)s cases were received in thirteen months; answers in time were fewest in %(worst)s"
        " (%(low)s %%) and most in %(best)s (%(high)s %%)."
    ) % {
        "count": received,
        "worst": month(worst_month),
        "low": half_up(low),
        "best": month(best_month),
        "high": half_up(high),
    }


# --- 5 Ranking --------------------------------------------------------------------------------------------------------


def _ranking(asked: Asked) -> Made:
    found = ranking.ranked(asked)
    table = ranking.table(found, asked)
    in_time = definitions.definition(IN_TIME)
    in_chart = [line for line in found.lines if line.rank is not None][:BARS]
    chart = {
        "title": str(table.title),
        "labels": [line.name for line in in_chart],
        "unit": "%",
        "horizontal": True,
        "series": [
            {
                "name": str(in_time.label),
                "values": [_point(line.figures[IN_TIME].value) for line in in_chart],
                "bars": True,
                "notes": [f"n={line.number}" for line in in_chart],
                "links": [line.behind(asked, IN_TIME) for line in in_chart],
            }
        ],
    }
    label = _("There is nothing to rank.")
    if in_chart:
        label = _("%(best)s comes first with %(high)s %%, %(worst)s last with %(low)s %% of %(count)s ranked.") % {
            "best": in_chart[0].name,
            "high": definitions.shown(in_chart[0].figures[IN_TIME], in_time),
            "worst": in_chart[-1].name,
            "low": definitions.shown(in_chart[-1].figures[IN_TIME], in_time),
            "count": len(in_chart),
        }
    context = {
        "placed": _placed(table, asked),
        "chart": chart if in_chart else None,
        "label": label,
        "groups": [
            (name, title, name == found.group, asked.address("supervision:overview", group=name))
            for name, title in ranking.GROUPS.items()
        ],
        "more": max(0, len(found.lines) - len(in_chart)),
    }
    return Made(context, (table,))


# --- 6 Cards ----------------------------------------------------------------------------------------------------------


def _cards(asked: Asked) -> Made:
    """Count cards by organ, rule and state; those that were revoked stand apart, as in the figures."""
    question, at = asked.question(), asked.at
    standing = asking.rows(YELLOW, question, Part.NUMERATOR, at=at) | asking.rows(RED, question, Part.NUMERATOR, at=at)
    counted = list(
        standing.order_by()
        .values_list("organ_id", "rule", "state", "colour")
        .annotate(cards=Count("pk"))
        .order_by("organ_id", "rule", "state", "colour")
    )
    names = {organ.pk: organ.short_name or organ.name for organ in asked.reach.organs}
    by_rule = _by_colour(counted, 1)
    by_state = _by_colour(counted, 2)
    by_organ = _by_colour(counted, 0)
    heads = (
        Head(pgettext("cards", "yellow"), is_number=True),
        Head(pgettext("cards", "red"), is_number=True),
    )
    labels = {"rule": {each.value: str(each.label) for each in Rule}}
    labels["state"] = {each.value: str(each.label) for each in CardState}

    def rows(
        found: Mapping[Any, Mapping[str, int]], name: Callable[[Any], str], of: Callable[[Any], Mapping[str, Any]]
    ) -> Iterator[tuple[Cell, ...]]:
        for key, colours in sorted(found.items(), key=lambda each: -sum(each[1].values())):
            yield (
                Cell(name(key)),
                *(
                    count(colours.get(colour, 0), asked.behind(figure, **of(key)))
                    for colour, figure in ((Colour.YELLOW.value, YELLOW), (Colour.RED.value, RED))
                ),
            )

    tables = (
        Table(
            "cards-rules",
            _("Cards by rule"),
            (Head(pgettext("cards", "Rule")), *heads),
            tuple(rows(by_rule, lambda key: capfirst(labels["rule"].get(key, key)), lambda key: {"rule": key})),
            definitions=(YELLOW, RED),
        ),
        Table(
            "cards-states",
            _("Cards by state"),
            (Head(pgettext("cards", "State")), *heads),
            tuple(rows(by_state, lambda key: capfirst(labels["state"].get(key, key)), lambda key: {"state": key})),
            definitions=(YELLOW, RED),
        ),
        Table(
            "cards-organs",
            _("Cards by organ"),
            (Head(_("Organ")), *heads),
            tuple(
                rows(
                    by_organ,
                    lambda key: names.get(key, ""),
                    lambda key: {"organ": key, "alone": 1, "district": None},
                )
            ),
            definitions=(YELLOW, RED),
        ),
    )
    chart = {
        "title": str(tables[0].title),
        "labels": [row[0].text for row in tables[0].rows],
        "unit": pgettext("unit of a figure", "cards"),
        "horizontal": True,
        "series": [
            {
                "name": heads[place].label,
                "values": [row[place + 1].value for row in tables[0].rows],
                "bars": True,
                "colour": colour,
                "links": [row[place + 1].href for row in tables[0].rows],
            }
            for place, colour in enumerate(("--card-y", "--card-r"))
        ],
    }
    total = {colour: sum(each.get(colour, 0) for each in by_organ.values()) for colour in Colour.values}
    label = _("%(yellow)s yellow and %(red)s red cards were issued.") % total
    context = {
        "tables": [_placed(table, asked, most=CARDS_OF) for table in tables],
        "chart": chart if tables[0].rows else None,
        "label": label,
        "revoked": _revoked(asked),
    }
    return Made(context, tables if tables[0].rows else ())


def _by_colour(counted: Iterable[Sequence[Any]], place: int) -> dict[Any, dict[str, int]]:
    found: dict[Any, dict[str, int]] = {}
    for row in counted:
        colours = found.setdefault(row[place], {})
        colours[row[3]] = colours.get(row[3], 0) + row[4]
    return found


def _revoked(asked: Asked) -> int | None:
    """Return how many cards of the period were revoked by now; None where only some cases are asked about."""
    if asked.is_of_cases:
        return None
    return _whole(figures.counted([REVOKED], asked, asked.period)[None][REVOKED])


# --- The page ---------------------------------------------------------------------------------------------------------

OWN = (
    Block("figures", gettext_lazy("Key figures"), "supervision/desk/figures.html", _figures),
    Block("overdue", gettext_lazy("Overdue, the worst first"), "supervision/desk/overdue.html", _overdue),
    Block("trend", gettext_lazy("Thirteen months"), "supervision/desk/trend.html", _trend),
    Block("ranking", gettext_lazy("Ranking of organs"), "supervision/desk/ranking.html", _ranking),
    Block("cards", pgettext_lazy("overview", "Warning cards"), "supervision/desk/cards.html", _cards),
)


def all_of(asked: Asked) -> tuple[Block, ...]:
    """Return every block that the viewer finds: our own, and what the outlook adds."""
    return (*OWN, *(Block(each.key, each.title, each.template, partial(_foreseen, each)) for each in _further(asked)))


def _further(asked: Asked) -> Sequence[foresight.Block]:
    return foresight.blocks(asked.user)


def _foreseen(block: foresight.Block, asked: Asked) -> Made:
    """Return a block of the outlook with its tables as they stand on the page: some lines, all of them in the files."""
    made = block.make(foresight.Wanted(asked.question(), asked.user, asked.at, asked.place))
    placed = {
        table.name.replace("-", "_"): _placed(
            table, asked, most=foresight.MOST_LINES if len(table.rows) > FEW else None
        )
        for table in made.tables
    }
    return Made({**made.context, "placed": placed}, made.tables)


def shown(asked: Asked, request: Any = None, *, whole: bool = True) -> list[Shown]:
    """Return all blocks as they stand on the page; unless ``whole``, those of the outlook come after it."""
    if whole:
        return [_made(block, asked, request) for block in all_of(asked)]
    later = [
        Shown(each.key, each.title, "", asked.address("supervision:overview_block", each.key))
        for each in _further(asked)
    ]
    return [*(_made(block, asked, request) for block in OWN), *later]


def shown_alone(key: str, asked: Asked, request: Any = None) -> Shown:
    """
    Return one block as it stands on the page.

    :raises KeyError: the viewer finds none of this name
    """
    return _made({block.key: block for block in all_of(asked)}[key], asked, request)


def _made(block: Block, asked: Asked, request: Any) -> Shown:
    return _safely(block.key, block.title, partial(_rendered, block, asked, request))


def _rendered(block: Block, asked: Asked, request: Any) -> str:
    made = block.make(asked)
    return render_to_string(block.template, {**made.context, "asked": asked, "key": block.key}, request=request)


def _safely(key: str, title: str | Lazy, make: Callable[[], str]) -> Shown:
    """Make one block; whatever goes wrong in it is logged, and stays in it."""
    try:
        with transaction.atomic():
            return Shown(key, title, make())
    except Exception:  # whatever the cause, the rest of the page is there
        log.exception("overview_block_failed", block=key)
        return Shown(key, title, "")


def tables(asked: Asked) -> dict[str, Table]:
    """Return every table of the page by its name, those of a block that fails left out."""
    found: dict[str, Table] = {}
    for block in all_of(asked):
        try:
            with transaction.atomic():
                found |= {table.name: table for table in block.make(asked).tables}
        except Exception:  # as on the page
            log.exception("overview_block_failed", block=block.key)
    return found


def table(name: str, asked: Asked) -> Table:
    """
    Return one table of the page.

    :raises KeyError: there is none of this name
    """
    block = next((each for each in all_of(asked) if name == each.key or name.startswith(f"{each.key}-")), None)
    if block is None:
        raise KeyError(name)
    return {each.name: each for each in block.make(asked).tables}[name]


def _whole(figure: Figure) -> int:
    return int(figure.numerator)


def _point(value: Decimal | None) -> float | None:
    """Return a value for a chart, to two places as people read it."""
    return None if value is None else float(_rounded(value) or 0)


def _rounded(value: Decimal | None) -> Decimal | None:
    return None if value is None else definitions.to_two_places(value)
