"""
What must hold for appraisals after any fault (docs/trust.md 3.2).

These look at what is stored, in a statement each. That a snapshot follows from the records is proven by
``manage.py prove_appraisals``, which reckons a whole appraisal anew.
"""

from django.utils.translation import gettext_lazy as _

from efficiency.audit.verify import count_sql, register_invariant

# Points of the lines make the score of their block, those of parts what their composite comes to, and the blocks the
# sum of the sheet. Columns keep eight places, so sums of them may differ by what was cut off.
SUMS_DIFFER = """
SELECT (SELECT count(*) FROM (
           SELECT b.id FROM targets_sheetblock AS b
             LEFT JOIN targets_sheetline AS l ON l.sheet_id = b.sheet_id AND l.block = b.code AND l.part_of = ''
            GROUP BY b.id HAVING abs(coalesce(b.score, 0) - coalesce(sum(l.points), 0)) > 0.000001
       ) AS block)
     + (SELECT count(*) FROM (
           SELECT w.id FROM targets_sheetline AS w
             JOIN targets_sheetline AS l ON l.sheet_id = w.sheet_id AND l.block = w.block AND l.part_of = w.key
            GROUP BY w.id HAVING abs(coalesce(w.actual, 0) - coalesce(sum(l.points), 0)) > 0.000001
                OR abs(coalesce(w.points, 0) - w.applied_weight * coalesce(w.actual, 0) / 100) > 0.000001
       ) AS whole)
     + (SELECT count(*) FROM targets_sheet AS s
          LEFT JOIN LATERAL (SELECT sum(applied_weight * score / 100) AS points FROM targets_sheetblock
                              WHERE sheet_id = s.id) AS b ON true
         WHERE abs(coalesce(s.blocks_total, 0) - coalesce(b.points, 0)) > 0.000001)
"""
# The total is what blocks, bonus and deductions give, rounded once; both are the sums of what stands beside it.
TOTALS_DIFFER = """
SELECT count(*) FROM targets_sheet AS s
  JOIN targets_appraisal AS a ON a.id = s.appraisal_id AND a.computed_at IS NOT NULL
  LEFT JOIN LATERAL (SELECT coalesce(sum(points), 0) AS points FROM targets_sheetdeduction AS e
                       LEFT JOIN django_content_type AS t ON t.id = e.content_type_id
                      WHERE e.sheet_id = s.id AND e.kind = 'points' AND NOT EXISTS (
                            SELECT FROM targets_adjustment AS j
                             WHERE j.sheet_id = s.id AND j.state = 'confirmed' AND j.lifts_cause = e.cause
                               AND j.lifts_model = coalesce(t.app_label || '.' || t.model, '')
                               AND j.lifts_id IS NOT DISTINCT FROM e.object_id AND j.lifts_text = e.text)
                    ) AS d ON true
  LEFT JOIN LATERAL (SELECT coalesce(sum(points) FILTER (WHERE points > 0 AND is_bonus), 0) AS given,
                            coalesce(sum(points) FILTER (WHERE points > 0 AND NOT is_bonus), 0) AS put_right,
                            coalesce(-sum(points) FILTER (WHERE points < 0), 0) AS taken
                       FROM (SELECT points, puts_right_id IS NULL AND NOT is_error AS is_bonus
                               FROM targets_adjustment WHERE sheet_id = s.id AND state = 'confirmed') AS j) AS p ON true
 WHERE s.deducted <> d.points + p.taken
    OR s.bonus <> least(p.given, coalesce((a.terms ->> 'most_bonus')::numeric, 3))
    OR s.put_right <> p.put_right
    OR s.computed_total IS DISTINCT FROM greatest(0, least(100, s.blocks_total + s.put_right - s.deducted) + s.bonus)
       AND (s.computed_total IS NOT NULL OR s.blocks_total IS NOT NULL)
    OR s.total IS DISTINCT FROM round(s.computed_total, 2)
"""
# Whoever had an approved plan when it was computed has a sheet: nobody is left out silently.
SHEETS_MISSING = """
SELECT count(*) FROM targets_appraisal AS a
  JOIN targets_plan AS p ON p.office_id = a.office_id AND p.year = a.year AND p.span = a.span
   AND (p.post_id IS NULL) = (a.subject = 'organ') AND p.organ_id <> a.office_id
   AND p.state IN ('approved', 'in_force', 'ended') AND p.approved_at <= a.as_of
 WHERE a.computed_at IS NOT NULL AND NOT EXISTS (
           SELECT FROM targets_sheet AS s
            WHERE s.appraisal_id = a.id AND s.organ_id = p.organ_id AND s.post_id IS NOT DISTINCT FROM p.post_id)
"""
# Nobody confirms what they proposed, and no survey what they entered.
CONFIRMED_ALONE = """
SELECT (SELECT count(*) FROM targets_adjustment WHERE confirmed_by_id = proposed_by_id)
     + (SELECT count(*) FROM targets_surveyresult WHERE confirmed_by_id = entered_by_id)
     + (SELECT count(*) FROM targets_objection WHERE ruled_by_id = by_id)
"""
# What was published has its snapshots, numbered without gap, each with its hash, the last one in the appraisal.
SNAPSHOTS_DIFFER = """
SELECT (SELECT count(*) FROM targets_snapshot
         WHERE sha256 <> encode(sha256(convert_to(content, 'UTF8')), 'hex'))
     + (SELECT count(*) FROM targets_appraisal AS a
          LEFT JOIN LATERAL (SELECT count(*) AS number, max(number) AS last FROM targets_snapshot
                              WHERE appraisal_id = a.id) AS s ON true
         WHERE a.state IN ('published', 'final') AND s.number = 0 OR coalesce(s.last, 0) <> s.number
            OR s.number > 0 AND a.snapshot_sha256 IS DISTINCT FROM (
                SELECT sha256 FROM targets_snapshot WHERE appraisal_id = a.id AND number = s.last))
"""
# What is shown of a published sheet is what was frozen last. A score, a grade and a rank of every sheet, no more: the
# rest is proven by reckoning it anew.
PUBLISHED_DIFFER = """
SELECT count(*) FROM (
    SELECT DISTINCT ON (appraisal_id) appraisal_id, content FROM targets_snapshot ORDER BY appraisal_id, number DESC
) AS frozen
  JOIN targets_appraisal AS a ON a.id = frozen.appraisal_id AND a.state IN ('published', 'final')
 CROSS JOIN LATERAL (
    SELECT count(*) AS number FROM jsonb_to_recordset(frozen.content::jsonb -> 'sheets')
           AS f(organ_id bigint, post_id bigint, total numeric, computed_total numeric, grade text, rank int)
      FULL JOIN (SELECT * FROM targets_sheet WHERE appraisal_id = frozen.appraisal_id) AS s
        ON s.organ_id = f.organ_id AND s.post_id IS NOT DISTINCT FROM f.post_id
     WHERE s.id IS NULL OR f.organ_id IS NULL OR s.total IS DISTINCT FROM f.total
        OR s.computed_total IS DISTINCT FROM f.computed_total OR s.grade <> f.grade OR s.rank IS DISTINCT FROM f.rank
 ) AS unlike WHERE unlike.number > 0
"""


def register() -> None:
    """Make the checks known; called once, when the app is ready."""
    register_invariant("I-40", _("Points of an appraisal sheet add up."), count_sql(SUMS_DIFFER))
    register_invariant("I-40", _("Scores follow from blocks, bonus and deductions."), count_sql(TOTALS_DIFFER))
    register_invariant("I-40", _("Everybody with a target plan has an appraisal sheet."), count_sql(SHEETS_MISSING))
    register_invariant("I-08", _("Nobody confirms the own part in an appraisal."), count_sql(CONFIRMED_ALONE))
    register_invariant("I-41", _("Frozen appraisals are what their hash says."), count_sql(SNAPSHOTS_DIFFER))
    register_invariant("I-41", _("Published scores are those that were frozen."), count_sql(PUBLISHED_DIFFER))
