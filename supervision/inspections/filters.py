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
