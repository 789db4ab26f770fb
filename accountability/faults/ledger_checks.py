"""What must hold for clauses and sanctions after any fault (docs/trust.md 3.2)."""

from django.utils.translation import gettext_lazy as _

from accountability.faults.measures import ADMONISHMENT_MONTHS, MONTHS
from accountability.faults.words import Measure
from efficiency.audit.verify import count_sql, register_invariant

EVENTS_DIFFER = """
SELECT count(*) FROM accountability_sanction AS s
  JOIN LATERAL (SELECT count(*) AS count, max(number) AS last, (array_agg(to_state ORDER BY number DESC))[1] AS state
                  FROM accountability_sanctionevent WHERE sanction_id = s.id) AS e ON true
 WHERE e.count = 0 OR e.count <> e.last OR e.state <> s.state
"""
# What a step began with is where the one before it had led.
EVENTS_WITH_GAP = """
SELECT count(*) FROM (
    SELECT from_state, lag(to_state, 1, '') OVER (PARTITION BY sanction_id ORDER BY number) AS before
      FROM accountability_sanctionevent
) AS step WHERE from_state <> before
"""
_FIXED = " ".join(
    f"WHEN '{measure.value}' THEN (from_on + interval '{months} months')::date"
    for measure, months in MONTHS.items()
    if measure != Measure.ADMONISHMENT
)
_POSSIBLE = ", ".join(f"(from_on + interval '{months} months')::date" for months in ADMONISHMENT_MONTHS)
# A sanction lasts as long as the law says, an admonishment three to six months, anything else has no period.
PERIOD_DIFFERS = f"""
SELECT count(*) FROM accountability_sanction
 WHERE from_on IS NOT NULL
   AND CASE WHEN measure = '{Measure.ADMONISHMENT.value}' THEN to_on IS NULL OR to_on NOT IN ({_POSSIBLE})
            ELSE to_on IS DISTINCT FROM (CASE measure {_FIXED} END) END
"""  # noqa: S608 - put together from our own constants
# Wordings of one clause follow each other: none holds on a day of another.
WORDINGS_OVERLAP = """
SELECT count(*) FROM accountability_clause AS a
  JOIN accountability_clause AS b ON b.code = a.code AND b.number > a.number
 WHERE daterange(a.valid_from, a.valid_until) && daterange(b.valid_from, b.valid_until)
"""
CITED_OUT_OF_TIME = """
SELECT count(*) FROM accountability_sanctionclause AS c
  JOIN accountability_sanction AS s ON s.id = c.sanction_id
  JOIN accountability_clause AS k ON k.id = c.clause_id
 WHERE NOT daterange(k.valid_from, k.valid_until) @> s.fault_on
"""
# Nobody let take effect what they had proposed, nor anything against themselves.
DECIDED_ALONE = """
SELECT count(*) FROM accountability_sanction
 WHERE recorded_by_id = proposed_by_id OR person_id IN (proposed_by_id, recorded_by_id, revoked_by_id)
"""
# What another body took back is in force no more, what it changed has something lighter in its place, and nobody
# confirmed what they had entered, or what is about themselves.
RULING_WITHOUT_EFFECT = """
SELECT count(*) FROM accountability_sanctionruling AS r
  JOIN accountability_sanction AS s ON s.id = r.sanction_id
  LEFT JOIN accountability_sanction AS n ON n.replaces_id = s.id
 WHERE s.person_id IN (r.recorded_by_id, r.decided_by_id)
    OR r.state = 'confirmed' AND (
           r.effect <> 'upheld' AND s.state <> 'revoked'
        OR r.effect = 'changed' AND (n.id IS NULL OR n.measure <> r.measure))
"""


QUERIES = (
    EVENTS_DIFFER,
    EVENTS_WITH_GAP,
    DECIDED_ALONE,
    PERIOD_DIFFERS,
    WORDINGS_OVERLAP,
    CITED_OUT_OF_TIME,
    RULING_WITHOUT_EFFECT,
)


def register() -> None:
    """Make the checks known; called once, when the app is ready."""
    register_invariant("I-07", _("Steps of sanctions are numbered without gap."), count_sql(EVENTS_DIFFER))
    register_invariant("I-07", _("Each step of a sanction begins where the last ended."), count_sql(EVENTS_WITH_GAP))
    register_invariant("I-08", _("Nobody decides alone on a sanction, or on the own one."), count_sql(DECIDED_ALONE))
    register_invariant("I-18", _("Sanctions last as long as the rules say."), count_sql(PERIOD_DIFFERS))
    register_invariant("I-18", _("Wordings of a clause follow each other."), count_sql(WORDINGS_OVERLAP))
    register_invariant("I-18", _("Sanctions cite the wording of the day."), count_sql(CITED_OUT_OF_TIME))
    register_invariant(
        "I-08", _("What other bodies ruled has its effect, by two persons."), count_sql(RULING_WITHOUT_EFFECT)
    )
