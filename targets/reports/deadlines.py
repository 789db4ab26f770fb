"""What target reports promise (docs/domain.md 3.5, 8.1), and who owes it: all of it runs in the one engine."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.translation import pgettext_lazy

from efficiency import handing_over, succession
from efficiency.deadlines import actions as engine
from efficiency.deadlines import registry, subjects
from efficiency.deadlines.models import Deadline, Promise
from efficiency.organs import offices
from efficiency.organs.models import Organ, OrganKind, Post, Role, Tenure, TenureKind
from efficiency.timing.zone import start_of
from targets.models import Report
from targets.reports.enums import State

REPORT, CHECK = "targets.report", "targets.report_check"
# What was sent back is handed in again within a time of its own.
AGAIN = "again"


class Row(NamedTuple):
    """One row of docs/domain.md 3.5."""

    name: str
    label: Lazy
    limits: dict[str, str]
    extensions: dict[str, str]
    owed_by: str = "organ"


# fmt: off
ROWS = (
    Row(REPORT, pgettext_lazy("kind of promise", "target report of a period"), {"": "10wd", AGAIN: "5wd"}, {"": "5wd"}),
    Row(CHECK,  pgettext_lazy("kind of promise", "check of a target report"),  {"": "10wd"}, {}, "office"),
)
# fmt: on


def register() -> None:
    """Make the kinds known to the engine; called once, when the app is ready."""
    handing_over.register(Report, why=handing_over.OF_ORGAN)
    succession.register_staying(Report._meta.label_lower, succession.OF_ORGAN_ALONE)
    registry.register_moved(REPORT, refresh_next_due, lock=lock_reports)
    for row in ROWS:
        registry.register(
            registry.DeadlineKind(
                name=row.name,
                label=row.label,
                promise=Promise.INTERNAL,
                limits=row.limits,
                extensions=row.extensions,
                subject_model=Report._meta.label_lower,
                owed_by=row.owed_by,
            )
        )


def running_kind(report: Report) -> str | None:
    """Return which promise runs where the report stands: none before its period is over, and none at rest."""
    match report.state:
        case State.OPEN:
            return REPORT if report.owed_since else None
        case State.RETURNED:
            return REPORT
        case State.SUBMITTED:
            return CHECK
    return None


def bring_in_line(report: Report, /, *, at: datetime, met: Collection[str] = ()) -> None:
    """
    Keep what a step keeps, end what belongs to nobody any more, and open what runs where the report stands now.

    :raises OutsideCalendar: the calendar does not reach far enough
    """
    for kind in met:
        engine.meet(report, kind, at=at)
    wanted = running_kind(report)
    runs = set(engine.running(report).values_list("kind", flat=True))
    if others := runs - {wanted}:
        engine.cancel(report, others, at=at)
    if wanted == REPORT and wanted not in runs:
        post = report.post or posts_in_charge([report.organ_id], timezone.localdate(at)).get(report.organ_id)
        engine.open(report, REPORT, at=at, organ=report.organ, post=post, variant=AGAIN)
    elif wanted == CHECK and wanted not in runs:
        engine.open(report, CHECK, at=at, organ=checking_office(report) or report.office)
    report.next_due_at = engine.next_due_at(report)


def period_end(until: date) -> datetime:
    """Return the last moment of a period that ends before the day ``until``: day 1 of what it starts comes after it."""
    return start_of(until) - timedelta(seconds=1)


def checking_office(report: Report) -> Organ | None:
    """
    Return the office that owes the check: that of the plan, or the next one above that has an appraisal officer.

    Never the organ that reports (docs/trust.md Z-07); None where there is no other. What stands above the city's office
    reaches nothing below it, and checks only what it is in charge of.
    """
    last = offices.above_city_office()
    above = [each for each in offices.offices_above(report.office) if each != last]
    able = [each for each in (report.office, *above) if each.pk != report.organ_id]
    held = Tenure.objects.running(timezone.localdate()).filter(
        user__is_active=True, post__role=Role.APPRAISAL_OFFICER, post__organ__in=[each.pk for each in able]
    )
    staffed = set(held.values_list("post__organ_id", flat=True))
    return next((each for each in able if each.pk in staffed), able[0] if able else None)


def posts_in_charge(organ_ids: Collection[int], on: date) -> dict[int, Post]:
    """Return the post that answers for each organ where no post is named: its leader's, of an office its head's."""
    held = Tenure.objects.running(on).filter(
        kind=TenureKind.HOLDER, user__is_active=True, post__organ_id__in=set(organ_ids)
    )
    is_office = Q(post__organ__kind=OrganKind.EFFICIENCY_OFFICE)
    leading = held.filter(
        is_office & Q(post__role=Role.OFFICE_OFFICER) | ~is_office & Q(post__role=Role.ORGAN_LEADER)
    ).select_related("post")
    found: dict[int, Post] = {}
    for tenure in leading.order_by("post__organ_id", "-post__is_head", "post__code", "pk"):
        found.setdefault(tenure.post.organ_id, tenure.post)
    return found


def running(report: Report, kind: str) -> Deadline | None:
    """Return the promise of this kind that runs, or None."""
    return engine.running(report, [kind]).order_by("-generation").first()


def last(report: Report, kind: str) -> Deadline | None:
    """Return the newest promise of this kind, whatever became of it."""
    return engine.of_subject(report).filter(kind=kind).order_by("-generation").first()


def all_of(report: Report) -> list[Deadline]:
    """Return all promises about a report, the newest first."""
    return subjects.all_of(report)


def lock_reports(promises: QuerySet[Deadline]) -> None:
    """Lock the reports of these promises, in the order of their ids, before the promises are counted anew."""
    subjects.lock(Report, promises)


def refresh_next_due(moved: QuerySet[Deadline]) -> None:
    """Set the column of reports anew whose promises moved with the calendar, in one statement."""
    subjects.refresh_next_due(Report, moved)


def refresh_next_due_of(ids: Collection[int]) -> None:
    """Set the column of these reports anew, in one statement."""
    subjects.refresh_next_due_of(Report, ids)
