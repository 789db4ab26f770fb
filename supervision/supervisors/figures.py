"""Figures about social supervisors: in a span of days, by the office's reach, and what is public of them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Exists, F, OuterRef, Q

from efficiency.deadlines.models import Deadline
from efficiency.timing.zone import start_of
from supervision.models import Appointment, Gathering, GatheringDuty, Observation, ObservationResult
from supervision.models.supervisors import ObservationQuerySet
from supervision.supervisors.deadlines import ANSWER
from supervision.supervisors.enums import Circle, GatheringKind, GatheringState, ObservationState


@dataclass(frozen=True, slots=True)
class Figures:
    """What happened from ``since`` to before ``until`` (days); ``late`` is still open, or was answered late."""

    handed_in: int
    answered: int
    in_time: int
    open: int
    late: int
    cases: int
    results: int
    tours: int
    meetings: int


@dataclass(frozen=True, slots=True)
class DutyLine:
    """A duty to hold a tour or meeting, and how it stands: kept, late, open, or owed to nobody any more."""

    duty: GatheringDuty
    stands: str
    due: date


def figures(
    observations: ObservationQuerySet, offices: Collection[int], since: date, until: date, *, at: datetime
) -> Figures:
    """
    Count what was handed in in the days, and what became of that by ``at``; what was held in them.

    :param observations: those that the viewer may know of
    """
    span = Q(handed_in_at__gte=start_of(since), handed_in_at__lt=start_of(until))
    type_ = ContentType.objects.get_for_model(Observation)
    promise = Deadline.objects.filter(content_type=type_, object_id=OuterRef("pk"), kind=ANSWER)
    late = promise.filter(overdue_at__lte=at).filter(Q(met_at__isnull=True) | Q(met_at__gte=F("overdue_at")))
    ended = Q(ended_at__isnull=False)
    results = ObservationResult.objects.filter(observation_id=OuterRef("pk"))
    rows = observations.filter(span).annotate(is_late=Exists(late), is_followed=Exists(results))
    counted = rows.aggregate(
        handed_in=Count("pk"),
        answered=Count("pk", filter=ended),
        in_time=Count("pk", filter=ended & Q(is_late=False)),
        open=Count("pk", filter=~ended),
        late=Count("pk", filter=Q(is_late=True)),
        cases=Count("pk", filter=Q(state=ObservationState.CASE)),
        results=Count("pk", filter=Q(is_followed=True)),
    )
    held = Gathering.objects.filter(
        office_id__in=offices,
        state=GatheringState.HELD,
        begins_at__gte=start_of(since),
        begins_at__lt=start_of(until),
    )
    by_kind = held.aggregate(
        tours=Count("pk", filter=Q(kind=GatheringKind.TOUR)),
        meetings=Count("pk", filter=Q(kind=GatheringKind.MEETING)),
    )
    return Figures(**counted, **by_kind)


def by_circle(offices: Collection[int], on: date) -> list[tuple[str, int]]:
    """Return how many are in office on the day, by circle, every circle named."""
    rows = Appointment.objects.in_office(on).filter(office_id__in=offices).order_by()
    counted = dict(rows.values("circle").annotate(count=Count("pk")).values_list("circle", "count"))
    return [(str(circle.label), counted.get(circle.value, 0)) for circle in Circle]


def by_organ(observations: ObservationQuerySet, since: date, until: date) -> list[Any]:
    """Return how many observations there were of each organ in the days, most first."""
    rows = observations.filter(handed_in_at__gte=start_of(since), handed_in_at__lt=start_of(until)).order_by()
    ended = Q(ended_at__isnull=False)
    counted = rows.values("organ_id", "organ__name").annotate(
        count=Count("pk"),
        answered=Count("pk", filter=ended),
        cases=Count("pk", filter=Q(state=ObservationState.CASE)),
    )
    return list(counted.order_by("-count", "organ__name"))


def duties(offices: Collection[int], *, at: datetime, most: int = 12) -> list[DutyLine]:
    """Return the newest duties of the offices with how each stands."""
    rows = list(
        GatheringDuty.objects.filter(office_id__in=offices)
        .select_related("office", "gathering")
        .order_by("-first_day", "kind", "office_id")[:most]
    )
    type_ = ContentType.objects.get_for_model(GatheringDuty)
    promises = Deadline.objects.filter(content_type=type_, object_id__in=[row.pk for row in rows]).order_by(
        "generation"
    )
    newest = {promise.object_id: promise for promise in promises}
    return [DutyLine(row, _stands(row, newest.get(row.pk), at), row.last_day) for row in rows]


def _stands(duty: GatheringDuty, promise: Deadline | None, at: datetime) -> str:
    if promise is not None and promise.is_late(at=at):  # held after its period, not yet, or never
        return "late"
    if duty.gathering_id is not None:
        return "kept"
    return "nobody" if promise is None or not promise.is_running else "open"
