"""
How reports come to be, owed and dropped: with the plans, thousands at a time (docs/domain.md 3.5, 8.1).

A report is opened when its plan comes into force, so that it can be filled in as the period goes; it is owed from the
end of the period on. Each of these is a fixed number of statements for a batch of plans, safe to run twice and two at
once: the rows are locked, and what is done already is passed over.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import TypeVar

import structlog
from django.db import connection, models, transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from efficiency import codes
from efficiency.deadlines import actions as engine
from efficiency.deadlines.actions import Owed
from efficiency.deadlines.levels import is_not_the_row
from efficiency.timing.due import local_day
from targets.models import Plan, Report, ReportEvent
from targets.plans import spans
from targets.plans.enums import COUNTED, Span
from targets.plans.enums import State as PlanState
from targets.reports import messages
from targets.reports.deadlines import REPORT, period_end, posts_in_charge, refresh_next_due_of
from targets.reports.enums import WITH_ORGAN, State

# What a number begins with.
NUMBER = "MB"
BATCH = 1000
log = structlog.get_logger(__name__)
M = TypeVar("M", bound=models.Model)
_KEYS = "SELECT nextval(pg_get_serial_sequence('targets_report', 'id')) FROM generate_series(1, %s)"


def periods(year: int, span: str) -> list[tuple[Span, date, date]]:
    """Return what is reported on of a plan's time: each period with its first day and the first day after it."""
    if span == Span.YEAR:
        return [(each, *spans.bounds(year, each)) for each in (Span.FIRST_HALF, Span.YEAR)]
    return [(Span(span), *spans.bounds(year, span))]


def periods_of(plan: Plan, in_force: date) -> list[tuple[Span, date, date]]:
    """
    Return the periods that a plan which came into force on the day is reported on.

    A half-year that was over by then is left to the report of the year; the last period is always reported (ours).
    """
    found = periods(plan.year, plan.span)
    return [each for each in found if each is found[-1] or in_force < each[2]]


# --- With the plans -------------------------------------------------------------------------------------------------


def open_missing(*, at: datetime, plans: QuerySet[Plan] | None = None) -> int:
    """
    Open the reports of all plans in force (or of those among ``plans``) that have none; return how many.

    What is over by then is owed at once.
    """
    among = Plan.objects.all() if plans is None else plans
    missing = among.filter(~Exists(Report.objects.filter(plan=OuterRef("pk"))), state__in=COUNTED)
    if plans is not None:
        return _open_batch(missing, at)
    return _spared("open", missing, lambda some: _open_batch(some, at))


def follow(plan: Plan, at: datetime) -> None:
    """Open the reports of a plan that comes into force, and let them follow a change of it, in its transaction."""
    this = Plan.objects.filter(pk=plan.pk)
    open_missing(at=at, plans=this)
    follow_changes(at=at, plans=this)


def _spared(job: str, rows: QuerySet[M], work: Callable[[QuerySet[M]], int]) -> int:
    """
    Do the work for many rows, a batch in a transaction; where that fails for halves, until what fails stands alone.

    A row that cannot be digested stops none of the others (docs/trust.md D-07): it is logged, and tried again the next
    time. What is no row's fault is raised. Returns the sum of what the work returns.
    """
    done, after = 0, 0
    while keys := list(rows.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        after = keys[-1]
        waiting = [keys]
        while waiting:
            some = waiting.pop()
            try:
                with transaction.atomic():
                    done += work(rows.filter(pk__in=some))
            except Exception as error:
                if is_not_the_row(error):
                    raise
                if len(some) > 1:
                    middle = len(some) // 2
                    waiting += [some[middle:], some[:middle]]
                else:
                    log.exception("report_row_passed_over", job=job, object_id=some[0])
    return done


@transaction.atomic
def _open_batch(missing: QuerySet[Plan], at: datetime) -> int:
    locked = (
        missing.select_related("revision").order_by("pk").select_for_update(of=("self",), no_key=True, skip_locked=True)
    )
    plans = list(locked)
    if not plans:
        return 0
    wanted = [(plan, period) for plan in plans for period in periods_of(plan, local_day(plan.signed_at or at))]
    reports = [
        _report_of(plan, period, pk, at) for (plan, period), pk in zip(wanted, _new_keys(len(wanted)), strict=True)
    ]
    Report.objects.bulk_create(reports)
    ReportEvent.objects.bulk_create(_event(report, "open", at, before="") for report in reports)
    _owe(reports, at)
    return len(reports)


def _report_of(plan: Plan, period: tuple[Span, date, date], pk: int, at: datetime) -> Report:
    span, since, until = period
    return Report(
        pk=pk,
        number=codes.number_for(pk, at, prefix=NUMBER),
        plan=plan,
        revision=plan.revision,
        organ_id=plan.organ_id,
        post_id=plan.post_id,
        office_id=plan.office_id,
        span=span,
        since=since,
        until=until,
        opened_at=at,
    )


def _new_keys(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_KEYS, [count])
        return [row[0] for row in cursor.fetchall()]


def _event(report: Report, action: str, at: datetime, *, before: str | None = None) -> ReportEvent:
    return ReportEvent(
        report=report,
        number=report.version,
        action=action,
        at=at,
        from_state=report.state if before is None else before,
        to_state=report.state,
    )


# --- When a period is over ------------------------------------------------------------------------------------------


def owe_due(*, at: datetime) -> int:
    """
    Let the time of all reports begin whose period is over; return how many.

    It began at the end of the period, whenever this runs.
    """
    due = Report.objects.filter(owed_since__isnull=True, state=State.OPEN, until__lte=local_day(at))
    return _spared("owe", due.exclude(plan__state=PlanState.WITHDRAWN), lambda some: _owe_batch(some, at))


def _owe_batch(due: QuerySet[Report], at: datetime) -> int:
    locked = due.order_by("pk").select_for_update(of=("self",), no_key=True, skip_locked=True)
    return _owe(list(locked), at)


def _owe(reports: Iterable[Report], at: datetime) -> int:
    """Owe those of these reports whose period is over; the caller has made or locked them."""
    over = [each for each in reports if each.owed_since is None and each.until <= local_day(at)]
    if not over:
        return 0
    groups: dict[datetime, list[Report]] = defaultdict(list)
    for report in over:
        # Nobody is late with what could not be reported before.
        report.owed_since = max(period_end(report.until), report.opened_at)
        report.version += 1
        groups[report.owed_since].append(report)
    leading = posts_in_charge({each.organ_id for each in over if each.post_id is None}, local_day(at))
    for since, group in groups.items():
        owed = [Owed(each, each.organ, each.post or leading.get(each.organ_id), None) for each in _with_owners(group)]
        engine.open_many(REPORT, owed, at=since)
    Report.objects.bulk_update(over, ["owed_since", "version"])
    refresh_next_due_of([each.pk for each in over])
    ReportEvent.objects.bulk_create(_event(each, "owe", at) for each in over)
    messages.tell_owed(over, at=at)
    return len(over)


def _with_owners(reports: Sequence[Report]) -> list[Report]:
    """Return the same reports with organ and post read, in one question."""
    found = Report.objects.select_related("organ", "post").in_bulk([each.pk for each in reports])
    return [found[each.pk] for each in reports]


# --- What the plans do ----------------------------------------------------------------------------------------------


def follow_changes(*, at: datetime, plans: QuerySet[Plan] | None = None) -> int:
    """
    Let the reports that are filled in before their period is over be about the indicators that now hold.

    What was filled in stays with the indicator of the same key, where it is still scored the same way. A change after
    the end of a period leaves its report alone. Returns how many reports followed.
    """
    among = Report.objects.filter(state=State.OPEN, owed_since__isnull=True).exclude(revision=F("plan__revision"))
    if plans is not None:
        return _follow_batch(among.filter(plan__in=plans), at)
    return _spared("follow", among, lambda some: _follow_batch(some, at))


@transaction.atomic
def _follow_batch(among: QuerySet[Report], at: datetime) -> int:
    locked = among.select_related("plan__revision").order_by("pk").select_for_update(of=("self",), no_key=True)
    reports = list(locked)
    if not reports:
        return 0
    _carry_over([each.pk for each in reports])
    for report in reports:
        report.revision = report.plan.revision  # type: ignore[assignment]  # what is in force has one
        report.version += 1
    Report.objects.bulk_update(reports, ["revision", "version"])
    ReportEvent.objects.bulk_create(_event(each, "follow", at) for each in reports)
    return len(reports)


# A value keeps its indicator by the key; of milestones those of the same name stay.
_SAME = """
    JOIN targets_report AS r ON r.id = v.report_id
    JOIN targets_plan AS p ON p.id = r.plan_id
    JOIN targets_indicator AS old ON old.id = v.indicator_id
    JOIN targets_indicator AS new ON new.revision_id = p.revision_id AND new.key = old.key
                                 AND new.method = old.method AND new.source = 'reported'
"""
_MOVE_MILESTONES = f"""
UPDATE targets_milestoneresult AS m SET milestone_id = later.id
  FROM targets_reportvalue AS v {_SAME}
  JOIN targets_milestone AS earlier ON earlier.indicator_id = old.id
  JOIN targets_milestone AS later ON later.indicator_id = new.id AND later.name = earlier.name
 WHERE m.value_id = v.id AND m.milestone_id = earlier.id AND v.report_id = ANY(%(ids)s::bigint[])
"""  # noqa: S608 - put together from our own constants
_MOVE_VALUES = f"""
UPDATE targets_reportvalue AS moved SET indicator_id = new.id
  FROM targets_reportvalue AS v {_SAME}
 WHERE moved.id = v.id AND v.report_id = ANY(%(ids)s::bigint[])
"""  # noqa: S608 - put together from our own constants
_STRAY = """
SELECT v.id FROM targets_reportvalue AS v
  JOIN targets_report AS r ON r.id = v.report_id
  JOIN targets_plan AS p ON p.id = r.plan_id
  JOIN targets_indicator AS i ON i.id = v.indicator_id
 WHERE v.report_id = ANY(%(ids)s::bigint[]) AND i.revision_id <> p.revision_id
"""
_LET_GO = (
    # Milestones that the change took away.
    """
    DELETE FROM targets_milestoneresult AS m USING targets_reportvalue AS v, targets_milestone AS s
     WHERE m.value_id = v.id AND s.id = m.milestone_id AND s.indicator_id <> v.indicator_id
       AND v.report_id = ANY(%(ids)s::bigint[])
    """,
    f"DELETE FROM targets_milestoneresult WHERE value_id IN ({_STRAY})",  # noqa: S608 - our own constants
    f"UPDATE targets_reportfile SET value_id = NULL WHERE value_id IN ({_STRAY})",  # noqa: S608 - as above
    f"DELETE FROM targets_reportvalue WHERE id IN ({_STRAY})",  # noqa: S608 - as above
)


def _carry_over(ids: list[int]) -> None:
    with connection.cursor() as cursor:
        for statement in (_MOVE_MILESTONES, _MOVE_VALUES, *_LET_GO):
            cursor.execute(statement, {"ids": ids})


def drop_withdrawn(*, at: datetime) -> int:
    """Ask no longer for reports on plans that were withdrawn; return how many."""
    among = Report.objects.filter(state__in=(*WITH_ORGAN, State.SUBMITTED), plan__state=PlanState.WITHDRAWN)
    return _spared("drop", among, lambda some: _drop_batch(some, at))


def _drop_batch(among: QuerySet[Report], at: datetime) -> int:
    reports = list(among.order_by("pk").select_for_update(of=("self",), no_key=True, skip_locked=True))
    for report in reports:
        before = report.state
        engine.cancel(report, at=at)
        report.state, report.ended_at, report.next_due_at = State.DROPPED, at, None
        report.version += 1
        report.save(update_fields=["state", "ended_at", "next_due_at", "version"])
        report.extensions.filter(state="asked").update(state="lapsed", decided_at=at)
        _event(report, "drop", at, before=before).save()
    return len(reports)
