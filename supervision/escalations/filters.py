"""Filters of the list of broken promises; they live in the address."""

from typing import Any

import django_filters
from django import forms
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accountability.models import Correction
from complaints import search
from complaints.models import Case, Matter
from disclosure.models import OwedPublication
from efficiency.access.rows import rows_of
from efficiency.access.scope import scope_of
from efficiency.deadlines import registry
from efficiency.deadlines.models import DeadlineState, Escalation
from efficiency.letters.models import ResponsibilityLetter
from efficiency.organs.models import Organ, Role
from supervision.escalations.querysets import about_cases

REMINDER = (1, _("Reminder"))
# A reminder is no broken promise: lists begin with the second level.
LEVELS = [
    (2, pgettext_lazy("level of an escalation", "Yellow")),
    (3, pgettext_lazy("level of an escalation", "Red")),
    (4, pgettext_lazy("level of an escalation", "Level four")),
]
STANDINGS = [
    ("open", _("still not kept")),
    ("late", _("kept late")),
    ("ended", _("ended otherwise")),
]


class EscalationFilter(django_filters.FilterSet):
    """Level, organ with all below it, kind of promise, standing, acknowledged or not, words of the case."""

    words = django_filters.CharFilter(label=_("Number or words"), method="with_words")
    level = django_filters.ChoiceFilter(label=_("Level"), choices=LEVELS, empty_label=_("all levels"))
    organ = django_filters.ModelChoiceFilter(
        label=_("Organ"), queryset=Organ.objects.none(), method="with_organ", empty_label=_("all organs")
    )
    kind = django_filters.ChoiceFilter(label=_("Promise"), choices=(), empty_label=_("all promises"))
    standing = django_filters.ChoiceFilter(
        label=_("Standing"), choices=STANDINGS, method="with_standing", empty_label=_("all")
    )
    acknowledged = django_filters.ChoiceFilter(
        label=_("Acknowledged"),
        choices=[("no", _("not yet")), ("yes", _("acknowledged"))],
        method="with_acknowledged",
        empty_label=_("all"),
    )

    class Meta:
        model = Escalation
        fields: list[str] = []

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        reach = scope_of(user).organ_ids_as(Role.OFFICE_OFFICER, Role.INSPECTOR)
        self.filters["organ"].field.queryset = (
            Organ.objects.filter(pk__in=reach).select_related("district").order_by("position", "sort_key", "id")
        )
        self.filters["kind"].field.choices = [(kind.name, kind.label) for kind in registry.kinds()]
        for field in self.form.fields.values():
            field.widget.attrs.setdefault("autocomplete", "off")
            if isinstance(field, forms.ChoiceField):
                field.error_messages["invalid_choice"] = _("Please choose one of the values listed.")

    def with_words(self, rows: QuerySet[Escalation], name: str, value: str) -> QuerySet[Escalation]:
        """
        Keep the promises of the newest cases whose number, title or text has the words (``complaints.search``).

        A matter is found by its whole number at the organ, a responsibility letter by its number or by words of the
        post, what is to be published by its number or by words of its title, and a correction by its number.
        """
        cases = Case.objects.visible_to_office(self.user)
        hits = search.best(cases, value, cases.hidden_from(self.user))
        matters = Matter.objects.all().visible_to(self.user).filter(external_id=value.strip())
        about_matter = rows.filter(
            content_type=ContentType.objects.get_for_model(Matter), object_id__in=matters.values("pk")
        )
        letters = rows_of(ResponsibilityLetter, self.user).filter(_of_letter(value.strip()))
        about_letter = rows.filter(
            content_type=ContentType.objects.get_for_model(ResponsibilityLetter), object_id__in=letters.values("pk")
        )
        owed = rows_of(OwedPublication, self.user).filter(_of_owed(value.strip()))
        about_owed = rows.filter(
            content_type=ContentType.objects.get_for_model(OwedPublication), object_id__in=owed.values("pk")
        )
        corrections = rows_of(Correction, self.user).filter(number__icontains=value.replace(" ", "") or "-")
        about_correction = rows.filter(
            content_type=ContentType.objects.get_for_model(Correction), object_id__in=corrections.values("pk")
        )
        found = about_cases(rows, Case.objects.filter(pk__in=hits.keys)) | about_matter | about_letter | about_owed
        return found | about_correction

    def with_organ(self, rows: QuerySet[Escalation], name: str, value: Organ) -> QuerySet[Escalation]:
        """Keep what the organ or one below it owes."""
        below = Organ.objects.descendants(value, include_self=True)
        return rows.filter(organ_id__in=list(below.values_list("pk", flat=True)))

    def with_standing(self, rows: QuerySet[Escalation], name: str, value: str) -> QuerySet[Escalation]:
        """Keep promises that still run, were kept late, or ended in another way."""
        running = [DeadlineState.OPEN, DeadlineState.SUSPENDED]
        conditions = {
            "open": Q(deadline__state__in=running),
            "late": Q(deadline__state=DeadlineState.MET),
            "ended": ~Q(deadline__state__in=[*running, DeadlineState.MET]),
        }
        return rows.filter(conditions[value])

    def with_acknowledged(self, rows: QuerySet[Escalation], name: str, value: str) -> QuerySet[Escalation]:
        """Keep what the office has, or has not, acknowledged."""
        return rows.filter(acknowledgement__isnull=value == "no")


def _of_owed(words: str) -> Q:
    """Return the condition of what is to be published by number (GK-12) or by a part of its title."""
    prefix, _dash, number = words.upper().partition("-")
    by_title = Q(title__icontains=words)
    return by_title | Q(pk=int(number)) if prefix == "GK" and number.isascii() and number.isdigit() else by_title


def _of_letter(words: str) -> Q:
    """Return the condition of letters by number (year and code of the post), code, or a part of the post's name."""
    year, _dash, code = words.partition("-")
    found = Q(post__code=words) | Q(post__name__icontains=words)
    return found | Q(year=int(year), post__code=code) if year.isascii() and year.isdigit() and len(year) == 4 else found
