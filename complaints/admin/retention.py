"""Holds on the erasure of cases (docs/trust.md P-10)."""

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from complaints import actions
from complaints.models import Case, RetentionHold
from efficiency.access.models import User
from efficiency.admin.holds import HoldPages


@admin.register(RetentionHold)
class RetentionHoldAdmin(HoldPages):
    """Holds on cases."""

    group, position = gettext_lazy("Cases"), 16
    of = "case"
    place, lift = actions.place_hold, actions.lift_hold
    number_label, none_found = gettext_lazy("Number of the case"), gettext_lazy("There is no such case.")
    list_select_related = ("case", "placed_by")
    search_fields = ("case__number__exact",)
    search_help_text = gettext_lazy("Number of the case, written in full")

    def subjects_of(self, person: User) -> QuerySet[Case]:
        """Return the cases of the office."""
        return Case.objects.visible_to_office(person)
