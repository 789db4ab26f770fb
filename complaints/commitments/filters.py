"""Filters of the public list of promises; they live in the address."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from complaints.models import Audience, ItemVersion, MatterType, Theme

# The look-up "folded" comes with the search in Chinese.
from efficiency import pairs  # noqa: F401 - registers it
from efficiency.organs.models import Level, Organ

MOST_WORDS = 8
VISITS = [
    ("0", pgettext_lazy("visits in person", "none")),
    ("1", pgettext_lazy("visits in person", "at most one")),
    ("2", pgettext_lazy("visits in person", "two or more")),
]


class CommitmentFilter(django_filters.FilterSet):
    """Words, organ, level, theme, for whom, type of matter, visits; only organs that promise something are offered."""

    q = django_filters.CharFilter(label=_("What do you want done?"), method="with_words")
    organ = django_filters.ModelChoiceFilter(
        label=_("Organ"), queryset=Organ.objects.none(), field_name="item__organ", empty_label=_("all organs")
    )
    level = django_filters.ChoiceFilter(
        label=_("Level"), choices=Level.choices, field_name="item__organ__level", empty_label=_("all levels")
    )
    theme = django_filters.ChoiceFilter(
        label=_("Theme"), choices=Theme.choices, field_name="item__theme", empty_label=_("all themes")
    )
    audience = django_filters.ChoiceFilter(
        label=_("For whom"),
        choices=[(each.value, each.label) for each in (Audience.NATURAL, Audience.LEGAL)],
        method="with_audience",
        empty_label=_("everybody"),
    )
    type = django_filters.ChoiceFilter(
        label=_("Type of matter"), choices=MatterType.choices, field_name="matter_type", empty_label=_("all types")
    )
    visits = django_filters.ChoiceFilter(
        label=_("Visits in person"), choices=VISITS, method="with_visits", empty_label=_("any number")
    )

    class Meta:
        model = ItemVersion
        fields: list[str] = []

    def __init__(self, data: Any, queryset: QuerySet[ItemVersion]) -> None:
        super().__init__(data, queryset=queryset)
        promising = queryset.order_by().values("item__organ")
        self.filters["organ"].field.queryset = Organ.objects.filter(pk__in=promising).order_by(
            "position", "sort_key", "id"
        )
        for field in self.form.fields.values():
            field.widget.attrs.setdefault("autocomplete", "off")
            if isinstance(field, forms.ChoiceField):
                field.error_messages["invalid_choice"] = _("Please choose one of the values listed.")

    def with_words(self, rows: QuerySet[ItemVersion], name: str, value: str) -> QuerySet[ItemVersion]:
        """Keep the items of which each word stands in the name, in another name, in the result or in the code."""
        for word in value.split()[:MOST_WORDS]:
            rows = rows.filter(
                Q(item__name__folded__icontains=word)
                | Q(item__keywords__folded__icontains=word)
                | Q(result__folded__icontains=word)
                | Q(item__code__istartswith=word)
            )
        return rows

    def with_audience(self, rows: QuerySet[ItemVersion], name: str, value: str) -> QuerySet[ItemVersion]:
        """Keep what is for them, alone or among others."""
        return rows.filter(item__audience__in=[value, Audience.BOTH])

    def with_visits(self, rows: QuerySet[ItemVersion], name: str, value: str) -> QuerySet[ItemVersion]:
        """Keep items by how often one has to come."""
        wanted = {"0": Q(visits=0), "1": Q(visits__lte=1), "2": Q(visits__gte=2)}
        return rows.filter(wanted[value])
