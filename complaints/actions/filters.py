"""Filters of the list of cases that a member of staff keeps under a name (``efficiency.kept_queries``)."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from complaints.models import SavedFilter
from complaints.refusals import Absent
from efficiency.access.models import User
from efficiency.kept_queries import Shelf, Words

MOST_FILTERS = 20
SHELF = Shelf(
    SavedFilter,
    Words(
        without_name=_("Please give the filter a name."),
        name_is_used=_("You have a filter of this name already."),
        query_does_not_do=_("Please choose the filters in the list first."),
        too_many=lambda most: (
            ngettext_lazy(
                "You can keep %(count)d filter. Please remove one first.",
                "You can keep %(count)d filters. Please remove one first.",
                most,
            )
            % {"count": most}
        ),
    ),
)


def save_filter(by: User, /, *, at: datetime, name: str, query: str) -> SavedFilter:
    """
    Keep the filters ``query``, as they stand in the address of the list, under ``name``.

    Whoever calls has let the list check that it declares each of them (docs/trust.md Z-03).

    :raises Invalid: no name, one that is used already, no filter, or too many are kept
    """
    return SHELF.keep(by, at=at, name=name, query=query, most=MOST_FILTERS)


def remove_filter(by: User, /, *, pk: int) -> str:
    """
    Forget a filter of one's own and return its name.

    :raises Absent: ``by`` has no such filter
    """
    if (name := SHELF.forget(by, pk=pk)) is None:
        raise Absent
    return name


def filters_of(user: User) -> list[SavedFilter]:
    """Return the filters that ``user`` keeps, by name."""
    return SHELF.of(user, most=MOST_FILTERS)
