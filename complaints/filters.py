"""Filters of the public list of answers; they live in the address."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from complaints.enums import Kind
from complaints.forms import grouped_categories
from complaints.models import PublicAnswer
from efficiency.organs.models import Organ


class PublicAnswerFilter(django_filters.FilterSet):
    """Organ, kind and category; only organs of which something is public are offered."""

    organ = django_filters.ModelChoiceFilter(
        label=_("Organ"), queryset=Organ.objects.none(), empty_label=_("all organs")
    )
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=Kind.choices, empty_label=_("all kinds"))
    category = django_filters.ChoiceFilter(label=_("Category"), choices=(), empty_label=_("all categories"))

    class Meta:
        model = PublicAnswer
        fields: list[str] = []

    def __init__(self, data: Any, queryset: QuerySet[PublicAnswer]) -> None:
        super().__init__(data, queryset=queryset)
        answering = queryset.order_by().values("organ")
        self.filters["organ"].field.queryset = Organ.objects.filter(pk__in=answering).order_by("sort_key", "id")
        self.filters["category"].field.choices = grouped_categories()
        for field in self.form.fields.values():
            field.widget.attrs.setdefault("autocomplete", "off")
            if isinstance(field, forms.ChoiceField):
                field.error_messages["invalid_choice"] = _("Please choose one of the values listed.")
