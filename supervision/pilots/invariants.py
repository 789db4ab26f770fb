"""What must hold for pilot programmes after any fault (docs/trust.md 3.2)."""

from django.utils.translation import gettext_lazy as _

from efficiency.audit.verify import count_sql, register_invariant

_TYPE = "(SELECT id FROM django_content_type WHERE app_label = 'supervision' AND model = 'pilotmilestone')"
# With the organ it is owed, at the office it is looked at, on record or dropped nothing runs; the next day is that of
# its promise.
PROMISES_DIFFER = f"""
SELECT count(*) FROM supervision_pilotmilestone AS m
  LEFT JOIN LATERAL (
      SELECT array_agg(d.kind::text ORDER BY d.kind::text) AS kinds,
             min(d.due_at) FILTER (WHERE d.state = 'open') AS next FROM efficiency_deadline AS d
       WHERE d.content_type_id = {_TYPE} AND d.object_id = m.id AND d.state IN ('open', 'suspended')
  ) AS runs ON true
 WHERE coalesce(runs.kinds, '{{}}') <> CASE m.state
       WHEN 'open' THEN ARRAY['pilots.milestone'] WHEN 'returned' THEN ARRAY['pilots.again']
       WHEN 'filed' THEN ARRAY['pilots.receive'] ELSE '{{}}'::text[] END
    OR m.next_due_at IS DISTINCT FROM runs.next
"""  # noqa: S608 - put together from our own constants
# An organ owes each task of the programme once it has begun, and none before.
TASKS_MISSING = """
SELECT count(*) FROM supervision_participant AS p
  JOIN supervision_programme AS g ON g.id = p.programme_id
  JOIN supervision_phase AS f ON f.programme_id = g.id
  JOIN supervision_pilottask AS t ON t.phase_id = f.id
 WHERE (g.state <> 'draft') <> EXISTS (
           SELECT FROM supervision_pilotmilestone AS m
            WHERE m.participant_id = p.id AND m.phase_id = f.id AND m.position = t.position)
"""
_TABLES = (("programme", "programme", "programme"), ("participant", "participant", "participant"),
           ("pilotmilestone", "pilotmilestone", "milestone"))  # fmt: skip
_DIFFERS = """(SELECT count(*) FROM supervision_{0} AS s
  JOIN LATERAL (SELECT count(*) AS count, max(number) AS last FROM supervision_{1}event
                 WHERE {2}_id = s.id) AS e ON true
 WHERE e.count > 0 AND (e.count <> s.version OR e.last IS DISTINCT FROM s.version
    OR s.state IS DISTINCT FROM (SELECT to_state FROM supervision_{1}event
                                  WHERE {2}_id = s.id AND number = s.version)))"""
_HAS_GAP = """(SELECT count(*) FROM (
    SELECT from_state, lag(to_state, 1, '') OVER (PARTITION BY {2}_id ORDER BY number) AS before
      FROM supervision_{1}event) AS step WHERE from_state <> before)"""
EVENTS_DIFFER = "SELECT " + " + ".join(_DIFFERS.format(*names) for names in _TABLES)
EVENTS_WITH_GAP = "SELECT " + " + ".join(_HAS_GAP.format(*names) for names in _TABLES)
# Whoever begins has not drafted, whoever confirms has not proposed, whoever decides has not handed in.
DECIDED_ALONE = """
SELECT (SELECT count(*) FROM supervision_programme AS g WHERE EXISTS (
           SELECT FROM supervision_programmeevent AS e
            WHERE e.programme_id = g.id AND e.action IN ('draft', 'revise') AND e.actor_id = g.started_by_id))
     + (SELECT count(*) FROM supervision_participant WHERE confirmed_by_id = proposed_by_id)
     + (SELECT count(*) FROM (
           SELECT e.actor_id, (SELECT r.actor_id FROM supervision_pilotmilestoneevent AS r
                                WHERE r.milestone_id = e.milestone_id AND r.number < e.number AND r.action = 'file'
                                ORDER BY r.number DESC LIMIT 1) AS filed_by
             FROM supervision_pilotmilestoneevent AS e WHERE e.action IN ('receive', 'send_back')
       ) AS decided WHERE actor_id = filed_by)
"""
# What a self-check on record or a check found is asked to be put right, and nothing else is.
FINDINGS_DROPPED = """
SELECT (SELECT count(*) FROM supervision_pilotmilestone AS m
         WHERE m.kind = 'self_check' AND (m.state = 'received' AND m.has_findings) <> EXISTS (
               SELECT FROM supervision_pilotmilestone AS r WHERE r.follows_id = m.id))
     + (SELECT count(*) FROM supervision_pilotcheck AS c
         WHERE c.has_findings <> EXISTS (SELECT FROM supervision_pilotmilestone AS r WHERE r.check_found_id = c.id))
"""


def register() -> None:
    """Make the checks known; called once, when the app is ready."""
    register_invariant("I-03", _("Each pilot task is promised what its state asks for."), count_sql(PROMISES_DIFFER))
    register_invariant("I-03", _("Each pilot organ owes each task of its programme."), count_sql(TASKS_MISSING))
    register_invariant("I-07", _("Events of pilot programmes are numbered without gap."), count_sql(EVENTS_DIFFER))
    register_invariant(
        "I-07", _("Each step of a pilot programme begins where the last ended."), count_sql(EVENTS_WITH_GAP)
    )
    register_invariant("I-08", _("Nobody decides alone in a pilot programme."), count_sql(DECIDED_ALONE))
    register_invariant("I-05", _("What a pilot check found is put right."), count_sql(FINDINGS_DROPPED))
