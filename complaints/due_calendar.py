"""
What is due for one person as an iCalendar feed (RFC 5545): number, kind and address, never a text or a name (Z-15).

An entry keeps its UID for as long as there is the promise; whatever moves, stops or ends it raises SEQUENCE, so that
calendars take the newer one. A limit of days stands in the last half hour of office work, where somebody sees it.
"""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints import deadlines, queues
from complaints.models import Assistance, Case
from complaints.people import OF_SECTION
from complaints.querysets import CaseQuerySet
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.deadlines.models import Deadline, DeadlineState, Promise
from efficiency.outbox.texts import absolute
from efficiency.timing.due import Unit, local_day
from efficiency.timing.zone import ZONE

if TYPE_CHECKING:
    from icalendar import Event

# So many cases of each sort are looked at, the most urgent first.
MOST_CASES = 300
# What has ended stands as cancelled for so long, for calendars that ask seldom.
ENDED_SINCE = timedelta(days=14)
REFRESH = timedelta(hours=1)
LASTS = timedelta(minutes=30)
BEFORE_THE_END_OF_WORK = time(16, 30)
# Where an entry leads.
PAGES: dict[type[Case | Assistance], str] = {
    Case: "admin:complaints_case_change",
    Assistance: "admin:complaints_assistance_change",
}


def feed_of(user: User, *, at: datetime) -> bytes:
    """
    Return the calendar of ``user`` at ``at``: what their organ owes in cases that are theirs to move or handle, and in
    the parts that it is asked for.
    """
    # Loaded for those who ask for a feed: it takes as long as all models of a part.
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//Administrative Efficiency Supervision Portal//due dates//")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _("What is due"))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for model, numbers in ((Case, _cases_of(user, at=at)), (Assistance, _parts_of(user, at=at))):
        for deadline in _promises(model, numbers, _owing(user), at=at):
            calendar.add_component(_entry(deadline, PAGES[model], numbers[deadline.object_id], at=at))
    calendar.add_missing_timezones()
    content: bytes = calendar.to_ical()
    return content


def _cases_of(user: User, *, at: datetime) -> dict[int, str]:
    """Return the cases in which the next step is the person's or which the person handles, with their numbers."""
    visible = Case.objects.visible_to(user).open()
    waiting = queues.keys_of(user, queues.Wanted(), at=at)
    # Two questions: each of them has an index of its own.
    return _first(visible.filter(pk__in=waiting)) | _first(visible.filter(handler=user))


def _parts_of(user: User, *, at: datetime) -> dict[int, str]:
    """Return the parts that the person's own organ is asked for, or was lately, with the numbers of their cases."""
    lately = Q(answered_at__gte=at - ENDED_SINCE) | Q(withdrawn_at__gte=at - ENDED_SINCE)
    parts = Assistance.objects.of_own_organs(user).filter(Q(state__in=Assistance.OPEN) | lately)
    return dict(parts.order_by("-asked_at", "-id").values_list("pk", "case__number")[:MOST_CASES])


def _first(cases: CaseQuerySet) -> dict[int, str]:
    return dict(cases.by_urgency().values_list("pk", "number")[:MOST_CASES])


def _owing(user: User) -> set[int]:
    """Return the organs whose promises are the person's work; what an office has others handle is not."""
    seats = scope_of(user).seats
    return {pk for seat in seats for pk in (seat.organ_ids if seat.role in OF_SECTION else (seat.organ_id,))}


def _promises(
    model: type[Case | Assistance], ids: Iterable[int], organ_ids: Iterable[int], *, at: datetime
) -> Iterable[Deadline]:
    """Return what these organs promised in these cases or parts: what runs, and what stopped or ended lately."""
    lately = Q(met_at__gte=at - ENDED_SINCE) | Q(ended_at__gte=at - ENDED_SINCE)
    return (
        Deadline.objects.filter(content_type=ContentType.objects.get_for_model(model), object_id__in=list(ids))
        .filter(organ_id__in=list(organ_ids))
        .filter(Q(state__in=[DeadlineState.OPEN, DeadlineState.SUSPENDED]) | lately)
        .exclude(promise=Promise.OWED_BY_CITIZEN)
        .order_by("due_at", "id")
    )


def _entry(deadline: Deadline, page: str, number: str, *, at: datetime) -> "Event":
    from icalendar import Event

    begins = _begins(deadline)
    event = Event()
    event.add("uid", f"deadline-{deadline.pk}@{urlsplit(settings.PORTAL_URL).hostname}")
    event.add("dtstamp", at)
    event.add("sequence", _sequence(deadline))
    event.add("status", "CONFIRMED" if deadline.state == DeadlineState.OPEN else "CANCELLED")
    event.add("dtstart", begins)
    event.add("dtend", begins + LASTS)
    label = deadlines.BY_NAME[deadline.kind].label
    event.add("summary", _("%(promise)s due: %(number)s") % {"promise": label, "number": number})
    event.add("url", absolute(reverse(page, args=[deadline.object_id])))
    event.add("transp", "TRANSPARENT")
    return event


def _begins(deadline: Deadline) -> datetime:
    """Return where the entry stands: in working hours of the last day; a limit of hours at its minute."""
    if deadline.limit_unit in (Unit.WORKING_DAY, Unit.DAY):
        return datetime.combine(local_day(deadline.due_at), BEFORE_THE_END_OF_WORK, tzinfo=ZONE)
    return timezone.localtime(deadline.due_at, ZONE).replace(second=0, microsecond=0)


def _sequence(deadline: Deadline) -> int:
    """Return a number that grows with whatever was done to the promise: seconds from its start to the last of it."""
    changes = (deadline.moved_at, deadline.suspended_at, deadline.met_at, deadline.ended_at)
    last = max((change for change in changes if change is not None), default=deadline.started_at)
    return max(0, int((last - deadline.started_at).total_seconds()))
