"""What must hold for inspections after any fault (docs/trust.md 3.2)."""

from django.utils.translation import gettext_lazy as _

from efficiency.audit.verify import count_sql, register_invariant


def _type(model: str) -> str:
    return f"(SELECT id FROM django_content_type WHERE app_label = 'supervision' AND model = '{model}')"  # noqa: S608 - our own names


# An approved plan promises its begin as long as it has not begun; what a team or an organ has time for may have lapsed.
PLAN_PROMISES_DIFFER = f"""
SELECT count(*) FROM supervision_inspection AS c
  LEFT JOIN LATERAL (
      SELECT count(*) AS count FROM efficiency_deadline AS d
       WHERE d.content_type_id = {_type("inspection")} AND d.object_id = c.id
         AND d.state IN ('open', 'suspended', 'lapsed')
         AND (d.state <> 'lapsed' OR c.state = 'approved')
  ) AS runs ON true
 WHERE (c.state = 'approved') <> (runs.count > 0)
"""  # noqa: S608 - put together from our own constants
PROMISES_DIFFER = f"""
SELECT count(*) FROM supervision_visit AS c
  LEFT JOIN LATERAL (
      SELECT array_agg(d.kind::text ORDER BY d.kind::text) AS kinds FROM efficiency_deadline AS d
       WHERE d.content_type_id = {_type("visit")} AND d.object_id = c.id AND d.state IN ('open', 'suspended')
         AND d.promise <> 'owed_by_citizen' AND d.kind <> 'inspections.follow_up'
  ) AS runs ON true
  JOIN supervision_inspection AS i ON i.id = c.inspection_id
 WHERE coalesce(runs.kinds, '{{}}') <> CASE
       WHEN c.state IN ('visited', 'shown', 'heard', 'concluded') AND i.kind <> 'covert'
            THEN ARRAY['inspections.report']
       WHEN c.state IN ('planned', 'underway') AND i.state IN ('approved', 'running') AND i.kind <> 'covert'
            THEN ARRAY['inspections.visit']
       WHEN c.state = 'challenged' THEN ARRAY['inspections.review']
       ELSE '{{}}'::text[] END
"""  # noqa: S608 - put together from our own constants
EVENTS_DIFFER = """
SELECT (SELECT count(*) FROM supervision_inspection AS c
          JOIN LATERAL (SELECT count(*) AS count, max(number) AS last FROM supervision_inspectionevent
                         WHERE inspection_id = c.id) AS e ON true
         WHERE e.count <> c.version OR e.last IS DISTINCT FROM c.version
            OR c.state IS DISTINCT FROM (SELECT to_state FROM supervision_inspectionevent
                                          WHERE inspection_id = c.id AND number = c.version))
     + (SELECT count(*) FROM supervision_visit AS c
          JOIN LATERAL (SELECT count(*) AS count, coalesce(max(number), 0) AS last FROM supervision_visitevent
                         WHERE visit_id = c.id) AS e ON true
         WHERE e.count <> c.version OR e.last <> c.version
            OR (c.version > 0 AND c.state IS DISTINCT FROM (
                    SELECT to_state FROM supervision_visitevent WHERE visit_id = c.id AND number = c.version)))
"""
EVENTS_WITH_GAP = """
SELECT (SELECT count(*) FROM (
            SELECT from_state, lag(to_state, 1, '') OVER (PARTITION BY inspection_id ORDER BY number) AS before
              FROM supervision_inspectionevent) AS step WHERE from_state <> before)
     + (SELECT count(*) FROM (
            SELECT from_state, lag(to_state, 1, '') OVER (PARTITION BY visit_id ORDER BY number) AS before
              FROM supervision_visitevent) AS step WHERE from_state <> before)
"""
# Whoever approves has not prepared, whoever releases has not written, whoever reviews had no part.
DECIDED_ALONE = """
SELECT (SELECT count(*) FROM supervision_inspection WHERE approved_by_id = prepared_by_id)
     + (SELECT count(*) FROM supervision_visit WHERE released_by_id = concluded_by_id)
     + (SELECT count(*) FROM supervision_visit AS v JOIN supervision_inspection AS i ON i.id = v.inspection_id
         WHERE v.reviewed_by_id IN (v.released_by_id, v.concluded_by_id, i.prepared_by_id, i.approved_by_id)
            OR EXISTS (SELECT FROM supervision_inspectionmember AS m
                        WHERE m.inspection_id = i.id AND m.user_id = v.reviewed_by_id))
"""
# Every approved inspection has a team of two with a leader; nothing is released that the organ was not shown.
TEAM_TOO_SMALL = """
SELECT count(*) FROM supervision_inspection AS i
 WHERE (SELECT count(*) FROM supervision_inspectionmember AS m WHERE m.inspection_id = i.id AND NOT m.is_guest) < 2
    OR NOT EXISTS (SELECT FROM supervision_inspectionmember AS m WHERE m.inspection_id = i.id AND m.is_leader)
"""
RELEASED_UNSEEN = """
SELECT count(*) FROM supervision_finding AS f JOIN supervision_visit AS v ON v.id = f.visit_id
 WHERE f.shown_at IS NULL AND f.dropped_at IS NULL
   AND v.state IN ('shown', 'heard', 'concluded', 'released', 'challenged', 'reviewed', 'settled')
"""
COVERT_WITH_NOTICE = """
SELECT count(*) FROM supervision_visit AS v JOIN supervision_inspection AS i ON i.id = v.inspection_id
 WHERE i.kind = 'covert' AND v.noticed_at IS NOT NULL
"""
COLUMNS_DIFFER = f"""
SELECT (SELECT count(*) FROM supervision_visit AS c WHERE c.next_due_at IS DISTINCT FROM (
            SELECT min(d.due_at) FROM efficiency_deadline AS d WHERE d.content_type_id = {_type("visit")}
               AND d.object_id = c.id AND d.state = 'open' AND d.promise <> 'owed_by_citizen'))
     + (SELECT count(*) FROM supervision_inspection AS c WHERE c.next_due_at IS DISTINCT FROM (
            SELECT min(d.due_at) FROM efficiency_deadline AS d WHERE d.content_type_id = {_type("inspection")}
               AND d.object_id = c.id AND d.state = 'open' AND d.promise <> 'owed_by_citizen'))
"""  # noqa: S608 - put together from our own constants


def register() -> None:
    """Make the checks known; called once, when the app is ready."""
    for number, title, statement in (
        ("I-03", _("Each plan of an inspection promises its begin until it has begun."), PLAN_PROMISES_DIFFER),
        ("I-03", _("Each visit of an inspection is promised what its state asks for."), PROMISES_DIFFER),
        ("I-07", _("Events of inspections are numbered without gap."), EVENTS_DIFFER),
        ("I-07", _("Each step of an inspection begins where the last ended."), EVENTS_WITH_GAP),
        ("I-07", _("Due days of inspections are those of their promises."), COLUMNS_DIFFER),
        ("I-08", _("Nobody decides on the own part in an inspection."), DECIDED_ALONE),
        ("I-08", _("Every inspection has a team of two with a leader."), TEAM_TOO_SMALL),
        ("I-08", _("No finding of an inspection is released that the organ was not shown."), RELEASED_UNSEEN),
        ("I-08", _("Nobody was told of a covert inspection beforehand."), COVERT_WITH_NOTICE),
    ):
        register_invariant(number, title, count_sql(statement))
