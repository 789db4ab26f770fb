"""The work of whoever edits disclosure: what the own organ is to publish, by the time that is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Q
from django.utils.translation import pgettext_lazy

from disclosure.catalogue.promise import KIND
from disclosure.enums import OwedState
from disclosure.models import OwedPublication
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.deadlines.models import Deadline
from efficiency.organs.models import Role
from efficiency.pages.deadline_view import DeadlineView
from efficiency.pages.promise_view import views_of
from efficiency.timing import store
from efficiency.timing.due import local_day

VERB = pgettext_lazy("verb of the disclosure editor", "publish")
# The list has the rest.
MOST = 20
# How many working days ahead something is due soon.
DAYS_AHEAD = 3


@dataclass(frozen=True, slots=True)
class Part:
    """What is most urgent with its promises, how much there is in all, and how much of it is not shown."""

    rows: Sequence[tuple[OwedPublication, DeadlineView | None]]
    counts: dict[str, int]

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.counts["open"] - len(self.rows)


def own_organs(user: User) -> frozenset[int]:
    """Return the organs for which the person publishes: those of the own posts, not what lies below."""
    return frozenset(seat.organ_id for seat in scope_of(user).seats_as(Role.DISCLOSURE_EDITOR))


def due_soon(at: datetime) -> Q:
    """Return the condition of what is open and due within three working days, today included."""
    today = local_day(at)
    return Q(state=OwedState.OPEN, due_on__gte=today, due_on__lte=store.load().add_working_days(today, DAYS_AHEAD))


def of_person(user: User, *, at: datetime) -> Part | None:
    """
    Return what the organs of the person are to publish; None where the person publishes for none and leads none.

    A leader sees it where something is open; three questions, however much there is.
    """
    scope = scope_of(user)
    organs = {seat.organ_id for seat in scope.seats_as(Role.DISCLOSURE_EDITOR, Role.ORGAN_LEADER)}
    if not organs:
        return None
    open_ = OwedPublication.objects.open().filter(organ_id__in=organs)
    counts = open_.aggregate(
        open=Count("pk"),
        overdue=Count("pk", filter=Q(due_on__lt=local_day(at))),
        soon=Count("pk", filter=due_soon(at)),
    )
    if not counts["open"] and not own_organs(user):
        return None
    found = list(open_.select_related("organ", "duty__column").by_time_left()[:MOST])
    promises = Deadline.objects.running().filter(
        content_type=ContentType.objects.get_for_model(OwedPublication),
        object_id__in=[owed.pk for owed in found],
        kind=KIND,
    )
    promised = list(promises.select_related("organ"))
    views = dict(zip((each.object_id for each in promised), views_of(promised, at=at, accounts=False), strict=True))
    return Part([(owed, views.get(owed.pk)) for owed in found], counts)
