"""Views of the overview that somebody keeps under a name: own ones, and not many."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from efficiency import checks
from efficiency.access.models import User
from efficiency.refusals import Invalid
from supervision.desk.reach import may_open
from supervision.desk.refusals import Absent, NotAllowed
from supervision.models import DeskView
from supervision.models.desk import LONGEST_NAME, LONGEST_QUERY

MOST = 20


@transaction.atomic
def save_view(by: User, /, *, at: datetime, name: str, query: str) -> DeskView:
    """
    Keep the filters ``query``, as they stand in the address of the overview, under ``name``.

    Whoever calls has let the form leave out what is no filter.

    :raises NotAllowed: ``by`` does not open the overview
    :raises Invalid: no name, one that is used already, too long filters, or too many views are kept
    """
    if not may_open(by):
        raise NotAllowed(_("The overview is not yours to open."))
    called = checks.text("name", name, _("Please give the view a name."), at_most=LONGEST_NAME)
    if len(query) > LONGEST_QUERY:
        raise Invalid(None, _("These filters are too long to be kept."))
    # Two windows of one person shall not pass the limit together.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    kept = DeskView.objects.filter(owner=by)
    if kept.filter(name=called).exists():
        raise Invalid("name", _("You have a view of this name already."))
    if kept.count() >= MOST:
        raise Invalid(
            None,
            ngettext_lazy(
                "You can keep %(count)d view. Please remove one first.",
                "You can keep %(count)d views. Please remove one first.",
                MOST,
            )
            % {"count": MOST},
        )
    return DeskView.objects.create(owner=by, name=called, query=query, saved_at=at)


def remove_view(by: User, /, *, pk: int) -> str:
    """
    Forget a view of one's own and return its name.

    :raises Absent: ``by`` has no such view
    """
    with transaction.atomic():
        kept = DeskView.objects.filter(owner=by, pk=pk).first()
        if kept is None:
            raise Absent
        kept.delete()
    return kept.name


def views_of(user: User) -> list[DeskView]:
    """Return the views that ``user`` keeps, by name."""
    return list(DeskView.objects.filter(owner=user).order_by("name", "pk")[:MOST])
