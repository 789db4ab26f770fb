"""What must hold for promises after any fault (docs/trust.md I-04 to I-06, I-14 to I-17)."""

from collections.abc import Iterator

from django.contrib.contenttypes.models import ContentType
from django.db import connection, models
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from efficiency.audit.verify import count_sql, register_invariant
from efficiency.deadlines import moments, recipients, registry
from efficiency.deadlines.calendar_change import spans_of
from efficiency.deadlines.models import Deadline, DeadlineState, Escalation
from efficiency.outbox.models import Message
from efficiency.timing import store
from efficiency.timing.calendar import OutsideCalendar
from efficiency.timing.due import StillSuspended

BATCH = 2000
ESCALATIONS = 20_000

# Moments swept by the clock as it is believed now: the latest of all that went as the clock did, and each that was
# ahead of it, as rehearsals are. Few rows, whatever there was swept.
_SWEPT = """
WITH kept AS (
    SELECT id, at, finished_at FROM efficiency_sweep
     WHERE finished_at IS NOT NULL
       AND id > coalesce((SELECT last_sweep_id FROM efficiency_clockconfirmation ORDER BY id DESC LIMIT 1), 0)
), swept AS MATERIALIZED (
    SELECT at, finished_at FROM kept WHERE at > finished_at
     UNION ALL (SELECT at, finished_at FROM kept WHERE at <= finished_at ORDER BY at DESC, finished_at DESC LIMIT 1)
)
"""
# The latest of them that can have seen a promise as it stands: it ended after that began, and after it was moved last.
# Before the first one nothing was seen (LEAST would pass over a null).
_SEEN = """LATERAL (
    SELECT coalesce(max(s.at), '-infinity') AS until FROM swept AS s
     WHERE s.finished_at > greatest(d.started_at, d.moved_at)
) AS seen"""
_THRESHOLDS = "(VALUES (1, d.warn_at), (2, d.overdue_at), (3, d.red_at), (4, d.fourth_at)) AS t (level, passes_at)"
_REHEARSED = "EXISTS (SELECT FROM efficiency_sweep AS s WHERE s.rehearsal AND s.at = e.found_at)"

# I-04: a level that was passed while the promise ran, and that nobody wrote down.
LEVEL_UNSEEN = f"""{_SWEPT}
SELECT count(*) FROM efficiency_deadline AS d CROSS JOIN {_SEEN} CROSS JOIN LATERAL {_THRESHOLDS}
 WHERE d.promise <> 'owed_by_citizen' AND d.quarantined_at IS NULL
   -- most have passed none at all
   AND d.warn_at <= least((SELECT max(at) FROM swept), coalesce(d.ended_at, d.suspended_at, 'infinity'))
   AND t.passes_at <= least(seen.until, coalesce(d.ended_at, d.suspended_at, 'infinity'))
   AND NOT EXISTS (SELECT FROM efficiency_escalation AS e WHERE e.deadline_id = d.id AND e.level = t.level)
"""  # noqa: S608 - put together from our own constants
# … that carries another moment than that of its threshold, though nothing moved since it was found; or that nobody
# passed at all.
LEVEL_WRONG = f"""
SELECT count(*) FROM efficiency_escalation AS e
  JOIN efficiency_deadline AS d ON d.id = e.deadline_id
 CROSS JOIN LATERAL {_THRESHOLDS}
 WHERE t.level = e.level
   AND (e.passed_at > e.found_at OR (d.promise = 'owed_by_citizen' AND e.level > 1)
        OR (e.passed_at <> t.passes_at
            AND NOT coalesce(d.moved_at >= e.found_at OR (d.moved_at IS NOT NULL AND {_REHEARSED}), false)))
"""  # noqa: S608 - put together from our own constants
# … and promises that should have lapsed.
NOT_LAPSED = f"""{_SWEPT}
SELECT count(*) FROM efficiency_deadline AS d CROSS JOIN {_SEEN}
 WHERE d.promise = 'owed_by_citizen' AND d.state = 'open' AND d.quarantined_at IS NULL AND d.overdue_at <= seen.until
"""  # noqa: S608 - put together from our own constants
LEVEL_COUNT = """
SELECT count(*) FROM efficiency_deadline AS d
 WHERE d.level <> coalesce((SELECT max(e.level) FROM efficiency_escalation AS e WHERE e.deadline_id = d.id), 0)
"""
AFTER_THE_END = f"""
SELECT count(*) FROM efficiency_escalation AS e JOIN efficiency_deadline AS d ON d.id = e.deadline_id
 WHERE e.passed_at > d.ended_at AND NOT {_REHEARSED}
   -- the end was reported after the level had been found: the ledger keeps both
   AND NOT coalesce(d.moved_at >= e.found_at, false)
"""  # noqa: S608 - put together from our own constants
# I-06: somebody was to be told of an escalation, and nobody was.
NOBODY_TOLD = f"""
WITH RECURSIVE written AS (
    SELECT id, organ_id, post_id, responsible_id, level, passed_at FROM efficiency_escalation AS e
     WHERE id > %(after)s AND id <= %(until)s
       AND NOT EXISTS (
           SELECT FROM efficiency_message AS m WHERE m.event = 'escalation:' || e.id AND m.channel = 'portal'
       )
       -- nobody is reminded of what had ended, or stood still, when that was reported
       AND NOT (e.level = 1 AND EXISTS (
           SELECT FROM efficiency_deadline AS d
            WHERE d.id = e.deadline_id AND coalesce(d.ended_at, d.suspended_at) <= e.found_at
       ))
), {recipients.COMMON_TABLES}
SELECT count(*) FROM written AS w
  JOIN owed ON owed.organ_id = w.organ_id AND owed.post_id = coalesce(w.post_id, 0)
   AND owed.responsible_id = coalesce(w.responsible_id, 0) AND owed.level = w.level
   AND owed.on_date = (w.passed_at AT TIME ZONE 'Asia/Shanghai')::date
 WHERE EXISTS (SELECT FROM told WHERE told.owed_id = owed.owed_id)
"""  # noqa: S608 - put together from our own constants
SUSPENSIONS_OVERLAP = """
SELECT count(*) FROM efficiency_suspension AS a
  JOIN efficiency_suspension AS b ON b.deadline_id = a.deadline_id AND b.id > a.id
 WHERE tstzrange(a.started_at, coalesce(a.ended_at, 'infinity'))
    && tstzrange(b.started_at, coalesce(b.ended_at, 'infinity'))
"""
SUSPENDED_WITHOUT = """
SELECT count(*) FROM efficiency_deadline AS d
 WHERE (d.state = 'suspended')
    <> EXISTS (SELECT FROM efficiency_suspension AS s WHERE s.deadline_id = d.id AND s.ended_at IS NULL)
"""
EXTENSIONS_WRONG = """
SELECT count(*) FROM efficiency_deadline AS d
  LEFT JOIN (SELECT deadline_id, count(*) AS number FROM efficiency_extension GROUP BY deadline_id) AS e
    ON e.deadline_id = d.id
 WHERE d.extension_count <> coalesce(e.number, 0) OR d.extension_count > 1
"""
CALENDAR_GAPS = """
SELECT count(*) FROM (
    SELECT date, ordinal, (kind IN ('working', 'makeup'))::int AS worked,
           lag(date) OVER by_date AS date_before, coalesce(lag(ordinal) OVER by_date, 0) AS ordinal_before
      FROM efficiency_calendarday WINDOW by_date AS (ORDER BY date)
) AS day
 WHERE date <> date_before + 1 OR ordinal <> ordinal_before + worked
"""


def moments_differ() -> int:
    """Count the open promises whose stored moments are not what the pure functions say (I-14)."""
    calendar, violations = store.load(), 0
    for batch in _batches(Deadline.objects.filter(state=DeadlineState.OPEN)):
        suspensions, extensions = spans_of(batch)
        for deadline in batch:
            try:
                reckoned = moments.moments_of(
                    deadline,
                    calendar=calendar,
                    suspensions=suspensions.get(deadline.pk, []),
                    extensions=extensions.get(deadline.pk, []),
                )
            except (StillSuspended, OutsideCalendar):  # no moments at all can be right
                violations += 1
                continue
            # Of own time the reminder lies ahead, or its end: what ran before its kind reminded has the latter alone.
            wanted = {
                moments.next_check(deadline.promise, reckoned, level=deadline.level, is_reminded=is_reminded)
                for is_reminded in {False, registry.is_reminded(deadline.kind)}
            }
            differs = any(getattr(deadline, column) != getattr(reckoned, column) for column in moments.COLUMNS)
            violations += differs or (deadline.quarantined_at is None and deadline.next_check_at not in wanted)
    return violations


def suspended_days_differ() -> int:
    """Count the promises that run whose days not counted are not those of their suspensions (I-15)."""
    calendar, violations = store.load(), 0
    suspended_once = Deadline.objects.filter(state=DeadlineState.OPEN, suspensions__isnull=False).distinct()
    for batch in _batches(suspended_once):
        suspensions, _extensions = spans_of(batch)
        for deadline in batch:
            try:
                days = moments.days_not_counted(
                    suspensions.get(deadline.pk, []), unit=deadline.limit_unit, calendar=calendar
                )
            except StillSuspended:
                violations += 1
                continue
            violations += deadline.suspended_days != days
    return violations


def nobody_told() -> int:
    """Count the escalations of which nobody was told although somebody holds a post to be told (I-06)."""
    violations, after = 0, 0
    last = Escalation.objects.aggregate(last=Max("id"))["last"] or 0
    with connection.cursor() as cursor:
        while after < last:
            cursor.execute(NOBODY_TOLD, {"after": after, "until": after + ESCALATIONS, **recipients.PARAMETERS})
            violations += int(cursor.fetchone()[0])
            after += ESCALATIONS
    return violations


def dangling_references() -> int:
    """Count the promises, escalations and messages that are about something that does not exist (I-17)."""
    violations = 0
    for model in (Deadline, Escalation):
        for type_id in model.objects.order_by().values_list("content_type", flat=True).distinct():
            subject = ContentType.objects.get_for_id(type_id).model_class()
            rows = model.objects.filter(content_type=type_id)
            violations += _without_subject(rows, subject, "object_id")
    known = [content_type.model_class() for content_type in ContentType.objects.all()]
    by_label = {subject._meta.label_lower: subject for subject in known if subject is not None}
    for label in Message.objects.exclude(subject_type="").order_by().values_list("subject_type", flat=True).distinct():
        rows = Message.objects.filter(subject_type=label)
        violations += _without_subject(rows, by_label.get(label), "subject_id")
    return violations


def register() -> None:
    """Make the checks known; called once Django is ready."""
    register_invariant("I-04", _("Each level that was passed is written down."), count_sql(LEVEL_UNSEEN))
    register_invariant("I-04", _("Each escalation carries the moment of its threshold."), count_sql(LEVEL_WRONG))
    register_invariant("I-04", _("What the citizen owed has lapsed in time."), count_sql(NOT_LAPSED))
    register_invariant("I-05", _("The level of a promise is that of its highest escalation."), count_sql(LEVEL_COUNT))
    register_invariant("I-05", _("No level is passed after the end of a promise."), count_sql(AFTER_THE_END))
    register_invariant("I-06", _("Somebody was told of each escalation."), nobody_told)
    register_invariant("I-14", _("All moments of open promises follow from the rules."), moments_differ)
    register_invariant("I-15", _("Suspensions do not overlap."), count_sql(SUSPENSIONS_OVERLAP))
    register_invariant(
        "I-15", _("A promise is suspended exactly while a suspension lasts."), count_sql(SUSPENDED_WITHOUT)
    )
    register_invariant("I-15", _("Suspended days add up."), suspended_days_differ)
    register_invariant("I-15", _("Extensions keep to the rules."), count_sql(EXTENSIONS_WRONG))
    register_invariant("I-16", _("The days of the calendar are counted without a gap."), count_sql(CALENDAR_GAPS))
    register_invariant("I-17", _("Everything is about something that exists."), dangling_references)


def _batches(rows: models.QuerySet[Deadline]) -> Iterator[list[Deadline]]:
    last_id = 0
    while batch := list(rows.filter(pk__gt=last_id).order_by("pk")[:BATCH]):
        yield batch
        last_id = batch[-1].pk


def _without_subject(rows: models.QuerySet, subject: type[models.Model] | None, column: str) -> int:
    if subject is None:
        return rows.count()
    there = subject._default_manager.filter(pk=models.OuterRef(column))
    return rows.filter(~models.Exists(there)).count()
