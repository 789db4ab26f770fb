"""
What is due today and on the next working day, for all who asked for the digest in the morning at once.

Whose move it is says ``complaints.worklist`` for one person and a page of cases; here the same is asked of few cases
for all people, in one statement. A test holds the two against each other.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from complaints import deadlines, messages, worklist
from complaints.enums import Channel, Handling, NamedPerson, RecusalGround, State
from complaints.models import BEFORE_DECISION, Assistance, Case, ReplyState
from complaints.obstacles import EXTENDED_IN, PARTS_OF_OWN_HANDLING, PARTS_UNDER_REVIEW, STILL_RUN
from complaints.people import WRITING_STEPS
from complaints.querysets import ENDED, STATES_WITH_ORGAN
from complaints.workflow import CONTACTED_IN, REPORTED_UP_IN, REVIEWS
from efficiency.access import persons
from efficiency.access.may import ACTING, MATRIX, Cell
from efficiency.access.models import User
from efficiency.deadlines.models import DeadlineState, Promise
from efficiency.organs.models import OrganKind, Role, TenureKind
from efficiency.outbox import registry
from efficiency.outbox.models import Message, MessageGroup
from efficiency.outbox.registry import Filling, Line

KIND = "complaints.digest"
# So many promises stand in a digest one by one; of the rest it says how many they are.
MOST_LINES = 20

# 1. The promises of government that fall due in the span, and the cases that they are about.
#    What the office owes beside the way of a case, at rest or not, is its officers' alone.
# 2. Whose move each case is: the steps that fit its state, and the seats that fit the step. Whoever handles it, too.
# 3. Of these, who may read the case: in reach of a seat, and nothing to do with it by any of the person's accounts.
DUE_BY_PERSON = """
WITH RECURSIVE account AS (
    SELECT * FROM unnest(%(users)s::bigint[], %(accounts)s::bigint[]) AS pair (user_id, account_id)
), step AS (
    SELECT * FROM jsonb_to_recordset(%(steps)s)
        AS step (
            state text, proposed boolean, to_check boolean, role text, ranks text[], own boolean, of_office boolean,
            who text
        )
), owed AS MATERIALIZED (
    SELECT d.kind, d.due_at, d.object_id AS case_id, d.organ_id, so.is_beside
      FROM efficiency_deadline AS d
      JOIN complaints_case AS c ON c.id = d.object_id
     CROSS JOIN LATERAL (
         SELECT d.kind = ANY(%(beside)s) OR d.kind = %(submit)s AND d.variant = %(afterwards)s
                OR d.kind = %(resolve_person)s AND c.state = ANY(%(ended)s) AS is_beside
     ) AS so
     WHERE d.content_type_id = %(case_type)s AND d.state = %(open)s AND d.promise <> %(owed_by_citizen)s
       AND d.due_at >= %(at)s AND d.due_at < %(until)s AND (NOT c.state = ANY(%(ended)s) OR so.is_beside)
), running AS MATERIALIZED (
    SELECT d.object_id AS case_id, d.kind
      FROM efficiency_deadline AS d
     WHERE d.content_type_id = %(case_type)s AND d.object_id IN (SELECT case_id FROM owed)
       AND (d.kind IN (%(contact)s, %(report_up)s) OR d.kind = %(submit)s AND d.variant = %(afterwards)s)
       AND d.state = ANY(%(still_run)s)
), matter AS MATERIALIZED (
    SELECT c.id, c.state, c.leading_id, c.office_id, c.handling_organ_id, c.handler_id, c.about_post_id,
           c.named_person_state = %(unresolved)s AS is_unresolved,
           coalesce(c.handling_organ_id = c.office_id, true) AS is_own,
           EXISTS (
               SELECT FROM efficiency_organ AS o WHERE o.id = c.handling_organ_id AND o.kind = %(office)s
           ) AS is_with_office,
           c.reply_waits <> '' AS is_proposed, c.reply_waits = 'check' AS check_waits,
           EXISTS (
               SELECT FROM complaints_supervisionorder AS o JOIN efficiency_organ AS to_whom ON to_whom.id = o.organ_id
                WHERE o.case_id = c.id AND o.answered_at IS NULL AND o.ended_at IS NULL AND to_whom.kind <> %(office)s
           ) AS order_waits,
           EXISTS (
               SELECT FROM complaints_supervisionorder AS o JOIN efficiency_organ AS to_whom ON to_whom.id = o.organ_id
                WHERE o.case_id = c.id AND o.answered_at IS NULL AND o.ended_at IS NULL AND to_whom.kind = %(office)s
           ) AS order_of_office_waits,
           c.state = ANY(%(contacted_in)s) AND NOT c.anonymous AND EXISTS (
               SELECT FROM running AS d WHERE d.case_id = c.id AND d.kind = %(contact)s
           ) AS contact_waits,
           c.consent,
           c.state = ANY(%(reported_up_in)s) AND c.channel = %(superior)s AND EXISTS (
               SELECT FROM running AS d WHERE d.case_id = c.id AND d.kind = %(report_up)s
           ) AS report_waits,
           EXISTS (SELECT FROM running AS d WHERE d.case_id = c.id AND d.kind = %(submit)s) AS sheet_waits
      FROM complaints_case AS c WHERE c.id IN (SELECT case_id FROM owed)
), seat AS MATERIALIZED (  -- an efficiency office reaches what its government does
    SELECT DISTINCT t.user_id, p.role, p.rank, p.organ_id, p.section, p.id AS post_id,
           t.kind = %(stand_in)s AS is_stand_in,
           CASE WHEN o.kind = %(office)s THEN coalesce(o.parent_id, o.id) ELSE o.id END AS root_id
      FROM efficiency_tenure AS t
      JOIN efficiency_post AS p ON p.id = t.post_id
      JOIN efficiency_organ AS o ON o.id = p.organ_id
     WHERE t.user_id IN (SELECT user_id FROM account)
       AND t.since <= %(on)s AND (t.until IS NULL OR t.until > %(on)s)
), above AS (
    SELECT id AS of_id, id, parent_id FROM efficiency_organ
     WHERE id IN (SELECT office_id FROM matter UNION SELECT handling_organ_id FROM matter)
     UNION
    SELECT above.of_id, o.id, o.parent_id FROM efficiency_organ AS o JOIN above ON o.id = above.parent_id
), concerned AS (
    SELECT m.id AS case_id, s.user_id, false AS is_beside
      FROM matter AS m
      JOIN step ON (step.state IS NULL OR step.state = m.state)
       AND (step.proposed IS NULL OR step.proposed = m.is_proposed) AND (step.own IS NULL OR step.own = m.is_own)
       AND (step.to_check IS NULL OR step.to_check = m.check_waits)
      JOIN seat AS s ON s.role = step.role AND (step.ranks IS NULL OR s.rank = ANY(step.ranks))
       AND s.organ_id = CASE WHEN step.of_office THEN m.office_id ELSE m.handling_organ_id END
     CROSS JOIN LATERAL (
         SELECT coalesce(m.handler_id = s.user_id, true) OR s.is_stand_in AND EXISTS (
                SELECT FROM efficiency_tenure AS h
                 WHERE h.post_id = s.post_id AND h.user_id = m.handler_id AND h.kind <> %(stand_in)s
                   AND h.since <= %(on)s AND (h.until IS NULL OR h.until > %(on)s)) AS handles,
                EXISTS (
                SELECT FROM complaints_reply AS r
                 WHERE r.case_id = m.id AND r.state = ANY(%(before_decision)s)
                   AND (r.checked_by_id = s.user_id OR EXISTS (
                        SELECT FROM complaints_caseevent AS e
                         WHERE e.case_id = m.id AND e.actor_id = s.user_id AND e.action = ANY(%(writing)s)
                           AND (e.data->>'reply')::bigint IN (
                                SELECT w.id FROM complaints_reply AS w  -- as ``Reply.objects.living`` says
                                 WHERE w.case_id = m.id
                                   AND (w.id = r.id OR w.state = %(returned)s AND NOT EXISTS (
                                        SELECT FROM complaints_reply AS s
                                         WHERE s.case_id = m.id AND s.state = %(sent)s AND s.id > w.id)))))) AS had_part
     ) AS person
     WHERE CASE step.who
           WHEN 'handler' THEN person.handles
           WHEN 'handler who calls' THEN person.handles AND m.contact_waits AND m.consent
                AND m.state = ANY(%(called_by_handler_in)s)
           WHEN 'calls for the organ' THEN m.contact_waits AND NOT m.consent
           WHEN 'reports upward' THEN m.report_waits
           WHEN 'hands in the sheet' THEN m.sheet_waits AND NOT EXISTS (
                SELECT FROM complaints_caseevent AS e
                 WHERE e.case_id = m.id AND e.action = 'instruct' AND e.actor_id = s.user_id AND e.data ? 'first')
           WHEN 'decides on more time' THEN EXISTS (
                SELECT FROM complaints_extensionrequest AS r JOIN efficiency_deadline AS d ON d.id = r.deadline_id
                 WHERE r.case_id = m.id AND r.state = 'asked' AND d.state = ANY(%(still_run)s)
                   AND d.kind = %(extended_in)s::jsonb ->> m.state
                   AND r.asked_by_id <> s.user_id)
           WHEN 'decides on a stop' THEN EXISTS (
                SELECT FROM complaints_suspensionrequest AS r JOIN efficiency_deadline AS d ON d.id = r.deadline_id
                 WHERE r.case_id = m.id AND r.state = 'asked' AND d.state = %(open)s AND m.state = %(handling)s
                   AND r.organ_id = m.handling_organ_id AND r.asked_by_id <> s.user_id)
           WHEN 'had no part' THEN NOT EXISTS (
                SELECT FROM complaints_caseevent AS e JOIN complaints_case AS c ON c.id = e.case_id
                 WHERE e.case_id IN (m.id, m.leading_id) AND e.actor_id = s.user_id
                   AND e.action = ANY(CASE WHEN c.handling = %(own)s THEN %(parts_of_own)s ELSE %(parts)s END))
           WHEN 'had no part in the reply' THEN NOT person.had_part
           WHEN 'not the submitter' THEN NOT EXISTS (
                SELECT FROM complaints_caseevent AS e
                 WHERE e.case_id = m.id AND e.action IN ('submit', 'report_unclear') AND e.actor_id = s.user_id)
           WHEN 'not the reporter' THEN NOT EXISTS (
                SELECT FROM complaints_caseevent AS e
                 WHERE e.case_id = m.id AND e.action = 'report' AND e.actor_id = s.user_id
                   AND NOT EXISTS (SELECT FROM complaints_caseevent AS n
                                    WHERE n.case_id = m.id AND n.action = 'report' AND n.number > e.number))
           WHEN 'answers the order' THEN m.order_waits
           WHEN 'answers for the office' THEN m.order_of_office_waits
           WHEN 'resolves the name' THEN m.is_unresolved
           ELSE true END
     UNION
    SELECT m.id, m.handler_id, false FROM matter AS m WHERE m.handler_id IN (SELECT user_id FROM account)
     UNION  -- what the office owes whatever becomes of the case
    SELECT o.case_id, s.user_id, true
      FROM owed AS o JOIN seat AS s ON s.organ_id = o.organ_id AND s.role = %(officer)s WHERE o.is_beside
), told AS (
    SELECT c.case_id, c.user_id, c.is_beside FROM concerned AS c JOIN matter AS m ON m.id = c.case_id
     WHERE EXISTS (
               SELECT FROM seat AS s
                WHERE s.user_id = c.user_id
                  AND (s.role = ANY(%(of_office)s) AND EXISTS (
                           SELECT FROM above WHERE above.of_id IN (m.office_id, m.handling_organ_id)
                                               AND above.id = s.root_id)
                    OR s.role = ANY(%(of_organ)s) AND m.state = ANY(%(with_organ)s)
                       AND NOT m.is_unresolved AND NOT m.is_with_office AND EXISTS (
                           SELECT FROM above WHERE above.of_id = m.handling_organ_id AND above.id = s.root_id)))
       AND NOT EXISTS (
               SELECT FROM complaints_recusal AS r
                WHERE r.case_id = m.id AND CASE r.ground WHEN %(former_decision)s THEN m.state = ANY(%(under_review)s)
                                              WHEN %(named)s THEN m.is_unresolved ELSE true END
                  AND r.user_id IN (SELECT account_id FROM account WHERE account.user_id = c.user_id))
       AND NOT EXISTS (
               SELECT FROM efficiency_tenure AS t
                WHERE t.post_id = m.about_post_id
                  AND t.user_id IN (SELECT account_id FROM account WHERE account.user_id = c.user_id))
       AND NOT EXISTS (  -- the section complained about takes no step (docs/domain.md 4.3)
               SELECT FROM efficiency_post AS p
                 JOIN seat AS s ON s.user_id = c.user_id AND s.role = ANY(%(of_organ)s)
                  AND s.organ_id = p.organ_id AND s.section = p.section
                WHERE p.id = m.about_post_id AND p.section <> '')
), placed AS (
    SELECT told.user_id, owed.kind, owed.due_at, owed.case_id,
           row_number() OVER (PARTITION BY told.user_id ORDER BY owed.due_at, owed.case_id, owed.kind) AS place
      FROM told JOIN owed ON owed.case_id = told.case_id AND owed.is_beside = told.is_beside
)
SELECT user_id, count(*) FILTER (WHERE due_at < %(today_ends)s), count(*) FILTER (WHERE due_at >= %(today_ends)s),
       jsonb_agg(jsonb_build_array(case_id, kind, due_at) ORDER BY place) FILTER (WHERE place <= %(most_lines)s)
  FROM placed GROUP BY user_id
"""


# What assisting organs owe, for their own clerks and leaders: none of it while a name hides the part, and for nobody
# whom the case concerns or who works in the section that it is about (docs/trust.md Z-12).
PARTS_BY_PERSON = """
WITH account AS (
    SELECT * FROM unnest(%(users)s::bigint[], %(accounts)s::bigint[]) AS pair (user_id, account_id)
), seat AS MATERIALIZED (
    SELECT DISTINCT t.user_id, p.organ_id, p.section
      FROM efficiency_tenure AS t JOIN efficiency_post AS p ON p.id = t.post_id AND p.role = ANY(%(of_organ)s)
     WHERE t.user_id IN (SELECT user_id FROM account)
       AND t.since <= %(on)s AND (t.until IS NULL OR t.until > %(on)s)
), owed AS (
    SELECT DISTINCT s.user_id, d.object_id AS part_id, d.kind, d.due_at
      FROM efficiency_deadline AS d
      JOIN complaints_assistance AS part ON part.id = d.object_id
      JOIN complaints_case AS c ON c.id = part.case_id AND c.named_person_state <> %(unresolved)s
      JOIN seat AS s ON s.organ_id = part.organ_id
     WHERE d.content_type_id = %(part_type)s AND d.state = %(open)s AND d.due_at >= %(at)s AND d.due_at < %(until)s
       AND NOT EXISTS (
               SELECT FROM complaints_recusal AS r
                WHERE r.case_id = c.id
                  AND CASE r.ground WHEN %(former_decision)s THEN c.state = ANY(%(under_review)s)
                                    WHEN %(named)s THEN false ELSE true END
                  AND r.user_id IN (SELECT account_id FROM account WHERE account.user_id = s.user_id))
       AND NOT EXISTS (
               SELECT FROM efficiency_tenure AS t
                WHERE t.post_id = c.about_post_id
                  AND t.user_id IN (SELECT account_id FROM account WHERE account.user_id = s.user_id))
       AND NOT EXISTS (
               SELECT FROM efficiency_post AS p
                 JOIN seat AS own ON own.user_id = s.user_id AND own.organ_id = p.organ_id AND own.section = p.section
                WHERE p.id = c.about_post_id AND p.section <> '')
), placed AS (
    SELECT owed.*, row_number() OVER (PARTITION BY user_id ORDER BY due_at, part_id, kind) AS place FROM owed
)
SELECT user_id, count(*) FILTER (WHERE due_at < %(today_ends)s), count(*) FILTER (WHERE due_at >= %(today_ends)s),
       jsonb_agg(jsonb_build_array(part_id, kind, due_at) ORDER BY place) FILTER (WHERE place <= %(most_lines)s)
  FROM placed GROUP BY user_id
"""


def due_by_person(people: Iterable[User], *, at: datetime, today_ends: datetime, until: datetime) -> dict[int, dict]:
    """
    Return for each person for whom anything is due what a digest holds: two counts and the first promises.

    Due is what falls due from ``at`` on and before ``until``, in cases in which the next step is the person's or which
    the person handles, as far as the person may read them, and in the parts that their own organ is asked for. Ids,
    kinds and moments alone (docs/trust.md Z-15).
    """
    accounts = persons.accounts_of_each(people)
    if not accounts:
        return {}
    on = timezone.localdate(at)
    asked: dict[str, Any] = {
        "users": [user_id for user_id, _account_id in accounts],
        "accounts": [account_id for _user_id, account_id in accounts],
        "steps": json.dumps(steps()),
        "ended": [state.value for state in ENDED],
        "beside": list(deadlines.OF_OFFICE_BESIDE),
        "officer": Role.OFFICE_OFFICER.value,
        "case_type": ContentType.objects.get_for_model(Case).pk,
        "part_type": ContentType.objects.get_for_model(Assistance).pk,
        "open": DeadlineState.OPEN.value,
        "owed_by_citizen": Promise.OWED_BY_CITIZEN.value,
        "unresolved": NamedPerson.UNRESOLVED.value,
        "former_decision": RecusalGround.FORMER_DECISION.value,
        "named": RecusalGround.NAMED.value,
        "under_review": [state.value for state in REVIEWS],
        "office": OrganKind.EFFICIENCY_OFFICE.value,
        "writing": list(WRITING_STEPS),
        "before_decision": [state.value for state in BEFORE_DECISION],
        "returned": ReplyState.RETURNED.value,
        "sent": ReplyState.SENT.value,
        "of_office": [role.value for role in worklist.OF_OFFICE],
        "of_organ": [Role.CLERK.value, Role.ORGAN_LEADER.value],
        "stand_in": TenureKind.STAND_IN.value,
        "parts": list(PARTS_UNDER_REVIEW),
        "parts_of_own": list(PARTS_OF_OWN_HANDLING),
        "own": Handling.OWN.value,
        "handling": State.HANDLING.value,
        "with_organ": [state.value for state in STATES_WITH_ORGAN],
        "contact": deadlines.CONTACT,
        "contacted_in": [state.value for state in CONTACTED_IN],
        "called_by_handler_in": [state.value for state in worklist.CALLED_BY_HANDLER_IN],
        "report_up": deadlines.REPORT_UP,
        "submit": deadlines.SUBMIT,
        "resolve_person": deadlines.RESOLVE_PERSON,
        "afterwards": deadlines.URGENT,
        "reported_up_in": [state.value for state in REPORTED_UP_IN],
        "superior": Channel.SUPERIOR.value,
        "extended_in": json.dumps({state.value: kind for state, kind in EXTENDED_IN.items()}),
        "still_run": [state.value for state in STILL_RUN],
        "at": at,
        "on": on,
        "today_ends": today_ends,
        "until": until,
        "most_lines": MOST_LINES,
    }
    found: dict[int, dict] = {}
    with connection.cursor() as cursor:
        for statement in (DUE_BY_PERSON, PARTS_BY_PERSON):
            cursor.execute(statement, asked)
            for user_id, today, following, due in cursor.fetchall():
                of_person = found.setdefault(user_id, {"day": on.isoformat(), "today": 0, "next": 0, "due": []})
                of_person["today"] += today
                of_person["next"] += following
                of_person["due"] += json.loads(due)
    for of_person in found.values():
        first = sorted(of_person["due"], key=lambda each: datetime.fromisoformat(each[2]))
        of_person["due"] = first[:MOST_LINES]
    return found


def steps() -> list[dict[str, Any]]:
    """Return the moves of the work list, one for each role that may take them, as ``DUE_BY_PERSON`` reads them."""
    found = [
        _step(move, role, own=own)
        for move in worklist.MOVES
        for role, cell in MATRIX[move.right].items()
        for own in (True, False)
        if _allows(cell, role, own)
    ]
    for role, cell in MATRIX["case.answer_supervision"].items():
        if cell in ACTING:
            found.append(_any_state(role, own=role in worklist.OF_OFFICE, who="answers the order"))
            if role in worklist.OF_OFFICE:
                found.append(_any_state(role, own=None, who="answers for the office"))
    if MATRIX[worklist.RESOLVE.right].get(Role.OFFICE_OFFICER) in ACTING:
        found.append(_any_state(Role.OFFICE_OFFICER, own=None, who="resolves the name"))
    return found + _beside()


def _beside() -> list[dict[str, Any]]:
    """What is waited for beside the way of a case, as in ``worklist.waiting_for``."""
    decides = MATRIX[worklist.DECIDE_TIME.right].get(Role.OFFICE_OFFICER)
    found = [
        _any_state(Role.CLERK, own=False, who="handler who calls"),
        _any_state(Role.OFFICE_OFFICER, own=False, who="calls for the organ"),
        _any_state(Role.OFFICE_OFFICER, own=None, who="reports upward"),
        _any_state(Role.OFFICE_OFFICER, own=None, who="hands in the sheet"),
        _any_state(Role.OFFICE_OFFICER, own=None, who="decides on a stop"),
    ]
    if decides in ACTING:
        deciding = _any_state(Role.OFFICE_OFFICER, own=None, who="decides on more time")
        found.append(deciding | {"ranks": _ranks(decides)})
    return found


def _allows(cell: Cell, role: Role, own: bool) -> bool:
    if cell not in ACTING or (own and role not in worklist.OF_OFFICE):
        return False
    return own or not cell.is_of_own_handling


def _ranks(cell: Cell) -> list[str] | None:
    return None if cell.ranks is None else sorted(rank.value for rank in cell.ranks)


# Who of those entitled to a step may take it in person; where nothing stands here, everybody.
IN_PERSON = {
    "check_reply": "had no part in the reply",
    "approve_reply": "had no part in the reply",
    "instruct": "not the submitter",
    "close": "not the reporter",
    **dict.fromkeys(worklist.OF_HANDLER, "handler"),
}


def _step(move: worklist.Move, role: Role, *, own: bool) -> dict[str, Any]:
    who = "had no part" if move.state in REVIEWS else IN_PERSON.get(move.action, "")
    return _any_state(role, own=own, who=who) | {
        "state": move.state.value if move.state else None,
        "proposed": move.proposed,
        "to_check": move.to_check,
        "ranks": _ranks(MATRIX[move.right][role]),
    }


def _any_state(role: Role, *, own: bool | None, who: str) -> dict[str, Any]:
    return {
        "state": None,
        "proposed": None,
        "to_check": None,
        "role": role.value,
        "ranks": None,
        "own": own,
        "of_office": role in worklist.OF_OFFICE,
        "who": who,
    }


# --- What the outbox asks -------------------------------------------------------------------------------------------


def register() -> None:
    """Make the texts known; called once, when the app is ready."""
    registry.register_kind(
        KIND,
        gettext_lazy("Due today: %(today)s, on the next working day: %(next)s"),
        gettext_lazy("What is due in cases in which the next step is yours, or which you handle:"),
        group=MessageGroup.DIGEST,
        label=gettext_lazy("Digest in the morning"),
        still_wanted=still_wanted,
        fill=fill,
    )


def still_wanted(ids: Collection[int]) -> set[int]:
    """Keep the digests that still say anything to their reader (docs/trust.md Z-15)."""
    digests = list(Message.objects.filter(pk__in=ids))
    fillings = fill(digests)
    return {digest.pk for digest in digests if fillings[digest.pk].lines}


def fill(digests: Sequence[Message]) -> dict[int, Filling]:
    """Return what each digest says: a line for each promise of a case that its reader may know of now."""
    ids: dict[bool, set[int]] = {False: set(), True: set()}
    for digest in digests:
        for subject_id, kind, _due_at in digest.values["due"]:
            ids[_is_of_part(kind)].add(subject_id)
    readers = {digest.recipient_id for digest in digests if digest.recipient_id is not None}
    of_cases = Readable(messages.may_know(readers, ids[False]), messages.labels_of(ids[False]))
    of_parts = Readable(messages.may_know_part(readers, ids[True]), messages.part_labels_of(ids[True]))
    return {digest.pk: _filling(digest, {False: of_cases, True: of_parts}) for digest in digests}


class Readable(NamedTuple):
    """Who may know of which subject now, as pairs of person and subject, and what the subjects are called."""

    known: set[tuple[int, int]]
    labels: Mapping[int, tuple[str, str]]


def _is_of_part(kind: str) -> bool:
    return kind in deadlines.BY_NAME and deadlines.BY_NAME[kind].is_of_part


def _filling(digest: Message, readable: Mapping[bool, Readable]) -> Filling:
    counts = {"today": digest.values["today"], "next": digest.values["next"]}
    more = counts["today"] + counts["next"] - len(digest.values["due"])
    lines = []
    for subject_id, kind, due_at in digest.values["due"]:
        known, labels = readable[_is_of_part(kind)]
        if (digest.recipient_id, subject_id) in known and subject_id in labels:
            number, path = labels[subject_id]
            shown = registry.shown({"promise": kind, "due_at": due_at})
            lines.append(Line(_("%(number)s: %(promise)s, due %(due_at)s") % {"number": number, **shown}, path))
            continue
        day = timezone.localdate(datetime.fromisoformat(due_at)).isoformat()
        counts["today" if day <= digest.values["day"] else "next"] -= 1
    if more and lines:
        lines.append(Line(ngettext("and %(count)d more", "and %(count)d more", more) % {"count": more}))
    return Filling(values=counts, path=reverse("admin:index"), lines=tuple(lines))
