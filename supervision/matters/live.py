"""Matters as they arrive, fall due and are late, by organ and item: figures, and the rows behind each of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery

from complaints.matters.promises import DELIVERY, KIND, NOTICE
from complaints.models import Matter, MatterState, ServiceItem
from efficiency.access.scope import scope_of
from efficiency.deadlines.models import Deadline, DeadlineState
from efficiency.organs.models import Organ, Role
from efficiency.timing import store
from efficiency.timing.due import ONE_DAY, end_of, local_day, start_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from efficiency.access.models import User

# Due soon: until the end of so many working days after today.
SOON = 3
# A clock that stands still for more working days than these is looked at, as that of a case (docs/domain.md 3.5).
LONG = 15
# So many pairs of organ and item are shown, those with most late matters first.
MOST_GROUPS = 100
ARRIVED, DUE_TODAY, DUE_SOON, LATE = "arrived", "today", "soon", "late"
STOPPED, STOPPED_LONG = "stopped", "stopped_long"
FIGURES = (ARRIVED, DUE_TODAY, DUE_SOON, STOPPED, STOPPED_LONG, LATE)
# The same of what is promised beside the decision: an answer to a receipt, and the handing over of a licence.
ANSWER_SOON, ANSWER_LATE, HANDING_SOON, HANDING_LATE = "answer_soon", "answer_late", "handing_soon", "handing_late"
BESIDE = {ANSWER_SOON: NOTICE, ANSWER_LATE: NOTICE, HANDING_SOON: DELIVERY, HANDING_LATE: DELIVERY}


@dataclass(slots=True)
class Group:
    """The figures of one item at one organ."""

    organ: Organ
    item: ServiceItem
    figures: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FIGURES, 0))

    @property
    def cells(self) -> list[tuple[str, int]]:
        """The figures in the order of the columns."""
        return [(name, self.figures[name]) for name in FIGURES]


@dataclass(frozen=True, slots=True)
class Live:
    """
    What is going on at a moment: the sums, the groups, and how many groups are not shown.

    ``beside`` has for each organ the figures of what is promised beside the decision: of a receipt no item is kept.
    """

    figures: dict[str, int]
    groups: list[Group]
    left_out: int
    beside: dict[str, int]
    beside_groups: list[tuple[Organ, list[tuple[str, int]]]]


def matters_of(user: "User | AnonymousUser") -> QuerySet[Matter]:
    """Return the matters that a person watches over as office or inspector."""
    reach = scope_of(user).organ_ids_as(Role.OFFICE_OFFICER, Role.INSPECTOR)
    return Matter.objects.filter(organ_id__in=reach)


def condition(which: str, *, at: datetime) -> Q:
    """
    Return what a matter of a figure has in common with the others; the figure and its rows both come from here.

    :raises KeyError: there is no such figure
    :raises OutsideCalendar: the calendar does not reach far enough
    """
    if which in BESIDE:
        return Q(pk__in=_beside(which, at=at).values("object_id"))
    today = local_day(at)
    tonight = end_of(today)
    calendar = store.load()
    soon = end_of(calendar.add_working_days(today, SOON))
    # Whose clock stopped before the first moment of this day has stood still for so many working days that are over.
    stopped_before = start_of(calendar.nth_working_day(calendar.ordinal(today - ONE_DAY) - LONG + 1))
    stands_still = Q(state=MatterState.SUSPENDED)
    return {
        ARRIVED: Q(accepted_at__gte=start_of(today), accepted_at__lt=tonight),
        # What is due today is late from midnight on, its last moment included.
        DUE_TODAY: Q(overdue_at__gt=at, overdue_at__lte=tonight),
        DUE_SOON: Q(overdue_at__gt=tonight, overdue_at__lte=soon),
        STOPPED: stands_still,
        STOPPED_LONG: stands_still & Q(Exists(_promise().filter(suspended_at__lt=stopped_before))),
        LATE: Q(overdue_at__lte=at),
    }[which]


def _beside(which: str, *, at: datetime) -> QuerySet[Deadline]:
    """Return the running promises of a figure beside the decision."""
    content_type = ContentType.objects.get_for_model(Matter)
    running = Deadline.objects.filter(content_type=content_type, kind=BESIDE[which], state=DeadlineState.OPEN)
    if which in (ANSWER_LATE, HANDING_LATE):
        return running.filter(overdue_at__lte=at)
    soon = end_of(store.load().add_working_days(local_day(at), SOON))
    return running.filter(overdue_at__gt=at, overdue_at__lte=soon)


def with_due(matters: QuerySet[Matter], which: str) -> QuerySet[Matter]:
    """Add to each matter of a figure from when on it is late with what the figure is about: ``late_from``."""
    if which not in BESIDE:
        return matters.annotate(late_from=F("overdue_at"))
    content_type = ContentType.objects.get_for_model(Matter)
    promises = Deadline.objects.filter(
        content_type=content_type, object_id=OuterRef("pk"), kind=BESIDE[which], generation=1
    )
    return matters.annotate(late_from=Subquery(promises.values("overdue_at")[:1]))


def with_standstill(matters: QuerySet[Matter]) -> QuerySet[Matter]:
    """Add to each matter since when its clock has stood still: ``stopped_at``, null where it runs."""
    return matters.annotate(stopped_at=Subquery(_promise().values("suspended_at")[:1]))


def _promise() -> QuerySet[Deadline]:
    """Return the promise of the matter that the question is about."""
    content_type = ContentType.objects.get_for_model(Matter)
    return Deadline.objects.filter(content_type=content_type, object_id=OuterRef("pk"), kind=KIND, generation=1)


def live(matters: QuerySet[Matter], *, at: datetime) -> Live:
    """
    Return the figures at ``at``; questions over what is due, has arrived or stands still, never over all that was ever
    reported.

    :raises OutsideCalendar: the calendar does not reach far enough
    """
    conditions = {name: condition(name, at=at) for name in FIGURES}
    due = conditions[DUE_TODAY] | conditions[DUE_SOON] | conditions[LATE]
    counts: dict[tuple[int, int], dict[str, int]] = {}
    of_figures = (
        (conditions[ARRIVED], (ARRIVED,)),
        (due, (DUE_TODAY, DUE_SOON, LATE)),
        (conditions[STOPPED], (STOPPED, STOPPED_LONG)),
    )
    for wanted, names in of_figures:
        figures = {f"n_{name}": Count("id", filter=conditions[name]) for name in names}
        counted: Any = matters.filter(wanted).order_by().values("organ_id", "item_id").annotate(**figures)
        for row in counted:
            of_pair = counts.setdefault((row["organ_id"], row["item_id"]), dict.fromkeys(FIGURES, 0))
            for name in names:
                of_pair[name] += row[f"n_{name}"]
    totals = {name: sum(each[name] for each in counts.values()) for name in FIGURES}
    ordered = sorted(counts, key=lambda pair: ([-counts[pair][name] for name in reversed(FIGURES)], pair))
    shown = _groups(ordered[:MOST_GROUPS], counts)
    return Live(totals, shown, max(0, len(ordered) - MOST_GROUPS), *_live_beside(matters, at=at))


def _live_beside(
    matters: QuerySet[Matter], *, at: datetime
) -> tuple[dict[str, int], list[tuple[Organ, list[tuple[str, int]]]]]:
    """Return the figures beside the decision, in sum and by organ, those with most late ones first."""
    counts: dict[int, dict[str, int]] = {}
    for name in BESIDE:
        counted: Any = matters.filter(condition(name, at=at)).order_by().values("organ_id").annotate(n=Count("id"))
        for row in counted:
            counts.setdefault(row["organ_id"], dict.fromkeys(BESIDE, 0))[name] += row["n"]
    organs = Organ.objects.select_related("district").in_bulk(counts)
    ordered = sorted(
        counts, key=lambda pk: (-counts[pk][ANSWER_LATE] - counts[pk][HANDING_LATE], organs[pk].sort_key, pk)
    )
    totals = {name: sum(each[name] for each in counts.values()) for name in BESIDE}
    return totals, [(organs[pk], list(counts[pk].items())) for pk in ordered]


def _groups(pairs: Iterable[tuple[int, int]], counts: dict[tuple[int, int], dict[str, int]]) -> list[Group]:
    pairs = list(pairs)
    organs = Organ.objects.select_related("district").in_bulk({organ for organ, _item in pairs})
    items = ServiceItem.objects.in_bulk({item for _organ, item in pairs})
    return [Group(organs[organ], items[item], counts[organ, item]) for organ, item in pairs]


def last_day(matter: Matter) -> datetime | None:
    """Return the last moment in time of a matter with ``with_due``; None where nothing runs."""
    late_from: datetime | None = matter.late_from  # type: ignore[attr-defined]  # annotated
    return late_from - timedelta(seconds=1) if late_from else None
