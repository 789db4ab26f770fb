"""Filters of the list of cases that a member of staff keeps under a name: own ones, and not many."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from complaints.models import SavedFilter
from complaints.refusals import Absent, Invalid
from efficiency import checks
from efficiency.access.models import User

MOST_FILTERS = 20
LONGEST_NAME = 40
LONGEST_QUERY = 500


@transaction.atomic
def save_filter(by: User, /, *, at: datetime, name: str, query: str) -> SavedFilter:
    """
    Keep the filters ``query``, as they stand in the address of the list, under ``name``.

    Whoever calls has let the list check that it declares each of them (docs/trust.md Z-03).

    :raises Invalid: no name, one that is used already, no filter, or too many are kept
    """
    called = checks.text("name", name, _("Please give the filter a name."), at_most=LONGEST_NAME)
    if not query or len(query) > LONGEST_QUERY:
        raise Invalid(None, _("Please choose the filters in the list first."))
    # Two windows of one person shall not pass the limit together.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    kept = SavedFilter.objects.filter(owner=by)
    if kept.filter(name=called).exists():
        raise Invalid("name", _("You have a filter of this name already."))
    if kept.count() >= MOST_FILTERS:
        raise Invalid(
            None,
            ngettext_lazy(
                "You can keep %(count)d filter. Please remove one first.",
                "You can keep %(count)d filters. Please remove one first.",
                MOST_FILTERS,
            )
            % {"count": MOST_FILTERS},
        )
    return SavedFilter.objects.create(owner=by, name=called, query=query, saved_at=at)


def remove_filter(by: User, /, *, pk: int) -> str:
    """
    Forget a filter of one's own and return its name.

    :raises Absent: ``by`` has no such filter
    """
    with transaction.atomic():
        kept = SavedFilter.objects.filter(owner=by, pk=pk).first()
        if kept is None:
            raise Absent
        kept.delete()
    return kept.name


def filters_of(user: User) -> list[SavedFilter]:
    """Return the filters that ``user`` keeps, by name."""
    return list(SavedFilter.objects.filter(owner=user).order_by("name", "pk")[:MOST_FILTERS])
