"""Figures of complaints and commitments (docs/domain.md 12): how promises to citizens and applicants are kept."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import pgettext_lazy

from complaints.deadlines import ACCEPT, FOLLOW_UP, REPLY, REWORK, SUPPLEMENT
from complaints.matters import known as matters
from complaints.matters.promises import KIND as MATTER
from complaints.models import Case, CaseEvent, Evaluation, Matter
from efficiency.deadlines import known
from efficiency.deadlines.models import Deadline
from targets.measures.counting import Count, Source, mean, number
from targets.measures.registry import Direction, Measure, Part, type_of

_DAY = "({} AT TIME ZONE 'Asia/Shanghai')::date"


def _types() -> Mapping[str, Any]:
    return {"case": type_of(Case), "matter": type_of(Matter)}


def _in_time(statement: str, case_id: str = "object_id") -> str:
    """Return the source of a rate in time: met in time, of those met and those open and overdue."""
    return f"""
        SELECT id, organ_id, post_id, CASE WHEN is_in_time THEN 1 END AS counted, true AS base, at, {case_id} AS case_id
          FROM ({statement}) AS promise
    """  # noqa: S608 - our own constants


# What was promised in reply counts once for each promise: rework opens a new one, and the old one keeps its result.
_REPLIES = known.counted(REPLY, REWORK)
_REPLIED = f"""
SELECT id, organ_id, post_id, NULL::int AS counted, true AS base, at, object_id AS case_id
  FROM ({_REPLIES}) AS promise WHERE met_at IS NOT NULL
"""  # noqa: S608 - put together from our own constants
# Rework is counted for whoever gave the reply that it is about: the last promise of a reply kept before the order.
_REWORK = f"""
SELECT d.id, coalesce(replied.organ_id, d.organ_id) AS organ_id,
       CASE WHEN replied.organ_id IS NULL THEN d.post_id ELSE replied.post_id END AS post_id,
       1 AS counted, false AS base, d.started_at AS at, d.object_id AS case_id
  FROM efficiency_deadline AS d
  LEFT JOIN LATERAL (SELECT organ_id, post_id FROM efficiency_deadline AS r
                      WHERE r.content_type_id = d.content_type_id AND r.object_id = d.object_id
                        AND r.kind = ANY({known.array([REPLY, REWORK])}) AND r.met_at <= d.started_at
                      ORDER BY r.met_at DESC LIMIT 1) AS replied ON true
 WHERE d.kind = '{REWORK}' AND d.started_at >= %(since)s AND d.started_at < %(cut)s
"""  # noqa: S608 - put together from our own constants
# An evaluation is one of whoever kept the promise by the reply that is judged. One whose cause the call had found to be
# objective leaves the base of the appraisal (docs/domain.md 4.8).
_EVALUATIONS = f"""
SELECT e.id, coalesce(kept.organ_id, answered.office_id) AS organ_id, kept.post_id,
       CASE WHEN e.grade >= 3 THEN 1 END AS counted, true AS base, e.at, answered.id AS case_id
  FROM complaints_evaluation AS e
  JOIN complaints_reply AS r ON r.id = e.reply_id
  JOIN complaints_case AS answered ON answered.id = r.case_id
  LEFT JOIN LATERAL (SELECT organ_id, post_id FROM efficiency_deadline AS d
                      WHERE d.content_type_id = %(case)s AND d.object_id = r.case_id
                        AND d.kind = ANY({known.array([REPLY, REWORK, ACCEPT])}) AND d.met_at = r.decided_at
                      ORDER BY d.kind DESC LIMIT 1) AS kept ON true
 WHERE e.at >= %(since)s AND e.at < %(cut)s
   AND (e.grade > 2 OR NOT coalesce((
       SELECT call.data ->> 'cause' = 'objective' FROM complaints_caseevent AS call
        WHERE call.case_id = e.case_id AND call.action = 'record_follow_up' AND call.at < %(known)s
          AND (call.data ->> 'evaluation')::bigint = e.id
        ORDER BY call.number DESC LIMIT 1), false))
"""  # noqa: S608 - put together from our own constants


def in_time(statement: str, case_id: str = "object_id") -> Count:
    """Return how a rate in time follows from the promises that a statement of ``known.counted`` gives."""
    return Count((Source(Deadline, _in_time(statement, case_id), values=_types),))


def early(statement: str) -> Count:
    """Return how the rate of what was done before its last day follows from such promises."""
    rows = f"""
        SELECT id, organ_id, post_id, CASE WHEN {_DAY.format("met_at")} < {_DAY.format("due_at")} THEN 1 END AS counted,
               true AS base, at, NULL::bigint AS case_id
          FROM ({statement}) AS promise WHERE met_at IS NOT NULL
    """  # noqa: S608 - put together from our own constants
    return Count((Source(Deadline, rows, values=_types),))


# Working days after that of the acceptance, less those on which the clock stood still.
_DAYS = f"""
SELECT promise.id, organ_id, post_id, until.ordinal - since.ordinal - suspended_days AS counted, true AS base,
       at, object_id AS case_id
  FROM ({known.counted(REPLY)}) AS promise
  LEFT JOIN efficiency_calendarday AS since ON since.date = {_DAY.format("started_at")}
  LEFT JOIN efficiency_calendarday AS until ON until.date = {_DAY.format("met_at")}
 WHERE met_at IS NOT NULL
"""  # noqa: S608 - put together from our own constants
_TRANSFERS = """
SELECT id, (data ->> 'from_organ')::bigint AS organ_id, NULL::bigint AS post_id, 1 AS counted, false AS base,
       at, case_id
  FROM complaints_caseevent WHERE action = 'transfer' AND at >= %(since)s AND at < %(cut)s
"""
# A return was wrong where the ruling upon it gave the case to the same organ again.
_RETURNS = """
SELECT e.id, (e.data ->> 'from_organ')::bigint AS organ_id, e.actor_post_id AS post_id, true AS base,
       e.at, e.case_id,
       CASE WHEN (e.data ->> 'from_organ')::bigint = ruling.organ_id THEN 1 END AS counted
  FROM complaints_caseevent AS e
  LEFT JOIN LATERAL (SELECT (n.data ->> 'organ')::bigint AS organ_id FROM complaints_caseevent AS n
                      WHERE n.case_id = e.case_id AND n.number > e.number AND n.action = 'instruct' AND n.at < %(known)s
                      ORDER BY n.number LIMIT 1) AS ruling ON true
 WHERE e.action = 'return' AND e.at >= %(since)s AND e.at < %(cut)s
"""

# The cases of an efficiency office, by the first step that decided how each is handled: answered without an assignment,
# or assigned to an organ (docs/domain.md 12).
_RECEIVED = """
SELECT c.id, c.office_id AS organ_id, NULL::bigint AS post_id, true AS base, CASE WHEN {counted} THEN 1 END AS counted,
       c.received_at AS at, c.id AS case_id
  FROM complaints_case AS c WHERE c.received_at >= %(since)s AND c.received_at < %(cut)s
"""
_ASSIGNED = """EXISTS (SELECT FROM complaints_caseevent AS e WHERE e.case_id = c.id AND e.action = 'instruct'
                       AND e.data ->> 'handling' = 'assigned' AND e.at < %(cut)s)"""
_ANSWERED = """EXISTS (SELECT FROM complaints_reply AS r
                       WHERE r.case_id = c.id AND r.state = 'sent' AND r.decided_at < %(cut)s)"""
# The cases that were assigned in the period, by the organ to which each was assigned first in it.
_CLOSED = """
SELECT id, organ_id, NULL::bigint AS post_id, true AS base, CASE WHEN is_replied THEN 1 END AS counted,
       at, id AS case_id
  FROM (SELECT DISTINCT ON (e.case_id) e.case_id AS id, e.at, (e.data ->> 'organ')::bigint AS organ_id,
               EXISTS (SELECT FROM complaints_reply AS r
                        WHERE r.case_id = e.case_id AND r.state = 'sent' AND r.decided_at >= e.at
                          AND r.decided_at < %(cut)s) AS is_replied
          FROM complaints_caseevent AS e
         WHERE e.action = 'instruct' AND e.data ->> 'handling' = 'assigned' AND e.at >= %(since)s AND e.at < %(cut)s
         ORDER BY e.case_id, e.number) AS assigned
"""
# Of the replies that are the base of the rate, whatever the call found: an answer on the spot is not among them.
_EVALUATED = f"""
SELECT e.id, kept.organ_id, kept.post_id, 1 AS counted, false AS base, e.at, r.case_id
  FROM complaints_evaluation AS e
  JOIN complaints_reply AS r ON r.id = e.reply_id
  JOIN LATERAL (SELECT organ_id, post_id FROM efficiency_deadline AS d
                 WHERE d.content_type_id = %(case)s AND d.object_id = r.case_id
                   AND d.kind = ANY({known.array([REPLY, REWORK])}) AND d.met_at = r.decided_at
                 ORDER BY d.kind DESC LIMIT 1) AS kept ON true
 WHERE e.at >= %(since)s AND e.at < %(cut)s
"""  # noqa: S608 - put together from our own constants
_DISSATISFIED = f"""
SELECT id, organ_id, post_id, CASE WHEN counted IS NULL THEN 1 END AS counted, base, at, case_id
  FROM ({_EVALUATIONS}) AS evaluation
"""  # noqa: S608 - our own constants

# What was received and is neither somebody else's to handle nor still within the limit to decide; what the citizen was
# asked to supplement is. An answer on the spot is taken for an acceptance.
ACCEPTED = """EXISTS (SELECT FROM complaints_caseevent AS e WHERE e.case_id = c.id AND e.at < %(cut)s
                       AND (e.to_state = 'accepted' AND e.from_state <> 'accepted' OR e.action = 'answer_on_spot'))"""
REDIRECTED = """EXISTS (SELECT FROM complaints_caseevent AS e WHERE e.case_id = c.id AND e.at < %(cut)s
                         AND e.action = 'redirect')"""


def within_limit(moved: str = known.MOVED, overdue_at: str = known.OVERDUE_AT) -> str:
    """Return whether a case still waited for its acceptance at the cut-off, or for what the citizen was asked for."""
    return f"""EXISTS (SELECT FROM efficiency_deadline AS d {moved}
                        WHERE d.content_type_id = %(case)s AND d.object_id = c.id AND d.started_at < %(cut)s
                          AND d.kind = ANY({known.array([ACCEPT, SUPPLEMENT])})
                          AND (d.ended_at IS NULL OR d.ended_at >= %(cut)s) AND {overdue_at} > %(cut)s)"""


_ACCEPTANCE = f"""
SELECT id, office_id AS organ_id, NULL::bigint AS post_id, CASE WHEN is_accepted THEN 1 END AS counted,
       is_accepted OR NOT (is_redirected OR is_within) AS base, received_at AS at, id AS case_id
  FROM (SELECT c.id, c.office_id, c.received_at, {ACCEPTED} AS is_accepted, {REDIRECTED} AS is_redirected,
               {within_limit()} AS is_within
          FROM complaints_case AS c WHERE c.received_at >= %(since)s AND c.received_at < %(cut)s) AS received
"""  # noqa: S608 - put together from our own constants
_EXTENDED = f"""
SELECT id, organ_id, post_id, true AS base, at, object_id AS case_id,
       CASE WHEN EXISTS (SELECT FROM efficiency_extension AS x
                          WHERE x.deadline_id = promise.id AND x.granted_at <= promise.met_at) THEN 1 END AS counted
  FROM ({_REPLIES}) AS promise WHERE met_at IS NOT NULL
"""  # noqa: S608 - put together from our own constants
_RETURNED = """
SELECT id, (data ->> 'from_organ')::bigint AS organ_id, actor_post_id AS post_id, 1 AS counted, false AS base,
       at, case_id
  FROM complaints_caseevent WHERE action = 'return' AND at >= %(since)s AND at < %(cut)s
"""
_ASSIGNED_CASES = f"SELECT id, organ_id, post_id, NULL::int AS counted, base, at, case_id FROM ({_CLOSED}) AS assigned"  # noqa: S608
# Each closing of a complaint, by what the last reply before it found; whose it is, is whose reply that was.
_FOUND = f"""
SELECT e.id, coalesce(kept.organ_id, c.office_id) AS organ_id, kept.post_id, e.at, e.case_id, true AS base,
       CASE WHEN reply.outcome IN ('upheld', 'partly') THEN 1 END AS counted
  FROM complaints_caseevent AS e
  JOIN complaints_case AS c ON c.id = e.case_id AND c.kind = 'complaint'
  JOIN LATERAL (SELECT outcome, decided_at FROM complaints_reply AS r
                 WHERE r.case_id = e.case_id AND r.state = 'sent' AND r.decided_at <= e.at
                 ORDER BY r.decided_at DESC, r.id DESC LIMIT 1) AS reply ON reply.outcome <> 'not_verifiable'
  LEFT JOIN LATERAL (SELECT organ_id, post_id FROM efficiency_deadline AS d
                      WHERE d.content_type_id = %(case)s AND d.object_id = e.case_id
                        AND d.kind = ANY({known.array([REPLY, REWORK, ACCEPT])}) AND d.met_at = reply.decided_at
                      ORDER BY d.kind DESC LIMIT 1) AS kept ON true
 WHERE e.action = 'close' AND e.at >= %(since)s AND e.at < %(cut)s
"""  # noqa: S608 - put together from our own constants
# Calls that fell due; one that was taken back before its time was over is none.
_CALLS = f"""
SELECT id, organ_id, post_id, true AS base, due_at AS at, object_id AS case_id,
       CASE WHEN met_at < %(cut)s THEN 1 END AS counted
  FROM (SELECT d.id, d.organ_id, d.post_id, d.object_id, d.state, d.met_at, d.ended_at, {known.DUE_AT} AS due_at,
               {known.OVERDUE_AT} AS overdue_at
          FROM efficiency_deadline AS d {known.MOVED}
         WHERE d.kind = '{FOLLOW_UP}' AND d.started_at < %(cut)s) AS call
 WHERE due_at >= %(since)s AND due_at < %(cut)s
   AND NOT (state = 'cancelled' AND ended_at < %(cut)s AND ended_at < overdue_at)
"""  # noqa: S608 - put together from our own constants


def _judged(counted: str, base: str) -> str:
    """Return evaluations by the organ whose reply they judge, whatever the call found."""
    return f"""
        SELECT e.id, coalesce(kept.organ_id, answered.office_id) AS organ_id, kept.post_id, e.at,
               answered.id AS case_id, CASE WHEN {counted} THEN 1 END AS counted, {base} AS base
          FROM complaints_evaluation AS e
          JOIN complaints_reply AS r ON r.id = e.reply_id
          JOIN complaints_case AS answered ON answered.id = r.case_id
          LEFT JOIN LATERAL (SELECT organ_id, post_id FROM efficiency_deadline AS d
                              WHERE d.content_type_id = %(case)s AND d.object_id = r.case_id
                                AND d.kind = ANY({known.array([REPLY, REWORK, ACCEPT])}) AND d.met_at = r.decided_at
                              ORDER BY d.kind DESC LIMIT 1) AS kept ON true
         WHERE e.at >= %(since)s AND e.at < %(cut)s
    """  # noqa: S608 - put together from our own constants


ACCEPTANCE_RATE = Count((Source(Case, _ACCEPTANCE, values=_types),))
EXTENSION_RATE = Count((Source(Deadline, _EXTENDED),))
RETURN_RATE = Count(
    (Source(CaseEvent, _RETURNED, (Part.NUMERATOR,)), Source(Case, _ASSIGNED_CASES, (Part.DENOMINATOR,)))
)
UPHELD_RATE = Count((Source(CaseEvent, _FOUND, values=_types),))
FOLLOW_UP_RATE = Count((Source(Deadline, _CALLS),))
RESPONSE_RATE = Count(
    (Source(Evaluation, _judged("e.contacted_in_time", "e.contacted_in_time IS NOT NULL"), values=_types),)
)
SOLVED_RATE = Count((Source(Evaluation, _judged("e.solved", "e.solved IS NOT NULL"), values=_types),))
ALL_SATISFIED = Count((Source(Evaluation, _judged("e.grade >= 3", "true"), values=_types),))
ALL_DISSATISFIED = Count((Source(Evaluation, _judged("e.grade < 3", "true"), values=_types),))

ON_TIME_ACCEPTANCE = in_time(known.counted(ACCEPT))
ON_TIME_CLOSING = in_time(_REPLIES)
REWORK_RATE = Count(
    (Source(Deadline, _REWORK, (Part.NUMERATOR,)), Source(Deadline, _REPLIED, (Part.DENOMINATOR,))),
)
SATISFACTION = Count((Source(Evaluation, _EVALUATIONS, values=_types),))
KEPT_RATE = in_time(matters.counted(MATTER), "NULL::bigint")
EARLY_RATE = early(matters.counted(MATTER))
AVERAGE_DAYS = Count((Source(Deadline, _DAYS),), value=mean)
TRANSFERS = Count((Source(CaseEvent, _TRANSFERS, (Part.NUMERATOR,)),), value=number, has_base=False)
WRONG_RETURN_RATE = Count((Source(CaseEvent, _RETURNS),))

RECEIVED = Count((Source(Case, _RECEIVED.format(counted="true"), (Part.NUMERATOR,)),), value=number, has_base=False)
DIRECT_RATE = Count((Source(Case, _RECEIVED.format(counted=f"{_ANSWERED} AND NOT {_ASSIGNED}")),))
ASSIGNED_RATE = Count((Source(Case, _RECEIVED.format(counted=_ASSIGNED)),))
CLOSING_RATE = Count((Source(Case, _CLOSED),))
EVALUATION_RATE = Count(
    (
        Source(Evaluation, _EVALUATED, (Part.NUMERATOR,), values=_types),
        Source(Deadline, _REPLIED, (Part.DENOMINATOR,)),
    )
)
DISSATISFACTION = Count((Source(Evaluation, _DISSATISFIED, values=_types),))

PER_CENT = pgettext_lazy("unit of a figure", "%")
DAYS = pgettext_lazy("unit of a figure", "working days")
TIMES = pgettext_lazy("unit of a figure", "times")
CASES = pgettext_lazy("unit of a figure", "cases")

MEASURES = (
    Measure(
        "on_time_acceptance",
        pgettext_lazy("figure", "accepted in time"),
        PER_CENT,
        Direction.HIGHER,
        ON_TIME_ACCEPTANCE.figures,
        ON_TIME_ACCEPTANCE.rows,
        counts=Deadline,
        of=Deadline,
        numerator=pgettext_lazy("part of a figure", "decided on in time"),
        denominator=pgettext_lazy("part of a figure", "decided on, and undecided and overdue"),
        count=ON_TIME_ACCEPTANCE,
    ),
    Measure(
        "on_time_closing",
        pgettext_lazy("figure", "replied in time"),
        PER_CENT,
        Direction.HIGHER,
        ON_TIME_CLOSING.figures,
        ON_TIME_CLOSING.rows,
        counts=Deadline,
        of=Deadline,
        has_posts=True,
        numerator=pgettext_lazy("part of a figure", "replied in time"),
        denominator=pgettext_lazy("part of a figure", "replied, and unreplied and overdue"),
        count=ON_TIME_CLOSING,
    ),
    Measure(
        "rework_rate",
        pgettext_lazy("figure", "rework rate"),
        PER_CENT,
        Direction.LOWER,
        REWORK_RATE.figures,
        REWORK_RATE.rows,
        counts=Deadline,
        of=Deadline,
        has_posts=True,
        numerator=pgettext_lazy("part of a figure", "rework ordered"),
        denominator=pgettext_lazy("part of a figure", "replied"),
        count=REWORK_RATE,
    ),
    Measure(
        "satisfaction",
        pgettext_lazy("figure", "satisfaction"),
        PER_CENT,
        Direction.HIGHER,
        SATISFACTION.figures,
        SATISFACTION.rows,
        counts=Evaluation,
        of=Evaluation,
        has_posts=True,
        numerator=pgettext_lazy("part of a figure", "very satisfied to basically satisfied"),
        denominator=pgettext_lazy("part of a figure", "evaluated"),
        count=SATISFACTION,
    ),
    Measure(
        "kept_rate",
        pgettext_lazy("figure", "commitments kept"),
        PER_CENT,
        Direction.HIGHER,
        KEPT_RATE.figures,
        KEPT_RATE.rows,
        counts=Deadline,
        of=Deadline,
        has_posts=True,
        numerator=pgettext_lazy("part of a figure", "matters decided within the committed limit"),
        denominator=pgettext_lazy("part of a figure", "matters decided, and open and overdue"),
        count=KEPT_RATE,
    ),
    Measure(
        "early_rate",
        pgettext_lazy("figure", "finished early"),
        PER_CENT,
        Direction.HIGHER,
        EARLY_RATE.figures,
        EARLY_RATE.rows,
        counts=Deadline,
        of=Deadline,
        has_posts=True,
        numerator=pgettext_lazy("part of a figure", "matters decided before the last day"),
        denominator=pgettext_lazy("part of a figure", "matters decided"),
        count=EARLY_RATE,
    ),
    Measure(
        "average_days",
        pgettext_lazy("figure", "average time to reply"),
        DAYS,
        Direction.LOWER,
        AVERAGE_DAYS.figures,
        AVERAGE_DAYS.rows,
        counts=Deadline,
        of=Deadline,
        has_posts=True,
        numerator=pgettext_lazy("part of a figure", "working days from acceptance to reply"),
        denominator=pgettext_lazy("part of a figure", "replied"),
        count=AVERAGE_DAYS,
    ),
    Measure(
        "transfers",
        pgettext_lazy("figure", "transfers"),
        TIMES,
        Direction.LOWER,
        TRANSFERS.figures,
        TRANSFERS.rows,
        counts=CaseEvent,
        numerator=pgettext_lazy("part of a figure", "cases that were transferred away"),
        count=TRANSFERS,
    ),
    Measure(
        "wrong_return_rate",
        pgettext_lazy("figure", "wrong returns"),
        PER_CENT,
        Direction.LOWER,
        WRONG_RETURN_RATE.figures,
        WRONG_RETURN_RATE.rows,
        counts=CaseEvent,
        of=CaseEvent,
        has_posts=True,
        numerator=pgettext_lazy("part of a figure", "returns overruled"),
        denominator=pgettext_lazy("part of a figure", "returned"),
        count=WRONG_RETURN_RATE,
    ),
    Measure(
        "dissatisfaction",
        pgettext_lazy("figure", "dissatisfaction"),
        PER_CENT,
        Direction.LOWER,
        DISSATISFACTION.figures,
        DISSATISFACTION.rows,
        counts=Evaluation,
        of=Evaluation,
        has_posts=True,
        numerator=pgettext_lazy("part of a figure", "dissatisfied or very dissatisfied"),
        denominator=pgettext_lazy("part of a figure", "evaluated"),
        count=DISSATISFACTION,
    ),
    Measure(
        "evaluation_rate",
        pgettext_lazy("figure", "evaluation rate"),
        PER_CENT,
        Direction.HIGHER,
        EVALUATION_RATE.figures,
        EVALUATION_RATE.rows,
        counts=Evaluation,
        of=Deadline,
        has_posts=True,
        numerator=pgettext_lazy("part of a figure", "evaluated"),
        denominator=pgettext_lazy("part of a figure", "replied"),
        count=EVALUATION_RATE,
    ),
    Measure(
        "closing_rate",
        pgettext_lazy("figure", "closing rate"),
        PER_CENT,
        Direction.HIGHER,
        CLOSING_RATE.figures,
        CLOSING_RATE.rows,
        counts=Case,
        of=Case,
        numerator=pgettext_lazy("part of a figure", "replied by the cut-off"),
        denominator=pgettext_lazy("part of a figure", "assigned to an organ"),
        count=CLOSING_RATE,
    ),
    Measure(
        "received",
        pgettext_lazy("figure", "cases received"),
        CASES,
        Direction.HIGHER,
        RECEIVED.figures,
        RECEIVED.rows,
        counts=Case,
        numerator=pgettext_lazy("part of a figure", "cases received"),
        count=RECEIVED,
    ),
    Measure(
        "direct_rate",
        pgettext_lazy("figure", "answered directly"),
        PER_CENT,
        Direction.HIGHER,
        DIRECT_RATE.figures,
        DIRECT_RATE.rows,
        counts=Case,
        of=Case,
        numerator=pgettext_lazy("part of a figure", "answered without assignment"),
        denominator=pgettext_lazy("part of a figure", "cases received"),
        count=DIRECT_RATE,
    ),
    Measure(
        "assigned_rate",
        pgettext_lazy("figure", "assigned"),
        PER_CENT,
        Direction.LOWER,
        ASSIGNED_RATE.figures,
        ASSIGNED_RATE.rows,
        counts=Case,
        of=Case,
        numerator=pgettext_lazy("part of a figure", "assigned to an organ"),
        denominator=pgettext_lazy("part of a figure", "cases received"),
        count=ASSIGNED_RATE,
    ),
    Measure(
        "acceptance_rate",
        pgettext_lazy("figure", "acceptance rate"),
        PER_CENT,
        Direction.HIGHER,
        ACCEPTANCE_RATE.figures,
        ACCEPTANCE_RATE.rows,
        counts=Case,
        of=Case,
        numerator=pgettext_lazy("part of a figure", "accepted, answers on the spot included"),
        denominator=pgettext_lazy(
            "part of a figure", "received, less those passed on and those still within the limit"
        ),
        count=ACCEPTANCE_RATE,
    ),
    Measure(
        "extension_rate",
        pgettext_lazy("figure", "extension rate"),
        PER_CENT,
        Direction.LOWER,
        EXTENSION_RATE.figures,
        EXTENSION_RATE.rows,
        counts=Deadline,
        of=Deadline,
        has_posts=True,
        numerator=pgettext_lazy("part of a figure", "replied with an extension"),
        denominator=pgettext_lazy("part of a figure", "replied"),
        count=EXTENSION_RATE,
    ),
    Measure(
        "return_rate",
        pgettext_lazy("figure", "return rate"),
        PER_CENT,
        Direction.LOWER,
        RETURN_RATE.figures,
        RETURN_RATE.rows,
        counts=CaseEvent,
        of=Case,
        numerator=pgettext_lazy("part of a figure", "returned to the office"),
        denominator=pgettext_lazy("part of a figure", "assigned to an organ"),
        count=RETURN_RATE,
    ),
    Measure(
        "upheld_rate",
        pgettext_lazy("figure", "complaints upheld"),
        PER_CENT,
        Direction.LOWER,
        UPHELD_RATE.figures,
        UPHELD_RATE.rows,
        counts=CaseEvent,
        of=CaseEvent,
        has_posts=True,
        numerator=pgettext_lazy("part of a figure", "upheld or partly upheld"),
        denominator=pgettext_lazy("part of a figure", "complaints closed, less those that could not be verified"),
        count=UPHELD_RATE,
    ),
    Measure(
        "follow_up_rate",
        pgettext_lazy("figure", "follow-up rate"),
        PER_CENT,
        Direction.HIGHER,
        FOLLOW_UP_RATE.figures,
        FOLLOW_UP_RATE.rows,
        counts=Deadline,
        of=Deadline,
        numerator=pgettext_lazy("part of a figure", "followed up"),
        denominator=pgettext_lazy("part of a figure", "due for a follow-up call"),
        count=FOLLOW_UP_RATE,
    ),
    Measure(
        "response_rate",
        pgettext_lazy("figure", "response rate"),
        PER_CENT,
        Direction.HIGHER,
        RESPONSE_RATE.figures,
        RESPONSE_RATE.rows,
        counts=Evaluation,
        of=Evaluation,
        has_posts=True,
        numerator=pgettext_lazy("part of a figure", "“contacted in time”: yes"),
        denominator=pgettext_lazy("part of a figure", "those who answered the question"),
        count=RESPONSE_RATE,
    ),
    Measure(
        "solved_rate",
        pgettext_lazy("figure", "solved rate"),
        PER_CENT,
        Direction.HIGHER,
        SOLVED_RATE.figures,
        SOLVED_RATE.rows,
        counts=Evaluation,
        of=Evaluation,
        has_posts=True,
        numerator=pgettext_lazy("part of a figure", "“solved”: yes"),
        denominator=pgettext_lazy("part of a figure", "those who answered the question"),
        count=SOLVED_RATE,
    ),
    # The public figures keep what leaves the base of the appraisal (docs/domain.md 4.8).
    Measure(
        "satisfaction_of_all",
        pgettext_lazy("figure", "satisfaction"),
        PER_CENT,
        Direction.HIGHER,
        ALL_SATISFIED.figures,
        ALL_SATISFIED.rows,
        counts=Evaluation,
        of=Evaluation,
        has_posts=True,
        numerator=pgettext_lazy("part of a figure", "very satisfied to basically satisfied"),
        denominator=pgettext_lazy("part of a figure", "evaluated"),
        count=ALL_SATISFIED,
        for_appraisal=False,
    ),
    Measure(
        "dissatisfaction_of_all",
        pgettext_lazy("figure", "dissatisfaction"),
        PER_CENT,
        Direction.LOWER,
        ALL_DISSATISFIED.figures,
        ALL_DISSATISFIED.rows,
        counts=Evaluation,
        of=Evaluation,
        has_posts=True,
        numerator=pgettext_lazy("part of a figure", "dissatisfied or very dissatisfied"),
        denominator=pgettext_lazy("part of a figure", "evaluated"),
        count=ALL_DISSATISFIED,
        for_appraisal=False,
    ),
)
