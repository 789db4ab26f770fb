"""
Promises as they stood at a moment, for figures that have to come out the same whenever they are asked for again.

The moment up to which anything counts is ``%(cut)s``, which no longer belongs to the period; what has moved a due date
since ``%(known)s``, the moment as of which is asked, is taken back by the append-only account of due dates. A promise
that was overdue and still ran is counted for whoever owed it when its time ran out, as its escalation keeps it:
afterwards it may have been handed to somebody else. Where a department's system reports afterwards
(``efficiency.deadlines.bulk``) the moment of an end is that of the event: who counts such promises looks at the reports
(``complaints.matters.known``). That a reported standstill was taken back keeps no moment of its own.
"""

from collections.abc import Collection

# The due dates that have moved since, as they were: the first of the changes after the moment has them.
MOVED = """
    LEFT JOIN (SELECT DISTINCT ON (deadline_id) deadline_id, due_before FROM efficiency_duedatechange
                WHERE changed_at >= %(known)s ORDER BY deadline_id, changed_at, id) AS moved ON moved.deadline_id = d.id
"""
DUE_AT = "coalesce(moved.due_before, d.due_at)"
OVERDUE_AT = "coalesce(moved.due_before + (d.overdue_at - d.due_at), d.overdue_at)"

# What counts in a period had not ended before it. It is said of the row itself, in two halves that an index leads to
# (``deadline_counted``): of ends as far as they came before the cut-off, on which it follows, no index knows anything.
_NOT_OVER = """(
    SELECT * FROM efficiency_deadline WHERE ended_at >= least(%(since)s, %(cut)s)
     UNION ALL
    SELECT * FROM efficiency_deadline WHERE ended_at IS NULL)"""

# Promises with their ends as far as they came before the cut-off, of all rows or of some.
STOOD = f"""
SELECT d.id, d.kind, d.content_type_id, d.object_id, d.organ_id, d.post_id, d.started_at, d.suspended_days,
       {DUE_AT} AS due_at, {OVERDUE_AT} AS overdue_at,
       CASE WHEN d.met_at < %(cut)s THEN d.met_at END AS met_at,
       CASE WHEN d.ended_at < %(cut)s THEN d.ended_at END AS ended_at
  FROM {{rows}} AS d {MOVED}
 WHERE d.kind = ANY({{kinds}}) AND d.started_at < %(cut)s
"""  # noqa: S608 - put together from our own constants
# Whoever owed it when its time ran out, of what still ran at the cut-off. Of these few it is asked one by one: a join
# would read all levels there ever were. An organ there is always, a post not: an array tells none from no such level.
_LEVEL = "(SELECT {} FROM efficiency_escalation AS level WHERE level.deadline_id = p.id AND level.level = 2)"
OWED_BY_ORGAN = f"""
CASE WHEN p.ended_at IS NULL THEN coalesce({_LEVEL.format("level.organ_id")}, p.organ_id) ELSE p.organ_id END"""
OWED_BY_POST = f"""
CASE WHEN p.ended_at IS NULL THEN (coalesce({_LEVEL.format("ARRAY[level.post_id]")}, ARRAY[p.post_id]))[1]
     ELSE p.post_id END"""
_COUNTED = f"""
SELECT p.id, p.kind, p.content_type_id, p.object_id, p.started_at, p.suspended_days, p.due_at, p.met_at,
       {OWED_BY_ORGAN} AS organ_id, {OWED_BY_POST} AS post_id, coalesce(p.met_at < p.overdue_at, false) AS is_in_time,
       p.met_at IS NULL AND p.ended_at IS NOT NULL AS ended_unmet, coalesce(p.met_at, p.ended_at) AS at
  FROM ({{stood}}) AS p
 WHERE p.met_at >= %(since)s
    OR p.met_at IS NULL AND p.ended_at >= greatest(p.overdue_at, %(since)s)
    OR p.ended_at IS NULL AND p.overdue_at <= %(cut)s
   AND NOT EXISTS (SELECT FROM efficiency_suspension AS s
                    WHERE s.deadline_id = p.id AND s.started_at < %(cut)s
                      AND (s.ended_at IS NULL OR s.ended_at >= %(cut)s))
"""  # noqa: S608 - put together from our own constants

# Promises of government that fell due in the period; what was taken back before its time was over is none.
FELL_DUE = f"""
SELECT p.id, {OWED_BY_ORGAN} AS organ_id, {OWED_BY_POST} AS post_id, p.due_at
  FROM (SELECT d.id, d.organ_id, d.post_id, d.state, {DUE_AT} AS due_at, {OVERDUE_AT} AS overdue_at,
               CASE WHEN d.ended_at < %(cut)s THEN d.ended_at END AS ended_at
          FROM efficiency_deadline AS d {MOVED}
         WHERE d.promise <> 'owed_by_citizen' AND d.started_at < %(cut)s
           AND {DUE_AT} >= %(since)s AND {DUE_AT} < %(cut)s) AS p
 WHERE NOT (p.state = 'cancelled' AND coalesce(p.ended_at < p.overdue_at, false))
"""  # noqa: S608 - put together from our own constants


def counted(*kinds: str, stood: str = STOOD) -> str:
    """
    Return the statement of what counts of such promises in a period (docs/domain.md 12).

    They were met in it; or were open and overdue at the cut-off; or ended in it after their time without being met:
    that they stay broken no closing takes away. One that stands still is not late. ``at`` places each in a period; null
    for what counts because it stands at the cut-off.

    :param stood: where their ends come from, for kinds that are reported afterwards
    """
    return _COUNTED.format(stood=stood.format(kinds=array(kinds), rows=_NOT_OVER))


def array(names: Collection[str]) -> str:
    """Return names of our own as an array of a statement."""
    return "ARRAY[" + ", ".join(f"'{name}'" for name in names) + "]"
