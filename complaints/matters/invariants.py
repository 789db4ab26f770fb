"""What must hold for matters after any fault (docs/trust.md I-18)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from complaints.matters.course import Course, Report, Side, course_of
from complaints.matters.promises import DELIVERY, KIND, NOTICE, SIDES, Promised, SideTerms, rules_by
from complaints.models import ItemVersion, Matter, MatterReport
from complaints.models.matter import WITHOUT_PROMISE
from efficiency.audit.verify import register_invariant
from efficiency.deadlines.models import Deadline, DeadlineState
from efficiency.timing import store
from efficiency.timing.models import CalendarProposal

BATCH = 2000
# By then every time to answer is over.
_EVER = datetime.max.replace(tzinfo=UTC)

# A matter is held to one promise from its acceptance on, that stands where the matter stands and ends when it ends.
PROMISE_DIFFERS = """
SELECT count(*) FROM complaints_matter AS m
  LEFT JOIN efficiency_deadline AS d
    ON d.content_type_id = %s AND d.object_id = m.id AND d.kind = %s AND d.generation = 1
 WHERE CASE m.state
       WHEN 'announced' THEN d.id IS NOT NULL AND NOT (d.state = 'cancelled' AND d.ended_at = d.started_at)
        WHEN 'unaccepted' THEN d.id IS NOT NULL AND NOT (d.state = 'cancelled' AND d.ended_at = d.started_at)
        -- what ended before the matter went over to another organ stays the account of the one before
        ELSE d.id IS NULL OR d.started_at <> m.accepted_at OR d.ended_at IS NULL AND d.organ_id <> m.organ_id
            OR d.ended_at IS DISTINCT FROM m.finished_at
            OR m.overdue_at IS DISTINCT FROM CASE WHEN m.state = 'running' THEN d.overdue_at END
            OR d.state <> CASE m.state WHEN 'running' THEN 'open' WHEN 'suspended' THEN 'suspended'
                                       ELSE CASE m.outcome WHEN 'withdrawn' THEN 'cancelled' ELSE 'met' END END
       END
"""


# A receipt that was found unanswered more than a day ago, and whose matter does not count as accepted.
NOT_DEEMED = """
SELECT count(*) FROM complaints_matter AS m
  JOIN efficiency_deadline AS d ON d.content_type_id = %s AND d.object_id = m.id AND d.kind = %s AND d.state = 'open'
 WHERE m.state = 'announced' AND d.level >= 2
   AND EXISTS (SELECT FROM efficiency_escalation AS e
                WHERE e.deadline_id = d.id AND e.level = 2 AND e.found_at < statement_timestamp() - interval '1 day')
"""


REPORTS_OF_OTHERS = """
SELECT count(*) FROM complaints_matterreport AS r JOIN complaints_matter AS m ON m.id = r.matter_id
 WHERE r.organ_id <> m.organ_id
   AND NOT EXISTS (SELECT FROM efficiency_auditrecord AS a
                    WHERE a.action = 'organ.hand_over' AND a.object_type = 'efficiency.organ'
                      AND a.object_id = r.organ_id::text AND a.detail ? 'matters')
"""


def not_deemed() -> int:
    """Count the matters that nobody answered in time, and that time did not make accepted ones."""
    with connection.cursor() as cursor:
        cursor.execute(NOT_DEEMED, [ContentType.objects.get_for_model(Matter).pk, NOTICE])
        return int(cursor.fetchone()[0])


def promise_differs() -> int:
    """Count the matters whose promise says something else than the matter."""
    with connection.cursor() as cursor:
        cursor.execute(PROMISE_DIFFERS, [ContentType.objects.get_for_model(Matter).pk, KIND])
        return int(cursor.fetchone()[0])


def reports_of_others() -> int:
    """
    Count the reports that stand under another organ than their matter; no foreign key asks for it at each report.

    Under the organ before stand those of matters that went over from it (``succeeding``), which is on record.
    """
    with connection.cursor() as cursor:
        cursor.execute(REPORTS_OF_OTHERS)
        return int(cursor.fetchone()[0])


def course_differs() -> int:
    """Count the matters that are not what follows from their reports."""
    calendar, violations = store.load(), 0
    versions = ItemVersion.objects.published().select_related("item").order_by("item_id", "valid_from")
    promised, sides_by = Promised(versions, calendar), SideTerms(calendar)
    # When the time to answer a receipt runs out, the next pass sees to it: until then either is right.
    recounted_at = CalendarProposal.objects.filter(outcome=CalendarProposal.Outcome.CONFIRMED).aggregate(
        last=Max("decided_at")
    )["last"]
    rules, rules_in_time = (rules_by(promised, sides_by, at=at) for at in (_EVER, None))
    for batch in _batches():
        reports: dict[int, list[Report]] = {}
        rows: Any = MatterReport.objects.filter(matter__in=[matter.pk for matter in batch]).values_list(
            "matter_id",
            "report_id",
            "kind",
            "at",
            "item_id",
            "step",
            "ground",
            "outcome",
            "corrects",
            "right_at",
            "days",
            "approver",
            "post_id",
            "reason",
            "received_at",
        )
        for matter_id, *said in rows:
            reports.setdefault(matter_id, []).append(Report(*said))
        sides = _stored_sides(batch)
        for matter in batch:
            is_in_time = matter.state in WITHOUT_PROMISE
            course = course_of(reports.get(matter.pk, ()), rules_in_time if is_in_time else rules)
            stands = (
                matter.state,
                matter.version_id,
                matter.accepted_at,
                matter.finished_at,
                matter.outcome,
                matter.step,
            )
            follows = (
                course.state.value,
                course.terms.version_id if course.terms else None,
                course.accepted_at,
                course.finished_at,
                course.outcome,
                course.step,
            )
            # What did not fit together was weighed by the calendar of its time, and counts so (3.1 rule 13).
            is_weighed_anew = recounted_at is None or matter.last_reported_at > recounted_at
            doubts_fit = not is_weighed_anew or matter.doubts == [doubt.value for doubt in course.doubts]
            violations += stands != follows or not doubts_fit or not _sides_fit(sides.get(matter.pk, {}), course)
    return violations


def _stored_sides(batch: list[Matter]) -> dict[int, dict[str, tuple[Any, ...]]]:
    """Return what is promised beside the decisions: by matter and kind where it began, where it ended, and how."""
    found: dict[int, dict[str, tuple[Any, ...]]] = {}
    promises = Deadline.objects.filter(
        content_type=ContentType.objects.get_for_model(Matter),
        object_id__in=[each.pk for each in batch],
        kind__in=SIDES,
    )
    for promise in promises.order_by("pk"):
        is_cancelled = promise.state == DeadlineState.CANCELLED
        if is_cancelled and promise.ended_at == promise.started_at:
            continue  # its reason was taken back
        stands = (promise.started_at, promise.ended_at, is_cancelled)
        found.setdefault(promise.object_id, {})[promise.kind] = stands
    return found


def _sides_fit(stored: dict[str, tuple[Any, ...]], course: Course) -> bool:
    """Say whether the promises beside the decision are those that follow from the reports."""
    sides: dict[str, Side | None] = {NOTICE: course.notice, DELIVERY: course.delivery}
    follows = {
        kind: (side.started_at, side.ended_at, side.is_cancelled) for kind, side in sides.items() if side is not None
    }
    if DELIVERY not in stored and course.delivery is not None and course.delivery.ended_at is None:
        # Granted before the portal held anybody to the handing over; the next report brings the promise.
        del follows[DELIVERY]
    return stored == follows


def _batches() -> Iterator[list[Matter]]:
    last_id = 0
    while batch := list(Matter.objects.filter(pk__gt=last_id).order_by("pk")[:BATCH]):
        yield batch
        last_id = batch[-1].pk


def register() -> None:
    """Make the checks known; called once, when the app is ready."""
    register_invariant("I-18", _("Each matter is what follows from its reports."), course_differs)
    register_invariant("I-18", _("Each report stands under the organ of its matter."), reports_of_others)
    register_invariant("I-18", _("Each matter and its promise say the same."), promise_differs)
    register_invariant("I-18", _("Each receipt that nobody answered in time counts as an acceptance."), not_deemed)
