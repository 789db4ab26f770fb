"""What must hold for bulletins after any fault (docs/trust.md 3.2)."""

from django.utils.translation import gettext_lazy as _

from efficiency.audit.verify import count_sql, register_invariant
from supervision.bulletins import owing, proving

_TYPE = "(SELECT id FROM django_content_type WHERE app_label = 'supervision' AND model = 'bulletin')"

# What runs is the one promise until the bulletin is published, and nothing afterwards.
PROMISES_DIFFER = f"""
SELECT count(*) FROM supervision_bulletin AS b
  LEFT JOIN LATERAL (
      SELECT array_agg(d.kind::text) AS kinds FROM efficiency_deadline AS d
       WHERE d.content_type_id = {_TYPE} AND d.object_id = b.id AND d.state IN ('open', 'suspended')
  ) AS runs ON true
 WHERE coalesce(runs.kinds, '{{}}') <> CASE WHEN b.state = 'published' THEN '{{}}'::text[]
                                            ELSE ARRAY['bulletins.publish'] END
    OR b.next_due_at IS DISTINCT FROM (
           SELECT min(d.due_at) FROM efficiency_deadline AS d
            WHERE d.content_type_id = {_TYPE} AND d.object_id = b.id AND d.state = 'open')
"""  # noqa: S608 - put together from our own constants
EVENTS_DIFFER = """
SELECT count(*) FROM supervision_bulletin AS b
  JOIN LATERAL (SELECT count(*) AS count, max(number) AS last FROM supervision_bulletinevent
                 WHERE bulletin_id = b.id) AS e ON true
 WHERE e.count <> b.version OR e.last IS DISTINCT FROM b.version
    OR b.state IS DISTINCT FROM (SELECT to_state FROM supervision_bulletinevent
                                  WHERE bulletin_id = b.id AND number = b.version)
"""
EVENTS_WITH_GAP = """
SELECT count(*) FROM (
    SELECT from_state, lag(to_state, 1, '') OVER (PARTITION BY bulletin_id ORDER BY number) AS before
      FROM supervision_bulletinevent
) AS step WHERE from_state <> before
"""
DECIDED_ALONE = """
SELECT count(*) FROM supervision_bulletinevent AS e
 WHERE e.action = 'publish'
   AND EXISTS (SELECT FROM supervision_bulletinevent AS w
                WHERE w.bulletin_id = e.bulletin_id AND w.action IN ('write', 'submit') AND w.actor_id = e.actor_id)
"""


def register() -> None:
    """Make the checks known; called once, when the app is ready."""
    register_invariant("I-03", _("Each bulletin is promised until it is published."), count_sql(PROMISES_DIFFER))
    register_invariant("I-03", _("Each period that is over has its bulletin."), owing.overdue)
    register_invariant("I-07", _("Events of bulletins are numbered without gap."), count_sql(EVENTS_DIFFER))
    register_invariant("I-07", _("Each step of a bulletin begins where the last ended."), count_sql(EVENTS_WITH_GAP))
    register_invariant("I-08", _("Nobody approves a bulletin that they wrote."), count_sql(DECIDED_ALONE))
    register_invariant("I-18", _("Figures of bulletins are what their counts make, and sealed."), proving.count)
