"""What must hold for social supervisors after any fault (docs/trust.md 3.2)."""

from django.utils.translation import gettext_lazy as _

from efficiency.access.plain import PLAIN_SQL
from efficiency.audit.verify import count_sql, register_invariant

_TYPE = "(SELECT id FROM django_content_type WHERE app_label = 'supervision' AND model = '{}')"
# An observation is promised its answer until it is there, and nothing afterwards.
PROMISES_DIFFER = f"""
SELECT count(*) FROM supervision_observation AS o
 WHERE (o.state IN ('received', 'with_organ', 'to_release')) <> EXISTS (
           SELECT FROM efficiency_deadline AS d
            WHERE d.content_type_id = {_TYPE.format("observation")} AND d.object_id = o.id
              AND d.kind = 'observations.answer' AND d.state IN ('open', 'suspended'))
    OR o.next_due_at IS DISTINCT FROM (
           SELECT min(d.due_at) FROM efficiency_deadline AS d
            WHERE d.content_type_id = {_TYPE.format("observation")} AND d.object_id = o.id AND d.state = 'open')
"""  # noqa: S608 - put together from our own constants
_OF = ("appointment", "observation", "gathering")
_DIFFERS = """(SELECT count(*) FROM supervision_{of} AS s
  JOIN LATERAL (SELECT count(*) AS count, max(number) AS last FROM supervision_{of}event
                 WHERE {of}_id = s.id) AS e ON true
 WHERE e.count <> s.version OR e.last IS DISTINCT FROM s.version
    OR s.state IS DISTINCT FROM (SELECT to_state FROM supervision_{of}event
                                  WHERE {of}_id = s.id AND number = s.version))"""
_HAS_GAP = """(SELECT count(*) FROM (
    SELECT from_state, lag(to_state, 1, '') OVER (PARTITION BY {of}_id ORDER BY number) AS before
      FROM supervision_{of}event) AS step WHERE from_state <> before)"""
EVENTS_DIFFER = "SELECT " + " + ".join(_DIFFERS.format(of=of) for of in _OF)
EVENTS_WITH_GAP = "SELECT " + " + ".join(_HAS_GAP.format(of=of) for of in _OF)
# Whoever confirms or removes has not proposed it, whoever releases an answer has not written it.
DECIDED_ALONE = """
SELECT (SELECT count(*) FROM supervision_appointment
         WHERE confirmed_by_id IN (proposed_by_id, person_id)
            OR state IN ('removed', 'resigned') AND removed_by_id IN (removal_by_id, person_id))
     + (SELECT count(*) FROM (
           SELECT e.actor_id, (SELECT r.actor_id FROM supervision_observationevent AS r
                                WHERE r.observation_id = e.observation_id AND r.number < e.number
                                  AND r.action = 'draft_answer' ORDER BY r.number DESC LIMIT 1) AS written_by
             FROM supervision_observationevent AS e WHERE e.action IN ('release', 'send_back')
       ) AS decided WHERE actor_id = written_by)
"""
# One natural person, as ``efficiency.access.persons`` says; numbers without signs and the number of the country.
_DIGITS = "regexp_replace(regexp_replace(normalize({}.phone, NFKC), '\\D', '', 'g'), '^(?=\\d{{12}})(0086)?(86)?', '')"
_SAME_PERSON = f"""(p.id = q.id OR {PLAIN_SQL.format("p.full_name")} = {PLAIN_SQL.format("q.full_name")} AND (
       {_DIGITS.format("p")} <> '' AND {_DIGITS.format("p")} = {_DIGITS.format("q")}
    OR trim(p.email) <> '' AND lower(trim(p.email)) = lower(trim(q.email))))"""
# Rights end with the term: no tenure that an appointment gave outlasts it, no natural person serves two terms at once,
# and none who was removed for misuse has a term that runs or lies ahead.
RIGHTS_OUTLAST = f"""
SELECT (SELECT count(*) FROM supervision_appointment AS a JOIN efficiency_tenure AS t ON t.id = a.tenure_id
         WHERE t.until IS NULL OR t.until > a.until AND NOT EXISTS (
               SELECT FROM supervision_appointment AS r WHERE r.tenure_id = t.id AND r.until >= t.until))
     + (SELECT count(*) FROM supervision_appointment AS a JOIN efficiency_user AS p ON p.id = a.person_id
          JOIN efficiency_user AS q ON {_SAME_PERSON}
          JOIN supervision_appointment AS b ON b.person_id = q.id AND b.id <> a.id
         WHERE a.number IS NOT NULL AND b.number IS NOT NULL
           AND (a.id < b.id AND greatest(a.since, b.since) < least(a.left_on, a.until, b.left_on, b.until)
             OR a.state = 'removed' AND b.state IN ('appointed', 'removing', 'leaving') AND b.until > a.left_on))
"""  # noqa: S608 - put together from our own constants
# What was kept is kept by something that was held in its period, or late after it; what runs was not.
DUTIES_DIFFER = f"""
SELECT count(*) FROM supervision_gatheringduty AS y
  LEFT JOIN supervision_gathering AS g ON g.id = y.gathering_id
 WHERE g.id IS NOT NULL AND (g.state <> 'held' OR g.kind <> y.kind OR g.office_id <> y.office_id)
    OR g.id IS NOT NULL AND EXISTS (
           SELECT FROM efficiency_deadline AS d
            WHERE d.content_type_id = {_TYPE.format("gatheringduty")} AND d.object_id = y.id
              AND d.state IN ('open', 'suspended'))
"""  # noqa: S608 - put together from our own constants


def register() -> None:
    """Make the checks known; called once, when the app is ready."""
    register_invariant("I-03", _("Each observation is promised its answer."), count_sql(PROMISES_DIFFER))
    register_invariant("I-03", _("Tours and meetings keep what is owed of them."), count_sql(DUTIES_DIFFER))
    register_invariant("I-07", _("Events of social supervisors are numbered without gap."), count_sql(EVENTS_DIFFER))
    register_invariant(
        "I-07", _("Each step of a social supervisor begins where the last ended."), count_sql(EVENTS_WITH_GAP)
    )
    register_invariant("I-08", _("Nobody decides alone about a social supervisor."), count_sql(DECIDED_ALONE))
    register_invariant("I-08", _("Rights of social supervisors end with their term."), count_sql(RIGHTS_OUTLAST))
