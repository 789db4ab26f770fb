"""What must hold for quality reviews after any fault (docs/trust.md 3.2)."""

from django.utils.translation import gettext_lazy as _

from efficiency.audit.verify import count_sql, register_invariant

_TYPE = "(SELECT id FROM django_content_type WHERE app_label = 'supervision' AND model = 'samplesheet')"

PROMISES_DIFFER = f"""
SELECT count(*) FROM supervision_samplesheet AS s
  LEFT JOIN LATERAL (
      SELECT array_agg(d.kind::text ORDER BY d.kind::text) AS kinds, min(d.due_at) AS due FROM efficiency_deadline AS d
       WHERE d.content_type_id = {_TYPE} AND d.object_id = s.id AND d.state IN ('open', 'suspended')
  ) AS runs ON true
 WHERE coalesce(runs.kinds, '{{}}') <> CASE s.state
       WHEN 'drawn' THEN ARRAY['supervision.sample_review'] WHEN 'assigned' THEN ARRAY['supervision.sample_review']
       WHEN 'proposed' THEN ARRAY['supervision.sample_confirm'] ELSE '{{}}'::text[] END
    OR s.next_due_at IS DISTINCT FROM runs.due
"""  # noqa: S608 - put together from our own constants
EVENTS_DIFFER = """
SELECT count(*) FROM supervision_samplesheet AS s
  JOIN LATERAL (SELECT count(*) AS count, max(number) AS last FROM supervision_sampleevent
                 WHERE sheet_id = s.id) AS e ON true
 WHERE e.count <> s.version OR e.last IS DISTINCT FROM s.version
    OR s.state IS DISTINCT FROM (SELECT to_state FROM supervision_sampleevent
                                  WHERE sheet_id = s.id AND number = s.version)
"""
# Each case drawn has its sheet, and nothing else has one.
SHEETS_DIFFER = """
SELECT count(*) FROM supervision_sampledraw AS w
 WHERE ARRAY(SELECT unnest(w.numbers) ORDER BY 1)
       <> ARRAY(SELECT c.number FROM supervision_samplesheet AS s
                  JOIN complaints_case AS c ON c.id = s.case_id WHERE s.draw_id = w.id ORDER BY 1)
"""
# Nobody reviews or confirms a case in which they had taken a step before.
WITH_A_PART = """
SELECT count(*) FROM supervision_sampleevent AS e
  JOIN supervision_samplesheet AS s ON s.id = e.sheet_id
 WHERE e.action IN ('review', 'propose', 'confirm')
   AND (EXISTS (SELECT FROM complaints_caseevent AS c
                 WHERE c.case_id = s.case_id AND c.actor_id = e.actor_id AND c.at < e.at)
        OR (e.action = 'confirm' AND e.actor_id = s.reviewer_id))
"""
NO_CLUE = f"""
SELECT count(*) FROM supervision_samplesheet AS s
 WHERE s.state = 'done' AND s.result = 'false_closing'
   AND NOT EXISTS (SELECT FROM accountability_clue AS c WHERE c.content_type_id = {_TYPE} AND c.object_id = s.id)
"""  # noqa: S608 - put together from our own constants


def register() -> None:
    """Make the checks known; called once, when the app is ready."""
    register_invariant("I-03", _("Each review sheet is promised what its state asks for."), count_sql(PROMISES_DIFFER))
    register_invariant("I-07", _("Events of review sheets are numbered without gap."), count_sql(EVENTS_DIFFER))
    register_invariant("I-07", _("Each case that was drawn has its review sheet."), count_sql(SHEETS_DIFFER))
    register_invariant("I-07", _("Each false closing that was confirmed is a clue."), count_sql(NO_CLUE))
    register_invariant("I-08", _("Nobody reviews a case in which they had a part."), count_sql(WITH_A_PART))
