"""Items that are soon offered no more: what leaders and offices are told before it is too late to promise anew."""

from datetime import date, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from complaints.models import ItemVersion

# So long before its last day an item is pointed out.
SOON = timedelta(days=30)


def ending(on: date) -> QuerySet[ItemVersion]:
    """Return the published versions that end within thirty days of ``on`` and that no other version follows."""
    published = ItemVersion.objects.published()
    follows = published.filter(item=OuterRef("item"), valid_from__gte=OuterRef("valid_until"))
    return published.filter(~Exists(follows), valid_until__gt=on, valid_until__lte=on + SOON)
