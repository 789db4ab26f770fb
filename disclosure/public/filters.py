"""Filters of the public list of documents; they live in the address, and in that of the feed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, cached_property
from typing import Any

from django import forms
from django.db import connection
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from disclosure.enums import Category, Door
from disclosure.models import Column, Document
from disclosure.models.documents import DocumentQuerySet
from disclosure.public import indexing
from disclosure.public.search import Narrowing
from disclosure.public.validity import Validity, condition
from efficiency.kept_rows import Kept
from efficiency.organs.models import Organ
from efficiency.pages.widgets import PlainSelect
from efficiency.prepared import Prepared

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


@dataclass(frozen=True, slots=True)
class Offered:
    """An organ or a heading to choose from: what a list needs of it, and what it is found by."""

    pk: int
    code: str
    name: str

    def __str__(self) -> str:
        return self.name


class OfferedField(forms.ChoiceField):
    """One of the organs or headings on offer, by its code; empty for all of them."""

    def __init__(self, **kwargs: Any) -> None:
        self.empty_label = kwargs.pop("empty_label")
        self.by_code: dict[str, Offered] = {}
        super().__init__(required=False, widget=PlainSelect, **kwargs)

    def offer(self, rows: Iterable[tuple[int, str, str]]) -> None:
        """Offer these: key, code and name each."""
        self.by_code = {code: Offered(key, code, name) for key, code, name in rows}
        self.choices = [("", self.empty_label), *((each.code, each.name) for each in self.by_code.values())]

    def clean(self, value: Any) -> Offered | None:
        """Return what was chosen, or nothing."""
        return self.by_code.get(super().clean(value))


class DocumentForm(forms.Form):
    """Words, organ, category and heading of the catalogue, theme, year, validity, part."""

    q = forms.CharField(label=_("Words in title, number or text"), required=False, max_length=LONGEST)
    organ = OfferedField(label=_("Organ"), empty_label=_("all organs"))
    category = forms.ChoiceField(
        label=pgettext_lazy("disclosure", "Category"),
        choices=[("", _("all categories")), *Category.choices],
        required=False,
        widget=PlainSelect,
    )
    column = OfferedField(label=pgettext_lazy("of the catalogue", "Heading"), empty_label=_("all headings"))
    theme = forms.ChoiceField(label=_("Theme"), required=False, widget=PlainSelect)
    year = forms.ChoiceField(label=_("Published in"), required=False, widget=PlainSelect)
    validity = forms.ChoiceField(
        label=_("Validity"),
        choices=[("", pgettext_lazy("validity", "any")), *Validity.choices],
        required=False,
        widget=PlainSelect,
    )
    door = forms.ChoiceField(
        label=_("Part of disclosure"),
        choices=[("", _("all parts")), *Door.choices],
        required=False,
        widget=PlainSelect,
    )


# All of them: what was published under a heading that is no longer in use is still of its category and part.
_COLUMNS = Kept(lambda: Column.objects.only("code", "name", "category", "door", "is_active"))


@cache
def _organs() -> Prepared:
    return Prepared(*Organ.objects.by_place().values_list("pk", "code", "name").query.sql_with_params())


class DocumentFilter:
    """What is asked for by an address, and the form that shows it and what there is to choose from."""

    def __init__(self, data: Any, *, at: datetime) -> None:
        self.data = data
        self.today = timezone.localdate(at)
        self.columns = _COLUMNS.rows()
        self.form = form = DocumentForm(data)
        fields: dict[str, Any] = form.fields
        fields["organ"].offer(_organs().rows([]))
        in_use = (column for column in self.columns if column.is_active)
        fields["column"].offer((column.pk, column.code, column.name) for column in in_use)
        themes_offered = ((each, each) for each in _offered(data.get("theme", "")))
        fields["theme"].choices = [("", _("all themes")), *themes_offered]
        fields["year"].choices = [("", _("all years")), *((str(year), str(year)) for year in years())]
        for field in fields.values():
            field.widget.attrs.setdefault("autocomplete", "off")
            if isinstance(field, forms.ChoiceField):
                field.error_messages["invalid_choice"] = _("Please choose one of the values listed.")

    @cached_property
    def qs(self) -> DocumentQuerySet:
        """The public documents that are asked for; words are looked for by ``disclosure.public.search`` instead."""
        # What has a moment of publication is in the indexes of public documents.
        rows: DocumentQuerySet = Document.objects.filter(published_at__isnull=False)
        chosen = self.chosen
        for name in ("organ", "column"):
            if name in chosen:
                rows = rows.filter(**{f"{name}_id": chosen[name].pk})
        if "theme" in chosen:
            rows = rows.filter(theme=chosen["theme"])
        for name in ("category", "door"):
            if name in chosen:
                rows = rows.filter(column__in=self._columns_of(name, chosen[name]))
        if "year" in chosen:
            rows = rows.filter(_published_in(*days_of(int(chosen["year"]))))
        return rows.filter(condition(chosen["validity"], self.today)) if "validity" in chosen else rows

    def offered(self, name: str) -> list[tuple[str, Any]]:
        """Return what there is to choose from in the field of that name, and first what stands for all of it."""
        field: Any = self.form.fields[name]
        return list(field.choices)

    @property
    def is_on(self) -> bool:
        """Whether anything is asked for, be it something that is not on offer."""
        return any(self.data.get(name) for name in self.form.fields)

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
    [(newest, oldest)] = _ends().rows([])
    if newest is None:
        return range(0)
    return range(timezone.localtime(newest).year, timezone.localtime(oldest).year - 1, -1)


@cache
def _ends() -> Prepared:
    published = "FROM disclosure_document WHERE published_at IS NOT NULL"
    return Prepared(f"SELECT (SELECT max(published_at) {published}), (SELECT min(published_at) {published})", [])


def days_of(year: int) -> tuple[date, date]:
    """Return the first day of a year, and that of the next."""
    return date(year, 1, 1), date(year + 1, 1, 1)


def _published_in(since: date, until: date) -> Q:
    first, last = (timezone.make_aware(datetime(day.year, 1, 1)) for day in (since, until))  # noqa: DTZ001 - made aware
    return Q(published_at__gte=first, published_at__lt=last)
