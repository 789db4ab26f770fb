"""Filters of the public pages of completeness; they live in the address."""

from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from disclosure.catalogue.board import Period
from disclosure.catalogue.showing import FIGURES
from disclosure.models import Column
from efficiency.access.admin import OrganChoiceField
from efficiency.organs.models import Level, Organ
from efficiency.pages.forms import PortalForm
from efficiency.timing.due import local_day

# So many years can be chosen, the present one included.
YEARS = 5


class PeriodForm(PortalForm):
    """A year, and an organ with all below it."""

    year = forms.ChoiceField(label=_("Year"), required=False)
    organ = OrganChoiceField(
        Organ.objects.none(),
        label=_("Organ"),
        required=False,
        to_field_name="code",
        empty_label=_("all organs"),
    )

    def __init__(self, *args: Any, organs: QuerySet[Organ], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        years = [str(today.year - back) for back in range(YEARS)]
        self.fields["year"].choices = [("", _("this year")), *((year, year) for year in years)]  # type: ignore[attr-defined]
        self.fields["organ"].queryset = organs  # type: ignore[attr-defined]

    def period(self, at: Any) -> Period:
        """Return the year that is looked at, as far as the moment."""
        chosen = self.cleaned_data.get("year") if self.is_valid() else None
        year = int(chosen or local_day(at).year)
        return Period(date(year, 1, 1), date(year, 12, 31), at)


class CompletenessForm(PeriodForm):
    """Which organs are shown."""

    level = forms.ChoiceField(label=_("Level"), choices=[("", _("all levels")), *Level.choices], required=False)
    only = forms.ChoiceField(
        label=pgettext_lazy("completeness", "Only"),
        choices=[("", pgettext_lazy("completeness", "all")), ("gaps", _("organs with something missing"))],
        required=False,
    )


class RowsForm(PeriodForm):
    """Which publications are shown."""

    figure = forms.ChoiceField(label=_("Figure"), choices=list(FIGURES.items()), required=False)
    column = forms.ModelChoiceField(
        Column.objects.none(),
        label=pgettext_lazy("of the catalogue", "Column"),
        required=False,
        to_field_name="code",
        empty_label=_("all columns"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["column"].queryset = Column.objects.filter(is_active=True)  # type: ignore[attr-defined]
