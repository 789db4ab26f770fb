"""The span of days and the organ for which figures are asked."""

from collections.abc import Collection
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from efficiency.organs.models import Organ
from efficiency.pages.forms import PortalForm


class PeriodForm(PortalForm):
    """A span of days and an organ with all below it, as a filter in the address."""

    first = forms.DateField(label=_("From"), required=False, help_text=_("For example 2026-11-01."))
    last = forms.DateField(label=_("To"), required=False)
    organ = forms.ModelChoiceField(
        label=_("Organ"), queryset=Organ.objects.none(), required=False, empty_label=_("all organs")
    )

    def __init__(self, *args: Any, reach: Collection[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = cast(forms.ModelChoiceField, self.fields["organ"])
        choice.queryset = Organ.objects.filter(pk__in=reach).order_by("position", "sort_key", "id")

    def clean(self) -> dict[str, Any]:
        """Say where the span ends before it begins."""
        given = super().clean() or {}
        if given.get("first") and given.get("last") and given["first"] > given["last"]:
            self.add_error("last", _("The last day comes after the first."))
        return given
