"""Open corrections go over with the organ that has to put something right (docs/domain.md 7, 13.14)."""

from django.db.models import QuerySet
from django.utils.translation import ngettext

from accountability.corrections.deadlines import post_in_charge
from accountability.corrections.enums import BEFORE, OPEN
from accountability.corrections.workflow import steps
from accountability.models import Correction
from efficiency.steps import succeeding


def open_ones() -> QuerySet[Correction]:
    """Return what is with an organ, or about to be put before it."""
    return Correction.objects.filter(state__in=(*BEFORE, *OPEN))


def register() -> None:
    """Make it known; called once Django is ready."""
    succeeding.part(
        steps,
        lambda count: ngettext("%(count)d correction", "%(count)d corrections", count) % {"count": count},
        open_ones,
        Correction.objects.of_office,
        in_charge=post_in_charge,
    )
