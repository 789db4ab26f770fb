"""What is imagined of a past appraisal, as the address says it: what is left as it was changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accountability.cards.enums import TermOf
from accountability.cards.terms import points_of
from efficiency.pages.forms import PortalForm
from targets.appraisal.enums import DeductionCause
from targets.models import Appraisal, Sheet, SheetBlock, SheetLine
from targets.plans import spans
from targets.scoring import grades, persons
from targets.scoring.methods import TERMS, Method, validate
from targets.scoring.what_if import Assumptions, Change
from targets.sheets.imagined import MONITORING, Loaded, rules_of

HUNDRED = Decimal(100)
COLOURS = {"yellow": TermOf.YELLOW, "red": TermOf.RED}
CARD_LABELS = {"yellow": _("Points of a yellow card"), "red": _("Points of a red card")}
# The one term of a method that is a number or a text of its own: what the page has a field for.
TERM_OF = {
    Method.HIGHER_BETTER: "floor",
    Method.DEDUCT: "per_event",
    Method.LINEAR: "at_target",
    Method.FORMULA: "formula",
}
USUAL_TERM = {"floor": "0.6", "at_target": "0.8"}
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
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.appraisal, self.rules = appraisal, rules_of(appraisal)
        self.lines = {line.key: line for line in lines if line.weight}
        self.codes = [block.code for block in blocks]
        self._weights(blocks)
        self._rules()
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
            since, _until = spans.bounds(self.appraisal.year, self.appraisal.span)
            for colour, term in COLOURS.items():
                self._whole(f"card_{colour}", CARD_LABELS[colour], points_of(term, on=since), most=100)

    def _indicators(self) -> None:
        for key, line in self.lines.items():
            named = {"key": key, "name": line.name}
            self._number(f"weight_{key}", _("%(key)s %(name)s: weight") % named, line.weight, most=100)
            if line.target is not None:
                self._number(
                    f"target_{key}", _("%(key)s %(name)s: target") % named, line.target, least=-(10**12), most=10**12
                )
            term = TERM_OF.get(Method(line.method))
            if term is not None:
                label = _("%(key)s %(name)s: %(term)s") % {**named, "term": TERM_LABELS[term]}
                now = str(line.terms.get(term, USUAL_TERM.get(term, "")))
                self.fields[f"term_{key}"] = forms.CharField(label=label, required=False, initial=now, max_length=500)
        if self.lines:
            self.fields["everybody"] = forms.BooleanField(
                label=_("Also for everybody else with an indicator of the same key and name"), required=False
            )

    def groups(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """Return the fields as the page groups them: legend and fields."""
        named = (
            (_("Weights of blocks"), ("block_",)),
            (_("Grades and quota"), ("from_", "share", "least")),
            (_("Points of events and cards"), ("cost_", "card_")),
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
            for problem in validate(line.method, self._terms(line)):
                self.add_error(name, problem)
        if not self.errors:
            try:
                self._thresholds()
            except ValueError:
                first = next(iter(self.rules.thresholds.__dataclass_fields__))
                self.add_error(f"from_{first}", _("A better grade never needs a lower score."))
        return cleaned

    def _changed(self, begins: str) -> list[str]:
        return [name for name in self.changed_data if name.startswith(begins) and self._has(name)]

    def _has(self, name: str) -> bool:
        """Say whether the address names a value: an empty field leaves everything as it was."""
        return self.cleaned_data.get(name) not in (None, "")

    def _now(self, name: str) -> Decimal:
        """Return what a field says, or what holds where it says nothing."""
        return self.cleaned_data[name] if self._has(name) else Decimal(self.fields[name].initial or 0)

    def _terms(self, line: SheetLine) -> Mapping[str, Any]:
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

    def card_points(self) -> dict[str, int]:
        """Return points of cards by the colours that have others; the rest cost what they were issued with."""
        return {name.removeprefix("card_"): self.cleaned_data[name] for name in self._changed("card_")}

    def assumptions(self, sheet: Sheet | None, loaded: Loaded, monitoring: Mapping[int, Decimal]) -> Assumptions:
        """
        Return what is imagined, of a valid form.

        :param sheet: whose indicators the fields are of
        :param loaded: all sheets; the imagined indicators go for theirs as well, where that is asked for
        :param monitoring: monthly scores by organ had cards cost other points
        """
        rules = replace(self.rules, thresholds=self._thresholds(), share=self._now("share") / HUNDRED)
        if not self.rules.is_of_persons:
            costs = {name.removeprefix("cost_"): self.cleaned_data[name] for name in self._changed("cost_")}
            rules = replace(rules, least=int(self._now("least")), costs=costs)
        weights = {name.removeprefix("block_"): self.cleaned_data[name] for name in self._changed("block_")}
        return Assumptions(rules, weights, self._changes(sheet, loaded, monitoring))

    def _changes(
        self, sheet: Sheet | None, loaded: Loaded, monitoring: Mapping[int, Decimal]
    ) -> dict[tuple[Any, str], Change]:
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
        organs = {each.pk: each.organ_id for each in loaded.sheets}
        for line in loaded.lines:
            own = self.lines.get(line.key)
            place = (line.sheet_id, line.key)
            if is_for_all and own is not None and line.key in of_key and line.name == own.name:
                found[place] = self._of_other(line, of_key[line.key], own)
            if line.measure == MONITORING and organs[line.sheet_id] in monitoring:
                found[place] = replace(found.get(place, Change()), actual=monitoring[organs[line.sheet_id]])
        return found

    def _of_other(self, line: SheetLine, change: Change, own: SheetLine) -> Change:
        """Return the change as it fits the line of somebody else: terms only where the method is the same."""
        return change if line.method == own.method else replace(change, terms=None)


TERM_LABELS = {
    "floor": pgettext_lazy("term of a scoring method", "least part of the target, 0 to 1"),
    "per_event": pgettext_lazy("term of a scoring method", "points for each event"),
    "at_target": pgettext_lazy("term of a scoring method", "share at the target, 0 to 1"),
    "formula": pgettext_lazy("term of a scoring method", "formula"),
}
