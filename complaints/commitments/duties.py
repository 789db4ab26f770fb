"""
First-receiver duty, one-time notice and internal coordination, measured from what is on record (docs/domain.md 4.7).

Each measure is a query of the very rows that it counts, so that a list shows exactly what a figure says. ``cases`` and
``matters`` are what the viewer may know of: sums count nothing else (docs/trust.md Z-14).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from complaints import deadlines
from complaints.models import Assistance, Case, CaseEvent, Holding, Matter, MatterReport, ReportKind
from efficiency.deadlines.models import Deadline, DeadlineState
from efficiency.organs.models import Organ, OrganKind
from efficiency.timing.due import ZONE

# Whoever takes these steps asks the citizen for something.
ASKING = ("ask_supplement", "ask_question")


@dataclass(frozen=True, slots=True)
class Period:
    """Days of the portal's zone, both ends included, as far as the present moment."""

    first: date
    last: date
    now: datetime

    @property
    def begins(self) -> datetime:
        """The first moment."""
        return datetime.combine(self.first, time.min, ZONE)

    @property
    def ends(self) -> datetime:
        """The first moment after it: 24:00 of the last day, or now where that comes first."""
        return min(datetime.combine(self.last + timedelta(days=1), time.min, ZONE), self.now)


Cases = QuerySet[Case]
Matters = QuerySet[Matter]


def received_by(cases: Cases, period: Period, organs: Collection[int]) -> QuerySet[Holding]:
    """
    Return each time that an organ got a case into its hands in the period; the office itself is left out.

    What came to it from the organ that it follows was sent by nobody.
    """
    return (
        Holding.objects.filter(
            case__in=cases.values("pk"), organ__in=organs, since__gte=period.begins, since__lt=period.ends
        )
        .exclude(organ__kind=OrganKind.EFFICIENCY_OFFICE)
        .exclude(_succeeded("since"))
    )


def _succeeded(moment: str) -> Exists:
    """Say whether the case went over to the organ that follows at this moment of the span."""
    return Exists(CaseEvent.objects.filter(case=OuterRef("case"), action="succeed", at=OuterRef(moment)))


def handed_on(cases: Cases, period: Period, organs: Collection[int]) -> QuerySet[Holding]:
    """
    Return each time in the period that a case left an organ and another one had to take it up: the citizen was sent on.

    ``next_organ_id`` is the one that has it next; that the office had it between the two changes nothing. What went
    over to the organ that follows was not sent on.
    """
    following = (
        Holding.objects.filter(case=OuterRef("case"), since__gte=OuterRef("until"))
        .exclude(pk=OuterRef("pk"))
        .exclude(organ__kind=OrganKind.EFFICIENCY_OFFICE)
        .order_by("since", "pk")
    )
    return (
        Holding.objects.filter(
            case__in=cases.values("pk"), organ__in=organs, until__gte=period.begins, until__lt=period.ends
        )
        .exclude(organ__kind=OrganKind.EFFICIENCY_OFFICE)
        .exclude(_succeeded("until"))
        .annotate(next_organ_id=Subquery(following.values("organ")[:1]))
        .filter(next_organ_id__isnull=False)
        .exclude(next_organ_id=F("organ"))
    )


def asked(cases: Cases, period: Period, organs: Collection[int]) -> QuerySet[CaseEvent]:
    """Return each time in the period that an organ asked the citizen for material or for an answer."""
    return CaseEvent.objects.filter(
        case__in=cases.values("pk"),
        actor_organ__in=organs,
        action__in=ASKING,
        at__gte=period.begins,
        at__lt=period.ends,
    )


def asked_again(cases: Cases, period: Period, organs: Collection[int]) -> QuerySet[CaseEvent]:
    """Return those that came after an earlier one in the same case: what is missing is told once, in one list."""
    earlier = CaseEvent.objects.filter(case=OuterRef("case"), number__lt=OuterRef("number"), action__in=ASKING)
    return asked(cases, period, organs).filter(Exists(earlier))


def noticed(matters: Matters, period: Period, organs: Collection[int]) -> QuerySet[MatterReport]:
    """
    Return each time in the period that an applicant was told what is missing, as reported and not taken back.

    ``counts_at`` is when: the right moment, where the report was corrected.
    """
    moved_into = _corrections().filter(right_at__gte=period.begins, right_at__lt=period.ends)
    within_reach = Q(at__gte=period.begins, at__lt=period.ends) | Exists(moved_into)
    return _notices().filter(
        within_reach,
        matter__in=matters.values("pk"),
        organ__in=organs,
        counts_at__gte=period.begins,
        counts_at__lt=period.ends,
    )


def _corrections() -> QuerySet[MatterReport]:
    """Return the corrections of the report that the question is about, the one that counts first."""
    found = MatterReport.objects.filter(
        matter=OuterRef("matter"), kind=ReportKind.CORRECTED, corrects=OuterRef("report_id")
    )
    return found.order_by("-at", "-report_id")


def _notices() -> QuerySet[MatterReport]:
    """Return all notices of what is missing, as the newest correction of each leaves them."""
    right_at = Subquery(_corrections().values("right_at")[:1])
    notices = MatterReport.objects.filter(kind=ReportKind.NOTICE).annotate(right_moment=right_at)
    stands = Q(right_moment__isnull=False) | ~Exists(_corrections())
    return notices.filter(stands).annotate(counts_at=Coalesce("right_moment", "at"))


def noticed_again(matters: Matters, period: Period, organs: Collection[int]) -> QuerySet[MatterReport]:
    """Return those that came after an earlier one about the same matter."""
    before = Q(counts_at__lt=OuterRef("counts_at")) | Q(counts_at=OuterRef("counts_at"), pk__lt=OuterRef("pk"))
    earlier = _notices().filter(before, matter=OuterRef("matter"))
    return noticed(matters, period, organs).filter(Exists(earlier))


def coordination(cases: Cases, period: Period, organs: Collection[int]) -> QuerySet[Deadline]:
    """Return the answers of assisting organs that were given in the period, or were open and overdue at its end."""
    parts = Assistance.objects.filter(case__in=cases.values("pk"))
    return Deadline.objects.filter(
        Q(state=DeadlineState.MET, met_at__gte=period.begins, met_at__lt=period.ends)
        | Q(Q(met_at__isnull=True) | Q(met_at__gte=period.ends), _was_open(period), overdue_at__lt=period.ends),
        kind=deadlines.ASSIST,
        content_type=ContentType.objects.get_for_model(Assistance),
        object_id__in=parts.values("pk"),
        organ__in=organs,
    )


def _was_open(period: Period) -> Q:
    """Say which promises were still open at the end of the period."""
    return Q(state=DeadlineState.OPEN) | Q(ended_at__gte=period.ends)


def coordination_late(cases: Cases, period: Period, organs: Collection[int]) -> QuerySet[Deadline]:
    """Return those of them that were late."""
    return coordination(cases, period, organs).filter(
        Q(met_at__isnull=True) | Q(met_at__gte=F("overdue_at")) | Q(met_at__gte=period.ends)
    )


@dataclass(frozen=True, slots=True)
class Duties:
    """How an organ keeps the three duties in a period."""

    organ: Organ
    received: int
    handed_on: int
    asked: int
    asked_again: int
    noticed: int
    noticed_again: int
    coordination: int
    coordination_late: int

    @property
    def again(self) -> int:
        """How often something was asked for that could have been asked for before, in cases and matters."""
        return self.asked_again + self.noticed_again

    @property
    def in_time(self) -> int:
        """How many answers were given in time."""
        return self.coordination - self.coordination_late


def table(cases: Cases, matters: Matters, period: Period, organs: Collection[int]) -> list[Duties]:
    """Return one line for each organ with anything to count, those that hand on most first; eight statements in all."""
    counted = {
        "received": _by(received_by(cases, period, organs), "organ"),
        "handed_on": _by(handed_on(cases, period, organs), "organ"),
        "asked": _by(asked(cases, period, organs), "actor_organ"),
        "asked_again": _by(asked_again(cases, period, organs), "actor_organ"),
        "noticed": _by(noticed(matters, period, organs), "organ"),
        "noticed_again": _by(noticed_again(matters, period, organs), "organ"),
        "coordination": _by(coordination(cases, period, organs), "organ"),
        "coordination_late": _by(coordination_late(cases, period, organs), "organ"),
    }
    found = Organ.objects.in_bulk({pk for counts in counted.values() for pk in counts})
    lines = [
        Duties(organ=organ, **{name: counts.get(pk, 0) for name, counts in counted.items()})
        for pk, organ in found.items()
    ]
    return sorted(lines, key=lambda line: (-line.handed_on, -line.again, -line.coordination_late, line.organ.pk))


def _by(rows: QuerySet, organ: str) -> dict[int, int]:
    return dict(rows.order_by().values(organ).annotate(count=Count("pk")).values_list(organ, "count"))
