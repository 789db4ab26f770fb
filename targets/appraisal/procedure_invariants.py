"""What must hold for the procedure of appraisals after any fault (docs/trust.md 3.2)."""

from django.utils.translation import gettext_lazy as _

from efficiency.audit.verify import count_sql, register_invariant

_TYPE = "(SELECT id FROM django_content_type WHERE app_label = 'targets' AND model = 'sheet')"

EVENTS_DIFFER = """
SELECT count(*) FROM targets_appraisal AS a
  JOIN LATERAL (SELECT count(*) AS count, max(number) AS last FROM targets_appraisalevent
                 WHERE appraisal_id = a.id) AS e ON true
 WHERE e.count <> a.version OR e.last IS DISTINCT FROM a.version
    OR a.state IS DISTINCT FROM (SELECT to_state FROM targets_appraisalevent
                                  WHERE appraisal_id = a.id ORDER BY number DESC LIMIT 1)
"""
EVENTS_WITH_GAP = """
SELECT count(*) FROM (
    SELECT from_state, lag(to_state, 1, '') OVER (PARTITION BY appraisal_id ORDER BY number) AS before
      FROM targets_appraisalevent
) AS step WHERE from_state <> before
"""
# A self-score runs only while self-scores are asked for; a ruling exactly while an objection waits.
PROMISES_DIFFER = f"""
SELECT (SELECT count(*) FROM efficiency_deadline AS d
          JOIN targets_sheet AS s ON s.id = d.object_id JOIN targets_appraisal AS a ON a.id = s.appraisal_id
         WHERE d.content_type_id = {_TYPE} AND d.state = 'open' AND d.kind = 'targets.self_score'
           AND NOT (a.state = 'self_scoring' AND s.state = 'waiting'))
     + (SELECT count(*) FROM targets_sheet AS s
         WHERE (s.state = 'objected') <> EXISTS (
               SELECT FROM efficiency_deadline AS d
                WHERE d.content_type_id = {_TYPE} AND d.object_id = s.id AND d.state = 'open'
                  AND d.kind = 'targets.objection_ruling'))
     + (SELECT count(*) FROM targets_objection AS o
         WHERE o.kind = 'review' AND (o.state = 'open') <> EXISTS (
               SELECT FROM efficiency_deadline AS d
                WHERE d.content_type_id = {_TYPE} AND d.object_id = o.sheet_id AND d.state = 'open'
                  AND d.kind = 'targets.review'))
"""  # noqa: S608 - put together from our own constants
# Whoever shows or publishes has not computed, whoever publishes has not recorded the decision, whoever rules had no
# part in the score or in an adjustment, whoever confirms has not proposed, and whoever upheld has no part in an
# adjustment after it.
DECIDED_ALONE = """
SELECT (SELECT count(*) FROM targets_appraisalevent AS e
         WHERE e.action IN ('show', 'publish', 'rule') AND EXISTS (
               SELECT FROM targets_appraisalevent AS c
                WHERE c.appraisal_id = e.appraisal_id AND c.number < e.number AND c.actor_id = e.actor_id
                  AND (c.action IN ('compute', 'recompute')
                       OR (e.action = 'publish' AND c.action = 'record_decision'))))
     + (SELECT count(*) FROM targets_appraisalevent AS e
          JOIN targets_appraisalevent AS p
            ON p.appraisal_id = e.appraisal_id AND p.number = (e.data ->> 'proposal')::int
         WHERE e.action IN ('confirm_wider_quota', 'refuse_wider_quota') AND p.actor_id = e.actor_id)
     + (SELECT count(*) FROM targets_adjustment WHERE proposed_by_id = confirmed_by_id)
     + (SELECT count(*) FROM targets_objection AS o JOIN targets_adjustment AS j ON j.sheet_id = o.sheet_id
         WHERE o.kind <> 'complaint' AND o.ruled_by_id IN (j.proposed_by_id, j.confirmed_by_id)
           AND coalesce(j.confirmed_at, j.proposed_at) < o.ruled_at)
     + (SELECT count(*) FROM targets_objection AS o JOIN targets_adjustment AS j ON j.sheet_id = o.sheet_id
         WHERE o.kind <> 'complaint' AND o.ruling IN ('upheld', 'partly')
           AND (o.ruled_by_id = j.proposed_by_id AND j.proposed_at > o.ruled_at
                OR o.ruled_by_id = j.confirmed_by_id AND j.confirmed_at > o.ruled_at))
"""
BONUS_TOO_HIGH = """
SELECT count(*) FROM (
    SELECT j.sheet_id FROM targets_adjustment AS j
      JOIN targets_sheet AS s ON s.id = j.sheet_id JOIN targets_appraisal AS a ON a.id = s.appraisal_id
     WHERE j.state = 'confirmed' AND j.points > 0 AND j.puts_right_id IS NULL AND NOT j.is_error
     GROUP BY j.sheet_id, a.id HAVING sum(j.points) > coalesce((a.terms ->> 'most_bonus')::numeric, 3)) AS sheets
"""
# What was revoked was so by one that was confirmed, and the other way round; put right is what was upheld of the sheet.
REVOKED_DIFFER = """
SELECT (SELECT count(*) FROM targets_adjustment AS j
         WHERE (j.state = 'revoked') <> EXISTS (
               SELECT FROM targets_adjustment AS r WHERE r.revokes_id = j.id AND r.state = 'confirmed'))
     + (SELECT count(*) FROM targets_adjustment AS r JOIN targets_adjustment AS j ON j.id = r.revokes_id
         WHERE j.sheet_id <> r.sheet_id OR j.revokes_id IS NOT NULL)
     + (SELECT count(*) FROM targets_adjustment AS j JOIN targets_objection AS o ON o.id = j.puts_right_id
         WHERE o.sheet_id <> j.sheet_id OR o.ruling NOT IN ('upheld', 'partly') OR o.ruled_at > j.proposed_at)
"""


def register() -> None:
    """Make the checks known; called once, when the app is ready."""
    register_invariant("I-07", _("Events of appraisals are numbered without gap."), count_sql(EVENTS_DIFFER))
    register_invariant("I-07", _("Each step of an appraisal begins where the last ended."), count_sql(EVENTS_WITH_GAP))
    register_invariant("I-03", _("Each sheet is promised what its state asks for."), count_sql(PROMISES_DIFFER))
    register_invariant("I-08", _("Nobody decides on the own part in an appraisal."), count_sql(DECIDED_ALONE))
    register_invariant("I-08", _("The bonuses of a sheet come to three points at most."), count_sql(BONUS_TOO_HIGH))
    register_invariant("I-08", _("What was revoked or put right in an appraisal was so."), count_sql(REVOKED_DIFFER))
