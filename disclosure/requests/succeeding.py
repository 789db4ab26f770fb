"""Open requests for information go over with the organ that has to answer them (docs/domain.md 7, 13.14)."""

from django.db.models import QuerySet
from django.utils.translation import ngettext

from disclosure.models import InformationRequest
from disclosure.requests.deadlines import post_in_charge
from disclosure.requests.enums import ENDED
from disclosure.requests.workflow import steps
from efficiency.steps import succeeding


def open_ones() -> QuerySet[InformationRequest]:
    """Return what is to be answered, or may be ordered to be answered anew."""
    return InformationRequest.objects.exclude(state__in=ENDED)


def register() -> None:
    """Make it known; called once Django is ready."""
    succeeding.part(
        steps,
        lambda count: (
            ngettext("%(count)d request for information", "%(count)d requests for information", count)
            % {"count": count}
        ),
        open_ones,
        InformationRequest.objects.headers_visible_to,
        in_charge=post_in_charge,
        columns={"actor_kind": "staff"},
    )
