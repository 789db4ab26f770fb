"""Open observations go over with the organ that they are about (docs/domain.md 7, 13.14)."""

from django.db.models import QuerySet
from django.utils.translation import ngettext

from efficiency.steps import succeeding
from supervision.models import Observation
from supervision.supervisors.deadlines import post_in_charge
from supervision.supervisors.enums import OBSERVATION_OPEN
from supervision.supervisors.observing import steps


def open_ones() -> QuerySet[Observation]:
    """Return what was not answered yet, wherever it lies."""
    return Observation.objects.filter(state__in=OBSERVATION_OPEN)


def register() -> None:
    """Make it known; called once Django is ready."""
    succeeding.part(
        steps,
        lambda count: (
            ngettext("%(count)d observation of a supervisor", "%(count)d observations of supervisors", count)
            % {"count": count}
        ),
        open_ones,
        Observation.objects.known_to_office,
        in_charge=post_in_charge,
    )
