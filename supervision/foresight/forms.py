"""By what the pages of foresight are narrowed down; all of it stands in the address."""

from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from complaints.enums import CATEGORIES_BY_GROUP, Channel, Kind
from efficiency.access.admin import OrganChoiceField, in_tree_order
from efficiency.deadlines import registry
from efficiency.organs.models import Level, Organ, OrganKind
from efficiency.pages.forms import PortalForm
from efficiency.timing.due import ONE_DAY, add_months
from supervision.foresight import forecasting
from supervision.foresight.asking import Span
from supervision.foresight.doubts import Done, Reason

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from efficiency.access.models import User

SOON, LATER = "soon", "later"
UNDONE = "nothing"
# The key of the city's own organs among the districts, as in the overview.
CITY = "city"
# A longer span is not asked for at once.
MOST_MONTHS = 36
# Days that can be asked for, as in the overview.
FIRST_DAY, LAST_DAY = date(2005, 1, 1), date(2199, 1, 1)


class OrganForm(PortalForm):
    """An organ with all below it, of those in reach; ``alone`` leaves these out, as a line of a table counts one."""

    organ = OrganChoiceField(Organ.objects.none(), label=_("Organ"), required=False, empty_label=_("all organs"))
    district = forms.ChoiceField(label=_("District"), required=False)
    alone = forms.BooleanField(required=False, widget=forms.HiddenInput, label=_("without organs below"))

    def __init__(self, *args: Any, reach: Collection[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reach = frozenset(reach)
        organs = in_tree_order(Organ.objects.filter(pk__in=self.reach))
        self.fields["organ"].queryset = organs  # type: ignore[attr-defined]
        of_districts = organs.filter(kind=OrganKind.GOVERNMENT, level=Level.DISTRICT)
        self.fields["district"].choices = [  # type: ignore[attr-defined]
            ("", _("all districts")),
            (CITY, _("the city's own organs")),
            *((str(each.pk), str(each)) for each in of_districts),
        ]

    @property
    def organ_ids(self) -> tuple[int, ...] | None:
        """The organs meant, of a valid form; None for all in reach."""
        organ, district = self.cleaned_data.get("organ"), self.cleaned_data.get("district")
        if organ is None and not district:
            return None
        found = self.reach
        if organ is not None and self.cleaned_data.get("alone"):
            found &= {organ.pk}
        elif organ is not None:
            found &= set(Organ.objects.descendants(organ, include_self=True).values_list("pk", flat=True))
        if district:
            of_district = Q(level=Level.CITY) if district == CITY else Q(pk=district) | Q(district=district)
            found &= set(Organ.objects.filter(of_district, pk__in=found).values_list("pk", flat=True))
        return tuple(sorted(found))


class CasesForm(OrganForm):
    """Which cases are meant besides."""

    kind = forms.ChoiceField(
        label=_("Kind of case"), required=False, choices=[("", pgettext_lazy("overview", "all kinds")), *Kind.choices]
    )
    category = forms.ChoiceField(label=_("Category"), required=False)
    channel = forms.ChoiceField(label=_("Channel"), required=False, choices=[("", _("all channels")), *Channel.choices])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = [  # type: ignore[attr-defined]
            ("", _("all categories")),
            *(
                (group.label, [(each.value, each.label) for each in found])
                for group, found in CATEGORIES_BY_GROUP.items()
            ),
        ]


class SpanForm(CasesForm):
    """A span of days besides, both ends included; this month where none is given."""

    first = forms.DateField(label=_("From"), required=False, help_text=_("For example 2026-11-01."))
    last = forms.DateField(label=_("To"), required=False)
    field_order = ("first", "last", "organ", "district", "kind", "category", "channel")

    def clean(self) -> dict[str, Any]:
        """Say where the span ends before it begins, or is too long."""
        given = super().clean() or {}
        first, last = given.get("first"), given.get("last")
        for name, day in (("first", first), ("last", last)):
            if day and not FIRST_DAY <= day <= LAST_DAY:
                self.add_error(name, _("Please enter a day from 2005 on."))
        if self.errors or not first:
            return given
        # Without a last day it is today, as ``span`` has it.
        until = last or max(timezone.localdate(), first)
        if first > until:
            self.add_error("last", _("The last day comes after the first."))
        elif add_months(first, MOST_MONTHS) < until:
            self.add_error("last", _("At most three years can be asked for at once."))
        return given

    def span(self, today: date) -> Span:
        """Return what is asked for; this month, of all organs, where the form is not valid."""
        given = self.cleaned_data if self.is_valid() else {}
        last = given.get("last") or max(today, given.get("first") or today)
        return Span(
            since=given.get("first") or last.replace(day=1),
            until=last + ONE_DAY,
            organ_ids=self.organ_ids if given else None,
            kind=given.get("kind", ""),
            category=given.get("category", ""),
            channel=given.get("channel", ""),
        )


class DoubtsForm(SpanForm):
    """Why a closing is doubtful and what was done about it, besides."""

    reason = forms.ChoiceField(
        label=pgettext_lazy("doubtful closing", "Reason"),
        required=False,
        choices=[("", pgettext_lazy("doubtful closing", "any reason")), *Reason.choices],
    )
    done = forms.ChoiceField(
        label=pgettext_lazy("doubtful closing", "What was done"),
        required=False,
        choices=[
            ("", pgettext_lazy("doubtful closing", "anything or nothing")),
            (UNDONE, pgettext_lazy("doubtful closing", "nothing yet")),
            *Done.choices,
        ],
    )


class LikenessForm(PortalForm):
    """From which share on a reply is nearly the same as another."""

    share = forms.IntegerField(
        label=_("Alike from (per cent)"),
        help_text=_("From 60 to 100. It holds for replies that were compared before as well."),
        error_messages={"required": _("Please enter a share from 60 to 100 per cent.")},
    )
    reason = forms.CharField(label=_("Reason"), max_length=200, error_messages={"required": _("Please give a reason.")})


class ForecastForm(CasesForm):
    """By when a promise is due, which kind it is, and how likely it is missed."""

    due = forms.ChoiceField(
        label=pgettext_lazy("forecast", "Due"),
        required=False,
        choices=[
            ("", pgettext_lazy("forecast", "within the next five working days")),
            (LATER, pgettext_lazy("forecast", "later")),
        ],
    )
    promise = forms.ChoiceField(label=_("Kind of promise"), required=False)
    risk = forms.ChoiceField(
        label=pgettext_lazy("forecast", "Chance of being missed"),
        required=False,
        choices=[
            ("", pgettext_lazy("forecast", "any chance")),
            ("0.3", pgettext_lazy("forecast", "30 % and more")),
            ("0.1", pgettext_lazy("forecast", "10 % and more")),
        ],
    )
    field_order = ("due", "risk", "promise", "organ", "district", "kind", "category", "channel")

    def __init__(self, *args: Any, user: "User | AnonymousUser", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        there = forecasting.kinds_of(self.reach, user)
        # What stands in an address still means something when the last of the kind has ended.
        given = self.data.get("promise", "")
        self.fields["promise"].choices = [  # type: ignore[attr-defined]
            ("", pgettext_lazy("forecast", "all kinds of promises")),
            *((kind.name, kind.label) for kind in registry.kinds() if kind.name in there or kind.name == given),
        ]

    def span(self, today: date) -> Span:
        """Return which organs and cases are meant."""
        given = self.cleaned_data if self.is_valid() else {}
        return Span(
            since=today,
            until=today + ONE_DAY,
            organ_ids=self.organ_ids if given else None,
            kind=given.get("kind", ""),
            category=given.get("category", ""),
            channel=given.get("channel", ""),
        )
