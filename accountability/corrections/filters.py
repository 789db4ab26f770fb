"""By what the office narrows corrections down: organ, kind, source; the same for the figures, the rows and the file."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accountability.corrections.enums import Kind, Source
from accountability.models.corrections import CorrectionQuerySet
from efficiency.access.admin import OrganChoiceField, in_tree_order
from efficiency.organs.models import Organ
from efficiency.pages.forms import PortalForm


class CorrectionFilterForm(PortalForm):
    """Which corrections are meant; nothing chosen means all in reach."""

    organ = OrganChoiceField(Organ.objects.none(), label=_("Organ"), required=False, empty_label=_("all organs"))
    kind = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        choices=[("", pgettext_lazy("corrections", "all kinds")), *Kind.choices],
    )
    source = forms.ChoiceField(
        label=_("Source"),
        required=False,
        choices=[("", pgettext_lazy("corrections", "all sources")), *Source.choices],
    )

    def __init__(self, *args: Any, reach: Collection[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        organs = in_tree_order(Organ.objects.filter(pk__in=reach))
        self.fields["organ"].queryset = organs  # type: ignore[attr-defined]

    def kept(self, rows: CorrectionQuerySet) -> CorrectionQuerySet:
        """Return the rows that are meant, of a valid form."""
        meant = {name: value for name, value in self.cleaned_data.items() if value}
        return rows.filter(**meant)

    def as_list_query(self) -> dict[str, str]:
        """Return the same as the list of the back office is asked for it."""
        if not self.is_valid():
            return {}
        organ, kind, source = (self.cleaned_data[name] for name in ("organ", "kind", "source"))
        found = {"organ__id__exact": str(organ.pk) if organ else "", "source__exact": source, "kind__exact": kind}
        return {name: value for name, value in found.items() if value}

    def in_words(self) -> dict[str, str]:
        """Return what was chosen, for the record: keys and codes."""
        if not self.is_valid():
            return {}
        return {name: str(getattr(value, "pk", value)) for name, value in self.cleaned_data.items() if value}
