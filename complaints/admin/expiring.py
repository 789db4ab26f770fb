"""What leaders and offices are told of items that are soon offered no more."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from complaints.commitments.ending import SOON, ending
from efficiency.access.admin import viewer
from efficiency.access.may import MATRIX, may
from efficiency.access.scope import scope_of
from efficiency.admin import notices
from efficiency.admin.notices import Notice


def of_items(request: HttpRequest) -> list[Notice]:
    """Return how many items of the organs in reach end soon, and nothing follows."""
    if not may(viewer(request), "item.publish"):
        return []
    reach = scope_of(viewer(request)).organ_ids_as(*MATRIX["item.publish"])
    count = ending(timezone.localdate()).filter(item__organ_id__in=reach).order_by()[:100].count()
    if not count:
        return []
    text = ngettext(
        "%(count)d service item is offered for no more than %(days)d days, and no promise follows.",
        "%(count)d service items are offered for no more than %(days)d days, and no promise follows.",
        count,
    )
    address = reverse("admin:complaints_serviceitem_changelist") + "?offered=ending"
    return [Notice("info", text % {"count": count, "days": SOON.days}, address, _("Look at the items"))]


notices.register(of_items)
