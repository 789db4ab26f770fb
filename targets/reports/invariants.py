"""What must hold for reports after any fault (docs/trust.md 3.2)."""

from django.utils.translation import gettext_lazy as _

from efficiency.audit.verify import count_sql, register_invariant
from targets.reports import checkers

_TYPE = "(SELECT id FROM django_content_type WHERE app_label = 'targets' AND model = 'report')"

# What runs is what the state asks for: the report once its period is over, at the office the check.
PROMISES_DIFFER = f"""
SELECT count(*) FROM targets_report AS r
  LEFT JOIN LATERAL (
      SELECT array_agg(d.kind::text ORDER BY d.kind::text) AS kinds FROM efficiency_deadline AS d
       WHERE d.content_type_id = {_TYPE} AND d.object_id = r.id AND d.state IN ('open', 'suspended')
  ) AS runs ON true
 WHERE coalesce(runs.kinds, '{{}}') <> CASE
       WHEN r.state = 'returned' OR (r.state = 'open' AND r.owed_since IS NOT NULL) THEN ARRAY['targets.report']
       WHEN r.state = 'submitted' THEN ARRAY['targets.report_check']
       ELSE '{{}}'::text[] END
"""  # noqa: S608 - put together from our own constants
EVENTS_DIFFER = """
SELECT count(*) FROM targets_report AS r
  JOIN LATERAL (SELECT count(*) AS count, max(number) AS last FROM targets_reportevent
                 WHERE report_id = r.id) AS e ON true
 WHERE e.count <> r.version OR e.last IS DISTINCT FROM r.version
    OR r.state IS DISTINCT FROM (SELECT to_state FROM targets_reportevent
                                  WHERE report_id = r.id AND number = r.version)
"""
EVENTS_WITH_GAP = """
SELECT count(*) FROM (
    SELECT from_state, lag(to_state, 1, '') OVER (PARTITION BY report_id ORDER BY number) AS before
      FROM targets_reportevent
) AS step WHERE from_state <> before
"""
# Whoever checks has neither filled in nor handed in, whoever gives time has not asked.
DECIDED_ALONE = """
SELECT (SELECT count(*) FROM targets_report WHERE checked_by_id = submitted_by_id)
     + (SELECT count(*) FROM targets_reportextension WHERE decided_by_id = asked_by_id)
     + (SELECT count(*) FROM (
           SELECT FROM targets_reportevent AS e
            WHERE e.action IN ('accept', 'send_back')
              AND EXISTS (SELECT FROM targets_reportevent AS s
                           WHERE s.report_id = e.report_id AND s.number < e.number
                             AND s.action IN ('fill', 'submit') AND s.actor_id = e.actor_id)
       ) AS decided)
"""
# The next day is that of the promises, and a round follows from being sent back.
COLUMNS_DIFFER = f"""
SELECT count(*) FROM targets_report AS r
 WHERE r.round <> 1 + (SELECT count(*) FROM targets_reportevent WHERE report_id = r.id AND action = 'send_back')
    OR r.next_due_at IS DISTINCT FROM (
           SELECT min(d.due_at) FROM efficiency_deadline AS d
            WHERE d.content_type_id = {_TYPE} AND d.object_id = r.id AND d.state = 'open')
"""  # noqa: S608 - put together from our own constants
# A value is one of the plan's own indicators, as they hold for the report, and reported, not computed.
VALUES_ASTRAY = """
SELECT count(*) FROM targets_reportvalue AS v
  JOIN targets_report AS r ON r.id = v.report_id
  JOIN targets_indicator AS i ON i.id = v.indicator_id
 WHERE i.revision_id <> r.revision_id OR i.source <> 'reported'
"""
# What is accepted has a finding for each value; what is false has a clue.
FINDINGS_MISSING = f"""
SELECT count(*) FROM targets_reportvalue AS v
  JOIN targets_report AS r ON r.id = v.report_id
 WHERE (r.state = 'accepted' AND v.finding = '')
    OR (v.finding = 'false' AND NOT EXISTS (
           SELECT FROM accountability_clue AS c WHERE c.content_type_id = {_TYPE} AND c.object_id = r.id))
"""  # noqa: S608 - put together from our own constants


def register() -> None:
    """Make the checks known; called once, when the app is ready."""
    register_invariant("I-12", _("Somebody can check each target report that was handed in."), checkers.count_without)
    register_invariant("I-03", _("Each target report is promised what its state asks for."), count_sql(PROMISES_DIFFER))
    register_invariant("I-07", _("Events of target reports are numbered without gap."), count_sql(EVENTS_DIFFER))
    register_invariant(
        "I-07", _("Each step of a target report begins where the last ended."), count_sql(EVENTS_WITH_GAP)
    )
    register_invariant("I-07", _("Rounds and due days of target reports are right."), count_sql(COLUMNS_DIFFER))
    register_invariant("I-08", _("Nobody decides on the own part in a target report."), count_sql(DECIDED_ALONE))
    register_invariant(
        "I-07", _("Values of target reports are about the plan that they report on."), count_sql(VALUES_ASTRAY)
    )
    register_invariant("I-07", _("What was accepted was looked at value by value."), count_sql(FINDINGS_MISSING))
