"""Which pages of cases and promises machines shall find: none that belongs to one person's case."""

from django.db.models import QuerySet
from django.utils import timezone

from complaints.models import PublicAnswer, ServiceItem
from efficiency.pages import sitemaps


def register() -> None:
    """Make the public pages known; called once, when the app is ready."""
    sitemaps.register_pages("complaints:new", "complaints:commitments", "complaints:answers", "complaints:interface")
    sitemaps.register_rows("items", _items, to="complaints:commitment", argument="code")
    sitemaps.register_rows("answers", _answers, to="complaints:answer", argument="slug")
    sitemaps.keep_out("/complaints/track/", "/complaints/new/received/", "/calendar/", "/open311/")


def _items() -> QuerySet[ServiceItem]:
    return ServiceItem.objects.offered(timezone.localdate())


def _answers() -> QuerySet[PublicAnswer]:
    return PublicAnswer.objects.public()
