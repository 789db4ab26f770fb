"""What a pilot programme promises (docs/domain.md 3.5, 11.2), and who owes it: all of it runs in the one engine."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from efficiency import handing_over, succession
from efficiency.deadlines import actions as engine
from efficiency.deadlines import registry, subjects
from efficiency.deadlines.actions import Owed
from efficiency.deadlines.models import Deadline, Promise
from efficiency.timing import store
from supervision.models import PilotMilestone
from supervision.pilots.enums import MilestoneState, TaskKind
from supervision.supervisors.deadlines import post_in_charge

MILESTONE, AGAIN, RECEIVE = "pilots.milestone", "pilots.again", "pilots.receive"
# What a self-check or a check found is put right within a time of its own.
RECTIFY = "rectify"
OWED_BY_ORGAN = (MILESTONE, AGAIN)


def register() -> None:
    """Make the kinds known to the engine; called once, when the app is ready."""
    handing_over.register(PilotMilestone, why=handing_over.OF_ORGAN)
    succession.register_staying(PilotMilestone._meta.label_lower, succession.OF_ORGAN_ALONE)
    registry.register_moved("pilots.", refresh_next_due, lock=lock_milestones)
    for name, label, limits, owed_by in (
        # Due on the last day of the phase; the limit without a variant stands in for what the registry asks.
        (
            MILESTONE,
            pgettext_lazy("kind of promise", "task of a pilot programme"),
            {"": "20wd", RECTIFY: "15wd"},
            "organ",
        ),
        (AGAIN, pgettext_lazy("kind of promise", "pilot paper that was sent back"), {"": "5wd"}, "organ"),
        (RECEIVE, pgettext_lazy("kind of promise", "look at what a pilot organ handed in"), {"": "5wd"}, "office"),
    ):
        registry.register(
            registry.DeadlineKind(
                name=name,
                label=label,
                promise=Promise.INTERNAL,
                limits=limits,
                subject_model=PilotMilestone._meta.label_lower,
                owed_by=owed_by,
            )
        )


def open_phase(milestones: Sequence[PilotMilestone], ends_on: date, /, *, at: datetime) -> None:
    """
    Open the milestones of a phase: each owed by its organ until the last day of the phase.

    Where that day is free it is the working day after it.

    :raises OutsideCalendar: the calendar does not reach that far
    """
    on = timezone.localdate(at)
    posts = {each.participant.organ_id: post_in_charge(each.participant.organ, on) for each in milestones}
    owed = [Owed(each, each.participant.organ, posts[each.participant.organ_id], None) for each in milestones]
    engine.open_many(MILESTONE, owed, at=at, fixed_on=store.load().on_or_after(ends_on))
    subjects.refresh_next_due_of(PilotMilestone, [each.pk for each in milestones])


def bring_in_line(milestone: PilotMilestone, /, *, at: datetime, met: Collection[str] = ()) -> None:
    """
    Keep what a step keeps, and open what runs where the milestone stands now.

    :raises OutsideCalendar: the calendar does not reach far enough
    """
    for kind in met:
        engine.meet(milestone, kind, at=at)
    wanted = {MilestoneState.RETURNED: AGAIN, MilestoneState.FILED: RECEIVE, MilestoneState.OPEN: MILESTONE}.get(
        MilestoneState(milestone.state)
    )
    runs = set(engine.running(milestone).values_list("kind", flat=True))
    if others := runs - {wanted}:
        engine.cancel(milestone, others, at=at)
    if wanted is not None and wanted not in runs:
        if wanted == RECEIVE:
            engine.open(milestone, wanted, at=at, organ=milestone.participant.programme.office)
        else:
            organ = milestone.participant.organ
            variant = RECTIFY if wanted == MILESTONE and milestone.kind == TaskKind.RECTIFY else ""
            post = post_in_charge(organ, timezone.localdate(at))
            engine.open(milestone, wanted, at=at, organ=organ, post=post, variant=variant)
    milestone.next_due_at = engine.next_due_at(milestone)


def all_of(milestone: PilotMilestone) -> list[Deadline]:
    """Return all promises about a milestone, the newest first."""
    return subjects.all_of(milestone)


def of_many(ids: Collection[int]) -> QuerySet[Deadline]:
    """Return the promises that organs owe about these milestones, the oldest first."""
    type_ = ContentType.objects.get_for_model(PilotMilestone)
    return Deadline.objects.filter(content_type=type_, object_id__in=ids, kind__in=OWED_BY_ORGAN).order_by("id")


def lock_milestones(promises: QuerySet[Deadline]) -> None:
    """Lock the milestones of these promises, in the order of their ids, before the promises are counted anew."""
    subjects.lock(PilotMilestone, promises)


def refresh_next_due(moved: QuerySet[Deadline]) -> None:
    """Set the column of milestones anew whose promises moved with the calendar, in one statement."""
    subjects.refresh_next_due(PilotMilestone, moved)
