"""
Matters as they were known at a moment: by the reports that had come in by then (docs/domain.md 5, 12).

Of a matter of which something was reported since, its end is found anew among the older reports, by the rules of
``course``: the first that comes after the acceptance, each as its newest correction has it. Acceptance and standstills
are those of today; where they have moved the due date, that is taken back (``efficiency.deadlines.known``).
"""

from efficiency.deadlines import known

# The end by the older reports, and whether it was the applicant's wish.
_END = """
    LEFT JOIN LATERAL (
        SELECT coalesce(correction.right_at, r.at) AS at, r.outcome
          FROM complaints_matterreport AS r
          LEFT JOIN LATERAL (SELECT c.right_at, true AS is_there FROM complaints_matterreport AS c
                              WHERE c.matter_id = r.matter_id AND c.kind = 'corrected' AND c.corrects = r.report_id
                                AND c.received_at < %(known)s
                              ORDER BY c.at DESC, c.report_id DESC LIMIT 1) AS correction ON true
         WHERE m.last_reported_at >= %(known)s AND r.matter_id = m.id AND r.kind = 'finished'
           AND r.received_at < %(known)s AND (correction.is_there IS NULL OR correction.right_at IS NOT NULL)
           AND coalesce(correction.right_at, r.at) >= d.started_at
         ORDER BY 1, r.report_id LIMIT 1
    ) AS reported ON true
"""
_ENDED_AT = "CASE WHEN m.last_reported_at < %(known)s THEN d.ended_at ELSE reported.at END"
_MET_AT = """CASE WHEN m.last_reported_at < %(known)s THEN d.met_at
                  WHEN reported.outcome <> 'withdrawn' THEN reported.at END"""
STOOD = f"""
SELECT p.id, p.kind, p.content_type_id, p.object_id, p.organ_id, p.post_id, p.started_at, p.suspended_days, p.due_at,
       p.overdue_at, CASE WHEN p.met < %(cut)s THEN p.met END AS met_at,
       CASE WHEN p.ended < %(cut)s THEN p.ended END AS ended_at
  FROM (SELECT d.id, d.kind, d.content_type_id, d.object_id, d.organ_id, d.post_id, d.started_at, d.suspended_days,
               {known.DUE_AT} AS due_at, {known.OVERDUE_AT} AS overdue_at, {_MET_AT} AS met, {_ENDED_AT} AS ended
          FROM efficiency_deadline AS d
          JOIN complaints_matter AS m ON m.id = d.object_id
          {known.MOVED} {_END}
         WHERE d.kind = ANY({{kinds}}) AND d.content_type_id = %(matter)s AND d.started_at < %(cut)s
           AND (m.last_reported_at < %(known)s
                OR EXISTS (SELECT FROM complaints_matterreport AS r
                            WHERE r.matter_id = m.id AND r.kind = 'accepted' AND r.received_at < %(known)s)
                OR EXISTS (SELECT FROM complaints_matterreport AS r  -- it counts from the receipt
                             JOIN efficiency_deadline AS n ON n.content_type_id = %(matter)s AND n.object_id = m.id
                              AND n.kind = 'complaints.matter_notice' AND n.started_at = d.started_at
                            WHERE r.matter_id = m.id AND r.kind = 'received' AND r.received_at < %(known)s
                              AND (n.overdue_at <= %(known)s OR reported.at IS NOT NULL)))) AS p
"""  # noqa: S608 - put together from our own constants


def stood(*kinds: str) -> str:
    """Return the statement of promises about matters with their moments as they were known, and ends before ``cut``."""
    return STOOD.format(kinds=known.array(kinds))


def counted(*kinds: str) -> str:
    """Return the statement of what counts of promises about matters in a period, as ``known.counted`` does."""
    return known.counted(*kinds, stood=STOOD)
