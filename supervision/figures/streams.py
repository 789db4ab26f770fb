"""
What each subject adds to the figures, and from when on: the statements that the rollups are kept by (decision 0038).

A stream is one side of a figure, or what sides are put together from. Its rows are ``subject``, ``stream``,
``organ_id``, ``placed_at`` (the moment that places it in a period; null: it counts because it stands), ``moment`` (from
when on it counts) and ``amount``, less than nothing where something no longer counts. A figure of a period is the sum
of what was placed in it, or stands, with a moment before the cut-off. Nothing in them asks what day it is: what lies
ahead, such as a promise that will be overdue, is among the rows, and the worker leaves it until then.

They say in moments what ``targets.measures`` says of one cut-off. That both come out the same is proven, not believed:
by random histories in the tests, by ``manage.py prove_figures``, and by invariant I-18 every time.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

from accountability.models import FaultCase, Respondent
from complaints.deadlines import ACCEPT, FOLLOW_UP, REPLY, REWORK, SUPPLEMENT
from complaints.matters.promises import KIND as MATTER
from complaints.models import Case, Matter
from disclosure.models import InformationRequest
from disclosure.requests.deadlines import ANSWER
from efficiency.deadlines import known
from efficiency.timing.models import WORKING_KINDS
from supervision.models import SubjectKind
from targets.measures.complaints import ACCEPTED, REDIRECTED, within_limit
from targets.measures.registry import type_of

# Moments that were passed before the cut-off; what was passed at the cut-off itself, too, has one that lies before it.
TICK = "interval '1 microsecond'"


class Stream(IntEnum):
    """The streams by the numbers under which cells keep them; a number is never given to another."""

    RECEIVED = 1
    ANSWERED_DIRECTLY = 2
    ASSIGNED = 3
    ACCEPTED = 4
    ACCEPTABLE = 5
    CLOSED = 6
    ASSIGNED_FIRST = 7
    ACCEPTED_IN_TIME = 8
    TO_ACCEPT = 9
    REPLIED_IN_TIME = 10
    TO_REPLY = 11
    REPLIED = 12
    EXTENDED = 13
    DAYS = 14
    REPLIED_FIRST = 15
    REWORKED = 16
    RETURNED = 17
    RETURNED_WRONGLY = 18
    EVALUATED = 19
    JUDGED = 20
    SATISFIED = 21
    DISSATISFIED = 22
    ASKED_RESPONSE = 23
    CONTACTED = 24
    ASKED_SOLVED = 25
    SOLVED = 26
    VERIFIED = 27
    UPHELD = 28
    CALLS_DUE = 29
    CALLED = 30
    MATTERS_IN_TIME = 31
    MATTERS_TO_DECIDE = 32
    MATTERS_DECIDED = 33
    MATTERS_EARLY = 34
    REQUESTS_IN_TIME = 35
    REQUESTS_TO_ANSWER = 36
    FELL_DUE = 37
    CARDS_YELLOW = 38
    CARDS_RED = 39
    CARDS_REVOKED = 40
    OPEN_STANDS = 41
    OVERDUE_STANDS = 42
    REDDENS = 43


S = Stream
# The streams of both sides of each measure that is kept in rollups; all others are asked of their sources.
SIDES: Mapping[str, tuple[tuple[Stream, ...], tuple[Stream, ...]]] = {
    "received": ((S.RECEIVED,), ()),
    "acceptance_rate": ((S.ACCEPTED,), (S.ACCEPTABLE,)),
    "on_time_acceptance": ((S.ACCEPTED_IN_TIME,), (S.TO_ACCEPT,)),
    "direct_rate": ((S.ANSWERED_DIRECTLY,), (S.RECEIVED,)),
    "assigned_rate": ((S.ASSIGNED,), (S.RECEIVED,)),
    "closing_rate": ((S.CLOSED,), (S.ASSIGNED_FIRST,)),
    "on_time_closing": ((S.REPLIED_IN_TIME,), (S.TO_REPLY,)),
    "kept_rate": ((S.MATTERS_IN_TIME,), (S.MATTERS_TO_DECIDE,)),
    "early_rate": ((S.MATTERS_EARLY,), (S.MATTERS_DECIDED,)),
    "average_days": ((S.DAYS,), (S.REPLIED_FIRST,)),
    "extension_rate": ((S.EXTENDED,), (S.REPLIED,)),
    "return_rate": ((S.RETURNED,), (S.ASSIGNED_FIRST,)),
    "wrong_return_rate": ((S.RETURNED_WRONGLY,), (S.RETURNED,)),
    "evaluation_rate": ((S.EVALUATED,), (S.REPLIED,)),
    "satisfaction_of_all": ((S.SATISFIED,), (S.JUDGED,)),
    "dissatisfaction_of_all": ((S.DISSATISFIED,), (S.JUDGED,)),
    "response_rate": ((S.CONTACTED,), (S.ASKED_RESPONSE,)),
    "solved_rate": ((S.SOLVED,), (S.ASKED_SOLVED,)),
    "rework_rate": ((S.REWORKED,), (S.REPLIED,)),
    "upheld_rate": ((S.UPHELD,), (S.VERIFIED,)),
    "follow_up_rate": ((S.CALLED,), (S.CALLS_DUE,)),
    "cards_yellow": ((S.CARDS_YELLOW,), ()),
    "cards_red": ((S.CARDS_RED,), ()),
    "cards_revoked": ((S.CARDS_REVOKED,), ()),
    "cards_per_1000": ((S.CARDS_YELLOW, S.CARDS_RED), (S.FELL_DUE,)),
    "requests_on_time": ((S.REQUESTS_IN_TIME,), (S.REQUESTS_TO_ANSWER,)),
}
# What stands at a cut-off, whatever the period: promises that are open, overdue, about to turn red.
STANDING = (S.OPEN_STANDS, S.OVERDUE_STANDS, S.REDDENS)
# So many working days before it turns red a promise is about to.
NEAR_DAYS = 5
# Without a case behind them, or not behind all of them: there are no cells of them by kind, category and channel.
WITHOUT_CASE = tuple(stream.value for stream in Stream if stream >= S.MATTERS_IN_TIME)


def values() -> dict[str, Any]:
    """Return the keys of content types that the statements take."""
    of = {"case": Case, "matter": Matter, "request": InformationRequest, "fault": FaultCase, "respondent": Respondent}
    return {name: type_of(model) for name, model in of.items()}


_DAY = "({} AT TIME ZONE 'Asia/Shanghai')::date"


# --- Promises ---------------------------------------------------------------------------------------------------------


def _promises(of: str, subject: str, in_time: Stream, base: Stream, *, ended_counts: bool = True) -> str:
    """
    Return the streams of a rate in time, as ``known.counted`` has it at a cut-off.

    A promise counts in the period in which it was kept; one that is open and overdue stands, for whoever owed it when
    its time ran out, until it ends, and while its clock stands still it does not. What ended after its time unkept
    counts in the period of its end.
    """
    late_end = "d.met_at IS NULL AND d.ended_at >= d.overdue_at"
    return f"""
SELECT {subject} AS subject, each.stream, each.organ_id, each.placed_at, each.moment, each.amount
  FROM efficiency_deadline AS d
  LEFT JOIN efficiency_escalation AS level ON level.deadline_id = d.id AND level.level = 2
  CROSS JOIN LATERAL (
      SELECT {base:d} AS stream, d.organ_id, d.met_at AS placed_at, d.met_at AS moment, 1 AS amount
       WHERE d.met_at IS NOT NULL
       UNION ALL
      SELECT {in_time:d}, d.organ_id, d.met_at, d.met_at, 1 WHERE d.met_at < d.overdue_at
       UNION ALL
      SELECT {base:d}, d.organ_id, d.ended_at, d.ended_at, 1 WHERE {late_end if ended_counts else "false"}
       UNION ALL
      SELECT {base:d}, coalesce(level.organ_id, d.organ_id), NULL, d.overdue_at - {TICK}, 1
       WHERE d.ended_at IS NULL OR d.ended_at >= d.overdue_at
       UNION ALL
      SELECT {base:d}, coalesce(level.organ_id, d.organ_id), NULL, d.ended_at, -1 WHERE d.ended_at >= d.overdue_at
       UNION ALL
      SELECT {base:d}, coalesce(level.organ_id, d.organ_id), NULL, still.moment, still.amount
        FROM efficiency_suspension AS s
        CROSS JOIN LATERAL (SELECT greatest(d.overdue_at - {TICK}, s.started_at) AS since,
                                   least(d.ended_at, s.ended_at) AS until) AS span
        CROSS JOIN LATERAL (VALUES (span.since, -1), (span.until, 1)) AS still (moment, amount)
       WHERE s.deadline_id = d.id AND still.moment IS NOT NULL AND (span.until IS NULL OR span.since < span.until)
  ) AS each
 WHERE {of}
"""  # noqa: S608 - put together from our own constants


def _fell_due(of: str, subject: str) -> str:
    """
    Return promises of government by the moment that they fell due, as ``known.FELL_DUE`` has them.

    While one runs it is of whoever owed it when its time ran out, afterwards of whoever it ended with. What was taken
    back before its time was over is none.
    """
    return f"""
SELECT {subject} AS subject, {S.FELL_DUE:d} AS stream, each.organ_id, d.due_at AS placed_at, each.moment, each.amount
  FROM efficiency_deadline AS d
  LEFT JOIN efficiency_escalation AS level ON level.deadline_id = d.id AND level.level = 2
  CROSS JOIN LATERAL (SELECT greatest(d.due_at, d.started_at) AS since, coalesce(level.organ_id, d.organ_id) AS owed_by,
                             d.state = 'cancelled' AND d.ended_at < d.overdue_at AS is_taken_back) AS due
  CROSS JOIN LATERAL (
      SELECT due.owed_by AS organ_id, due.since AS moment, 1 AS amount
       WHERE d.ended_at IS NULL OR d.ended_at > due.since
       UNION ALL
      SELECT due.owed_by, d.ended_at, -1 WHERE d.ended_at > due.since
       UNION ALL
      SELECT d.organ_id, greatest(d.ended_at, due.since), 1 WHERE d.ended_at IS NOT NULL AND NOT due.is_taken_back
  ) AS each
 WHERE d.promise <> 'owed_by_citizen' AND {of}
"""  # noqa: S608 - put together from our own constants


def _stands(of: str, subject: str) -> str:
    """
    Return what stands at a cut-off, for whoever owes it now (``supervision.desk.standing`` has it at one cut-off).

    A promise is open from its start to its end. It is overdue from its threshold on, and about to turn red from the
    first day on from which its red day is no more than ``NEAR_DAYS`` working days away: the working day that is as many
    before the last one ahead of the red day. While its clock stands still it is neither.
    """
    working = known.array(WORKING_KINDS)
    return f"""
SELECT {subject} AS subject, each.stream, d.organ_id, NULL::timestamptz AS placed_at, each.moment, each.amount
  FROM efficiency_deadline AS d
  LEFT JOIN LATERAL (
      SELECT CASE WHEN eve.ordinal < {NEAR_DAYS} THEN '-infinity'
                  ELSE (SELECT worked.date::timestamp AT TIME ZONE 'Asia/Shanghai' FROM efficiency_calendarday AS worked
                         WHERE worked.ordinal = eve.ordinal - {NEAR_DAYS - 1} AND worked.kind = ANY({working}))
             END AS since
        FROM efficiency_calendarday AS eve WHERE eve.date = {_DAY.format("d.red_at")} - 1
  ) AS near ON true
  CROSS JOIN LATERAL (
      VALUES ({S.OPEN_STANDS:d}, d.started_at, d.ended_at, false),
             ({S.OVERDUE_STANDS:d}, greatest(d.overdue_at - {TICK}, d.started_at), d.ended_at, true),
             ({S.REDDENS:d}, CASE WHEN near.since IS NOT NULL THEN greatest(near.since, d.started_at) END,
              least(d.red_at - {TICK}, d.ended_at), true)
  ) AS span (stream, since, until, pauses)
  CROSS JOIN LATERAL (
      SELECT span.stream, span.since AS moment, 1 AS amount
       UNION ALL
      SELECT span.stream, span.until, -1 WHERE span.until IS NOT NULL
       UNION ALL
      SELECT span.stream, still.moment, still.amount
        FROM efficiency_suspension AS s
        CROSS JOIN LATERAL (SELECT greatest(span.since, s.started_at) AS since,
                                   least(span.until, s.ended_at) AS until) AS pause
        CROSS JOIN LATERAL (VALUES (pause.since, -1), (pause.until, 1)) AS still (moment, amount)
       WHERE s.deadline_id = d.id AND span.pauses AND still.moment IS NOT NULL
         AND (pause.until IS NULL OR pause.since < pause.until)
  ) AS each
 WHERE d.promise <> 'owed_by_citizen' AND (span.since < span.until OR (span.until IS NULL AND span.since IS NOT NULL))
   AND {of}
"""  # noqa: S608 - put together from our own constants


_OF_CASE = "d.content_type_id = %(case)s AND d.object_id = ANY(%(ids)s)"
_OF_MATTER = "d.content_type_id = %(matter)s AND d.object_id = ANY(%(ids)s)"
_ANSWERED_IN = known.array([REPLY, REWORK])
_DECIDED_IN = known.array([REPLY, REWORK, ACCEPT])


def _kept(kinds: str, decided_at: str, case_id: str) -> str:
    """Return the promise that a reply kept."""
    return f"""(SELECT d.organ_id FROM efficiency_deadline AS d
                 WHERE d.content_type_id = %(case)s AND d.object_id = {case_id} AND d.kind = ANY({kinds})
                   AND d.met_at = {decided_at} ORDER BY d.kind DESC LIMIT 1)"""  # noqa: S608 - our own constants


_IS_ASSIGNED = "e.action = 'instruct' AND e.data ->> 'handling' = 'assigned'"
_RECEIVED = f"""
SELECT c.id AS subject, each.stream, c.office_id AS organ_id, c.received_at AS placed_at, each.moment, each.amount
  FROM complaints_case AS c
  LEFT JOIN LATERAL (SELECT min(decided_at) AS moment FROM complaints_reply
                      WHERE case_id = c.id AND state = 'sent') AS reply ON true
  LEFT JOIN LATERAL (SELECT min(e.at) AS moment FROM complaints_caseevent AS e
                      WHERE e.case_id = c.id AND {_IS_ASSIGNED}) AS given ON true
  CROSS JOIN LATERAL (SELECT greatest(reply.moment, c.received_at) AS answered,
                             greatest(given.moment, c.received_at) AS assigned) AS first
  CROSS JOIN LATERAL (
      SELECT {S.RECEIVED:d} AS stream, c.received_at AS moment, 1 AS amount
       UNION ALL
      SELECT {S.ASSIGNED:d}, first.assigned, 1 WHERE given.moment IS NOT NULL
       UNION ALL
      SELECT {S.ANSWERED_DIRECTLY:d}, way.moment, way.amount
        FROM (VALUES (first.answered, 1), (first.assigned, -1)) AS way (moment, amount)
       WHERE reply.moment IS NOT NULL AND (given.moment IS NULL OR first.answered < first.assigned)
         AND (way.amount = 1 OR given.moment IS NOT NULL)
  ) AS each
 WHERE c.id = ANY(%(ids)s)
"""  # noqa: S608 - put together from our own constants
# Whether a case is in the base changes with its acceptance and with its limits: looked at anew at each such moment.
_CUT = f"(point.moment + {TICK})"
_ACCEPTANCE = f"""
SELECT subject, stream, organ_id, placed_at, moment,
       is_in - lag(is_in, 1, 0) OVER (PARTITION BY subject, stream ORDER BY moment) AS amount
  FROM (SELECT c.id AS subject, side.stream, c.office_id AS organ_id, c.received_at AS placed_at, point.moment,
               side.is_in::int AS is_in
          FROM complaints_case AS c
          CROSS JOIN LATERAL (
              SELECT DISTINCT greatest(found.moment, c.received_at) AS moment
                FROM (SELECT c.received_at AS moment
                       UNION ALL
                      SELECT e.at FROM complaints_caseevent AS e
                       WHERE e.case_id = c.id
                         AND (e.to_state = 'accepted' OR e.action IN ('answer_on_spot', 'redirect'))
                       UNION ALL
                      SELECT times.moment
                        FROM efficiency_deadline AS d
                        CROSS JOIN LATERAL (VALUES (d.started_at), (d.ended_at), (d.overdue_at - {TICK}))
                                   AS times (moment)
                       WHERE d.content_type_id = %(case)s AND d.object_id = c.id AND times.moment IS NOT NULL
                         AND d.kind = ANY({known.array([ACCEPT, SUPPLEMENT])})) AS found
          ) AS point
          CROSS JOIN LATERAL (SELECT {ACCEPTED.replace("%(cut)s", _CUT)} AS is_accepted,
                                     {REDIRECTED.replace("%(cut)s", _CUT)} AS is_redirected,
                                     {within_limit("", "d.overdue_at").replace("%(cut)s", _CUT)} AS is_within) AS state
          CROSS JOIN LATERAL (VALUES ({S.ACCEPTED:d}, state.is_accepted),
                                     ({S.ACCEPTABLE:d},
                                      state.is_accepted OR NOT (state.is_redirected OR state.is_within)))
                     AS side (stream, is_in)
         WHERE c.id = ANY(%(ids)s)) AS seen
"""  # noqa: S608 - put together from our own constants
# Of a period the first assignment in it counts: the next one takes itself away again where the one before lies in it.
_ASSIGNED = f"""
SELECT given.case_id AS subject, each.stream, given.organ_id, each.placed_at, each.moment, each.amount
  FROM (SELECT e.case_id, e.at, (e.data ->> 'organ')::bigint AS organ_id,
               lag(e.at) OVER (PARTITION BY e.case_id ORDER BY e.number) AS before
          FROM complaints_caseevent AS e
         WHERE e.case_id = ANY(%(ids)s) AND {_IS_ASSIGNED}) AS given
  LEFT JOIN LATERAL (SELECT min(r.decided_at) AS at FROM complaints_reply AS r
                      WHERE r.case_id = given.case_id AND r.state = 'sent'
                        AND r.decided_at >= given.at) AS reply ON true
  CROSS JOIN LATERAL (VALUES ({S.ASSIGNED_FIRST:d}, given.at, given.at, 1),
                             ({S.ASSIGNED_FIRST:d}, given.before, given.at, -1),
                             ({S.CLOSED:d}, given.at, reply.at, 1), ({S.CLOSED:d}, given.before, reply.at, -1))
             AS each (stream, placed_at, moment, amount)
 WHERE each.placed_at IS NOT NULL AND each.moment IS NOT NULL
"""  # noqa: S608 - put together from our own constants
_REPLIED = f"""
SELECT d.object_id AS subject, each.stream, d.organ_id, d.met_at AS placed_at, d.met_at AS moment, each.amount
  FROM efficiency_deadline AS d
  CROSS JOIN LATERAL (
      SELECT {S.REPLIED:d} AS stream, 1 AS amount
       UNION ALL
      SELECT {S.REPLIED_FIRST:d}, 1 WHERE d.kind = '{REPLY}'
       UNION ALL
      SELECT {S.EXTENDED:d}, 1
       WHERE EXISTS (SELECT FROM efficiency_extension AS x WHERE x.deadline_id = d.id AND x.granted_at <= d.met_at)
       UNION ALL
      SELECT {S.DAYS:d}, until.ordinal - since.ordinal - d.suspended_days
        FROM efficiency_calendarday AS since, efficiency_calendarday AS until
       WHERE d.kind = '{REPLY}' AND since.date = {_DAY.format("d.started_at")}
         AND until.date = {_DAY.format("d.met_at")}
  ) AS each
 WHERE {_OF_CASE} AND d.kind = ANY({_ANSWERED_IN}) AND d.met_at IS NOT NULL
"""  # noqa: S608 - put together from our own constants
_REWORKED = f"""
SELECT d.object_id AS subject, {S.REWORKED:d} AS stream,
       coalesce((SELECT r.organ_id FROM efficiency_deadline AS r
                  WHERE r.content_type_id = d.content_type_id AND r.object_id = d.object_id
                    AND r.kind = ANY({_ANSWERED_IN}) AND r.met_at <= d.started_at
                  ORDER BY r.met_at DESC LIMIT 1), d.organ_id) AS organ_id,
       d.started_at AS placed_at, d.started_at AS moment, 1 AS amount
  FROM efficiency_deadline AS d WHERE {_OF_CASE} AND d.kind = '{REWORK}'
"""  # noqa: S608 - put together from our own constants
_RETURNED = f"""
SELECT e.case_id AS subject, each.stream, (e.data ->> 'from_organ')::bigint AS organ_id, e.at AS placed_at,
       e.at AS moment, 1 AS amount
  FROM complaints_caseevent AS e
  LEFT JOIN LATERAL (SELECT (n.data ->> 'organ')::bigint AS organ_id FROM complaints_caseevent AS n
                      WHERE n.case_id = e.case_id AND n.number > e.number AND n.action = 'instruct'
                      ORDER BY n.number LIMIT 1) AS ruling ON true
  CROSS JOIN LATERAL (VALUES ({S.RETURNED:d}, true),
                             ({S.RETURNED_WRONGLY:d}, (e.data ->> 'from_organ')::bigint = ruling.organ_id))
             AS each (stream, is_in)
 WHERE e.case_id = ANY(%(ids)s) AND e.action = 'return' AND each.is_in
"""  # noqa: S608 - put together from our own constants
_JUDGED = f"""
SELECT answered.id AS subject, each.stream, each.organ_id, e.at AS placed_at, e.at AS moment, 1 AS amount
  FROM complaints_case AS answered
  JOIN complaints_reply AS r ON r.case_id = answered.id
  JOIN complaints_evaluation AS e ON e.reply_id = r.id
  CROSS JOIN LATERAL (SELECT {_kept(_DECIDED_IN, "r.decided_at", "r.case_id")} AS kept,
                             {_kept(_ANSWERED_IN, "r.decided_at", "r.case_id")} AS replied) AS by
  CROSS JOIN LATERAL (SELECT coalesce(by.kept, answered.office_id) AS organ_id) AS whose
  CROSS JOIN LATERAL (VALUES ({S.EVALUATED:d}, by.replied, by.replied IS NOT NULL),
                             ({S.JUDGED:d}, whose.organ_id, true),
                             ({S.SATISFIED:d}, whose.organ_id, e.grade >= 3),
                             ({S.DISSATISFIED:d}, whose.organ_id, e.grade < 3),
                             ({S.ASKED_RESPONSE:d}, whose.organ_id, e.contacted_in_time IS NOT NULL),
                             ({S.CONTACTED:d}, whose.organ_id, e.contacted_in_time),
                             ({S.ASKED_SOLVED:d}, whose.organ_id, e.solved IS NOT NULL),
                             ({S.SOLVED:d}, whose.organ_id, e.solved)) AS each (stream, organ_id, is_in)
 WHERE answered.id = ANY(%(ids)s) AND each.is_in
"""  # noqa: S608 - put together from our own constants
_VERIFIED = f"""
SELECT e.case_id AS subject, each.stream,
       coalesce({_kept(_DECIDED_IN, "reply.decided_at", "e.case_id")}, c.office_id) AS organ_id,
       e.at AS placed_at, e.at AS moment, 1 AS amount
  FROM complaints_caseevent AS e
  JOIN complaints_case AS c ON c.id = e.case_id AND c.kind = 'complaint'
  JOIN LATERAL (SELECT outcome, decided_at FROM complaints_reply AS r
                 WHERE r.case_id = e.case_id AND r.state = 'sent' AND r.decided_at <= e.at
                 ORDER BY r.decided_at DESC, r.id DESC LIMIT 1) AS reply ON reply.outcome <> 'not_verifiable'
  CROSS JOIN LATERAL (VALUES ({S.VERIFIED:d}, true), ({S.UPHELD:d}, reply.outcome IN ('upheld', 'partly')))
             AS each (stream, is_in)
 WHERE e.case_id = ANY(%(ids)s) AND e.action = 'close' AND each.is_in
"""  # noqa: S608 - put together from our own constants
_CALLS = f"""
SELECT d.object_id AS subject, each.stream, d.organ_id, d.due_at AS placed_at, each.moment, each.amount
  FROM efficiency_deadline AS d
  CROSS JOIN LATERAL (SELECT greatest(d.due_at, d.started_at) AS since,
                             coalesce(d.state = 'cancelled' AND d.ended_at < d.overdue_at, false)
                                 AS is_taken_back) AS due
  CROSS JOIN LATERAL (
      SELECT {S.CALLS_DUE:d} AS stream, due.since AS moment, 1 AS amount
       WHERE NOT due.is_taken_back OR d.ended_at > due.since
       UNION ALL
      SELECT {S.CALLS_DUE:d}, d.ended_at, -1 WHERE due.is_taken_back AND d.ended_at > due.since
       UNION ALL
      SELECT {S.CALLED:d}, greatest(due.since, d.met_at), 1 WHERE d.met_at IS NOT NULL
  ) AS each
 WHERE {_OF_CASE} AND d.kind = '{FOLLOW_UP}'
"""  # noqa: S608 - put together from our own constants
_EARLY = f"""
SELECT d.object_id AS subject, each.stream, d.organ_id, d.met_at AS placed_at, d.met_at AS moment, 1 AS amount
  FROM efficiency_deadline AS d
  CROSS JOIN LATERAL (VALUES ({S.MATTERS_DECIDED:d}, true),
                             ({S.MATTERS_EARLY:d}, {_DAY.format("d.met_at")} < {_DAY.format("d.due_at")}))
             AS each (stream, is_in)
 WHERE {_OF_MATTER} AND d.kind = '{MATTER}' AND d.met_at IS NOT NULL AND each.is_in
"""  # noqa: S608 - put together from our own constants
_CARDS = f"""
SELECT id AS subject,
       CASE WHEN revoked_at IS NOT NULL THEN {S.CARDS_REVOKED:d}
            WHEN colour = 'yellow' THEN {S.CARDS_YELLOW:d} ELSE {S.CARDS_RED:d} END AS stream,
       organ_id, passed_at AS placed_at, passed_at AS moment, 1 AS amount
  FROM accountability_card WHERE id = ANY(%(ids)s) AND issued_at IS NOT NULL
"""  # noqa: S608 - put together from our own constants
_PROMISE = "d.id = ANY(%(ids)s) AND d.content_type_id <> %(case)s AND d.content_type_id <> %(matter)s"

STATEMENTS: Mapping[SubjectKind, str] = {
    SubjectKind.CASE: " UNION ALL ".join(
        (
            _RECEIVED,
            _ACCEPTANCE,
            _ASSIGNED,
            _promises(f"{_OF_CASE} AND d.kind = '{ACCEPT}'", "d.object_id", S.ACCEPTED_IN_TIME, S.TO_ACCEPT),
            _promises(f"{_OF_CASE} AND d.kind = ANY({_ANSWERED_IN})", "d.object_id", S.REPLIED_IN_TIME, S.TO_REPLY),
            _REPLIED,
            _REWORKED,
            _RETURNED,
            _JUDGED,
            _VERIFIED,
            _CALLS,
            _fell_due(_OF_CASE, "d.object_id"),
            _stands(_OF_CASE, "d.object_id"),
        )
    ),
    SubjectKind.MATTER: " UNION ALL ".join(
        (
            _promises(f"{_OF_MATTER} AND d.kind = '{MATTER}'", "d.object_id", S.MATTERS_IN_TIME, S.MATTERS_TO_DECIDE),
            _EARLY,
            _fell_due(_OF_MATTER, "d.object_id"),
            _stands(_OF_MATTER, "d.object_id"),
        )
    ),
    SubjectKind.PROMISE: " UNION ALL ".join(
        (
            _promises(
                f"{_PROMISE} AND d.kind = '{ANSWER}' AND d.content_type_id = %(request)s",
                "d.id",
                S.REQUESTS_IN_TIME,
                S.REQUESTS_TO_ANSWER,
                ended_counts=False,
            ),
            _fell_due(_PROMISE, "d.id"),
            _stands(f"{_PROMISE} AND d.content_type_id <> ALL(ARRAY[%(fault)s, %(respondent)s])", "d.id"),
        )
    ),
    SubjectKind.CARD: _CARDS,
}
# All subjects of a kind that there are, in batches by their keys.
SUBJECTS: Mapping[SubjectKind, str] = {
    SubjectKind.CASE: "SELECT id FROM complaints_case",
    SubjectKind.MATTER: "SELECT id FROM complaints_matter",
    SubjectKind.PROMISE: (
        "SELECT id FROM efficiency_deadline WHERE content_type_id <> %(case)s AND content_type_id <> %(matter)s"
    ),
    SubjectKind.CARD: "SELECT id FROM accountability_card",
}
