"""
How the engine issues cards: one statement over the escalations of a batch, whatever its size (docs/domain.md 9.2).

Level 2 is a yellow card, level 3 a red one that replaces it. A card goes to organ and post and to whoever held the post
at the moment of the threshold, so that a sweep that comes late writes the same cards; of what a person owes and not a
post, to whoever held it on the day that ended then. It runs in the transaction of the sweep, only inserts, and leaves
one card for each (promise, level): where one that was issued by hand stands already for the promise, of the colour or a
graver one, the engine issues none, until that one is revoked (``withheld``).
"""

from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

from accountability.cards import deadlines
from accountability.cards.enums import DEFAULT_POINTS, NOT_STANDING, Rule, TermOf
from accountability.enums import Colour
from accountability.models import Card
from complaints.models import Assistance, Case
from efficiency.deadlines import moments, registry, rules
from efficiency.deadlines.models import Promise
from efficiency.deadlines.registry import Batch, register_handler
from efficiency.organs.models import Role, TenureKind
from efficiency.timing import store
from efficiency.timing.due import local_day

COLOURS = {2: (Colour.YELLOW, Rule.OVERDUE), 3: (Colour.RED, Rule.OVERDUE_LONG)}
# The planner takes the tables of the statement for a handful of rows and would loop over thousands.
MANY = 100

# Needs ``issued`` (organ_id, post_id, responsible_id, on_date). Gives ``answering``: post and person for each group
# that agrees in these. A named post answers, else the post of the named person, else whoever leads the organ.
ANSWERING = """
owed AS MATERIALIZED (
    SELECT row_number() OVER () AS owed_id, * FROM (
        SELECT DISTINCT organ_id, coalesce(post_id, 0) AS post_id, coalesce(responsible_id, 0) AS responsible_id,
               on_date
          FROM issued
    ) AS each
), held AS MATERIALIZED (  -- by whom on the day, the stand-in where an absence is recorded
    SELECT o.owed_id, p.id AS post_id, p.code, p.is_head, p.role = %(leader)s AS leads, t.kind, t.since, t.id,
           t.user_id AS holder_id, coalesce(b.user_id, t.user_id) AS user_id,
           bool_or(t.user_id = o.responsible_id AND t.kind = %(holder)s) OVER (PARTITION BY o.owed_id) AS is_there
      FROM owed AS o
      JOIN efficiency_post AS p ON p.organ_id = o.organ_id
      JOIN efficiency_tenure AS t
        ON t.post_id = p.id AND t.since <= o.on_date AND (t.until IS NULL OR t.until > o.on_date)
      LEFT JOIN efficiency_absence AS a
        ON a.tenure_id = t.id AND a.withdrawn_at IS NULL AND a.since <= o.on_date AND a.until > o.on_date
      LEFT JOIN efficiency_tenure AS b ON b.id = a.stand_in_id
), answering AS MATERIALIZED (
    SELECT DISTINCT ON (o.owed_id) o.owed_id, o.organ_id, o.post_id AS of_post, o.responsible_id, o.on_date,
           coalesce(nullif(o.post_id, 0), h.post_id) AS post_id, h.user_id,
           coalesce(h.is_there, EXISTS (SELECT FROM held AS e WHERE e.owed_id = o.owed_id AND e.is_there)) AS is_there,
           coalesce(h.holder_id = o.responsible_id, false) AS is_own,
           coalesce((
               SELECT points FROM accountability_cardterm AS c
                WHERE c."of" = %(colour)s AND c.rule IN ('', %(rule)s) AND c.valid_from <= o.on_date
                ORDER BY c.rule = '', c.valid_from DESC, c.id DESC LIMIT 1
           ), %(points)s) AS points
      FROM owed AS o
      LEFT JOIN held AS h
        ON h.owed_id = o.owed_id
       AND CASE WHEN o.post_id <> 0 THEN h.post_id = o.post_id
                WHEN h.is_there THEN h.holder_id = o.responsible_id AND h.kind = %(holder)s
                ELSE h.is_head OR h.leads
           END
     ORDER BY o.owed_id, (h.kind = %(holder)s) DESC NULLS LAST, (h.holder_id = o.responsible_id) DESC,
              h.is_head DESC, h.code, h.since, h.id
)
"""


def _statement(passed_at: str) -> str:
    """
    Return the statement for escalations ``e`` whose cards are stamped with ``passed_at``.

    A yellow card that was issued anew to somebody else hands on to whom the red one of the same promise goes. What
    stands before the engine comes is by hand, or follows one by hand: the partial index ``card_beside_engine`` has
    these alone.
    """
    return f"""
WITH issued AS MATERIALIZED (
    SELECT e.id, e.deadline_id, {passed_at} AS passed_at, e.found_at, e.kind, e.content_type_id, e.object_id,
           e.organ_id, e.post_id, e.responsible_id,
           ({passed_at} AT TIME ZONE 'Asia/Shanghai'
            - CASE WHEN e.kind = ANY(%(personal)s) THEN interval '1 second' ELSE interval '0' END)::date AS on_date
      FROM efficiency_escalation AS e
     WHERE e.id = ANY(%(ids)s::bigint[])
       AND NOT EXISTS (SELECT FROM accountability_card AS stands
                        WHERE stands.deadline_id = e.deadline_id AND stands.deadline_id IS NOT NULL
                          AND stands.origin IN ('manual', 'reissued') AND stands.colour IN (%(colour)s, 'red')
                          AND stands.state <> ALL(%(not_standing)s))
), {ANSWERING}, yellow AS MATERIALIZED (
    SELECT DISTINCT ON (c.deadline_id) c.id, c.deadline_id, c.origin, c.organ_id, c.post_id, c.person_id
      FROM accountability_card AS c
     WHERE %(level)s = 3 AND c.deadline_id IN (SELECT deadline_id FROM issued) AND c.colour = 'yellow'
       AND c.state <> ALL(%(not_standing)s)
       AND NOT EXISTS (SELECT FROM accountability_card AS red WHERE red.replaces_id = c.id)
     ORDER BY c.deadline_id, c.origin = 'manual', c.id DESC
), written AS (
    INSERT INTO accountability_card (colour, origin, rule, state, version, deadline_id, escalation_id, level, kind,
                                     content_type_id, object_id, organ_id, post_id, person_id, passed_at, issued_at,
                                     points, replaces_id, facts, basis, explanation, revoke_reason, withdrawal_reason,
                                     withdrawal_text)
    SELECT %(colour)s, 'engine', %(rule)s, 'issued', 0, i.deadline_id, i.id, %(level)s, i.kind,
           CASE WHEN part.id IS NULL THEN i.content_type_id ELSE %(case_type)s END, coalesce(part.case_id, i.object_id),
           CASE WHEN y.origin = 'reissued' THEN y.organ_id ELSE i.organ_id END,
           CASE WHEN y.origin = 'reissued' THEN y.post_id WHEN own.is_owed AND NOT a.is_own THEN NULL
                ELSE a.post_id END,
           CASE WHEN y.origin = 'reissued' THEN y.person_id WHEN own.is_owed AND NOT a.is_own THEN i.responsible_id
                ELSE a.user_id END,
           i.passed_at, greatest(i.found_at, %(earliest)s::timestamptz), a.points, y.id, '', '', '', '', '', ''
      FROM issued AS i
      JOIN answering AS a ON a.organ_id = i.organ_id AND a.of_post = coalesce(i.post_id, 0)
       AND a.responsible_id = coalesce(i.responsible_id, 0) AND a.on_date = i.on_date
     CROSS JOIN LATERAL (SELECT i.kind = ANY(%(personal)s) AND i.responsible_id IS NOT NULL AS is_owed) AS own
      LEFT JOIN complaints_assistance AS part ON part.id = i.object_id AND i.content_type_id = %(part_type)s
      LEFT JOIN yellow AS y ON y.deadline_id = i.deadline_id
     WHERE NOT own.is_owed OR a.is_there  -- who has left the organ owes it no longer, and nobody follows in it
     ORDER BY i.passed_at, i.id
        ON CONFLICT (deadline_id, level) WHERE origin = 'engine' DO NOTHING
    RETURNING id, organ_id, post_id, person_id, issued_at
), promised AS (
    INSERT INTO efficiency_deadline (kind, variant, promise, content_type_id, object_id, generation, organ_id, post_id,
                                     responsible_id, started_at, limit_number, limit_unit, red_after, fourth_after,
                                     warn_at, due_at, overdue_at, red_at, fourth_at, provisional, state,
                                     suspended_days, extension_count, level, next_check_at, attempts, last_error)
    SELECT w.kind, w.variant, %(own_time)s, %(card_type)s, card.id, 1, card.organ_id, card.post_id, card.person_id,
           card.issued_at, w.limit_number, w.limit_unit, w.red_after, w.fourth_after,
           least(w.due_at, greatest(card.issued_at, w.warn_at)), w.due_at, w.overdue_at,
           w.red_at, w.fourth_at, w.provisional, 'open', 0, 0, 0, w.overdue_at, 0, ''
      FROM written AS card
     CROSS JOIN (VALUES
         (%(w0)s, %(v0)s, %(n0)s, %(u0)s, %(r0)s, %(f0)s, %(warn0)s::timestamptz, %(due0)s::timestamptz,
          %(over0)s::timestamptz, %(red0)s::timestamptz, %(fourth0)s::timestamptz, %(p0)s),
         (%(w1)s, %(v1)s, %(n1)s, %(u1)s, %(r1)s, %(f1)s, %(warn1)s::timestamptz, %(due1)s::timestamptz,
          %(over1)s::timestamptz, %(red1)s::timestamptz, %(fourth1)s::timestamptz, %(p1)s)
     ) AS w (kind, variant, limit_number, limit_unit, red_after, fourth_after, warn_at, due_at, overdue_at, red_at,
             fourth_at, provisional)
    RETURNING 1
)
SELECT (SELECT count(*) FROM written), (SELECT count(*) FROM promised)
"""  # noqa: S608 - put together from our own constants


ISSUE = _statement("e.passed_at")
# What was withheld comes by the threshold as it stands by then.
ISSUE_LATER = _statement(
    "(SELECT CASE %(level)s WHEN 2 THEN d.overdue_at ELSE d.red_at END FROM efficiency_deadline AS d"
    " WHERE d.id = e.deadline_id)"
)

MISSING = """
SELECT e.level, (e.found_at AT TIME ZONE 'Asia/Shanghai')::date AS day, min(e.found_at), array_agg(e.id ORDER BY e.id)
  FROM efficiency_escalation AS e
 WHERE e.level IN (2, 3)
   AND NOT EXISTS (SELECT FROM accountability_card AS c WHERE c.escalation_id = e.id AND c.origin = 'engine')
 GROUP BY 1, 2 ORDER BY 2, 1
"""


def issue(batch: Batch, at: datetime) -> int:
    """
    Issue the cards of a batch of escalations, with their time to explain and to appeal; return how many were written.

    The same batch again writes nothing. The time runs from the moment at which the sweep found the level and the card
    came into being, all on the local day of ``at``: a sweep that comes late takes nobody's appeal away.

    :raises OutsideCalendar: the calendar does not reach far enough
    """
    return _issue(batch, at)


def issue_later(batch: Batch, at: datetime) -> int:
    """
    Issue cards that were withheld when the sweep found their levels (``withheld``), as if they came into being now.

    :raises OutsideCalendar: the calendar does not reach far enough
    """
    return _issue(batch, at, earliest=at)


def _issue(batch: Batch, at: datetime, *, earliest: datetime | None = None) -> int:
    """Issue them; ``earliest`` is the moment from which on a card is there that comes after the sweep that found it."""
    colour, rule = COLOURS[batch.level]
    types = ContentType.objects.get_for_models(Card, Case, Assistance)
    parameters: dict[str, Any] = {
        "ids": batch.as_array,
        "level": batch.level,
        "colour": colour.value,
        "rule": rule.value,
        "points": DEFAULT_POINTS[TermOf(colour.value)],
        "leader": Role.ORGAN_LEADER.value,
        "holder": TenureKind.HOLDER.value,
        "not_standing": [state.value for state in NOT_STANDING],
        "earliest": earliest,
        "own_time": Promise.OWED_BY_CITIZEN.value,
        "card_type": types[Card].pk,
        "case_type": types[Case].pk,
        "part_type": types[Assistance].pk,
        "personal": [kind.name for kind in registry.kinds() if kind.is_personal],
        **_windows(colour, at),
    }
    is_many = len(batch) > MANY
    with connection.cursor() as cursor:
        if is_many:
            cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(ISSUE_LATER if earliest else ISSUE, parameters)
        written, _promised = cursor.fetchone()
        if is_many:
            cursor.execute("SET LOCAL enable_nestloop = on")
    return int(written)


@transaction.atomic
def issue_missing() -> int:
    """
    Issue the cards of escalations that have none, as the sweep that found them would have done; return how many.

    For what was put into the database beside the engine: the synthetic cases of the demonstration. One statement for
    each day of sweeps.
    """
    written = 0
    with connection.cursor() as cursor:
        cursor.execute(MISSING)
        found = cursor.fetchall()
    for level, _day, at, ids in found:
        written += issue(Batch(level, tuple(ids)), at)
    return written


def _windows(colour: Colour, at: datetime) -> dict[str, Any]:
    """Return the moments of the time to explain and to appeal: the same for all cards of a batch."""
    calendar = store.hold()
    found: dict[str, Any] = {}
    for place, (kind, variant) in enumerate(((deadlines.EXPLAIN, colour.value), (deadlines.APPEAL, ""))):
        terms = rules.terms_of(kind, variant, on=local_day(at))
        reckoned = moments.first_moments(at, terms.limit, red=terms.red, fourth=terms.fourth, calendar=calendar)
        found |= {
            f"w{place}": kind,
            f"v{place}": variant,
            f"n{place}": terms.limit.number,
            f"u{place}": terms.limit.unit.value,
            f"r{place}": terms.red,
            f"f{place}": terms.fourth,
            f"warn{place}": reckoned.warn_at,
            f"due{place}": reckoned.due_at,
            f"over{place}": reckoned.overdue_at,
            f"red{place}": reckoned.red_at,
            f"fourth{place}": reckoned.fourth_at,
            f"p{place}": reckoned.provisional,
        }
    return found


def register() -> None:
    """Let cards follow from levels two and three; called once, when the app is ready."""
    for level in COLOURS:
        register_handler(level, issue)
