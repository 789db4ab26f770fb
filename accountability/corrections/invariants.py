"""What must hold for corrections after any fault (docs/trust.md 3.2)."""

from django.utils.translation import gettext_lazy as _

from efficiency.audit.verify import count_sql, register_invariant

_TYPE = "(SELECT id FROM django_content_type WHERE app_label = 'accountability' AND model = 'correction')"

# What runs is what the state asks for, each kind once: with the organ its plan and its end or its answer, at the office
# the review; nothing before it is issued, and nothing at rest.
PROMISES_DIFFER = f"""
SELECT count(*) FROM accountability_correction AS c
  LEFT JOIN LATERAL (
      SELECT array_agg(d.kind::text ORDER BY d.kind::text) AS kinds FROM efficiency_deadline AS d
       WHERE d.content_type_id = {_TYPE} AND d.object_id = c.id AND d.state IN ('open', 'suspended')
  ) AS runs ON true
 WHERE coalesce(runs.kinds, '{{}}') <> CASE
       WHEN c.state IN ('done', 'insufficient') THEN ARRAY['corrections.review']
       WHEN c.state = 'planned' THEN ARRAY['rectification.finish']
       WHEN c.state = 'issued' AND c.kind = 'notice' THEN ARRAY['rectification.finish', 'rectification.plan']
       WHEN c.state = 'issued' AND c.kind = 'order' THEN ARRAY['corrections.order_answer']
       WHEN c.state = 'issued' AND c.kind = 'opinion' THEN ARRAY['corrections.opinion_answer']
       ELSE '{{}}'::text[] END
"""  # noqa: S608 - put together from our own constants
EVENTS_DIFFER = """
SELECT count(*) FROM accountability_correction AS c
  JOIN LATERAL (SELECT count(*) AS count, max(number) AS last FROM accountability_correctionevent
                 WHERE correction_id = c.id) AS e ON true
 WHERE e.count <> c.version OR e.last IS DISTINCT FROM c.version
    OR c.state IS DISTINCT FROM (SELECT to_state FROM accountability_correctionevent
                                  WHERE correction_id = c.id AND number = c.version)
"""
EVENTS_WITH_GAP = """
SELECT count(*) FROM (
    SELECT from_state, lag(to_state, 1, '') OVER (PARTITION BY correction_id ORDER BY number) AS before
      FROM accountability_correctionevent
) AS step WHERE from_state <> before
"""
# Whoever issues has not drafted, whoever accepts or sends back has not handed in, whoever gives time has not asked.
DECIDED_ALONE = """
SELECT (SELECT count(*) FROM accountability_correction WHERE issued_by_id = drafted_by_id)
     + (SELECT count(*) FROM accountability_correctionextension WHERE decided_by_id = asked_by_id)
     + (SELECT count(*) FROM (
           SELECT e.action, e.actor_id,
                  (SELECT r.actor_id FROM accountability_correctionevent AS r
                    WHERE r.correction_id = e.correction_id AND r.number < e.number AND r.action IN ('finish', 'answer')
                    ORDER BY r.number DESC LIMIT 1) AS reported_by
             FROM accountability_correctionevent AS e
            WHERE e.action IN ('accept', 'find_insufficient', 'fail')
       ) AS decided WHERE actor_id = reported_by)
"""
# How often it was issued is what its events say, and its next day is that of its promises.
COLUMNS_DIFFER = f"""
SELECT count(*) FROM accountability_correction AS c
 WHERE c.round <> 1 + (SELECT count(*) FROM accountability_correctionevent
                        WHERE correction_id = c.id AND action = 'issue_again')
    OR c.next_due_at IS DISTINCT FROM (
           SELECT min(d.due_at) FROM efficiency_deadline AS d
            WHERE d.content_type_id = {_TYPE} AND d.object_id = c.id AND d.state = 'open')
"""  # noqa: S608 - put together from our own constants
# What is proposed about a promise is about one that reached level four.
PROPOSED_WRONGLY = """
SELECT count(*) FROM accountability_correction AS c
 WHERE c.source = 'escalation' AND NOT EXISTS (
           SELECT FROM efficiency_escalation AS e WHERE e.deadline_id = c.deadline_id AND e.level = 4)
"""


def register() -> None:
    """Make the checks known; called once, when the app is ready."""
    register_invariant("I-03", _("Each correction is promised what its state asks for."), count_sql(PROMISES_DIFFER))
    register_invariant("I-07", _("Events of corrections are numbered without gap."), count_sql(EVENTS_DIFFER))
    register_invariant("I-07", _("Each step of a correction begins where the last ended."), count_sql(EVENTS_WITH_GAP))
    register_invariant("I-07", _("Rounds and due days of corrections are right."), count_sql(COLUMNS_DIFFER))
    register_invariant("I-08", _("Nobody decides on the own part in a correction."), count_sql(DECIDED_ALONE))
    register_invariant("I-05", _("What is proposed of a promise follows from level four."), count_sql(PROPOSED_WRONGLY))
