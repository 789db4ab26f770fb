"""What must hold for fault cases after any fault (docs/trust.md 3.2)."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accountability.faults.clues import NUMBER
from accountability.models import FaultCase
from efficiency import codes
from efficiency.audit.verify import count_sql, register_invariant

_TYPE = "(SELECT id FROM django_content_type WHERE app_label = 'accountability' AND model = 'faultcase')"
_RESPONDENT = "(SELECT id FROM django_content_type WHERE app_label = 'accountability' AND model = 'respondent')"


def _runs(kind: str, state: str = "'open', 'suspended'") -> str:
    return f"""EXISTS (SELECT FROM efficiency_deadline AS d
                       WHERE d.content_type_id = {_TYPE} AND d.object_id = c.id
                         AND d.kind = 'faults.{kind}' AND d.state IN ({state}))"""


# Until the opening its decision is promised, then that of the case; what is held back or ended is promised nothing.
PROMISED_OTHERWISE = f"""
SELECT count(*) FROM accountability_faultcase AS c
 WHERE (c.state IN ('clue', 'checking')) <> {_runs("decide_opening")}
    OR (c.state IN ('investigating', 'defence', 'deciding')) <> {_runs("decide", "'open'")}
    OR (c.state = 'suspended') <> {_runs("decide", "'suspended'")}
    OR (c.state = 'suspended') <> {_runs("look_again", "'open'")}
    OR c.state IN ('declined', 'withdrawn', 'closed', 'not_pursued') AND EXISTS (
           SELECT FROM efficiency_deadline AS d JOIN accountability_respondent AS r ON r.id = d.object_id
            WHERE d.content_type_id = {_RESPONDENT} AND r.case_id = c.id AND d.state IN ('open', 'suspended'))
"""  # noqa: S608 - put together from our own constants
# Whoever has to be served, whose appeal has to be ruled on, and whose measures have to be carried out, is promised it.
RESPONDENT_PROMISED_OTHERWISE = f"""
SELECT count(*) FROM accountability_respondent AS r JOIN accountability_faultcase AS c ON c.id = r.case_id
 WHERE c.state IN ('decided', 'served', 'appealed') AND EXISTS (
           SELECT FROM (VALUES
               ('faults.serve', r.served_at IS NULL),
               ('faults.appeal_ruling', EXISTS (SELECT FROM accountability_appeal AS a
                                                 WHERE a.respondent_id = r.id AND a.ruled_at IS NULL)),
               ('faults.execute', r.served_at IS NOT NULL AND r.executed_at IS NULL AND r.measures <> '[]'::jsonb)
           ) AS owed (kind, is_owed)
            -- What other bodies have still to answer is promised once they have.
            WHERE NOT (owed.kind = 'faults.execute' AND owed.is_owed AND NOT EXISTS (
                           SELECT FROM accountability_sanction AS s
                            WHERE s.respondent_id = r.id AND s.state = 'in_force'))
              AND owed.is_owed <> EXISTS (SELECT FROM efficiency_deadline AS d
                                           WHERE d.content_type_id = {_RESPONDENT} AND d.object_id = r.id
                                             AND d.kind = owed.kind AND d.state IN ('open', 'suspended')))
"""  # noqa: S608 - put together from our own constants
EVENTS_DIFFER = """
SELECT count(*) FROM accountability_faultcase AS c
  JOIN LATERAL (SELECT count(*) AS count, max(number) AS last FROM accountability_faultevent
                 WHERE case_id = c.id) AS e ON true
 WHERE e.count <> c.version OR e.last IS DISTINCT FROM c.version
    OR c.state IS DISTINCT FROM (SELECT to_state FROM accountability_faultevent
                                  WHERE case_id = c.id AND number = c.version)
"""
EVENTS_WITH_GAP = """
SELECT count(*) FROM (
    SELECT from_state, lag(to_state, 1, '') OVER (PARTITION BY case_id ORDER BY number) AS before
      FROM accountability_faultevent
) AS step WHERE from_state <> before
"""
# Two persons: accounts are compared here, natural persons where it was confirmed.
CONFIRMED_ALONE = """
SELECT (SELECT count(*) FROM accountability_faultproposal WHERE decided_by_id = proposed_by_id)
     + (SELECT count(*) FROM accountability_faultcase AS c
         WHERE c.opened_at IS NOT NULL AND NOT EXISTS (
               SELECT FROM accountability_faultproposal AS p
                WHERE p.case_id = c.id AND p.kind = 'open' AND p.state = 'confirmed'))
     + (SELECT count(*) FROM accountability_faultcase AS c
         WHERE c.decided_at IS NOT NULL AND NOT EXISTS (
               SELECT FROM accountability_faultproposal AS p JOIN accountability_faultdecision AS d
                   ON d.proposal_id = p.id
                WHERE p.case_id = c.id AND p.state = 'confirmed' AND d.result = c.outcome))
"""
# Nobody had a part in a case that is about them.
CONCERNED_HAD_PART = """
SELECT count(*) FROM accountability_respondent AS r
 WHERE r.person_id IS NOT NULL AND (
       EXISTS (SELECT FROM accountability_investigator AS i
                WHERE i.case_id = r.case_id AND i.person_id = r.person_id AND i.ended_at IS NULL)
    OR EXISTS (SELECT FROM accountability_faultproposal AS p
                WHERE p.case_id = r.case_id AND p.proposed_at >= r.added_at
                  AND r.person_id IN (p.proposed_by_id, p.decided_by_id)))
"""
# Whoever rules on an appeal had no part in the decision.
RULED_BY_DECIDER = """
SELECT count(*) FROM accountability_appeal AS a
  JOIN accountability_faultproposal AS ruling ON ruling.id = a.proposal_id
  JOIN accountability_faultproposal AS decided
    ON decided.case_id = ruling.case_id AND decided.kind = 'decide' AND decided.state = 'confirmed'
 WHERE ruling.proposed_by_id IN (decided.proposed_by_id, decided.decided_by_id)
    OR ruling.decided_by_id IN (decided.proposed_by_id, decided.decided_by_id)
"""
# A red card of which the portal made a clue is the card of one clue; a revoked one holds up no clue before an opening.
CLUE_OUTLIVES_CARD = """
SELECT count(*) FROM accountability_clue AS k
  JOIN accountability_card AS card ON card.id = k.card_id
  JOIN accountability_faultcase AS c ON c.id = k.case_id
 WHERE card.state = 'revoked' AND c.state IN ('clue', 'checking', 'held') AND k.withdrawn_at IS NULL
"""
DUE_DIFFERS = f"""
SELECT count(*) FROM accountability_faultcase AS c
 WHERE c.next_due_at IS DISTINCT FROM (
       SELECT min(d.due_at) FROM efficiency_deadline AS d
        WHERE d.state = 'open' AND d.promise <> 'owed_by_citizen'
          AND (d.content_type_id = {_TYPE} AND d.object_id = c.id
               OR d.content_type_id = {_RESPONDENT} AND d.object_id IN (
                   SELECT r.id FROM accountability_respondent AS r WHERE r.case_id = c.id)))
"""  # noqa: S608 - put together from our own constants


def wrong_numbers() -> int:
    """Count the numbers whose check digit or year is not right (I-19)."""
    rows = FaultCase.objects.order_by("pk").values_list("number", "received_at")
    return sum(
        not codes.check_number(number, prefix=NUMBER)
        or codes.year_of(number, prefix=NUMBER) != timezone.localdate(received_at).year
        for number, received_at in rows.iterator(chunk_size=1000)
    )


CHECKS = (
    ("I-03", _("Each fault case is promised what its state asks for."), count_sql(PROMISED_OTHERWISE)),
    ("I-03", _("Each respondent is promised what is owed."), count_sql(RESPONDENT_PROMISED_OTHERWISE)),
    ("I-06", _("No clue outlives its card."), count_sql(CLUE_OUTLIVES_CARD)),
    ("I-07", _("Events of fault cases are numbered without gap."), count_sql(EVENTS_DIFFER)),
    ("I-07", _("Each step of a fault case begins where the last ended."), count_sql(EVENTS_WITH_GAP)),
    ("I-08", _("Two persons open and decide each fault case."), count_sql(CONFIRMED_ALONE)),
    ("I-08", _("Nobody has a part in a fault case about themselves."), count_sql(CONCERNED_HAD_PART)),
    ("I-08", _("Nobody rules on an appeal against their own decision."), count_sql(RULED_BY_DECIDER)),
    ("I-14", _("The next date of each fault case is right."), count_sql(DUE_DIFFERS)),
    ("I-19", _("Numbers of fault cases are right."), wrong_numbers),
)


def register() -> None:
    """Make the checks known; called once, when the app is ready."""
    for number, title, count in CHECKS:
        register_invariant(number, title, count)
