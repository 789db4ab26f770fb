"""What must be true of all documents at any time (docs/trust.md I-36); counted by ``verify``."""

from django.utils.translation import gettext_lazy as _

from efficiency.audit.verify import count_sql, register_invariant

_FINAL = "'published', 'replaced', 'withdrawn'"
# A version that is or was public was approved by a person, or made by the portal and published in the same moment; and
# its text and files were the same when it was approved and when it was published.
_NOT_APPROVED = f"""
SELECT count(*) FROM disclosure_documentversion AS v
 WHERE v.state IN ({_FINAL})
   AND NOT EXISTS (
        SELECT FROM disclosure_documentevent AS p
          JOIN disclosure_documentevent AS a ON a.version_id = p.version_id AND a.id < p.id AND a.sha256 = p.sha256
               AND a.action IN ('approve', 'make')
         WHERE p.version_id = v.id AND p.action = 'publish')
"""  # noqa: S608 - our own constant
_WRITERS = """
    SELECT w.by_id FROM disclosure_documentevent AS w
     WHERE w.version_id = e.version_id AND w.id < e.id AND w.action IN ('draft', 'change', 'make') AND w.by_id = e.by_id
"""
_OWN_WORK = f"""
SELECT count(*) FROM disclosure_documentevent AS e
 WHERE e.action IN ('check_source', 'confirm_numbers', 'review', 'approve', 'keep') AND EXISTS ({_WRITERS})
"""  # noqa: S608 - our own constant
# An approval rests on a review of the very same text, and a review has confirmed its points.
_NOT_REVIEWED = """
SELECT (SELECT count(*) FROM disclosure_documentevent AS a
         WHERE a.action IN ('approve', 'keep')
           AND NOT EXISTS (SELECT FROM disclosure_documentevent AS r
                            WHERE r.version_id = a.version_id AND r.id < a.id AND r.action = 'review'
                              AND r.sha256 = a.sha256))
     + (SELECT count(*) FROM disclosure_documentevent AS r
         WHERE r.action = 'review'
           AND NOT EXISTS (SELECT FROM disclosure_secrecyreview AS s WHERE s.event_id = r.id))
"""
_PUBLIC_ROW = """
SELECT count(*) FROM disclosure_document AS d
  LEFT JOIN disclosure_documentversion AS v ON v.id = d.public_version_id
 WHERE (d.public_version_id IS NOT NULL
        AND (v.document_id <> d.id OR v.state NOT IN ('published', 'withdrawn') OR v.published_at <> d.published_at))
    OR (d.public_version_id IS DISTINCT FROM
        (SELECT p.id FROM disclosure_documentversion AS p WHERE p.document_id = d.id AND p.state = 'published')
        AND EXISTS (SELECT FROM disclosure_documentversion AS p WHERE p.document_id = d.id AND p.state = 'published'))
"""
_LATE = """
SELECT count(*) FROM disclosure_documentversion
 WHERE state = 'approved' AND publish_at < now() - interval '15 minutes'
"""
_COUNTERS = """
SELECT count(*) FROM disclosure_document AS d
  JOIN efficiency_organ AS o ON o.id = d.organ_id
 WHERE d.index_number LIKE o.code || '/____/%'
   AND split_part(d.index_number, '/', 3)::int > coalesce(
        (SELECT c.last FROM disclosure_indexcounter AS c
          WHERE c.organ_id = o.id AND c.year = split_part(d.index_number, '/', 2)::int), 0)
"""


CHECKS = {
    "not approved": (_("what is public was approved as it stands"), _NOT_APPROVED),
    "own work": (_("nobody checked, reviewed or approved what they wrote"), _OWN_WORK),
    "not reviewed": (_("each approval rests on a secrecy review of the same text"), _NOT_REVIEWED),
    "public row": (_("each document knows which of its versions is public"), _PUBLIC_ROW),
    "late": (_("nothing that is due to be published waits"), _LATE),
    "counters": (_("index numbers are not ahead of their counters"), _COUNTERS),
}


def register() -> None:
    """Add the invariants of documents."""
    for title, query in CHECKS.values():
        register_invariant("I-36", title, count_sql(query))


def counted() -> dict[str, int]:
    """Return the number of violations of each check."""
    return {name: count_sql(query)() for name, (_title, query) in CHECKS.items()}
