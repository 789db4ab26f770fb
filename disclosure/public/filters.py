"""Filters of the public list of documents; they live in the address, and in that of the feed."""

from datetime import date, datetime
from functools import cached_property
from typing import Any

import django_filters
from django import forms
from django.db import connection
from django.db.models import Max, Min, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from disclosure.enums import Category, Door
from disclosure.models import Column, Document
from disclosure.public import indexing
from disclosure.public.search import Narrowing
from disclosure.public.validity import Validity, condition
from efficiency.organs.models import Organ
from efficiency.pages.widgets import PlainSelect

# So many themes are offered; an address may ask for any that there is.
MOST_THEMES = 60
LONGEST = 80
# One theme after the other along the index, however many documents each has.
_THEMES = """
WITH RECURSIVE known AS (
    (SELECT theme FROM disclosure_document WHERE published_at IS NOT NULL AND theme > '' ORDER BY theme LIMIT 1)
    UNION ALL
    SELECT (SELECT d.theme FROM disclosure_document AS d
             WHERE d.published_at IS NOT NULL AND d.theme > known.theme ORDER BY d.theme LIMIT 1)
      FROM known WHERE known.theme IS NOT NULL
)
SELECT theme FROM known WHERE theme IS NOT NULL LIMIT %s
"""


class DocumentFilter(django_filters.FilterSet):
    """Words, organ, part, category and heading of the catalogue, theme, year, validity."""

    q = django_filters.CharFilter(label=_("Words in title, number or text"), method="searched", max_length=LONGEST)
    organ = django_filters.ModelChoiceFilter(
        label=_("Organ"),
        queryset=Organ.objects.none(),
        to_field_name="code",
        empty_label=_("all organs"),
        widget=PlainSelect,
    )
    category = django_filters.ChoiceFilter(
        label=pgettext_lazy("disclosure", "Category"),
        choices=Category.choices,
        method="of_columns",
        empty_label=_("all categories"),
    )
    column = django_filters.ModelChoiceFilter(
        label=pgettext_lazy("of the catalogue", "Heading"),
        queryset=Column.objects.none(),
        to_field_name="code",
        empty_label=_("all headings"),
        widget=PlainSelect,
    )
    theme = django_filters.ChoiceFilter(label=_("Theme"), empty_label=_("all themes"), widget=PlainSelect)
    year = django_filters.ChoiceFilter(
        label=_("Published in"), method="of_year", empty_label=_("all years"), widget=PlainSelect
    )
    validity = django_filters.ChoiceFilter(
        label=_("Validity"),
        choices=Validity.choices,
        method="of_validity",
        empty_label=pgettext_lazy("validity", "any"),
    )
    door = django_filters.ChoiceFilter(
        label=_("Part of disclosure"), choices=Door.choices, method="of_columns", empty_label=_("all parts")
    )

    class Meta:
        model = Document
        fields: list[str] = []

    def __init__(self, data: Any, *, at: datetime) -> None:
        # What has a moment of publication is in the indexes of public documents.
        super().__init__(data, queryset=Document.objects.filter(published_at__isnull=False))
        self.today = timezone.localdate(at)
        self.columns = list(Column.objects.filter(is_active=True))
        self.filters["organ"].field.queryset = Organ.objects.by_place()
        self.filters["column"].field.queryset = Column.objects.filter(is_active=True)
        self.filters["theme"].field.choices = [(each, each) for each in _offered(self.data.get("theme", ""))]
        self.filters["year"].field.choices = [(str(year), str(year)) for year in years()]
        for field in self.form.fields.values():
            field.widget.attrs.setdefault("autocomplete", "off")
            if isinstance(field, forms.ChoiceField):
                field.error_messages["invalid_choice"] = _("Please choose one of the values listed.")

    @property
    def is_on(self) -> bool:
        """Whether anything is asked for, be it something that is not on offer."""
        return any(self.data.get(name) for name in self.filters)

    @cached_property
    def chosen(self) -> dict[str, Any]:
        """What is asked for and on offer, by the name of the filter."""
        self.form.is_valid()  # what is not on offer is told beside its field, and the others are followed
        return {name: value for name, value in self.form.cleaned_data.items() if value}

    @property
    def words(self) -> str:
        """The words that are searched for."""
        return self.chosen.get("q", "")

    def narrowing(self) -> Narrowing:
        """Return the same filters as a search takes them."""
        chosen = self.chosen
        facets, rows, since, until = [], Q(), None, None
        if "organ" in chosen:
            facets.append(indexing.organ_facet(chosen["organ"].pk))
        if "column" in chosen:
            facets.append(indexing.column_facet(chosen["column"].pk))
        if "theme" in chosen:
            facets.append(indexing.theme_facet(chosen["theme"]))
        for name in ("category", "door"):
            if name in chosen:
                rows &= Q(column__in=self._columns_of(name, chosen[name]))
        if "year" in chosen:
            since, until = days_of(int(chosen["year"]))
            rows &= _published_in(since, until)
        if "validity" in chosen:
            rows &= condition(chosen["validity"], self.today)
        return Narrowing(facets, rows, since, until)

    def searched(self, rows: QuerySet[Document], _name: str, _value: str) -> QuerySet[Document]:
        """Leave the rows as they are: words are looked for by ``disclosure.public.search``, inside ``narrowing``."""
        return rows

    def of_columns(self, rows: QuerySet[Document], name: str, value: str) -> QuerySet[Document]:
        """Keep the documents under the headings of a category, or of a part of disclosure."""
        return rows.filter(column__in=self._columns_of(name, value))

    def of_year(self, rows: QuerySet[Document], _name: str, value: str) -> QuerySet[Document]:
        """Keep what was published in a local year."""
        return rows.filter(_published_in(*days_of(int(value))))

    def of_validity(self, rows: QuerySet[Document], _name: str, value: str) -> QuerySet[Document]:
        """Keep what holds today, or what holds no more."""
        return rows.filter(condition(value, self.today))

    def _columns_of(self, name: str, value: str) -> list[int]:
        return [column.pk for column in self.columns if getattr(column, name) == value]


def themes() -> list[str]:
    """Return the themes of public documents, sorted."""
    with connection.cursor() as cursor:
        cursor.execute(_THEMES, [MOST_THEMES])
        return [theme for (theme,) in cursor.fetchall()]


def _offered(asked: str) -> list[str]:
    """Return the themes to choose from, and the one asked for where there is such a one."""
    offered = themes()
    is_further = len(offered) == MOST_THEMES and asked and "\0" not in asked and asked not in offered
    if is_further and Document.objects.filter(published_at__isnull=False, theme=asked).exists():
        return [*offered, asked]
    return offered


def years() -> range:
    """Return the local years from that of the newest publication to that of the oldest: the ends of an index."""
    published = Document.objects.filter(published_at__isnull=False)
    ends = published.aggregate(newest=Max("published_at"), oldest=Min("published_at"))
    if ends["newest"] is None:
        return range(0)
    newest, oldest = (timezone.localtime(ends[name]).year for name in ("newest", "oldest"))
    return range(newest, oldest - 1, -1)


def days_of(year: int) -> tuple[date, date]:
    """Return the first day of a year, and that of the next."""
    return date(year, 1, 1), date(year + 1, 1, 1)


def _published_in(since: date, until: date) -> Q:
    first, last = (timezone.make_aware(datetime(day.year, 1, 1)) for day in (since, until))  # noqa: DTZ001 - made aware
    return Q(published_at__gte=first, published_at__lt=last)
