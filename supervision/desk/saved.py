"""Views of the overview that somebody keeps under a name (``efficiency.kept_queries``)."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from efficiency.access.models import User
from efficiency.kept_queries import Shelf, Words
from supervision.desk.reach import may_open
from supervision.desk.refusals import Absent, NotAllowed
from supervision.models import DeskView

MOST = 20
SHELF = Shelf(
    DeskView,
    Words(
        without_name=_("Please give the view a name."),
        name_is_used=_("You have a view of this name already."),
        query_does_not_do=_("These filters are too long to be kept."),
        too_many=lambda most: (
            ngettext_lazy(
                "You can keep %(count)d view. Please remove one first.",
                "You can keep %(count)d views. Please remove one first.",
                most,
            )
            % {"count": most}
        ),
    ),
    takes_all=True,
)


def save_view(by: User, /, *, at: datetime, name: str, query: str) -> DeskView:
    """
    Keep the filters ``query``, as they stand in the address of the overview, under ``name``.

    Whoever calls has let the form leave out what is no filter.

    :raises NotAllowed: ``by`` does not open the overview
    :raises Invalid: no name, one that is used already, too long filters, or too many views are kept
    """
    if not may_open(by):
        raise NotAllowed(_("The overview is not yours to open."))
    return SHELF.keep(by, at=at, name=name, query=query, most=MOST)


def remove_view(by: User, /, *, pk: int) -> str:
    """
    Forget a view of one's own and return its name.

    :raises Absent: ``by`` has no such view
    """
    if (name := SHELF.forget(by, pk=pk)) is None:
        raise Absent
    return name


def views_of(user: User) -> list[DeskView]:
    """Return the views that ``user`` keeps, by name."""
    return SHELF.of(user, most=MOST)
