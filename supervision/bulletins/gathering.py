"""
What is counted for a bulletin, as known at a moment, through the one interface of figures (docs/domain.md 12).

Nothing is counted here: every count comes from ``supervision.figures``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Q

from complaints.enums import Category, Channel, Kind
from efficiency.organs.models import Level, Organ, OrganKind
from efficiency.timing.due import add_months
from supervision.bulletins import arithmetic, suppression
from supervision.bulletins.enums import Scope, Span
from supervision.bulletins.periods import TREND, Period
from supervision.figures import asking, definitions
from supervision.figures.asking import By, Question
from supervision.models import FrozenFigure
from targets.measures.registry import Figure

RECEIVED = "received"
# Cases that were assigned to an organ: what the table by category and organ counts.
ASSIGNED = "closing_rate"
# The figures whose course over thirteen months is shown.
COURSE = (RECEIVED, "on_time_closing", "satisfaction", "kept_rate", "cards_yellow", "cards_red")
CLASSES: Mapping[Scope, tuple[By, str, Any]] = {
    Scope.KIND: (By.KIND, "share_kind", Kind),
    Scope.CATEGORY: (By.CATEGORY, "share_category", Category),
    Scope.CHANNEL: (By.CHANNEL, "share_channel", Channel),
}
NONE = Decimal(0)
# How a count puts together what its rows add (``targets.measures.counting``), where organs may be added up.
ADDED_UP = "sum(counted)"
# How many persons were held to account, each once; by single measure as ``accountability_…``.
ACCOUNTABILITY = "accountability"
# Of an organ or a district so few persons are not told: who knows the place knows the persons.
FEWEST_PERSONS = 3
FINER = (Scope.DISTRICT, Scope.ORGAN)
# Codes of districts, and of the organs that belong to them.
Tree = Mapping[str, Sequence[str]]
SHARES = frozenset(share for _by, share, _choices in CLASSES.values())


class Told(NamedTuple):
    """The sides and the value of a figure."""

    numerator: Decimal
    denominator: Decimal | None
    value: Decimal | None


@dataclass(frozen=True, slots=True)
class Counted:
    """One figure of a bulletin before it is stored."""

    scope: str
    key: str
    label: str
    name: str
    told: Told
    is_imported: bool = False
    is_hidden: bool = False

    @property
    def where(self) -> tuple[str, str, str]:
        """What tells it from the others of its bulletin."""
        return self.scope, self.key, self.name


def names() -> list[str]:
    """Return the figures of a bulletin of the whole city, in their order."""
    return [each.name for each in definitions.definitions() if each.name not in SHARES]


def of_cases() -> list[str]:
    """Return those of them that have a case behind them, so that they can be asked by class."""
    return [each.name for each in definitions.definitions() if each.has_case and each.name not in SHARES]


def own(period: Period, *, at: datetime, of_tree: Tree | None = None) -> list[Counted]:
    """
    Return the figures of a period itself: city, districts, organs, classes of cases.

    A fixed number of questions, and one for each district of what does not add up over organs.

    :param of_tree: which organs belonged to which districts; those of today without
    """
    question, all_names = Question(period.since, period.until), names()
    found = list(_row(Scope.CITY, "", "", _ask(all_names, question, at=at)[None]))
    by_organ = _ask(all_names, question, by=By.ORGAN, at=at)
    for district, organ_ids in _districts(tree() if of_tree is None else of_tree):
        told = _of_district(organ_ids, by_organ, question, at)
        found += _without_persons(_row(Scope.DISTRICT, district.code, district.name, told))
    called = Organ.objects.in_bulk(list(by_organ))
    for pk in sorted(by_organ, key=lambda each: called[each].code):
        found += _without_persons(_row(Scope.ORGAN, called[pk].code, called[pk].name, by_organ[pk]))
    for scope, (by, share, choices) in CLASSES.items():
        by_class = _ask([*of_cases(), share], question, by=by, at=at)
        for value, label in choices.choices:
            row = by_class.get(value, {})
            if any(each.numerator or each.denominator for name, each in row.items() if name != share):
                found += _row(scope, value, str(label), row)
    is_imported = bool(asking.imported_months(question))
    return [replace(each, is_imported=True) for each in found] if is_imported else found


def _without_persons(row: Iterable[Counted]) -> Iterator[Counted]:
    """
    Yield what may be told of an organ or a district: by which measures, and of one or two persons, nothing.

    Of none there is nothing either, so that what is not there does not say "one or two".
    """
    for each in row:
        few = each.name == ACCOUNTABILITY and each.told.numerator < FEWEST_PERSONS
        if not few and not each.name.startswith(f"{ACCOUNTABILITY}_"):
            yield each


def _of_district(
    organ_ids: Sequence[int], by_organ: Mapping[int, Mapping[str, Figure]], question: Question, at: datetime
) -> Mapping[str, Figure]:
    """Return the figures of a district: sides added up over its organs, and asked for where persons count once."""
    rows = [by_organ[pk] for pk in organ_ids if pk in by_organ]
    found, asked = {}, []
    for name in names():
        figures = [row[name] for row in rows]
        if not any(each.numerator or each.denominator for each in figures):
            found[name] = Figure(NONE, None if not definitions.definition(name).has_base else NONE, None)
        elif _adds_up(name):
            has_base = any(each.denominator is not None for each in figures)
            base = sum((each.denominator or NONE for each in figures), NONE) if has_base else None
            found[name] = Figure(sum((each.numerator for each in figures), NONE), base, None)
        else:
            asked.append(name)
    if asked:
        found |= _ask(asked, replace(question, organ_ids=tuple(organ_ids)), at=at)[None]
    return found


def _adds_up(name: str) -> bool:
    """Say whether both sides of a figure are sums over organs; rates put together and persons counted once are not."""
    of = definitions.definition(name)
    return not of.is_weighted and all(
        each.measure.count is None or each.measure.count.total == ADDED_UP for each in of.counted
    )


def beside(period: Period, *, at: datetime, frozen: "Mapping[Period, Mapping[str, Told]]") -> list[Counted]:
    """
    Return what a bulletin compares with: the period before, the year before, the course of thirteen months.

    :param frozen: what bulletins said of the whole city: where there was one, its figures are taken as they were told
    """
    found: list[Counted] = []
    for scope, other in ((Scope.PREVIOUS, period.previous), (Scope.YEAR_BEFORE, period.year_before)):
        if other in frozen:
            found += [Counted(scope, "", "", name, told) for name, told in frozen[other].items()]
        else:
            question = Question(other.since, other.until)
            found += _row(scope, "", "", _ask(names(), question, at=at)[None])
    if period.span == Span.MONTH:
        months = list(months_until(period))
        counted: Mapping[Any, Mapping[str, Figure]] = {}
        whole = Question(months[0].since, period.until)
        imported = set(asking.imported_months(whole))
        if any(month not in frozen for month in months):
            counted = _ask(list(COURSE), whole, by=By.MONTH, at=at)
        for month in months:
            key = month.since.isoformat()
            if month in frozen:
                told = frozen[month].items()
                rows = [Counted(Scope.MONTH, key, "", name, each) for name, each in told if name in COURSE]
            else:
                rows = list(_row(Scope.MONTH, key, "", counted[month.since]))
            found += [replace(each, is_imported=month.since in imported) for each in rows]
    return found


def cells(period: Period, *, at: datetime) -> list[Counted]:
    """
    Return the table by category and organ, with what must not be shown of it marked (docs/domain.md 12).

    Organs that are hidden in a bulletin within the period, or around it, are hidden here too.
    """
    counts: dict[suppression.Cell, int] = {}
    for category, by_organ in asking.by_category([ASSIGNED], Question(period.since, period.until), at=at).items():
        for pk, told in by_organ.items():
            if count := int(told[ASSIGNED].denominator or 0):
                counts[str(pk), category] = count
    called = Organ.objects.in_bulk([int(pk) for pk, _category in counts])
    beside = _hidden_beside(period)
    hidden = suppression.hidden_rows(counts, [str(pk) for pk, organ in called.items() if organ.code in beside])
    found = [
        Counted(
            Scope.CELL,
            f"{category}|{called[int(pk)].code}",
            called[int(pk)].name,
            "assigned",
            Told(Decimal(count), None, Decimal(count)),
            is_hidden=pk in hidden,
        )
        for (pk, category), count in counts.items()
    ]
    return sorted(found, key=lambda each: each.key)


def _hidden_beside(period: Period) -> set[str]:
    """Return the codes of organs that have hidden cells in a bulletin of a period within this one, or around it."""
    within = Q(bulletin__since__gte=period.since, bulletin__until__lte=period.until)
    around = Q(bulletin__since__lte=period.since, bulletin__until__gte=period.until)
    cells = FrozenFigure.objects.filter(within | around, scope=Scope.CELL, is_hidden=True)
    return {key.split("|", 1)[1] for key in cells.values_list("key", flat=True)}


def months_until(period: Period) -> Iterator[Period]:
    """Yield the twelve months before a month, the first one first, and the month itself."""
    for back in range(TREND - 1, -1, -1):
        yield Period(Span.MONTH, add_months(period.since, -back))


def tree() -> Tree:
    """Return the districts of today in their order, each with its government and all organs that belong to it."""
    rows = Organ.objects.filter(level=Level.DISTRICT, kind=OrganKind.GOVERNMENT, until__isnull=True)
    found = {district.pk: [district.code] for district in rows.order_by("position", "code")}
    for district_id, code in (
        Organ.objects.filter(district__in=found).order_by("code").values_list("district_id", "code")
    ):
        found[district_id].append(code)
    return {codes[0]: codes for codes in found.values()}


def _districts(of_tree: Tree) -> Iterator[tuple[Organ, list[int]]]:
    """Yield districts with the keys of their organs, as far as there is an organ of that code."""
    called = Organ.objects.in_bulk({code for codes in of_tree.values() for code in codes}, field_name="code")
    for district, codes in of_tree.items():
        if district in called:
            yield called[district], [called[code].pk for code in codes if code in called]


def _ask(
    wanted: Sequence[str], question: Question, *, at: datetime, by: By = By.NOTHING
) -> Mapping[Any, Mapping[str, Figure]]:
    return asking.figures(wanted, question, by=by, at=at) if wanted else {None: {}}


def _row(scope: str, key: str, label: str, figures: Mapping[str, Figure]) -> Iterator[Counted]:
    """Yield the figures of one row; each value is what its stored sides make, so that both can be proved."""
    for name, figure in figures.items():
        of = definitions.definition(name)
        numerator = arithmetic.kept(figure.numerator)
        denominator = None if figure.denominator is None else arithmetic.kept(figure.denominator)
        value = arithmetic.value_of(of.shape, numerator, denominator, is_weighted=of.is_weighted)
        yield Counted(scope, key, label, name, Told(numerator, denominator, value))


def first_day(key: str) -> date:
    """Return the month that a row of the course is of."""
    return date.fromisoformat(key)
