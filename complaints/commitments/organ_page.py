"""What the public page of an organ says of its promises."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from complaints.models import ItemVersion
from efficiency.organs.models import Organ
from efficiency.pages import organ_links
from efficiency.timing.due import local_day


def commitments(organ: Organ, at: datetime) -> Iterator[organ_links.OrganLink]:
    """Say for how many service items the organ promises something today; nothing of one without any."""
    count = ItemVersion.objects.in_force(local_day(at)).filter(item__organ=organ).count()
    if not count:
        return
    words = ngettext("%(count)d service item with a promise", "%(count)d service items with a promise", count)
    yield organ_links.OrganLink(
        _("Commitments"),
        words % {"count": count},
        f"{reverse('complaints:commitments')}?organ={organ.pk}",
        _("What the organ promises"),
    )


def register() -> None:
    """Make it known to the page; called once Django is ready."""
    organ_links.register(commitments)
