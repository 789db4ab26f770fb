"""By what the office narrows inspections down: period, organ, kind; the same for figures, rows and the file."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency.access.admin import OrganChoiceField, in_tree_order
from efficiency.organs.models import Organ
from efficiency.pages.forms import PortalForm
from supervision.inspections.enums import Kind
from supervision.inspections.sampling import LONGEST_SEED, MOST


class SampleForm(PortalForm):
    """From what cases are drawn, and how many; without a seed one is made."""

    since = forms.DateField(label=_("Closed since"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    until = forms.DateField(label=_("Closed until"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    organ = OrganChoiceField(Organ.objects.none(), label=_("Organ"), required=False, empty_label=_("all organs"))
    size = forms.IntegerField(label=_("How many"), min_value=1, max_value=MOST, initial=10)
    seed = forms.CharField(
        label=pgettext_lazy("sampling", "Seed"),
        max_length=LONGEST_SEED,
        required=False,
        help_text=_("Empty: one is made. The same seed draws the same cases again."),
    )

    def __init__(self, *args: Any, reach: Collection[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organ"].queryset = in_tree_order(Organ.objects.filter(pk__in=reach))  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins."""
        typed = super().clean() or self.cleaned_data
        if typed.get("since") and typed.get("until") and typed["until"] < typed["since"]:
            self.add_error("until", _("The last day lies before the first."))
        return typed


class InspectionFilterForm(PortalForm):
    """Which inspections are meant, by the first day of their plans; nothing chosen means all in reach."""

    since = forms.DateField(
        label=_("Since"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label=_("Until"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    organ = OrganChoiceField(Organ.objects.none(), label=_("Organ"), required=False, empty_label=_("all organs"))
    kind = forms.ChoiceField(
        label=pgettext_lazy("inspection", "Kind"),
        required=False,
        choices=[("", pgettext_lazy("inspections", "all kinds")), *Kind.choices],
    )

    def __init__(self, *args: Any, reach: Collection[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organ"].queryset = in_tree_order(Organ.objects.filter(pk__in=reach))  # type: ignore[attr-defined]

    def condition(self) -> Q:
        """Return the condition on visits, of a valid form."""
        typed = self.cleaned_data
        meant = Q()
        if typed["since"]:
            meant &= Q(inspection__begin_on__gte=typed["since"])
        if typed["until"]:
            meant &= Q(inspection__begin_on__lte=typed["until"])
        if typed["organ"]:
            meant &= Q(organ=typed["organ"])
        if typed["kind"]:
            meant &= Q(inspection__kind=typed["kind"])
        return meant

    def in_words(self) -> dict[str, str]:
        """Return what was chosen, for the record: keys and codes."""
        if not self.is_valid():
            return {}
        return {name: str(getattr(value, "pk", value)) for name, value in self.cleaned_data.items() if value}
