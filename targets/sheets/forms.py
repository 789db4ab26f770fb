"""What is imagined of a past appraisal, as the address says it: what is left as it was changes nothing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accountability.cards.enums import TermOf
from accountability.cards.terms import points_of
from accountability.faults.effects import RED_IN_YEAR
from complaints.deadlines import COMPLEX
from complaints.enums import Complexity, Kind
from complaints.matters.promises import KIND as MATTER
from complaints.models import ServiceItem
from efficiency.deadlines import registry as deadlines
from efficiency.deadlines.rules import terms_of
from efficiency.pages.forms import PortalForm
from efficiency.timing.due import Unit
from targets.appraisal.enums import DeductionCause
from targets.measures import limits
from targets.models import Appraisal, Sheet, SheetBlock, SheetLine
from targets.plans import spans, terms
from targets.scoring import grades, persons
from targets.scoring.methods import TERMS, Method, validate
from targets.scoring.what_if import Assumptions, Change
from targets.sheets.imagined import MONITORING, Figures, Loaded, rules_of

HUNDRED = Decimal(100)
# Promises of one kind have other limits by what they are about.
VARIANTS = {kind.value: kind.label for kind in Kind} | {COMPLEX: Complexity.COMPLEX.label}
COLOURS = {"yellow": TermOf.YELLOW, "red": TermOf.RED}
CARD_LABELS = {"yellow": _("Points of a yellow card"), "red": _("Points of a red card")}
# The term of a method that the page has a field for: a number or a text of its own, or steps and ranges as one types
# them in a plan.
TERM_OF = {
    Method.HIGHER_BETTER: "floor",
    Method.DEDUCT: "per_event",
    Method.LINEAR: "at_target",
    Method.FORMULA: "formula",
    Method.DEADLINE: "late",
    Method.STEPWISE: "steps",
    Method.INTERVAL: "range",
}
TYPED = (Method.STEPWISE, Method.INTERVAL)
USUAL_TERM = {"floor": "0.6", "at_target": "0.8", "late": "0.5"}
COSTS = (
    DeductionCause.RECTIFICATION,
    DeductionCause.CRITICISM,
    DeductionCause.ARBITRARIES,
    DeductionCause.ADMONISHMENT,
    DeductionCause.SANCTION,
)


def plain(value: Decimal | None) -> str:
    """Return a number as a field shows it, without noughts at its end."""
    if value is None:
        return ""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class SheetChoiceField(forms.ModelChoiceField):
    """The sheets by whose they are."""

    def label_from_instance(self, obj: Sheet) -> str:  # type: ignore[override]  # of sheets alone
        """Return organ and post, never who holds it."""
        return f"{obj.organ} {obj.post.name}" if obj.post else str(obj.organ)


class ChoiceForm(PortalForm):
    """Whose indicators are to be imagined otherwise; of posts, in which organ."""

    sheet = SheetChoiceField(
        Sheet.objects.none(),
        label=_("Indicators of"),
        required=False,
        empty_label=_("nobody's: only what holds for all"),
    )

    def __init__(self, *args: Any, sheets: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sheet"].queryset = sheets  # type: ignore[attr-defined]


class WhatIfForm(PortalForm):
    """Weights, thresholds, quota, costs, and the indicators of one sheet."""

    def __init__(
        self,
        *args: Any,
        appraisal: Appraisal,
        blocks: Sequence[SheetBlock],
        lines: Sequence[SheetLine] = (),
        measures: Collection[str] = (),
        **kwargs: Any,
    ) -> None:
        """
        Show what holds.

        :param measures: the figures that the sheets are scored by; those that a limit decides have fields for it
        """
        super().__init__(*args, **kwargs)
        self.appraisal, self.rules = appraisal, rules_of(appraisal)
        self.lines = {line.key: line for line in lines if line.weight}
        self.codes = [block.code for block in blocks]
        self._weights(blocks)
        self._rules()
        self._limits(measures)
        self._indicators()

    # --- Fields

    def _number(self, name: str, label: Any, now: Decimal | int | None, *, least: int = 0, most: int = 1000) -> None:
        self.fields[name] = forms.DecimalField(
            label=label, required=False, initial=None if now is None else Decimal(plain(Decimal(now))),
            min_value=least, max_value=most, max_digits=24, decimal_places=6, localize=False,
        )  # fmt: skip

    def _whole(self, name: str, label: Any, now: int, *, most: int) -> None:
        self.fields[name] = forms.IntegerField(label=label, required=False, initial=now, min_value=0, max_value=most)

    def _weights(self, blocks: Sequence[SheetBlock]) -> None:
        for block in blocks:
            label = _("Weight of block %(code)s, %(name)s") % {"code": block.code, "name": block.name}
            self._number(f"block_{block.code}", label, block.weight, most=100)

    def _rules(self) -> None:
        thresholds = self.rules.thresholds
        labels = persons.PersonGrade if self.rules.is_of_persons else grades.OrganGrade
        for name in thresholds.__dataclass_fields__:
            label = _("Least score of “%(grade)s”") % {"grade": labels(name).label}
            self._number(f"from_{name}", label, getattr(thresholds, name), most=103)
        most = 25 if self.rules.is_of_persons else 100
        self._number("share", _("Excellent at most, in per cent"), self.rules.share * HUNDRED, most=most)
        if not self.rules.is_of_persons:
            self._whole("least", _("Excellent in any case, organs of a group"), self.rules.least, most=50)
            for cause in COSTS:
                label = _("Points off: %(cause)s") % {"cause": cause.label}
                self._number(f"cost_{cause.value}", label, self.rules.costs.get(cause.value), most=100)
            self._whole("red_cards", _("Red cards from which an organ is not excellent"), RED_IN_YEAR, most=1000)
            since, _until = spans.bounds(self.appraisal.year, self.appraisal.span)
            for colour, term in COLOURS.items():
                self._whole(f"card_{colour}", CARD_LABELS[colour], points_of(term, on=since), most=100)

    def _limits(self, measures: Collection[str]) -> None:
        decided = {kind for name in measures if name in limits.COUNTS for kind in limits.COUNTS[name][0]}
        if not {MONITORING, *limits.CARDS}.isdisjoint(measures):  # every promise may bring a card
            decided |= {*limits.KINDS, MATTER}
        since, _until = spans.bounds(self.appraisal.year, self.appraisal.span)
        self.kinds: dict[str, tuple[str, str]] = {}
        for name in limits.KINDS:
            if name not in decided:
                continue
            kind = deadlines.get(name)
            for variant in kind.limits:
                promised = terms_of(name, variant, on=since).limit
                if promised.unit is not Unit.WORKING_DAY:
                    continue
                field = f"limit_{name}_{variant}"
                self.kinds[field] = (name, variant)
                words = {"kind": kind.label, "variant": VARIANTS.get(variant, variant)}
                label = _("%(kind)s, %(variant)s: working days") if variant else _("%(kind)s: working days")
                self.fields[field] = forms.IntegerField(
                    label=label % words, required=False, initial=promised.number, min_value=1,
                    max_value=limits.MOST_DAYS,
                )  # fmt: skip
        if MATTER in decided:
            self.fields["item"] = forms.CharField(
                label=_("Implementation code of a service item"), required=False, max_length=40,
                help_text=_("Its matters are judged anew by the working days beside it."),
            )  # fmt: skip
            self.fields["item_days"] = forms.IntegerField(
                label=_("Promised for it: working days"), required=False, min_value=1, max_value=limits.MOST_DAYS
            )

    def _indicators(self) -> None:
        for key, line in self.lines.items():
            named = {"key": key, "name": line.name}
            self._number(f"weight_{key}", _("%(key)s %(name)s: weight") % named, line.weight, most=100)
            if line.target is not None:
                self._number(
                    f"target_{key}", _("%(key)s %(name)s: target") % named, line.target, least=-(10**12), most=10**12
                )
            method = Method(line.method)
            term = TERM_OF.get(method)
            if term is not None:
                label = _("%(key)s %(name)s: %(term)s") % {**named, "term": TERM_LABELS[term]}
                typed = terms.to_text(method, line.terms) if method in TYPED else str(line.terms.get(term, ""))
                now = typed or USUAL_TERM.get(term, "")
                self.fields[f"term_{key}"] = forms.CharField(label=label, required=False, initial=now, max_length=500)
        if self.lines:
            self.fields["everybody"] = forms.BooleanField(
                label=_("Also for everybody else with an indicator of the same key and name"), required=False
            )

    def groups(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """Return the fields as the page groups them: legend and fields."""
        named = (
            (_("Weights of blocks"), ("block_",)),
            (_("Grades and quota"), ("from_", "share", "least", "red_cards")),
            (_("Points of events and cards"), ("cost_", "card_")),
            (_("Promised time"), ("limit_", "item")),
            (_("Indicators"), ("weight_", "target_", "term_", "everybody")),
        )
        found = [(legend, [field for field in self if field.name.startswith(begins)]) for legend, begins in named]
        return [(legend, fields) for legend, fields in found if fields]

    # --- Checks

    def clean(self) -> dict[str, Any]:
        """See that weights make a hundred, that better grades need more, and that terms are those of the method."""
        cleaned = super().clean() or {}
        given = [self._now(f"block_{code}") for code in self.codes]
        if self._changed("block_") and not self.errors and abs(sum(given, Decimal(0)) - HUNDRED) > Decimal("0.001"):
            self.add_error(f"block_{self.codes[0]}", _("The weights of the blocks must sum to 100."))
        for name in self._changed("term_"):
            line = self.lines[name.removeprefix("term_")]
            try:
                problems = validate(line.method, self._terms(line))
            except terms.Unreadable as unreadable:
                problems = [str(unreadable)]
            for problem in problems:
                self.add_error(name, problem)
        self._check_item(cleaned)
        if not self.errors:
            try:
                self._thresholds()
            except ValueError:
                first = next(iter(self.rules.thresholds.__dataclass_fields__))
                self.add_error(f"from_{first}", _("A better grade never needs a lower score."))
        return cleaned

    def _check_item(self, cleaned: dict[str, Any]) -> None:
        self.item: ServiceItem | None = None
        if not self._has("item") and not self._has("item_days"):
            return
        if "item" in self.errors or "item_days" in self.errors:
            return
        self.item = ServiceItem.objects.filter(code=(cleaned.get("item") or "").strip()).first()
        if self.item is None:
            self.add_error("item", _("There is no service item with this code."))
        elif not self._has("item_days"):
            self.add_error("item_days", _("Please say how many working days are to be imagined."))

    def imagined_limits(self) -> limits.Limits:
        """Return the limits that are imagined, of a valid form."""
        of_kinds = {self.kinds[name]: self.cleaned_data[name] for name in self._changed("limit_")}
        of_items = {self.item.pk: self.cleaned_data["item_days"]} if self.item is not None else {}
        return limits.Limits(of_kinds, of_items)

    def _changed(self, begins: str) -> list[str]:
        return [name for name in self.changed_data if name.startswith(begins) and self._has(name)]

    def _has(self, name: str) -> bool:
        """Say whether the address names a value: an empty field leaves everything as it was."""
        return self.cleaned_data.get(name) not in (None, "")

    def _now(self, name: str) -> Decimal:
        """Return what a field says, or what holds where it says nothing."""
        return self.cleaned_data[name] if self._has(name) else Decimal(self.fields[name].initial or 0)

    def _terms(self, line: SheetLine) -> Mapping[str, Any]:
        if Method(line.method) in TYPED:
            return terms.from_text(line.method, self.cleaned_data[f"term_{line.key}"])
        term = TERM_OF[Method(line.method)]
        return {**{name: line.terms[name] for name in TERMS[Method(line.method)] if name in line.terms},
                term: self.cleaned_data[f"term_{line.key}"]}  # fmt: skip

    def _thresholds(self) -> grades.Thresholds | persons.Thresholds:
        names = self._changed("from_")
        given = {name.removeprefix("from_"): self.cleaned_data[name] for name in names}
        return replace(self.rules.thresholds, **given)

    # --- What is meant

    @property
    def is_anything(self) -> bool:
        """Whether anything is imagined to be different; of a valid form."""
        return bool([name for name in self.changed_data if self._has(name) and name != "everybody"])

    def adoptable(self) -> dict[str, str]:
        """Return what is imagined of the numbers that the office sets, by their names (``appraisal.terms``)."""
        whose = "person" if self.rules.is_of_persons else "organ"
        named = {f"from_{name}": f"{whose}_{name}" for name in self.rules.thresholds.__dataclass_fields__}
        if not self.rules.is_of_persons:
            named |= {"share": "share", "least": "least"}
            named |= {f"cost_{cause.value}": f"cost_{cause.value}" for cause in COSTS}
        return {
            named[name]: plain(Decimal(self.cleaned_data[name]))
            for name in self.changed_data
            if name in named and self._has(name)
        }

    def card_points(self) -> dict[str, int]:
        """Return points of cards by the colours that have others; the rest cost what they were issued with."""
        return {name.removeprefix("card_"): self.cleaned_data[name] for name in self._changed("card_")}

    def assumptions(self, sheet: Sheet | None, loaded: Loaded, figures: Figures) -> Assumptions:
        """
        Return what is imagined, of a valid form.

        :param sheet: whose indicators the fields are of
        :param loaded: all sheets; the imagined indicators go for theirs as well, where that is asked for
        :param figures: what figures would have been, by the key of the sheet and the name of the figure
        """
        rules = replace(self.rules, thresholds=self._thresholds(), share=self._now("share") / HUNDRED)
        if not self.rules.is_of_persons:
            costs = {name.removeprefix("cost_"): self.cleaned_data[name] for name in self._changed("cost_")}
            red_cards = self.cleaned_data["red_cards"] if self._changed("red_cards") else None
            rules = replace(rules, least=int(self._now("least")), costs=costs, red_cards=red_cards)
        weights = {name.removeprefix("block_"): self.cleaned_data[name] for name in self._changed("block_")}
        return Assumptions(rules, weights, self._changes(sheet, loaded, figures))

    def _changes(self, sheet: Sheet | None, loaded: Loaded, figures: Figures) -> dict[tuple[Any, str], Change]:
        of_key: dict[str, Change] = {}
        for key, line in self.lines.items():
            weight, target, term = f"weight_{key}", f"target_{key}", f"term_{key}"
            change = Change(
                weight=self.cleaned_data[weight] if weight in self._changed("weight_") else None,
                target=self.cleaned_data[target] if target in self._changed("target_") else None,
                terms=self._terms(line) if term in self._changed("term_") else None,
            )
            if change != Change():
                of_key[key] = change
        found: dict[tuple[Any, str], Change] = {}
        if sheet is not None:
            found = {(sheet.pk, key): change for key, change in of_key.items()}
        is_for_all = self.cleaned_data.get("everybody", False)
        for line in loaded.lines:
            own = self.lines.get(line.key)
            place = (line.sheet_id, line.key)
            if is_for_all and own is not None and line.key in of_key and line.name == own.name:
                found[place] = self._of_other(line, of_key[line.key], own)
            if (name := (line.sheet_id, line.measure)) in figures:
                found[place] = replace(found.get(place, Change()), actual=figures[name], is_computed=True)
        return found

    def _of_other(self, line: SheetLine, change: Change, own: SheetLine) -> Change:
        """Return the change as it fits the line of somebody else: terms only where the method is the same."""
        return change if line.method == own.method else replace(change, terms=None)


TERM_LABELS = {
    "floor": pgettext_lazy("term of a scoring method", "least part of the target, 0 to 1"),
    "per_event": pgettext_lazy("term of a scoring method", "points for each event"),
    "at_target": pgettext_lazy("term of a scoring method", "share at the target, 0 to 1"),
    "formula": pgettext_lazy("term of a scoring method", "formula"),
    "steps": pgettext_lazy("term of a scoring method", "steps, such as >=95:1; >=90:0.8"),
    "range": pgettext_lazy("term of a scoring method", "range, such as 80<90~100<110"),
    "late": pgettext_lazy("term of a scoring method", "share of what is done late, 0 to 1"),
}
