"""What comes by itself: promises of old, a plan that nobody signed comes into force, one whose time is over ends."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from efficiency.deadlines.levels import is_not_the_row
from efficiency.deadlines.models import Deadline
from efficiency.timing.due import local_day
from targets.models import Plan
from targets.plans import changing, deadlines, spans, workflow
from targets.plans.enums import Span, State
from targets.plans.refusals import NotInState

# So long after the last day of its time a plan stays in force: reports are handed in, checked and appraised (ours).
ENDS_AFTER = timedelta(days=90)
BATCH = 200
log = structlog.get_logger(__name__)


def come_into_force(*, at: datetime) -> int:
    """
    Bring plans into force whose last day to sign is over, as the promise has it.

    What the office has approved binds, signed or not; the signature stays owed, and overdue (ours).
    """
    overdue = Deadline.objects.filter(
        content_type=ContentType.objects.get_for_model(Plan),
        object_id=OuterRef("pk"),
        kind=deadlines.SIGN,
        ended_at__isnull=True,
        overdue_at__lte=at,
    )
    return _each(Plan.objects.filter(Exists(overdue), state=State.APPROVED), "come_into_force", at)


def end(*, at: datetime) -> int:
    """
    End the plans whose time, and the time to report on it and to appraise it, is over.

    A change that is under way ends with its plan: what was never proposed is not kept, the rest is refused.
    """
    gone = local_day(at) - ENDS_AFTER
    over = Plan.objects.filter(state=State.IN_FORCE)
    return _each(
        over.filter(_days(gone, lambda year, span: spans.bounds(year, span)[1])), "end", at, changing.close_change
    )


def promise_missing(*, at: datetime) -> int:
    """
    Promise what is asked for of plans about which nothing is promised, from ``at`` on; return how many they were.

    These are plans that were put, agreed to or about to be changed before there were such promises.
    """
    done = 0
    for plan in deadlines.without_promise().order_by("pk")[:BATCH]:
        try:
            with transaction.atomic():
                workflow.steps.lock(plan)
                deadlines.bring_in_line(plan, at=at)
                plan.save(update_fields=["next_due_at"])
        except Exception as error:
            if is_not_the_row(error):
                raise
            log.exception("plan_not_promised", plan=plan.pk)  # D-07: what fails with one stops no other
            continue
        done += 1
    return done


def _days(before: date, day_of: Callable[[int, str], date]) -> Q:
    """Return the condition that a day of a plan's time lies before another."""
    found = Q(pk__in=[])
    for span in Span.values:
        # The day of a span is in its year or on the first of the next: only two years are in doubt.
        years = [year for year in (before.year - 1, before.year) if day_of(year, span) < before]
        newest = max(years, default=before.year - 2)
        found |= Q(span=span, year__lte=newest)
    return found


def _each(
    plans: QuerySet[Plan],
    action: str,
    at: datetime,
    before: Callable[[Plan, datetime], dict[str, Any] | None] | None = None,
) -> int:
    """Take a step of the portal with each plan, each in its own transaction; what fails with one stops no other."""
    done = 0
    for plan in plans.order_by("pk")[:BATCH]:
        try:
            with transaction.atomic():
                step = workflow.begin_itself(plan, action, at=at)
                workflow.finish(step, data=before(step.subject, at) if before else None)
        except NotInState:
            continue
        except Exception as error:
            if is_not_the_row(error):
                raise
            log.exception("plan_not_tended", plan=plan.pk, action=action)  # D-07: what fails with one stops no other
            continue
        done += 1
    return done
