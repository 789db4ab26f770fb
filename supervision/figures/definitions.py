"""
What each figure means, in words, in the order of docs/domain.md 12: the one place where people read it.

What is counted stands in ``targets.measures``; here stands how it is called, of what it is a share, what is left out
and where it comes from. Two kinds of figures follow from counted ones and are put together here: shares of a whole, and
the three rates in one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from django.conf import settings
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from accountability.faults.words import Measure as Sanctioned
from efficiency.rounding import half_up
from targets.measures import registry
from targets.measures.registry import Direction, Figure, Measure, Part, share

NOUGHT = Decimal(0)
DASH = "–"
Words = Lazy | str
Sides = tuple[Decimal, Decimal]


class Shape(StrEnum):
    """How a figure is read: whole numbers; per cent or per thousand with two decimals; days with one."""

    COUNT = "count"
    RATE = "rate"
    PER_THOUSAND = "per_thousand"
    DAYS = "days"
    POINTS = "points"


_PLACES = {Shape.COUNT: 0, Shape.DAYS: 1}


@dataclass(frozen=True, slots=True)
class Counted:
    """
    What is counted for a figure, by the name of its measure.

    ``without``: a class of cases that is not asked for and not broken down by, because the whole is meant.
    """

    measure_name: str
    has_case: bool
    without: str = ""

    @property
    def measure(self) -> Measure:
        """The measure that counts it."""
        return registry.get(self.measure_name)


@dataclass(frozen=True, slots=True)
class Definition:
    """One figure in words: formula, numerator, denominator, what is left out, where it comes from."""

    name: str
    label: Words
    unit: Words
    # None: neither more nor less of it is better.
    direction: Direction | None
    numerator: Words
    denominator: Words
    formula: Words
    exclusions: Words
    source: Words
    # Whether a case is behind each row, so that kind, category and channel mean something.
    has_case: bool
    shape: Shape
    counted: tuple[Counted, ...]
    is_share: bool = False
    is_weighted: bool = False

    @property
    def measure(self) -> Measure:
        """The measure whose rows are shown for it."""
        return self.counted[0].measure

    @property
    def has_base(self) -> bool:
        """Whether it is a share of something."""
        return self.shape is not Shape.COUNT


@dataclass(frozen=True, slots=True)
class Change:
    """By how much a figure differs from the one before, in words, and whether that is better; None: neither."""

    words: str
    is_better: bool | None


def definitions() -> tuple[Definition, ...]:
    """Return all figures in the order of docs/domain.md 12."""
    return tuple(_DEFINITIONS.values())


def definition(name: str) -> Definition:
    """
    Return a figure by its name.

    :raises KeyError: there is none
    """
    return _DEFINITIONS[name]


# --- Putting together -------------------------------------------------------------------------------------------------


def counted_of(names: Iterable[str]) -> tuple[Counted, ...]:
    """
    Return what has to be counted for figures, each once.

    :raises KeyError: there is no figure of a name
    """
    return tuple(dict.fromkeys(each for name in names for each in definition(name).counted))


def put_together(names: Sequence[str], found: Mapping[Counted, Sides | None]) -> dict[str, Figure]:
    """
    Return figures from what was counted for them.

    Nothing is rounded (docs/domain.md 12). What is None could not be asked for: the figure has no value.
    """
    return {name: _figure(definition(name), found) for name in names}


def _figure(of: Definition, found: Mapping[Counted, Sides | None]) -> Figure:
    sides = [found.get(each) for each in of.counted]
    if of.is_weighted:
        return three_rates([_value(each, found) for each in of.counted])
    numerator = sides[0]
    if numerator is None:
        return Figure(NOUGHT, None, None)
    if of.is_share:
        whole = sides[1][0] if sides[1] is not None else NOUGHT
        return Figure(numerator[0], whole, share(numerator[0], whole))
    return Figure(numerator[0], numerator[1] if of.has_base else None, _value(of.counted[0], found))


def _value(each: Counted, found: Mapping[Counted, Sides | None]) -> Decimal | None:
    sides = found.get(each)
    return None if sides is None else each.measure.value_of(*sides)


def three_rates(values: Sequence[Decimal | None]) -> Figure:
    """
    Return the three rates in one, by ``settings.THREE_RATES``: response, solved, satisfaction (docs/domain.md 12).

    One that has no value leaves the others in proportion. The numerator is the weighted sum, the denominator the sum of
    the weights that counted.
    """
    known = [
        (Decimal(weight), value)
        for weight, value in zip(settings.THREE_RATES, values, strict=True)
        if value is not None
    ]
    weights = sum((weight for weight, _value in known), NOUGHT)
    total = sum((weight * value for weight, value in known), NOUGHT)
    return Figure(total, weights, total / weights if weights else None)


def rows_of(name: str, part: Part) -> tuple[Definition, Part, str]:
    """
    Return whose rows a side of a figure shows, which of their sides, and the class that is not asked for.

    :raises KeyError: there is no such figure
    :raises LookupError: the side has no rows
    """
    of = definition(name)
    if of.is_weighted:
        raise LookupError(f"{name} is put together of figures, each with rows of its own.")
    if part is Part.NUMERATOR:
        return of, part, ""
    if of.is_share:
        return of, Part.NUMERATOR, of.counted[1].without
    if not of.has_base:
        raise LookupError(f"There is no {part} of {name}.")
    return of, part, ""


# --- Showing ----------------------------------------------------------------------------------------------------------


def rounded(value: Decimal, of: Definition) -> Decimal:
    """Return a value as people read it: two decimals, half up; days with one, counts whole."""
    return half_up(value, _PLACES.get(of.shape, 2))


def to_two_places(value: Decimal) -> Decimal:
    """Return a value for a chart, which has one scale whatever the shape of its figures."""
    return half_up(value)


def shown(figure: Figure, of: Definition) -> str:
    """Return a figure as people read it, without its unit; "–" where it has no value."""
    return DASH if figure.value is None else f"{rounded(figure.value, of):f}"


def change(now: Figure, before: Figure, of: Definition) -> Change:
    """
    Return by how much a figure differs from the one before, reckoned from both as they are shown.

    Rates differ by percentage points. Where one of them has no value there is nothing to compare.
    """
    if now.value is None or before.value is None:
        return Change(DASH, None)
    difference = rounded(now.value, of) - rounded(before.value, of)
    is_better = (
        None if of.direction is None or not difference else (difference > 0) is (of.direction is Direction.HIGHER)
    )
    number = f"{abs(difference):f}"
    number = number.rstrip("0").rstrip(".") if "." in number else number
    signed = f"{'+' if difference > 0 else '−' if difference else '±'}{number}"
    if of.shape is not Shape.RATE:
        return Change(
            pgettext("by how much a figure changed", "%(number)s %(unit)s") % {"number": signed, "unit": of.unit},
            is_better,
        )
    return Change(
        pgettext("by how much a figure changed", "%(number)s percentage points") % {"number": signed}, is_better
    )


# --- The figures ------------------------------------------------------------------------------------------------------

PER_CENT = pgettext_lazy("unit of a figure", "%")
PER_THOUSAND = pgettext_lazy("unit of a figure", "per 1,000")
CASES = pgettext_lazy("unit of a figure", "cases")
HIGHER, LOWER = Direction.HIGHER, Direction.LOWER
RATE = _("numerator ÷ denominator × 100")
COUNT = _("number of these in the period")
CASE_RECORDS = _("cases and their steps")
PROMISES = _("promises about cases, with their moments")
EVALUATIONS = _("evaluations of replies by the citizens")
NO_DRAFTS = _("what the citizen withdrew or the office joined to another case counts all the same")
UNJUDGED = _("replies that nobody evaluated; the appraisal leaves out those whose cause is objective besides")
STANDS_STILL = _("promises whose clock stands still at the cut-off")


def _counted(
    name: str,
    direction: Direction | None,
    formula: Words,
    exclusions: Words,
    source: Words,
    *,
    shape: Shape = Shape.RATE,
    has_case: bool = True,
    measure: str = "",
) -> Definition:
    """Return the definition of a figure that is counted; how it and its sides are called is the measure's to say."""
    counted = Counted(measure or name, has_case)
    of = counted.measure
    return Definition(
        name=name,
        label=of.label,
        unit=of.unit,
        direction=direction,
        numerator=of.numerator,
        denominator=of.denominator,
        formula=formula,
        exclusions=exclusions,
        source=source,
        has_case=has_case,
        shape=shape,
        counted=(counted,),
    )


def _share(name: str, label: Words, without: str) -> Definition:
    """Return a share of the cases received: those of the class that is asked for, of those of all classes."""
    received = Counted("received", has_case=True)
    return Definition(
        name=name,
        label=label,
        unit=PER_CENT,
        direction=None,
        numerator=pgettext_lazy("part of a figure", "cases received of the class"),
        denominator=pgettext_lazy("part of a figure", "cases received"),
        formula=RATE,
        exclusions=_("nothing is left out; shares are not adjusted, and may not add up to 100.00"),
        source=CASE_RECORDS,
        has_case=True,
        shape=Shape.RATE,
        counted=(received, Counted("received", has_case=True, without=without)),
        is_share=True,
    )


def _accountability(name: str, measure: str) -> Definition:
    """Return who was held to account: by any measure, or by one."""
    return _counted(
        name,
        None,
        _("persons and organs with a measure in force in the period, each once"),
        _("measures that were revoked"),
        _("the ledger of sanctions"),
        shape=Shape.COUNT,
        has_case=False,
        measure=measure,
    )


def _all() -> tuple[Definition, ...]:
    return (
        _counted("received", None, COUNT, NO_DRAFTS, CASE_RECORDS, shape=Shape.COUNT),
        _share("share_kind", pgettext_lazy("figure", "share of a kind"), "kind"),
        _share("share_channel", pgettext_lazy("figure", "share of a channel"), "channel"),
        _share("share_category", pgettext_lazy("figure", "share of a category"), "category"),
        _counted(
            "acceptance_rate",
            HIGHER,
            RATE,
            _("cases passed to whoever is responsible; cases not decided on and still within the limit"),
            CASE_RECORDS,
        ),
        _counted("on_time_acceptance", HIGHER, RATE, STANDS_STILL, PROMISES),
        _counted("direct_rate", None, RATE, NO_DRAFTS, CASE_RECORDS),
        _counted("assigned_rate", None, RATE, NO_DRAFTS, CASE_RECORDS),
        _counted("closing_rate", HIGHER, RATE, _("cases that the office handled itself"), CASE_RECORDS),
        _counted(
            "on_time_closing",
            HIGHER,
            RATE,
            _("answers on the spot; promises whose clock stands still at the cut-off"),
            PROMISES,
        ),
        _counted(
            "kept_rate",
            HIGHER,
            RATE,
            _("applications that were withdrawn in time; matters whose clock stands still at the cut-off"),
            _("what the organs reported of their matters"),
            has_case=False,
        ),
        _counted(
            "early_rate",
            HIGHER,
            RATE,
            _("applications that were withdrawn"),
            _("what the organs reported of their matters"),
            has_case=False,
        ),
        _counted(
            "average_days",
            LOWER,
            _("sum of the working days from acceptance to reply ÷ replies"),
            _("answers on the spot; days on which the clock stood still"),
            PROMISES,
            shape=Shape.DAYS,
        ),
        _counted("extension_rate", LOWER, RATE, _("answers on the spot"), PROMISES),
        _counted("return_rate", LOWER, RATE, _("cases that the office handled itself"), CASE_RECORDS),
        _counted("wrong_return_rate", LOWER, RATE, _("returns that were not ruled upon count as right"), CASE_RECORDS),
        _counted("evaluation_rate", HIGHER, RATE, _("answers on the spot"), EVALUATIONS),
        _counted("satisfaction", HIGHER, RATE, UNJUDGED, EVALUATIONS, measure="satisfaction_of_all"),
        _counted("dissatisfaction", LOWER, RATE, UNJUDGED, EVALUATIONS, measure="dissatisfaction_of_all"),
        _counted("response_rate", HIGHER, RATE, _("evaluations without an answer to the question"), EVALUATIONS),
        _counted("solved_rate", HIGHER, RATE, _("evaluations without an answer to the question"), EVALUATIONS),
        Definition(
            name="three_rates",
            label=pgettext_lazy("figure", "three rates in one"),
            unit=PER_CENT,
            direction=HIGHER,
            numerator=pgettext_lazy("part of a figure", "response, solved and satisfaction, weighted"),
            denominator=pgettext_lazy("part of a figure", "weights of the rates that have a value"),
            formula=_("weights × rates; one without a value leaves the others in proportion"),
            exclusions=_("evaluations without an answer to the question"),
            source=EVALUATIONS,
            has_case=True,
            shape=Shape.RATE,
            counted=tuple(
                Counted(name, has_case=True) for name in ("response_rate", "solved_rate", "satisfaction_of_all")
            ),
            is_weighted=True,
        ),
        _counted("rework_rate", LOWER, RATE, _("answers on the spot"), PROMISES),
        _counted("upheld_rate", None, RATE, _("complaints that could not be verified"), CASE_RECORDS),
        _counted("follow_up_rate", HIGHER, RATE, _("calls that were taken back before their time was over"), PROMISES),
        _counted(
            "cards_yellow", LOWER, COUNT, _("revoked cards"), _("warning cards"), shape=Shape.COUNT, has_case=False
        ),
        _counted("cards_red", LOWER, COUNT, _("revoked cards"), _("warning cards"), shape=Shape.COUNT, has_case=False),
        _counted(
            "cards_revoked", None, COUNT, _("cards that hold"), _("warning cards"), shape=Shape.COUNT, has_case=False
        ),
        _counted(
            "cards_per_1000",
            LOWER,
            _("cards × 1000 ÷ promises due"),
            _("revoked cards; what citizens owe; promises taken back before their time was over"),
            _("warning cards, and all promises of government"),
            shape=Shape.PER_THOUSAND,
            has_case=False,
        ),
        _counted(
            "disclosure_completeness",
            HIGHER,
            RATE,
            _("duties that fell away"),
            _("the catalogue of duties to publish"),
            has_case=False,
        ),
        _counted(
            "disclosure_on_time",
            HIGHER,
            RATE,
            _("duties that are not due yet"),
            _("the catalogue of duties to publish"),
            has_case=False,
        ),
        _counted(
            "requests_on_time",
            HIGHER,
            RATE,
            _("requests that ended without an answer; those whose clock stands still at the cut-off"),
            _("requests for information and their promises"),
            has_case=False,
        ),
        _counted(
            "rectification_rate",
            HIGHER,
            RATE,
            _("notices that were withdrawn"),
            _("rectification notices"),
            has_case=False,
        ),
        _counted(
            "target_rate",
            HIGHER,
            RATE,
            _("indicators that the portal reckons itself; vetoes; plans of posts"),
            _("reports on target plans, as they were checked"),
            has_case=False,
        ),
        _accountability("accountability", "sanctions"),
        *(_accountability(f"accountability_{each.value}", f"sanctions_{each.value}") for each in Sanctioned),
    )


_DEFINITIONS: dict[str, Definition] = {}


def register() -> None:
    """Make the figures known; called once, after the measures."""
    _DEFINITIONS.update({each.name: each for each in _all()})
