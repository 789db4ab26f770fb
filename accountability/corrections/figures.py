"""What corrections count for: the lists of the office, the appraisal (docs/domain.md 8.5), the bulletin (12)."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Count, Max, OuterRef, Q, Subquery

from accountability.corrections.deadlines import FINISH, PLAN
from accountability.corrections.enums import Kind, State
from accountability.models import Correction
from accountability.models.corrections import CorrectionQuerySet
from efficiency.deadlines.models import Deadline
from efficiency.rounding import per_cent
from efficiency.timing.zone import start_of

ROW_OF_KIND = tuple(Kind)
COLUMNS = tuple(State)


@dataclass(frozen=True, slots=True)
class Line:
    """How many corrections of a kind stand where; ``late`` of them have a promise that is over."""

    kind: Kind
    cells: tuple[tuple[State, int], ...]
    total: int
    late: int


def by_kind_and_state(rows: CorrectionQuerySet, *, at: datetime) -> list[Line]:
    """Count ``rows``, which the viewer may know of, by kind and state; in one question."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    late: dict[str, int] = defaultdict(int)
    counted = rows.order_by().values("kind", "state")
    for each in counted.annotate(count=Count("pk"), late=Count("pk", filter=Q(next_due_at__lt=at))):
        found[each["kind"]][each["state"]] = each["count"]
        late[each["kind"]] += each["late"]
    return [
        Line(
            kind=kind,
            cells=tuple((state, found[kind].get(state, 0)) for state in COLUMNS),
            total=sum(found[kind].values()),
            late=late[kind],
        )
        for kind in ROW_OF_KIND
    ]


def overdue_rectifications(organs: Collection[int] | None, since: date, until: date, *, at: datetime) -> dict[int, int]:
    """
    Count for each organ the notices that became overdue from ``since`` to before ``until``, as known at ``at``.

    Each notice counts once in all, however often it was issued and whichever of its days was missed first: −1 in that
    year (docs/domain.md 8.5). What counts is the moment of the threshold, as with cards: what was due on 31 December
    counts in the year after. One that was withdrawn by then does not count. Without ``organs`` those are given that
    have any.
    """
    late = Deadline.objects.filter(
        kind__in=(PLAN, FINISH),
        object_id=OuterRef("pk"),
        content_type__app_label="accountability",
        content_type__model="correction",
        overdue_at__lte=at,
    ).broken(at=at)
    first = Subquery(late.order_by("overdue_at").values("overdue_at")[:1])
    rows = Correction.objects.alias(missed_at=first).filter(
        kind=Kind.NOTICE, missed_at__gte=start_of(since), missed_at__lt=start_of(until)
    )
    if organs is not None:
        rows = rows.filter(organ_id__in=organs)
    standing = rows.exclude(state=State.WITHDRAWN, ended_at__lte=at)
    counted = standing.order_by().values("organ_id").annotate(count=Count("pk"))
    return dict.fromkeys(organs or (), 0) | {row["organ_id"]: row["count"] for row in counted}


@dataclass(frozen=True, slots=True)
class Share:
    """Of how many notices that were due how many were verified."""

    verified: int
    of: int

    @property
    def percent(self) -> Decimal | None:
        """The share in per cent with two decimals, half up; None where nothing was due (docs/domain.md 12)."""
        return per_cent(self.verified, self.of)


def rectification_rate(organs: Collection[int], since: date, until: date) -> Share:
    """Return ``rectification_rate``: verified, of the notices whose last end fell in ``since`` to before ``until``."""
    ends = (
        Deadline.objects.filter(kind=FINISH, content_type__app_label="accountability", content_type__model="correction")
        .order_by()
        .values("object_id")
        .annotate(end=Max("overdue_at"))
        .filter(end__gt=start_of(since), end__lte=start_of(until))
    )
    rows = Correction.objects.filter(pk__in=ends.values("object_id"), organ_id__in=organs)
    counted = rows.exclude(state=State.WITHDRAWN).aggregate(
        of=Count("pk"), verified=Count("pk", filter=Q(state=State.VERIFIED))
    )
    return Share(counted["verified"], counted["of"])
