"""
A bulletin as people read it: every number from the frozen figures and from nothing else (docs/domain.md 12).

Page, PDF, DOCX, CSV, the document of disclosure and the open data are all made of this.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from complaints.enums import Category, Channel, Kind
from efficiency.timing.zone import local, local_day
from supervision.bulletins import sealing, texts
from supervision.bulletins.enums import Scope, Section
from supervision.bulletins.gathering import COURSE
from supervision.figures import definitions, ranking
from supervision.figures.definitions import DASH, Definition
from supervision.models import Bulletin, FigureCorrection, FrozenFigure
from targets.measures.registry import Figure

# The six figures at the head of a bulletin (docs/ui.md 5.7).
HEAD = ("received", "on_time_closing", "satisfaction", "average_days", "cards_yellow", "cards_red")
OF_CARDS = ("cards_yellow", "cards_red", "cards_revoked", "cards_per_1000", "rectification_rate")
OF_DISCLOSURE = ("disclosure_completeness", "disclosure_on_time", "requests_on_time")
OF_ACCOUNTABILITY = "accountability"
RANKED_BY = "on_time_closing"
CLASSES = (
    (Scope.KIND, "share_kind", Kind),
    (Scope.CHANNEL, "share_channel", Channel),
    (Scope.CATEGORY, "share_category", Category),
)
NONE = Figure(Decimal(0), None, None)


@dataclass(frozen=True, slots=True)
class Line:
    """A figure of the whole city with what it is compared with, as it is shown."""

    of: Definition
    shown: str
    numerator: str
    denominator: str
    previous: str
    change: str
    is_better: bool | None
    year_before: str
    change_year: str
    is_better_year: bool | None

    @property
    def name(self) -> str:
        """The code of the figure."""
        return self.of.name

    @property
    def label(self) -> str:
        """What the figure is called."""
        return capfirst(str(self.of.label))

    @property
    def with_unit(self) -> str:
        """The value and its unit."""
        return with_unit(self.shown, self.of)


@dataclass(frozen=True, slots=True)
class Place:
    """An organ in the table of organs, or a district in the one of districts."""

    rank: int | None
    code: str
    label: str
    assigned: str
    in_time: str
    overdue: str
    rate: str
    days: str
    satisfaction: str
    rework: str
    cards: str

    @property
    def cells(self) -> tuple[str, ...]:
        """The row without rank and name."""
        return (
            self.assigned,
            self.in_time,
            self.overdue,
            self.rate,
            self.days,
            self.satisfaction,
            self.rework,
            self.cards,
        )


@dataclass(frozen=True, slots=True)
class Corrected:
    """A correction of an earlier figure, as it is shown."""

    of: Bulletin
    what: str
    where: str
    old: str
    new: str
    sides: str
    why: str
    name: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a head; in every form in which a bulletin leaves they are the same."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    # From which column on the cells are numbers.
    numbers_from: int = 1
    note: str = ""


@dataclass(slots=True)
class Content:
    """A bulletin with its frozen figures, read once."""

    bulletin: Bulletin
    figures: Sequence[FrozenFigure]
    corrections: Sequence[FigureCorrection]
    by: dict[tuple[str, str], dict[str, FrozenFigure]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for each in self.figures:
            self.by.setdefault((each.scope, each.key), {})[each.name] = each

    # --- Single figures ---------------------------------------------------------------------------------------------

    def row(self, name: str, scope: str = Scope.CITY, key: str = "") -> FrozenFigure | None:
        """Return a frozen figure, or None where there is none."""
        return self.by.get((scope, key), {}).get(name)

    def figure(self, name: str, scope: str = Scope.CITY, key: str = "") -> Figure:
        """Return both sides and the value of a frozen figure; without a value where there is none."""
        return figure_of(self.row(name, scope, key))

    def line(self, name: str) -> Line:
        """Return a figure of the whole city with its comparisons."""
        of = definitions.definition(name)
        now, previous, year = (self.figure(name, scope) for scope in (Scope.CITY, Scope.PREVIOUS, Scope.YEAR_BEFORE))
        changed, changed_year = definitions.change(now, previous, of), definitions.change(now, year, of)
        return Line(
            of,
            definitions.shown(now, of),
            plain(now.numerator) if self.row(name) else DASH,
            plain(now.denominator) if now.denominator is not None else DASH,
            definitions.shown(previous, of),
            changed.words,
            changed.is_better,
            definitions.shown(year, of),
            changed_year.words,
            changed_year.is_better,
        )

    def fill(self, name: str, side: str = "", organ: str = "") -> str | None:
        """Return a figure as it is published, for a placeholder; None where there is no such figure."""
        row = self.row(name, Scope.ORGAN, organ) if organ else self.row(name)
        known = {each.name for each in definitions.definitions()}
        if row is None or name not in known or (organ and side in ("previous", "year_before", "change", "change_year")):
            return None
        of = definitions.definition(name)
        match side:
            case "numerator":
                return plain(row.numerator)
            case "denominator":
                return plain(row.denominator) if row.denominator is not None else DASH
            case "":
                shown = definitions.shown(figure_of(row), of)
                return f"{shown}%" if of.shape == "rate" and row.value is not None else shown
        return str(getattr(self.line(name), side))

    def accountability(self) -> list[Line]:
        """Return how many were held to account, each person once, and by which measures; those without any left out."""
        names = [each.name for each in definitions.definitions() if each.name.startswith(OF_ACCOUNTABILITY)]
        return self.lines(name for name in names if not self._is_idle(name))

    def _is_idle(self, name: str) -> bool:
        return name.startswith(f"{OF_ACCOUNTABILITY}_") and not self.figure(name).numerator

    # --- Sections ---------------------------------------------------------------------------------------------------

    def lines(self, names: Iterable[str] | None = None) -> list[Line]:
        """
        Return the figures of the whole city that are frozen, those of ``names`` or all, in their order.

        Of all, measures that nobody got are left out.
        """
        wanted = [each.name for each in definitions.definitions() if not self._is_idle(each.name)]
        wanted = wanted if names is None else list(names)
        return [self.line(name) for name in wanted if self.row(name) is not None]

    def head(self) -> list[Line]:
        """Return the six figures at the head."""
        return self.lines(HEAD)

    def text(self, section: str) -> str:
        """Return what was written to a section, numbers filled in."""
        return texts.filled(self.bulletin.texts.get(section, ""), self)

    def headline(self) -> str:
        """Return the sentence at the head."""
        return self.text(Section.HEADLINE)

    def months(self) -> list[tuple[date, dict[str, Figure], bool]]:
        """Return the thirteen months: first day, figures, whether they are of imported counts."""
        found = []
        for (scope, key), rows in self.by.items():
            if scope == Scope.MONTH:
                told = {name: figure_of(row) for name, row in rows.items()}
                found.append((date.fromisoformat(key), told, any(row.is_imported for row in rows.values())))
        return found

    def trend(self) -> Table | None:
        """Return the course of thirteen months as a table; None for what is no month."""
        months = self.months()
        if not months:
            return None
        of = [definitions.definition(name) for name in COURSE]
        return Table(
            str(Section.TREND.label),
            (pgettext("bulletin", "Month"), *(label_of(each) for each in of)),
            tuple(
                (
                    f"{since:%Y-%m}" + (f" {_('(imported)')}" if is_imported else ""),
                    *(definitions.shown(told.get(each.name, NONE), each) for each in of),
                )
                for since, told, is_imported in months
            ),
        )

    def classes(self) -> list[Table]:
        """Return the cases of each kind, channel and category, and their shares, which are not adjusted."""
        found = []
        for scope, share, choices in CLASSES:
            labels = dict(choices.choices)
            rows = [
                (
                    capfirst(str(labels.get(key, key))),
                    plain(each["received"].numerator) if "received" in each else DASH,
                    shown(each.get(share), share),
                    shown(each.get("on_time_closing"), "on_time_closing"),
                    shown(each.get("satisfaction"), "satisfaction"),
                )
                for (of, key), each in self.by.items()
                if of == scope
            ]
            head = (
                capfirst(str(scope.label)),
                label_of(definitions.definition("received")),
                pgettext("bulletin", "Share"),
                label_of(definitions.definition("on_time_closing")),
                label_of(definitions.definition("satisfaction")),
            )
            found.append(Table(capfirst(str(scope.label)), head, tuple(rows)))
        return found

    def places(self, scope: str = Scope.ORGAN) -> tuple[list[Place], list[Place]]:
        """Return organs by rank, and apart those with fewer than five cases; who had nothing to do is in neither."""
        of = definitions.definition(RANKED_BY)
        keys = [key for (each, key) in self.by if each == scope]
        found = {key: self.figure(RANKED_BY, scope, key) for key in keys}
        found = {key: figure for key, figure in found.items() if self._has_anything(scope, key)}
        ranked: list[Place] = []
        apart: list[Place] = []
        for each in ranking.rank(found, of):
            (apart if each.is_apart else ranked).append(self._place(scope, each.key, each.rank))
        return ranked, apart

    def _has_anything(self, scope: str, key: str) -> bool:
        names = ("closing_rate", "on_time_closing", "satisfaction", "cards_yellow", "cards_red")
        rows = [self.row(name, scope, key) for name in names]
        return any(row is not None and (row.numerator or row.denominator) for row in rows)

    def _place(self, scope: str, key: str, rank: int | None) -> Place:
        rows = self.by[scope, key]
        in_time = figure_of(rows.get(RANKED_BY))
        assigned = figure_of(rows.get("closing_rate")).denominator
        return Place(
            rank,
            key,
            next((row.label for row in rows.values()), key),
            plain(assigned) if assigned is not None else DASH,
            plain(in_time.numerator),
            plain((in_time.denominator or Decimal(0)) - in_time.numerator),
            shown(rows.get(RANKED_BY), RANKED_BY),
            shown(rows.get("average_days"), "average_days"),
            shown(rows.get("satisfaction"), "satisfaction"),
            shown(rows.get("rework_rate"), "rework_rate"),
            shown(rows.get("cards_per_1000"), "cards_per_1000"),
        )

    def place_head(self) -> tuple[str, ...]:
        """Return the heads of the columns of a table of organs, without rank and name."""
        return (
            pgettext("bulletin", "Assigned"),
            pgettext("bulletin", "In time"),
            pgettext("bulletin", "Overdue"),
            *(label_of(definitions.definition(name)) for name in (RANKED_BY, "average_days", "satisfaction")),
            *(label_of(definitions.definition(name)) for name in ("rework_rate", "cards_per_1000")),
        )

    def organ_tables(self) -> list[Table]:
        """Return the tables of organs: by rank, those with few cases apart, districts."""
        ranked, apart = self.places()
        districts, few = self.places(Scope.DISTRICT)
        head = (pgettext("bulletin", "Rank"), pgettext("bulletin", "Organ"), *self.place_head())
        found = []
        for title, places, note in (
            (pgettext("bulletin", "Organs by rank"), ranked, ""),
            (
                pgettext("bulletin", "Organs with fewer than five cases"),
                apart,
                _("Listed apart and without a rank: one case more or less would turn a rate around."),
            ),
            (pgettext("bulletin", "Districts"), [*districts, *few], ""),
        ):
            rows = tuple((str(each.rank or DASH), each.label, *each.cells) for each in places)
            if rows:
                found.append(Table(title, head, rows, numbers_from=2, note=note))
        return found

    def crosstable(self) -> Table | None:
        """Return the table by category and organ without what must not be shown; None where nothing is left."""
        shown_cells = [each for each in self.figures if each.scope == Scope.CELL and not each.is_hidden]
        if not shown_cells:
            return None
        counts: dict[tuple[str, str], str] = {}
        organs: dict[str, str] = {}
        for each in shown_cells:
            category, code = each.key.split("|", 1)
            counts[code, category] = plain(each.numerator)
            organs[code] = each.label
        used = [value for value in Category.values if any((code, value) in counts for code in organs)]
        labels = dict(Category.choices)
        return Table(
            pgettext("bulletin", "Assigned cases by organ and category"),
            (pgettext("bulletin", "Organ"), *(capfirst(str(labels[value])) for value in used)),
            tuple(
                (label, *(counts.get((code, value), "0") for value in used)) for code, label in sorted(organs.items())
            ),
            note=_(
                "Organs with fewer than five cases of a category are left out of this table, and so many others that "
                "nothing can be worked out from sums."
            ),
        )

    def cards(self) -> Table | None:
        """Return the cards of organs that have any."""
        rows = []
        for (scope, key), each in self.by.items():
            if scope == Scope.ORGAN:
                counts = [figure_of(each.get(name)).numerator for name in ("cards_yellow", "cards_red")]
                if any(counts):
                    rows.append((each["cards_yellow"].label if "cards_yellow" in each else key, *map(plain, counts)))
        if not rows:
            return None
        head = (
            pgettext("bulletin", "Organ"),
            *(label_of(definitions.definition(n)) for n in ("cards_yellow", "cards_red")),
        )
        return Table(pgettext("bulletin", "Cards by organ"), head, tuple(rows))

    def canonical(self) -> bytes:
        """Return the form that the checksum of the bulletin is of."""
        slugs = {each.of_id: each.of.slug for each in self.corrections}
        return sealing.canonical(self.bulletin, self.figures, self.corrections, slugs)

    def corrected(self) -> list[Corrected]:
        """Return the corrections of earlier figures, the whole city first."""
        return [_corrected(each) for each in self.corrections]


def content_of(bulletin: Bulletin, name: str = "") -> Content:
    """Read a bulletin with its figures and corrections, or one of its figures alone: two questions, or one."""
    if name:
        return Content(bulletin, list(bulletin.figures.filter(name=name).order_by("position")), [])
    corrections = bulletin.corrections.select_related("of").order_by("position") if bulletin.pk else ()
    return Content(bulletin, list(bulletin.figures.order_by("position")), list(corrections))


def head_of(bulletin: Bulletin) -> Content:
    """Read what the head of a bulletin needs, which is a small part of it: its figures of the city; one question."""
    named = texts.organs_in(bulletin.texts.get(Section.HEADLINE, ""))
    wanted = Q(scope__in=(Scope.CITY, Scope.PREVIOUS, Scope.YEAR_BEFORE)) | Q(scope=Scope.ORGAN, key__in=named)
    return Content(bulletin, list(bulletin.figures.filter(wanted).order_by("position")), [])


def figure_of(row: FrozenFigure | None) -> Figure:
    """Return both sides and the value of a frozen row; without a value where there is no row."""
    return NONE if row is None else Figure(row.numerator, row.denominator, row.value)


def shown(row: FrozenFigure | None, name: str) -> str:
    """Return a frozen figure as people read it, "–" where it has no value."""
    return definitions.shown(figure_of(row), definitions.definition(name))


def with_unit(value: str, of: Definition) -> str:
    """Return a shown value with its unit; no unit behind a dash."""
    if value == DASH:
        return value
    return f"{value}%" if of.shape == "rate" else f"{value} {of.unit}"


def plain(value: Decimal | None) -> str:
    """Return a count without needless decimals."""
    if value is None:
        return DASH
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def label_of(of: Definition) -> str:
    """Return what a figure is called, at the beginning of a line."""
    return capfirst(str(of.label))


def _corrected(each: FigureCorrection) -> Corrected:
    if each.scope == Scope.CELL:
        return _corrected_cell(each)
    of = definitions.definition(each.name)
    old = Figure(each.old_numerator, each.old_denominator, each.old_value)
    new = Figure(each.new_numerator, each.new_denominator, each.new_value)
    return Corrected(
        each.of,
        label_of(of),
        where_of(each.scope, each.key, each.label),
        with_unit(definitions.shown(old, of), of),
        with_unit(definitions.shown(new, of), of),
        f"{_sides(old)} → {_sides(new)}",
        capfirst(str(each.get_why_display())),
        each.name,
    )


def _corrected_cell(each: FigureCorrection) -> Corrected:
    """Return the correction of a cell of the table by category and organ, which is a count of its own."""
    old, new = plain(each.old_numerator), plain(each.new_numerator)
    category = capfirst(str(dict(Category.choices).get(each.key.split("|", 1)[0], each.key)))
    return Corrected(
        each.of,
        capfirst(_("assigned cases")),
        pgettext("bulletin", "%(organ)s, %(category)s") % {"organ": each.label, "category": category},
        old,
        new,
        f"{old} → {new}",
        capfirst(str(each.get_why_display())),
        each.name,
    )


def _sides(figure: Figure) -> str:
    return (
        plain(figure.numerator)
        if figure.denominator is None
        else f"{plain(figure.numerator)}/{plain(figure.denominator)}"
    )


def where_of(scope: str, key: str, label: str) -> str:
    """Return what a figure is about in words: the city, an organ, a class."""
    classes: Mapping[str, Any] = {Scope.KIND: Kind, Scope.CATEGORY: Category, Scope.CHANNEL: Channel}
    if scope in classes:
        return capfirst(str(dict(classes[scope].choices).get(key, key)))
    return label or capfirst(str(Scope(scope).label))


def head_facts(bulletin: Bulletin) -> list[tuple[str, str]]:
    """Return what stands at the head of a bulletin: period, cut-off, freezing, day of publication, seal."""
    facts = [
        (pgettext("bulletin", "Period"), f"{bulletin.since.isoformat()} – {bulletin.period.last_day.isoformat()}"),
        (pgettext("bulletin", "Cut-off"), f"{bulletin.period.last_day.isoformat()} 24:00"),
        (pgettext("bulletin", "Figures frozen at"), f"{local(bulletin.frozen_at):%Y-%m-%d %H:%M}"),
    ]
    if bulletin.published_at:
        facts.append((pgettext("bulletin", "Published"), local_day(bulletin.published_at).isoformat()))
    return [*facts, (pgettext("bulletin", "Sealed (SHA-256)"), bulletin.checksum)]
