"""What the public page of an organ says of its cards: how many of the quarter stand, and nothing of whom they met."""

from collections.abc import Iterator
from datetime import date, datetime

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accountability.cards.enums import Colour
from accountability.models import Card
from efficiency.organs.models import Organ
from efficiency.pages import organ_links
from efficiency.timing.zone import local_day, start_of


def cards(organ: Organ, at: datetime) -> Iterator[organ_links.OrganLink]:
    """Count the cards of the running quarter that stand, by the moment of their threshold (docs/domain.md 9.5)."""
    today = local_day(at)
    since = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    found = Card.objects.standing().filter(organ=organ, passed_at__gte=start_of(since), passed_at__lte=at)
    counts = found.aggregate(
        yellow=Count("pk", filter=Q(colour=Colour.YELLOW)), red=Count("pk", filter=Q(colour=Colour.RED))
    )
    words = _("%(yellow)d yellow, %(red)d red") % counts if any(counts.values()) else _("none so far")
    yield organ_links.OrganLink(_("Cards of this quarter"), words, reverse("supervision:statistics"), _("Bulletins"))


def register() -> None:
    """Make it known to the page; called once Django is ready."""
    organ_links.register(cards)
