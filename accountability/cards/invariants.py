"""What must hold for cards after any fault (docs/trust.md I-06, I-07, I-08)."""

from django.utils.translation import gettext_lazy as _

from efficiency.audit.verify import count_sql, register_invariant

_TYPE = "(SELECT id FROM django_content_type WHERE app_label = 'accountability' AND model = 'card')"

# Each escalation of level two and three has its card, once: of those found since the portal has issued cards at all. No
# second one where one by hand stands for the promise already; once that was revoked, one where the threshold, as it
# stands now, has passed without the promise being kept.
WITHOUT_CARD = """
SELECT count(*) FROM efficiency_escalation AS e
 WHERE e.level IN (2, 3)
   AND e.found_at >= (SELECT min(issued_at) FROM accountability_card WHERE origin = 'engine')
   AND (SELECT count(*) FROM accountability_card AS c WHERE c.escalation_id = e.id AND c.origin = 'engine') <> 1
   AND NOT EXISTS (SELECT FROM accountability_card AS c
                    WHERE c.deadline_id = e.deadline_id AND c.deadline_id IS NOT NULL
                      AND c.origin IN ('manual', 'reissued')
                      AND c.colour IN (CASE e.level WHEN 2 THEN 'yellow' ELSE 'red' END, 'red')
                      AND c.state NOT IN ('proposed', 'dropped', 'revoked'))
   AND NOT EXISTS (SELECT FROM accountability_card AS c
                     JOIN efficiency_deadline AS d ON d.id = c.deadline_id
                    CROSS JOIN LATERAL (VALUES (CASE e.level WHEN 2 THEN d.overdue_at ELSE d.red_at END)) AS t (at)
                    WHERE c.deadline_id = e.deadline_id AND c.deadline_id IS NOT NULL
                      AND c.origin IN ('manual', 'reissued') AND c.state = 'revoked'
                      AND (t.at > now() - interval '1 hour'
                           OR (d.state = 'open' OR coalesce(d.ended_at, d.suspended_at) >= t.at) IS NOT TRUE))
"""
CARD_DIFFERS = """
SELECT count(*) FROM accountability_card AS c
  LEFT JOIN efficiency_escalation AS e ON e.id = c.escalation_id
 WHERE c.origin = 'engine'
   AND (e.id IS NULL OR c.deadline_id <> e.deadline_id OR c.level <> e.level
        OR (c.passed_at <> e.passed_at AND c.issued_at <= e.found_at)  -- what was withheld comes by later dates
        OR c.colour <> CASE e.level WHEN 2 THEN 'yellow' ELSE 'red' END)
"""
# Whoever got a card has had time to explain it and to appeal.
WITHOUT_WINDOWS = f"""
SELECT count(*) FROM accountability_card AS c
 WHERE c.state NOT IN ('proposed', 'dropped')
   AND (SELECT count(*) FROM efficiency_deadline AS d
         WHERE d.content_type_id = {_TYPE} AND d.object_id = c.id AND d.kind IN ('cards.explain', 'cards.appeal')) <> 2
"""  # noqa: S608 - put together from our own constants
# An appeal that waits has its time for the ruling, and no other card has one that runs.
RULING_DIFFERS = f"""
SELECT count(*) FROM accountability_card AS c
 WHERE (c.state = 'appealed') <> EXISTS (
           SELECT FROM efficiency_deadline AS d
            WHERE d.content_type_id = {_TYPE} AND d.object_id = c.id AND d.kind = 'cards.appeal_ruling'
              AND d.state IN ('open', 'suspended'))
    OR (c.state = 'appealed') <> EXISTS (
           SELECT FROM accountability_cardappeal AS a WHERE a.card_id = c.id AND a.result = '')
"""  # noqa: S608 - put together from our own constants
EVENTS_DIFFER = """
SELECT count(*) FROM accountability_card AS c
  LEFT JOIN LATERAL (SELECT count(*) AS count, max(number) AS last FROM accountability_cardevent
                      WHERE card_id = c.id) AS e ON true
 WHERE e.count <> c.version OR coalesce(e.last, 0) <> c.version
    OR (c.version > 0 AND c.state IS DISTINCT FROM (SELECT to_state FROM accountability_cardevent
                                                     WHERE card_id = c.id AND number = c.version))
"""
EVENTS_WITH_GAP = """
SELECT count(*) FROM (
    SELECT e.from_state, lag(e.to_state, 1, CASE WHEN c.origin = 'engine' THEN 'issued' ELSE '' END)
           OVER (PARTITION BY e.card_id ORDER BY e.number) AS before
      FROM accountability_cardevent AS e JOIN accountability_card AS c ON c.id = e.card_id
) AS step WHERE from_state <> before
"""
# Nobody rules on, confirms or accepts what they had a part in.
DECIDED_ALONE = """
SELECT (SELECT count(*) FROM accountability_cardappeal AS a JOIN accountability_card AS c ON c.id = a.card_id
         WHERE a.ruled_by_id IN (c.person_id, c.proposed_by_id, c.confirmed_by_id, c.explained_by_id))
     + (SELECT count(*) FROM accountability_card AS c
         WHERE c.person_id IN (c.proposed_by_id, c.confirmed_by_id, c.explanation_accepted_by_id))
"""
QUARTER_WITHOUT_THREE = """
SELECT count(*) FROM accountability_card AS red
 WHERE red.origin = 'accumulated'
   AND (SELECT count(*) FROM accountability_card AS y
         WHERE y.person_id = red.person_id AND y.colour = 'yellow' AND y.final_at IS NOT NULL
           AND date_trunc('quarter', y.passed_at AT TIME ZONE 'Asia/Shanghai')::date = red.quarter) < 3
"""


def register() -> None:
    """Make the checks known; called once, when the app is ready."""
    register_invariant("I-06", _("Each level of a broken promise has its card."), count_sql(WITHOUT_CARD))
    register_invariant("I-06", _("Each card is that of its level."), count_sql(CARD_DIFFERS))
    register_invariant("I-06", _("Each card can be explained and appealed against."), count_sql(WITHOUT_WINDOWS))
    register_invariant("I-03", _("Each appeal against a card waits for its ruling."), count_sql(RULING_DIFFERS))
    register_invariant("I-07", _("Steps with cards are numbered without gap."), count_sql(EVENTS_DIFFER))
    register_invariant("I-07", _("Each step with a card begins where the last ended."), count_sql(EVENTS_WITH_GAP))
    register_invariant("I-08", _("Nobody decides on a card of their own part."), count_sql(DECIDED_ALONE))
    register_invariant(
        "I-06", _("Three yellow cards made each red one of a quarter."), count_sql(QUARTER_WITHOUT_THREE)
    )
