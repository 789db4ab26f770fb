"""What the overview is narrowed down by; all of it stands in the address, and every link carries it along."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from accountability.cards.enums import CardState, Rule
from complaints.enums import CATEGORIES_BY_GROUP, Channel, Kind
from efficiency.organs.models import Organ
from efficiency.pages.confirmed import ConfirmedForm
from efficiency.pages.forms import PortalForm
from efficiency.pages.widgets import PlainSelect
from efficiency.tables import Format
from efficiency.timing.due import ONE_DAY, add_months
from supervision.desk.periods import FIRST_YEAR, LAST_YEAR, NoPeriod, Period, Span
from supervision.desk.reach import Reach, below, districts, of_district
from supervision.models.desk import LONGEST_NAME

RANGE = "range"
MONTHS, QUARTERS, YEARS = 13, 8, 4
CLASSES = ("kind", "category", "channel")
LONGEST = timedelta(days=366 * 3)
FIRST_DAY, LAST_DAY = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 1, 1)


def _categories() -> list[Any]:
    groups = [
        (group.label, [(each.value, each.label) for each in found]) for group, found in CATEGORIES_BY_GROUP.items()
    ]
    return [("", _("all categories")), *groups]


class PeriodField(forms.ChoiceField):
    """A month, a quarter or a year; any that there is may stand in the address, the newest are offered."""

    widget = PlainSelect

    def valid_value(self, value: str) -> bool:
        """Say whether the text names a period, or that two days do."""
        try:
            return value == RANGE or bool(Period.read(value))
        except NoPeriod:
            return False


class ReachField(forms.ChoiceField):
    """An organ in reach, which stands indented below those above it; its value is the organ, or None for all."""

    widget = PlainSelect
    organs: Mapping[int, Organ] = {}

    def offer(self, tree: Iterable[tuple[Organ, int]]) -> None:
        """Offer these organs, each with how deep it lies: nothing is asked of the database."""
        there = list(tree)
        self.organs = {organ.pk: organ for organ, _depth in there}
        named = [(str(organ.pk), "　" * depth + str(organ)) for organ, depth in there]
        self.choices = [("", _("all organs")), *named]

    def to_python(self, value: Any) -> Organ | None:  # type: ignore[override]  # Django's own fields of models do so
        """Return the organ that was chosen."""
        if value in self.empty_values:
            return None
        try:
            return self.organs[int(value)]
        except (KeyError, TypeError, ValueError):
            raise forms.ValidationError(
                self.error_messages["invalid_choice"], code="invalid_choice", params={"value": value}
            ) from None

    def validate(self, value: Any) -> None:
        """Leave it at what ``to_python`` found."""


class DeskForm(PortalForm):
    """Which period, organs and cases are meant; nothing chosen means this month and all that the viewer sees."""

    period = PeriodField(
        label=pgettext_lazy("overview", "Period"),
        required=False,
        error_messages={
            "invalid_choice": _("Please choose a period, or write it like 2026-03, 2026-Q1 or 2026 in the address.")
        },
    )
    since = forms.DateField(label=_("From day"), required=False, widget=forms.DateInput({"type": "date"}))
    last = forms.DateField(label=_("To day"), required=False, widget=forms.DateInput({"type": "date"}))
    organ = ReachField(label=_("Organ with all below it"), required=False)
    district = forms.ChoiceField(label=_("District"), required=False, widget=PlainSelect)
    kind = forms.ChoiceField(
        label=_("Kind of case"),
        required=False,
        choices=[("", pgettext_lazy("overview", "all kinds")), *Kind.choices],
        widget=PlainSelect,
    )
    category = forms.ChoiceField(label=_("Category"), required=False, choices=_categories, widget=PlainSelect)
    channel = forms.ChoiceField(
        label=_("Channel"),
        required=False,
        choices=[("", _("all channels")), *Channel.choices],
        widget=PlainSelect,
    )
    # The line of a ranking counts its organ without those below.
    alone = forms.BooleanField(label=_("without organs below"), required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, reach: Reach, today: date) -> None:
        super().__init__(data)
        self.reach, self.today = reach, today
        self.fields["organ"].offer(reach.tree)  # type: ignore[attr-defined]
        self.fields["district"].choices = [  # type: ignore[attr-defined]
            ("", _("all districts")),
            ("city", _("the city's own organs")),
            *((str(each.pk), str(each)) for each in districts(reach.organs)),
        ]
        self.fields["period"].choices = self._periods()  # type: ignore[attr-defined]
        for field in self.fields.values():
            field.widget.attrs.setdefault("autocomplete", "off")

    def _periods(self) -> list[Any]:
        newest = {span: Period.of(self.today, span) for span in (Span.MONTH, Span.QUARTER, Span.YEAR)}
        groups: list[Any] = [("", pgettext("overview", "this month"))]
        titles: Mapping[Span, tuple[str, int]] = {
            Span.MONTH: (pgettext("overview", "Month"), MONTHS),
            Span.QUARTER: (pgettext("overview", "Quarter"), QUARTERS),
            Span.YEAR: (pgettext("overview", "Year"), YEARS),
        }
        for span, (title, number) in titles.items():
            found = [Period.of(add_months(newest[span].since, -span.months * back), span) for back in range(number)]
            groups.append((title, [(each.code, each.words) for each in found]))
        given = self.data.get("period", "") if self.is_bound else ""
        offered = {code for _title, group in groups[1:] for code, _words in group}
        if given not in offered and given != RANGE and self.fields["period"].valid_value(given):  # type: ignore[attr-defined]
            groups.append((pgettext("overview", "Other"), [(given, Period.read(given).words)]))
        groups.append((RANGE, pgettext("overview", "from one day to another")))
        return groups

    def clean(self) -> dict[str, Any]:
        """Ask for both days of a range, in their order and not too far apart."""
        cleaned = super().clean() or self.cleaned_data
        if self.reach.is_coarse:
            self._guard(cleaned)
        if cleaned.get("period") != RANGE:
            return cleaned
        since, last = cleaned.get("since"), cleaned.get("last")
        for name, value in (("since", since), ("last", last)):
            if name in self.errors:
                continue
            if value is None:
                self.add_error(name, _("Please enter this day as well: a period of your own has two."))
            elif not FIRST_DAY <= value <= LAST_DAY:
                self.add_error(name, _("Please enter a day from 2005 on."))
        if not self.errors and since and last:
            if last < since:
                self.add_error("last", _("The last day comes after the first."))
            elif last - since > LONGEST:
                self.add_error("last", _("At most three years can be asked for at once."))
            elif self.reach.is_coarse and (since.day != 1 or (last + ONE_DAY).day != 1):
                self.add_error("since", _("Please ask for whole months: the first day of one to the last day of one."))
        return cleaned

    def _guard(self, cleaned: dict[str, Any]) -> None:
        """Ask for classes of cases one at a time, and of all organs together (``desk.telling``)."""
        given = [name for name in CLASSES if cleaned.get(name)]
        for name in given[1:]:
            self.add_error(name, _("Please choose one of kind, category and channel: together they would tell of few."))
        if given and self.organ_ids != self.reach.ids:
            name = "district" if cleaned.get("district") else "organ"
            self.add_error(name, _("Figures of a class of cases are told of all your organs together."))

    @property
    def meant(self) -> Period:
        """The period of a valid form."""
        code = self.cleaned_data.get("period")
        if code == RANGE:
            return Period(self.cleaned_data["since"], self.cleaned_data["last"] + ONE_DAY)
        return Period.read(code) if code else Period.of(self.today, Span.MONTH)

    @property
    def organ_ids(self) -> frozenset[int]:
        """The organs that are meant, of a valid form: those in reach, as far as organ and district leave them."""
        found, organ = self.reach.ids, self.cleaned_data.get("organ")
        if organ is not None:
            found &= {organ.pk} if self.cleaned_data.get("alone") else below(self.reach.organs, organ.pk)
        if district := self.cleaned_data.get("district"):
            found &= of_district(self.reach.organs, district)
        return found

    def in_words(self) -> dict[str, str]:
        """Return what was chosen, for the record: keys and codes."""
        if not self.is_valid():
            return {}
        return {
            name: str(getattr(value, "pk", value))
            for name, value in self.cleaned_data.items()
            if value not in (None, "", False)
        }


class CardsForm(DeskForm):
    """Which cards are meant besides, where the rows behind cards are listed: by their rule, or by their state."""

    rule = forms.ChoiceField(
        label=pgettext_lazy("cards", "Rule"),
        required=False,
        choices=[("", pgettext_lazy("cards", "all rules")), *Rule.choices],
    )
    state = forms.ChoiceField(
        label=pgettext_lazy("cards", "State"),
        required=False,
        choices=[("", pgettext_lazy("cards", "all states")), *CardState.choices],
    )

    def clean(self) -> dict[str, Any]:
        """Ask one of both of whoever is told no small numbers: the page tells each, and not the two together."""
        cleaned = super().clean()
        if self.reach.is_coarse and cleaned.get("rule") and cleaned.get("state"):
            self.add_error("state", _("Please choose either a rule or a state: together they would tell of few."))
        return cleaned

    @property
    def cards(self) -> dict[str, str]:
        """What a valid form says of cards, by column."""
        return {name: value for name in ("rule", "state") if (value := self.cleaned_data.get(name))}


class ViewForm(PortalForm):
    """The name of a view that is kept."""

    name = forms.CharField(
        label=_("Name of the view"),
        max_length=LONGEST_NAME,
        error_messages={"required": _("Please give the view a name.")},
    )
    query = forms.CharField(required=False, max_length=1000, widget=forms.HiddenInput)


class ExportForm(ConfirmedForm):
    """A long list that is made in the background."""

    format = forms.ChoiceField(
        label=_("Format"),
        choices=Format.choices,
        widget=forms.RadioSelect,
        initial=Format.XLSX.value,
        error_messages={"required": _("Please choose a format.")},
    )
