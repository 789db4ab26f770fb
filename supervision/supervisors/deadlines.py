"""What this part promises (docs/domain.md 3.5, 11), and who owes it: all of it runs in the one engine."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from efficiency import handing_over, succession
from efficiency.deadlines import actions as engine
from efficiency.deadlines import registry, subjects
from efficiency.deadlines.models import Deadline, Promise
from efficiency.organs.models import Organ, OrganKind, Post, Role, Tenure, TenureKind
from supervision.models import GatheringDuty, Observation
from supervision.supervisors.enums import OBSERVATION_OPEN, GatheringKind, ObservationState

ANSWER = "observations.answer"
TOUR, MEETING = "gatherings.tour", "gatherings.meeting"
KEPT_BY = {GatheringKind.TOUR: TOUR, GatheringKind.MEETING: MEETING}


def register() -> None:
    """Make the kinds known to the engine; called once, when the app is ready."""
    handing_over.register(Observation, why=handing_over.OF_ORGAN)
    handing_over.register(GatheringDuty, why=handing_over.OF_ORGAN)
    succession.register_staying(GatheringDuty._meta.label_lower, succession.OF_OFFICE)
    registry.register_moved("observations.", refresh_next_due, lock=lock_observations)
    registry.register(
        registry.DeadlineKind(
            name=ANSWER,
            label=pgettext_lazy("kind of promise", "answer to a social supervisor"),
            promise=Promise.INTERNAL,
            limits={"": "10wd"},
            subject_model=Observation._meta.label_lower,
            made_to=pgettext_lazy("promise", "to the social supervisor"),
        )
    )
    # By a fixed day, the last of the period; the limit stands in for what the registry asks.
    for name, label, limit in (
        (TOUR, pgettext_lazy("kind of promise", "tour of social supervisors in the quarter"), "60wd"),
        (MEETING, pgettext_lazy("kind of promise", "meeting of social supervisors in the half-year"), "120wd"),
    ):
        registry.register(
            registry.DeadlineKind(
                name=name,
                label=label,
                promise=Promise.INTERNAL,
                limits={"": limit},
                subject_model=GatheringDuty._meta.label_lower,
                owed_by="office",
            )
        )


def bring_in_line(observation: Observation, /, *, at: datetime) -> None:
    """
    Keep the promise of an answer once it is there; until then whoever has the observation owes it.

    The day stays whoever has it: passing on starts nothing anew.

    :raises OutsideCalendar: the calendar does not reach far enough
    """
    if observation.state not in OBSERVATION_OPEN:
        engine.meet(observation, ANSWER, at=at)
    else:
        with_organ = observation.state == ObservationState.WITH_ORGAN
        organ = observation.organ if with_organ else observation.office
        post = post_in_charge(organ, timezone.localdate(at)) if with_organ else None
        if engine.running(observation, [ANSWER]).exists():
            engine.reassign(observation, [ANSWER], organ=organ, post=post, responsible=None)
        else:
            engine.open(observation, ANSWER, at=at, organ=organ, post=post)
    observation.next_due_at = engine.next_due_at(observation)


def post_in_charge(organ: Organ, on: date) -> Post | None:
    """Return the post that answers for an organ: its leader's, of an office its head's."""
    held = Tenure.objects.running(on).filter(kind=TenureKind.HOLDER, user__is_active=True, post__organ=organ)
    role = Role.OFFICE_OFFICER if organ.kind == OrganKind.EFFICIENCY_OFFICE else Role.ORGAN_LEADER
    first = held.filter(post__role=role).select_related("post").order_by("-post__is_head", "post__code", "pk").first()
    return first.post if first else None


def all_of(observation: Observation) -> list[Deadline]:
    """Return all promises about an observation, the newest first."""
    return subjects.all_of(observation)


def lock_observations(promises: QuerySet[Deadline]) -> None:
    """Lock the observations of these promises, in the order of their ids, before the promises are counted anew."""
    subjects.lock(Observation, promises)


def refresh_next_due(moved: QuerySet[Deadline]) -> None:
    """Set the column of observations anew whose promises moved with the calendar, in one statement."""
    subjects.refresh_next_due(Observation, moved)


def running_of(duties: Collection[GatheringDuty]) -> QuerySet[Deadline]:
    """Return the promises of these duties that wait to be kept."""
    type_ = ContentType.objects.get_for_model(GatheringDuty)
    return Deadline.objects.running().filter(content_type=type_, object_id__in=[duty.pk for duty in duties])


def running_duties() -> Any:
    """Return the ids of the duties whose promise waits to be kept."""
    type_ = ContentType.objects.get_for_model(GatheringDuty)
    return Deadline.objects.running().filter(content_type=type_).order_by().values("object_id")
