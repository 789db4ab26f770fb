"""
The tables of the outlook: buck-passing, forecasts with their record, doubtful closings, the five systems.

Each is one table for its page, for the overview, for files and for paper (``figures.tables``).
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from efficiency.rounding import half_up
from efficiency.timing.zone import local_day
from supervision.figures.tables import Cell, Head, Table, count
from supervision.foresight.chances import Record
from supervision.foresight.doubts import Line, Reason
from supervision.foresight.passing import Chain, Held, Pair

if TYPE_CHECKING:
    from supervision.foresight.overview import System
    from supervision.foresight.views import Expected

CHAINS, PAIRS, HELD = "passing-chains", "passing-pairs", "passing-held"
FORECAST, RECORD = "forecast", "forecast-record"
DOUBTS, REASONS = "doubts-cases", "doubts"
SYSTEMS = "systems"
DASH = "–"
# Leads to a list: its name, and what of its address is narrowed down; "" where a table stands for itself.
To = Callable[..., str]


def nowhere(_name: str, *_args: str, **_more: object) -> str:
    """Lead nowhere."""
    return ""


def _day(moment: datetime | None) -> Cell:
    """Show the day of a moment, in order by the moment itself."""
    return Cell(DASH) if moment is None else Cell(local_day(moment).isoformat(), timezone.localtime(moment))


def _between(names: Iterable[str]) -> str:
    return pgettext("between items of a list", ", ").join(names)


# --- Buck-passing -----------------------------------------------------------------------------------------------------


def of_chains(chains: Iterable[Chain]) -> Table:
    """Return cases that were passed on, by how often and through which organs."""
    return Table(
        CHAINS,
        _("Longest chains"),
        (
            Head(_("Number")),
            Head(_("Times passed on"), is_number=True),
            Head(_("From organ to organ")),
            Head(_("State")),
        ),
        tuple(
            (
                Cell(each.case.number, href=reverse("admin:complaints_case_change", args=[each.case.pk])),
                Cell(str(each.steps), each.steps),
                Cell(" → ".join(organ.name for organ in each.path) or DASH, is_chinese=True),
                Cell(str(each.case.get_state_display())),
            )
            for each in chains
        ),
    )


def of_pairs(pairs: Iterable[Pair], to: To = nowhere) -> Table:
    """Return between which organs cases went to and fro."""
    return Table(
        PAIRS,
        _("To and fro between two organs"),
        (
            Head(pgettext("passing", "Passed on by")),
            Head(pgettext("passing", "Sent back by")),
            Head(_("Cases"), is_number=True),
            Head(pgettext("passing", "Times"), is_number=True),
        ),
        tuple(
            (
                Cell(str(each.first), is_chinese=True),
                Cell(str(each.second), is_chinese=True),
                count(
                    each.cases,
                    to("supervision:passing_cases", "to-and-fro", **{"from": each.first.pk, "back": each.second.pk}),
                ),
                Cell(str(each.times), each.times),
            )
            for each in pairs
        ),
    )


def of_held(lines: Iterable[Held], to: To = nowhere) -> Table:
    """Return how long organs held cases, in working days."""
    return Table(
        HELD,
        _("Holding time by organ"),
        (
            Head(_("Organ")),
            Head(pgettext("passing", "Cases held"), is_number=True),
            Head(pgettext("passing", "Working days held"), is_number=True),
            Head(pgettext("passing", "Average"), is_number=True),
            Head(pgettext("passing", "Longest"), is_number=True),
            Head(pgettext("passing", "Suspended (working days)"), is_number=True),
            Head(pgettext("passing", "Cases passed on"), is_number=True),
        ),
        tuple(
            (
                Cell(str(each.organ), is_chinese=True),
                count(each.cases, to("supervision:passing_cases", "held", organ=each.organ.pk, alone="on")),
                Cell(str(each.days), each.days),
                Cell(str(each.average), each.average),
                Cell(str(each.longest), each.longest),
                Cell(str(each.suspended), each.suspended),
                count(each.passed_on, to("supervision:passing_cases", "passed-on", organ=each.organ.pk, alone="on")),
            )
            for each in lines
        ),
    )


# --- Forecast ---------------------------------------------------------------------------------------------------------


def of_forecast(rows: Iterable["Expected"]) -> Table:
    """Return promises with the chance that they are missed, and the numbers that it came from."""
    return Table(
        FORECAST,
        _("Promises by their chance of being missed"),
        (
            Head(f"{pgettext('forecast', 'Chance')}（%）", is_number=True),
            Head(_("Promise")),
            Head(_("Number")),
            Head(_("Organ")),
            Head(_("Due")),
            Head(_("Working days left"), is_number=True),
            Head(pgettext("forecast", "Missed by the organ"), is_number=True),
            Head(pgettext("forecast", "of its promises"), is_number=True),
            Head(pgettext("forecast", "Missed by all organs"), is_number=True),
            Head(pgettext("forecast", "of their promises"), is_number=True),
        ),
        tuple(
            (
                Cell(DASH if each.chance is None else str(half_up(each.chance, 1)), each.chance),
                Cell(capfirst(each.label)),
                Cell(each.number, href=each.path),
                Cell(str(each.promise.organ), is_chinese=True),
                Cell(local_day(each.promise.due_at).isoformat(), timezone.localtime(each.promise.due_at)),
                Cell(str(each.promise.days_left), each.promise.days_left),
                *(
                    Cell(DASH if number is None else str(number), number)
                    for number in (
                        each.promise.own_missed,
                        each.promise.own_base,
                        each.promise.all_missed,
                        each.promise.all_base,
                    )
                ),
            )
            for each in rows
        ),
        note=_("The chance of promises of one kind with as many working days left; it is no verdict on a person."),
    )


def of_record(record: Record) -> Table:
    """Return how good forecasts were, tenth by tenth, and all together."""
    rows = [
        (
            Cell(f"{each.lower * 100:.0f}–{each.upper * 100:.0f}%"),
            Cell(str(each.count), each.count),
            _per_cent(each.expected if each.count else None),
            Cell(str(each.missed), each.missed),
            _per_cent(each.share),
        )
        for each in record.tenths
    ]
    total = (
        Cell(pgettext("forecast", "all of them")),
        Cell(str(record.count), record.count),
        Cell(_("Brier score %(score)s") % {"score": DASH if record.brier is None else record.brier}),
        Cell(str(record.missed), record.missed),
        Cell(_("simple baseline %(score)s") % {"score": DASH if record.baseline is None else record.baseline}),
    )
    return Table(
        RECORD,
        _("Forecasts by tenths"),
        (
            Head(pgettext("forecast", "Chance")),
            Head(_("Forecasts"), is_number=True),
            Head(pgettext("forecast", "expected"), is_number=True),
            Head(pgettext("forecast", "missed"), is_number=True),
            Head(pgettext("forecast", "share missed"), is_number=True),
        ),
        (*rows, total) if record.count else (),
    )


def _per_cent(share: Decimal | None) -> Cell:
    if share is None:
        return Cell(DASH)
    value = half_up(share * 100, 1)
    return Cell(f"{value}%", value)


# --- Doubtful closings ------------------------------------------------------------------------------------------------


def of_reasons(counted: Mapping[Reason, int], to: To = nowhere) -> Table:
    """Return how many closings are doubtful for each reason."""
    return Table(
        REASONS,
        _("Doubtful closings by reason"),
        (Head(pgettext("doubtful closing", "Reason")), Head(_("Cases"), is_number=True)),
        tuple(
            (Cell(capfirst(str(each.label))), count(number, to("supervision:doubts", reason=each.value)))
            for each, number in counted.items()
        ),
    )


def of_doubts(lines: Iterable[Line]) -> Table:
    """Return doubtful closings with their reasons and what was done about each."""
    return Table(
        DOUBTS,
        pgettext("menu", "Doubtful closings"),
        (
            Head(_("Number")),
            Head(_("Organ")),
            Head(_("Answered")),
            Head(pgettext("doubtful closing", "Reason")),
            Head(pgettext("doubtful closing", "What was done")),
        ),
        tuple(
            (
                Cell(each.case.number, href=reverse("admin:complaints_case_change", args=[each.case.pk])),
                Cell(str(each.case.handling_organ), is_chinese=True),
                _day(each.case.replied_at),
                Cell(_between(str(reason.label) for reason in each.reasons)),
                Cell(_between(str(done.label) for done in each.done) or pgettext("doubtful closing", "nothing yet")),
            )
            for each in lines
        ),
    )


# --- Five systems -----------------------------------------------------------------------------------------------------


def of_systems(found: Iterable["System"]) -> Table:
    """Return the five systems in a line each."""
    return Table(
        SYSTEMS,
        _("Five systems, a line each"),
        (
            Head(pgettext("overview", "System")),
            Head(pgettext("overview", "Figure"), is_number=True),
            Head(pgettext("overview", "Of"), is_number=True),
        ),
        tuple(_system(each) for each in found),
    )


def _system(each: "System") -> tuple[Cell, ...]:
    name = Cell(str(each.label), href=each.href)
    if not each.is_share:
        return name, Cell(str(each.part), each.part), Cell(DASH)
    share = Cell(DASH) if each.per_cent is None else Cell(f"{each.per_cent}%", each.per_cent)
    return name, share, Cell(f"{each.part}/{DASH if each.whole is None else each.whole}")
