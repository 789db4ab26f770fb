"""What the office sees of reception days at once: kept, who received, what became of it (docs/domain.md 11)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.translation import pgettext_lazy

from complaints.enums import State as CaseState
from efficiency.access.models import User
from efficiency.deadlines.models import Deadline
from efficiency.organs.models import Organ
from supervision.models import ReceptionBooking, ReceptionDay
from supervision.reception.deadlines import ANNOUNCE
from supervision.reception.enums import RECEIVED, Attended, DayState, Ending

# A case that waits for nothing any more, as the citizen sees it.
SETTLED = (
    CaseState.REPLIED,
    CaseState.CLOSED,
    CaseState.ARCHIVED,
    CaseState.REPORTED,
    CaseState.REJECTED,
    CaseState.REDIRECTED,
    CaseState.WITHDRAWN,
    CaseState.MERGED,
)
LABELS: dict[str, Lazy] = {
    "days": pgettext_lazy("reception", "days"),
    "late": pgettext_lazy("reception", "announced late"),
    "held": pgettext_lazy("reception", "held"),
    "by_head": pgettext_lazy("reception", "by the head in person"),
    "by_deputy": pgettext_lazy("reception", "by a deputy"),
    "cancelled": pgettext_lazy("reception", "cancelled"),
    "not_held": pgettext_lazy("reception", "not held"),
    "visitors": pgettext_lazy("reception", "visitors"),
    "answered": pgettext_lazy("reception", "answered on the spot"),
    "cases": pgettext_lazy("reception", "became cases"),
    "open": pgettext_lazy("reception", "cases still open"),
}


# Which of them are counted in appointments; the others in days.
OF_BOOKINGS = frozenset({"visitors", "answered", "cases", "open"})


@dataclass(slots=True)
class Line:
    """The figures of one organ."""

    organ: Organ
    figures: dict[str, int] = field(default_factory=lambda: dict.fromkeys(LABELS, 0))

    @property
    def cells(self) -> list[tuple[str, int]]:
        """The figures with their names, in the order of the columns."""
        return list(self.figures.items())


def span_of(first: date, last: date) -> str:
    """Return how a span of days stands in an address."""
    return f"{first.isoformat()}_{last.isoformat()}"


def days_in(span: str) -> tuple[date, date] | None:
    """Return the first and the last day of what ``span_of`` wrote; None for what is no span."""
    first, _sign, last = span.partition("_")
    try:
        return date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        return None


def days_of(organs: Collection[int], first: date, last: date) -> QuerySet[ReceptionDay]:
    """Return the days of these organs that lie in a span, both ends included."""
    return ReceptionDay.objects.filter(organ_id__in=organs, on__gte=first, on__lte=last)


def by_organ(days: QuerySet[ReceptionDay], *, by: User | AnonymousUser, at: datetime) -> list[Line]:
    """
    Return the figures of days by organ, in the order of organs; three statements, however many there are.

    Appointments that ``by`` may not read are counted no more than they are listed (docs/trust.md Z-02).
    """
    sums = {name: Count("pk", filter=condition(name, at=at)) for name in LABELS}
    counted = (
        days.order_by()
        .values("organ_id")
        .annotate(**{name: each for name, each in sums.items() if name not in OF_BOOKINGS})
    )
    talked = ReceptionBooking.objects.visible_to(by).filter(day__in=days.order_by().values("pk")).order_by()
    spoken = talked.values(organ_id=F("day__organ_id")).annotate(**{name: sums[name] for name in OF_BOOKINGS})
    rows: dict[int, Mapping[str, Any]] = {row["organ_id"]: row for row in counted}
    said: dict[int, Mapping[str, Any]] = {row["organ_id"]: row for row in spoken}
    organs = Organ.objects.filter(pk__in=rows).order_by("position", "sort_key", "id")
    return [_line(organ, rows[organ.pk], said.get(organ.pk, {})) for organ in organs]


def _line(organ: Organ, *counted: Mapping[str, Any]) -> Line:
    line = Line(organ)
    for row in counted:
        line.figures.update({name: row[name] for name in LABELS if name in row})
    return line


def _broken(at: datetime) -> QuerySet[Deadline]:
    """Return the promises to announce that were not kept in time, of the day asked about."""
    late = Q(met_at__gte=F("overdue_at")) | Q(met_at__isnull=True, ended_at__isnull=True, overdue_at__lte=at)
    type_ = ContentType.objects.get_for_model(ReceptionDay)
    return Deadline.objects.filter(late, content_type=type_, object_id=OuterRef("pk"), kind=ANNOUNCE)


def condition(name: str, *, at: datetime) -> Q:
    """
    Return what the days, or the appointments, of a figure have in common; the figure and its rows both come from here.

    :raises KeyError: there is no such figure
    """
    received, is_case = Q(state__in=RECEIVED), Q(record__ending=Ending.CASE)
    return {
        "days": ~Q(pk=None),
        "late": Q(Exists(_broken(at))),
        "held": Q(state=DayState.HELD),
        "by_head": Q(attended=Attended.HEAD),
        "by_deputy": Q(attended=Attended.DEPUTY),
        "cancelled": Q(state=DayState.CANCELLED),
        "not_held": not_held(timezone.localdate(at)),
        "visitors": received,
        "answered": received & Q(record__ending=Ending.ANSWERED),
        "cases": received & is_case,
        "open": received & is_case & ~Q(record__case__state__in=SETTLED),
    }[name]


def not_held(today: date) -> Q:
    """Return what days have in common that are over and were neither closed nor cancelled."""
    return Q(on__lt=today, state__in=(DayState.PLANNED, DayState.ANNOUNCED))


def faults(days: QuerySet[ReceptionDay], *, at: datetime) -> QuerySet[ReceptionDay]:
    """Return the days that are late to be announced or were not held, the newest first."""
    wrong = not_held(timezone.localdate(at)) | (Q(state=DayState.PLANNED) & Q(Exists(_broken(at))))
    return days.filter(wrong).select_related("organ").order_by("-on", "-pk")
