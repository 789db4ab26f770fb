"""
How promises are raised to the levels they have reached: one statement over a batch, whatever its size.

Used by the sweep for thousands of rows, and by a step on a single promise that comes between a threshold and the sweep.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction

from efficiency.deadlines import clock, recipients, registry
from efficiency.deadlines.models import Deadline
from efficiency.outbox import channels, office_hours
from efficiency.outbox.nudge import nudge_senders
from efficiency.timing.calendar import OutsideCalendar

log = structlog.get_logger(__name__)

# Classes of errors that no row is to blame for: connection, resources, operator, system, deadlock, lock not available.
_NOT_THE_ROW = ("08", "40", "53", "55", "57P", "58", "25006")
# A statement that took too long.
_STOPPED = "57014"
# The level from which on orders follow instead of cards (docs/domain.md 9.2).
ORDERS = 4
# What follows from levels fails on so many rows only where it is broken itself: that is loud, and nothing is set aside.
MOST_BAD_ROWS = 100


# Which levels were passed, one escalation for each, the next moment of each promise, and a message to everybody who is
# told. A level is stamped with the moment of its threshold. What a citizen owes has no levels and lapses; own time that
# is looked at before it is over is of a kind that reminds (``moments.next_check``), and passes the first one alone.
def _raise_levels(*, rows: str, seen_to: str, next_at: str, told: str) -> str:
    """
    Return the statement for the promises that ``rows`` says.

    :param rows: condition, order and lock of the promises to look at
    :param seen_to: up to which moment the thresholds of a promise have been passed
    :param next_at: what a promise looks at next
    :param told: of which levels somebody is told
    """
    return f"""
WITH RECURSIVE due AS MATERIALIZED (
    SELECT id, kind, promise, content_type_id, object_id, organ_id, post_id, responsible_id, level,
           warn_at, due_at, overdue_at, red_at, fourth_at, coalesce(ended_at, suspended_at) AS stopped_at
      FROM efficiency_deadline
     WHERE id = ANY(%(ids)s::bigint[]) AND quarantined_at IS NULL AND {rows}
), threshold AS (
    SELECT due.id, t.level, t.passes_at FROM due
     CROSS JOIN LATERAL (VALUES (1, warn_at), (2, overdue_at), (3, red_at), (4, fourth_at)) AS t (level, passes_at)
     WHERE t.level > due.level
       AND (due.promise <> 'owed_by_citizen' OR (t.level = 1 AND due.overdue_at > %(at)s))
), standing AS (  -- where each of them stands now; a row with nothing ahead is not looked at again
    SELECT due.id, max(t.level) FILTER (WHERE t.passes_at <= {seen_to}) AS reached,
           min(t.passes_at) FILTER (WHERE t.passes_at > {seen_to}) AS next_at,
           bool_and(due.promise = 'owed_by_citizen') AS is_of_citizen
      FROM due LEFT JOIN threshold AS t ON t.id = due.id GROUP BY due.id
), moved AS (
    UPDATE efficiency_deadline AS d
       SET level = coalesce(s.reached, d.level), attempts = 0, last_error = '',
           next_check_at = {next_at},
           state = CASE WHEN s.is_of_citizen AND d.overdue_at <= %(at)s THEN 'lapsed' ELSE d.state END,
           ended_at = CASE WHEN s.is_of_citizen AND d.overdue_at <= %(at)s THEN d.overdue_at ELSE d.ended_at END
      FROM standing AS s WHERE d.id = s.id
), written AS (
    INSERT INTO efficiency_escalation (deadline_id, level, passed_at, found_at, kind, content_type_id, object_id,
                                       organ_id, post_id, responsible_id)
    SELECT due.id, threshold.level, threshold.passes_at, %(at)s, due.kind, due.content_type_id, due.object_id,
           due.organ_id, due.post_id, due.responsible_id
      FROM threshold JOIN due USING (id)
     WHERE threshold.passes_at <= {seen_to}
     ORDER BY threshold.passes_at, due.id, threshold.level
        ON CONFLICT (deadline_id, level) DO NOTHING
    RETURNING id, deadline_id, level, passed_at, kind, content_type_id, object_id, organ_id, post_id, responsible_id
), {recipients.COMMON_TABLES}, asked AS (  -- of a reminder each may be told in another way than of what is overdue
    SELECT told.owed_id, told.user_id, CASE WHEN owed.level = 1 THEN 'due' ELSE 'escalation' END AS message_group
      FROM told JOIN owed ON owed.owed_id = told.owed_id
), way AS MATERIALIZED (  -- in the portal at once, and by the channels that each chose
    SELECT owed_id, user_id, 'portal' AS channel, 'sent' AS state, %(at)s::timestamptz AS sent_at,
           NULL::timestamptz AS next_try_at
      FROM told
     UNION ALL
    SELECT owed_id, user_id, channel, 'waiting', NULL, %(mail_from)s FROM ({channels.CHOSEN}) AS chosen
), posted AS (
    INSERT INTO efficiency_message (event, kind, recipient_id, recipient_ref, channel, subject_type, subject_id,
                                    "values", created_at, state, sent_at, next_try_at, attempts, last_error)
    SELECT 'escalation:' || w.id,
           CASE WHEN due.promise = 'owed_by_citizen' THEN 'deadlines.own_time' ELSE 'deadlines.level_' || w.level END,
           way.user_id, '', way.channel, about.label,
           w.object_id,
           jsonb_build_object('promise', w.kind, 'due_on', (due.due_at AT TIME ZONE 'Asia/Shanghai')::date),
           %(at)s, way.state, way.sent_at, way.next_try_at, 0, ''
      FROM written AS w
      JOIN due ON due.id = w.deadline_id
      JOIN owed ON owed.organ_id = w.organ_id AND owed.post_id = coalesce(w.post_id, 0)
       AND owed.responsible_id = coalesce(w.responsible_id, 0) AND owed.level = w.level
       AND owed.on_date = (w.passed_at AT TIME ZONE 'Asia/Shanghai')::date
      JOIN way ON way.owed_id = owed.owed_id
      JOIN (SELECT id, app_label || '.' || model AS label FROM django_content_type) AS about
        ON about.id = w.content_type_id
     WHERE {told}
        ON CONFLICT (event, recipient_id, recipient_ref, channel) DO NOTHING
    RETURNING 1
)
SELECT (SELECT count(*) FROM due), (SELECT count(*) FROM posted),
       coalesce(array_agg(level ORDER BY id), '{{}}'), coalesce(array_agg(id ORDER BY id), '{{}}') FROM written
"""  # noqa: S608 - put together from our own constants


# Others skip what this one holds; a row that moved on meanwhile is left out.
RAISE_LEVELS = _raise_levels(
    rows="next_check_at <= %(at)s ORDER BY next_check_at, id FOR NO KEY UPDATE SKIP LOCKED",
    seen_to="%(at)s",
    next_at="coalesce(s.next_at, CASE WHEN s.is_of_citizen AND d.overdue_at > %(at)s THEN d.overdue_at END)",
    told="true",
)
# Of promises whose end or standstill was reported afterwards: what they passed until then, stamped as ever. Nobody is
# reminded of what has ended.
RAISE_STOPPED = _raise_levels(
    rows="state <> 'open' AND promise <> 'owed_by_citizen' ORDER BY id FOR NO KEY UPDATE",
    seen_to="due.stopped_at",
    next_at="NULL::timestamptz",
    told="w.level > 1",
)


@dataclass(slots=True)
class Raised:
    """What one run of ``RAISE_LEVELS`` wrote."""

    checked: int = 0
    messages: int = 0
    cards: int = 0
    ids_by_level: dict[int, list[int]] = field(default_factory=dict)


def raise_batch(ids: Iterable[int], at: datetime, *, statement: str = RAISE_LEVELS, are_many: bool = True) -> Raised:
    """Raise these promises, and let follow what follows from the levels they passed."""
    with connection.cursor() as cursor:
        if are_many:
            # The planner takes the tables of this statement for a handful of rows and would loop over thousands.
            cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(
            statement,
            {
                "ids": "{" + ",".join(map(str, ids)) + "}",
                "at": at,
                "mail_from": mail_from(at),
                **recipients.PARAMETERS,
                **channels.parameters(),
            },
        )
        checked, messages, levels, escalation_ids = cursor.fetchone()
        if are_many:
            cursor.execute("SET LOCAL enable_nestloop = on")
    raised = Raised(checked=checked, messages=messages)
    for level, escalation_id in zip(levels, escalation_ids, strict=True):
        raised.ids_by_level.setdefault(level, []).append(escalation_id)
    for level in sorted(raised.ids_by_level):
        batch = registry.Batch(level, tuple(raised.ids_by_level[level]))
        written = sum(handler(batch, at) for handler in registry.handlers(level))
        # What follows from level four are orders, no cards.
        raised.cards += written if level < ORDERS else 0
    return raised


def mail_from(at: datetime) -> datetime:
    """
    Return from when on letters and short messages about a level may leave: in office hours at once, else in the next.

    Thresholds pass at midnight and before holidays; nobody acts on a letter then (T8). The notification in the portal
    is there at once. A rehearsal of a later moment does not hold letters back until then.
    """
    return office_hours.leaves_at(min(at, clock.read().at))


def raise_levels(ids: Sequence[int], *, at: datetime, statement: str = RAISE_LEVELS, are_many: bool = True) -> None:
    """
    Raise promises within the caller's transaction, before a step is taken on them.

    A step must not fail because something that follows from a level does: such a promise is set aside, and it alone
    (docs/trust.md D-07). That a statement over many took too long is no row's fault: it is raised, to be sent again.
    """
    waiting = [list(ids)]
    count_bad = count_messages = 0
    while waiting:
        some = waiting.pop()
        try:
            with transaction.atomic():
                count_messages += raise_batch(some, at, statement=statement, are_many=are_many).messages
        except Exception as error:
            if is_not_the_row(error) or (are_many and _state_of(error) == _STOPPED):
                raise
            if len(some) > 1:
                middle = len(some) // 2
                waiting += [some[middle:], some[:middle]]
                continue
            count_bad += 1
            if count_bad >= MOST_BAD_ROWS:
                raise
            log.exception("row_set_aside", object_id=some[0])
            Deadline.objects.filter(pk=some[0]).update(
                quarantined_at=at, next_check_at=None, last_error=describe(error)
            )
    if count_messages:
        nudge_senders()


def is_not_the_row(error: BaseException) -> bool:
    """Say whether the error tells of the surroundings, so that no row may be blamed for it."""
    if isinstance(error, OutsideCalendar):
        return True  # what follows from a level takes its time from a calendar that has an end
    if not isinstance(error, DatabaseError | InterfaceError):
        return False
    state = _state_of(error)
    if state is None:  # the server did not say it, so it was the way to the server
        return isinstance(error, OperationalError | InterfaceError)
    return state.startswith(_NOT_THE_ROW)


def _state_of(error: BaseException) -> str | None:
    """Return the SQLSTATE that the server gave an error; None where it gave none."""
    return getattr(error.__cause__, "pgcode", None)


def describe(error: BaseException) -> str:
    """Return class and first line of an error; later lines of a database error quote rows."""
    first, *_rest = str(error).splitlines() or [""]
    return f"{type(error).__name__}: {first[:200]}"
