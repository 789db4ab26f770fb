"""By what progress is narrowed down: year, span, organ, whose plans, pace; the same for the page and the file."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency.access.admin import OrganChoiceField, in_tree_order
from efficiency.organs.models import Organ
from efficiency.pages.forms import PortalForm
from targets.models import Plan
from targets.plans import spans
from targets.plans.enums import Span
from targets.scoring.pace import Pace

ORGANS, POSTS = "organs", "posts"
# Years that can be chosen, the present one first.
YEARS = 5


class ProgressFilterForm(PortalForm):
    """Which plans are meant; nothing chosen means the plans of organs whose time runs now."""

    year = forms.TypedChoiceField(label=_("Year"), required=False, coerce=int, empty_value=None)
    span = forms.ChoiceField(
        label=pgettext_lazy("target plan", "Span"),
        required=False,
        choices=[("", pgettext_lazy("progress", "those that run now")), *Span.choices],
    )
    organ = OrganChoiceField(Organ.objects.none(), label=_("Organ"), required=False, empty_label=_("all organs"))
    whose = forms.ChoiceField(
        label=pgettext_lazy("progress", "Plans of"),
        required=False,
        choices=[(ORGANS, pgettext_lazy("progress", "organs")), (POSTS, pgettext_lazy("progress", "posts"))],
    )
    pace = forms.ChoiceField(
        label=pgettext_lazy("progress", "Pace"),
        required=False,
        choices=[("", pgettext_lazy("progress", "any pace")), *Pace.choices],
    )

    def __init__(self, *args: Any, reach: Collection[int], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["year"].choices = [  # type: ignore[attr-defined]
            (str(year), str(year)) for year in range(today.year, today.year - YEARS, -1)
        ]
        organs = in_tree_order(Organ.objects.filter(pk__in=reach))
        self.fields["organ"].queryset = organs  # type: ignore[attr-defined]

    @property
    def year_meant(self) -> int:
        """The year that is meant, of a valid form."""
        return self.cleaned_data["year"] or self.today.year

    @property
    def spans_meant(self) -> list[str]:
        """The spans meant, of a valid form: what was chosen, or those that run; all, of a year that is over."""
        if chosen := self.cleaned_data["span"]:
            return [chosen]
        year, today = self.year_meant, self.today
        return [span for span in Span.values if year < today.year or _runs(year, span, today)]

    @property
    def pace_meant(self) -> Pace | None:
        """The pace that is asked for, of a valid form."""
        return Pace(self.cleaned_data["pace"]) if self.cleaned_data["pace"] else None

    def kept(self, rows: QuerySet[Plan]) -> QuerySet[Plan]:
        """Return the plans that are meant, of a valid form, whatever their pace."""
        of_posts = self.cleaned_data["whose"] == POSTS
        found = rows.filter(year=self.year_meant, span__in=self.spans_meant, post__isnull=not of_posts)
        organ = self.cleaned_data["organ"]
        return found.filter(organ_id__in=_with_below(organ)) if organ else found

    def in_words(self) -> dict[str, str]:
        """Return what was chosen, for the record: keys and codes."""
        if not self.is_valid():
            return {}
        return {name: str(getattr(value, "pk", value)) for name, value in self.cleaned_data.items() if value}


def _runs(year: int, span: str, today: date) -> bool:
    since, until = spans.bounds(year, span)
    return since <= today < until


def _with_below(organ: Organ) -> set[int]:
    """Return an organ and all below it, in one question."""
    below: dict[int | None, list[int]] = {}
    for pk, parent in Organ.objects.order_by().values_list("pk", "parent_id"):
        below.setdefault(parent, []).append(pk)
    found, waiting = {organ.pk}, [organ.pk]
    while waiting:
        for pk in below.get(waiting.pop(), ()):
            if pk not in found:
                found.add(pk)
                waiting.append(pk)
    return found
