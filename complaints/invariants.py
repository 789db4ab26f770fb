"""What must be true of all cases at any time, whatever failed meanwhile (docs/trust.md 3.2); counted by ``verify``."""

from collections.abc import Iterator
from datetime import date

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints import deadlines, holds, parts, publishing
from complaints.actions import erasing
from complaints.enums import NamedPerson, State
from complaints.messages import identity_row
from complaints.models import Assistance, Case, CaseIdentity, PublicAnswer
from complaints.querysets import ASKED_IN, ENDED, STATES_WITH_ORGAN, UNDER_REVIEW
from complaints.workflow import AT_RECEPTION, EVERY, IN_HAND, TRANSITIONS, If
from efficiency import codes
from efficiency.access import cipher
from efficiency.access.may import ACTING, MATRIX
from efficiency.audit.verify import count_sql, register_invariant
from efficiency.files import store
from efficiency.organs.models import OrganKind, Role

ZONE = "Asia/Shanghai"
CHUNK = 2000

_CODES = """
SELECT count(*) FROM complaints_case AS c
 WHERE octet_length(c.code_hash) <> 32
    OR NOT EXISTS (SELECT FROM complaints_caseevent AS e WHERE e.case_id = c.id AND e.number = 1 AND e.action = 'file')
    OR (SELECT count(*) FROM complaints_attachment AS a JOIN complaints_caseevent AS e ON e.id = a.event_id
         WHERE a.case_id = c.id AND e.number = 1)
       <> (SELECT coalesce((e.data->>'files')::int, 0) FROM complaints_caseevent AS e
            WHERE e.case_id = c.id AND e.number = 1)
"""
_TOKENS = """
SELECT count(*) FROM complaints_filingtoken AS t JOIN complaints_case AS c ON c.id = t.case_id
 WHERE t.filed_at <> c.received_at
    OR EXISTS (SELECT FROM complaints_filingtoken AS o WHERE o.id <> t.id AND o.case_id = t.case_id)
"""
_NUMBERING = """
WITH numbered AS (
    SELECT case_id, number, from_state, to_state,
           row_number() OVER w AS expected,
           lag(to_state, 1, '') OVER w AS before
      FROM complaints_caseevent WINDOW w AS (PARTITION BY case_id ORDER BY number)
), broken AS (
    SELECT case_id FROM numbered WHERE number <> expected OR from_state <> before
    UNION
    SELECT c.id FROM complaints_case AS c
      LEFT JOIN complaints_caseevent AS e ON e.case_id = c.id AND e.number = c.version
     WHERE e.id IS NULL OR e.to_state <> c.state
        OR EXISTS (SELECT FROM complaints_caseevent AS f WHERE f.case_id = c.id AND f.number > c.version)
)
SELECT count(*) FROM broken
"""
_WITHOUT_TENURE = f"""
SELECT count(*) FROM complaints_caseevent AS e
 WHERE e.actor_kind = 'staff'
   AND NOT EXISTS (SELECT FROM efficiency_tenure AS t
                    WHERE t.user_id = e.actor_id AND t.post_id = e.actor_post_id
                      AND t.since <= (e.at AT TIME ZONE '{ZONE}')::date
                      -- a tenure may be ended on the day on which its last step was taken
                      AND (t.until IS NULL OR t.until >= (e.at AT TIME ZONE '{ZONE}')::date))
"""  # noqa: S608 - our own constant
# Whoever decided is recused while that is under review, whose name was found until it is resolved
# (``RecusalQuerySet.in_force``).
_IN_FORCE = (
    "CASE r.ground WHEN 'former_decision' THEN {state} IN ('reviewing', 'final_reviewing')"
    " WHEN 'named' THEN {unresolved} ELSE true END"
)
_IS_UNRESOLVED = "c.named_person_state = 'unresolved'"
_UNRESOLVED_SINCE = (
    "NOT EXISTS (SELECT FROM complaints_caseevent AS l"
    " WHERE l.case_id = e.case_id AND l.at >= r.at AND l.number < e.number AND (l.action = 'link_person'"
    " OR l.action = 'share_person' AND l.data->>'state' <> 'unresolved'))"
)
_RECUSED = f"""
SELECT count(*) FROM complaints_caseevent AS e
  JOIN complaints_recusal AS r ON r.case_id = e.case_id AND r.user_id = e.actor_id AND r.at < e.at
       AND {_IN_FORCE.format(state="e.from_state", unresolved=_UNRESOLVED_SINCE)}
"""  # noqa: S608 - our own constant
_OWN_REQUEST = """
SELECT (SELECT count(*) FROM complaints_caseevent AS i
          JOIN LATERAL (SELECT actor_id FROM complaints_caseevent AS s
                         WHERE s.case_id = i.case_id AND s.action IN ('submit', 'report_unclear')
                           AND s.number < i.number
                         ORDER BY s.number DESC LIMIT 1) AS submitted ON submitted.actor_id = i.actor_id
         WHERE i.action = 'instruct')
     + (SELECT count(*) FROM complaints_caseevent AS s
         WHERE s.action = 'submit' AND s.data ? 'afterwards'
           AND EXISTS (SELECT FROM complaints_caseevent AS i
                        WHERE i.case_id = s.case_id AND i.action = 'instruct' AND i.data ? 'first'
                          AND i.actor_id = s.actor_id))
     + (SELECT count(*) FROM complaints_caseevent AS a
         WHERE a.action IN ('check_reply', 'approve_reply')
           AND EXISTS (SELECT FROM complaints_caseevent AS d
                        WHERE d.case_id = a.case_id AND d.id <> a.id
                          AND d.action IN ('save_draft', 'add_reply_files', 'remove_reply_file', 'propose_reply',
                                           'check_reply')
                          AND d.data->'reply' = a.data->'reply' AND d.actor_id = a.actor_id))
     + (SELECT count(*) FROM complaints_caseevent AS a  -- the words of what came back, in the draft begun from it
          JOIN complaints_reply AS r ON r.case_id = a.case_id AND r.state = 'returned'
           AND r.id < (a.data->>'reply')::bigint
         WHERE a.action IN ('check_reply', 'approve_reply')
           AND NOT EXISTS (SELECT FROM complaints_reply AS s
                            WHERE s.case_id = a.case_id AND s.state = 'sent'
                              AND s.id > r.id AND s.id < (a.data->>'reply')::bigint)
           AND EXISTS (SELECT FROM complaints_caseevent AS d
                        WHERE d.case_id = a.case_id AND d.actor_id = a.actor_id
                          AND d.action IN ('save_draft', 'add_reply_files', 'remove_reply_file', 'propose_reply')
                          AND (d.data->>'reply')::bigint = r.id))
     + (SELECT count(*) FROM complaints_reply AS r
         WHERE r.checked_by_id IS NOT NULL
           AND NOT EXISTS (SELECT FROM complaints_caseevent AS k
                            WHERE k.case_id = r.case_id AND k.action = 'check_reply' AND k.actor_id = r.checked_by_id
                              AND (k.data->>'reply')::bigint = r.id))
     + (SELECT count(*) FROM complaints_caseevent AS i
          JOIN LATERAL (SELECT actor_id FROM complaints_caseevent AS s
                         WHERE s.case_id = i.case_id AND s.action = 'ask_new_code' AND s.number < i.number
                         ORDER BY s.number DESC LIMIT 1) AS asked ON asked.actor_id = i.actor_id
         WHERE i.action = 'issue_new_code')
     + (SELECT count(*) FROM complaints_caseevent AS u
          JOIN LATERAL (SELECT actor_id FROM complaints_caseevent AS s
                         WHERE s.case_id = u.case_id AND s.action = 'deny_contact' AND s.number < u.number
                         ORDER BY s.number DESC LIMIT 1) AS reported ON reported.actor_id = u.actor_id
         WHERE u.action = 'uphold_denial')
     + (SELECT count(*) FROM complaints_extensionrequest AS r WHERE r.decided_by_id = r.asked_by_id)
     + (SELECT count(*) FROM complaints_suspensionrequest AS r WHERE r.decided_by_id = r.asked_by_id)
     + (SELECT count(*) FROM complaints_publicanswer AS p
         WHERE p.decided_by_id IS NOT NULL
           AND EXISTS (SELECT FROM complaints_publicanswer AS d
                        WHERE d.case_id = p.case_id AND d.drafted_at <= p.drafted_at
                          AND d.drafted_by_id = p.decided_by_id))
"""
_TEXT_NOT_PROMISED = """
SELECT count(*) FROM complaints_case AS c
  JOIN efficiency_organ AS h ON h.id = c.handling_organ_id AND h.kind <> 'efficiency_office'
 WHERE c.wording = 'withheld' AND c.state = ANY(%(in_hand)s)
   AND NOT EXISTS (SELECT FROM efficiency_deadline AS d
                    WHERE d.content_type_id = %(type)s AND d.object_id = c.id AND d.kind = %(kind)s
                      AND d.state IN ('open', 'suspended'))
"""
_PERSONS_UNKNOWN = """
SELECT count(*) FROM complaints_case AS c
 WHERE (c.anonymous OR EXISTS (SELECT FROM complaints_erasure AS e WHERE e.case_id = c.id))
   AND (c.anonymous AND c.consent
        OR EXISTS (SELECT FROM complaints_caseidentity AS i WHERE i.case_id = c.id)
        OR EXISTS (SELECT FROM complaints_attachment AS a
                    WHERE a.case_id = c.id AND (a.sealed_name <> '' OR octet_length(a.original_name) > 0))
        OR NOT c.anonymous AND EXISTS (SELECT FROM complaints_origin AS o WHERE o.case_id = c.id)
           AND NOT EXISTS (SELECT FROM efficiency_deadline AS d
                            WHERE d.content_type_id = %(type)s AND d.object_id = c.id
                              AND d.kind = %(report_up)s AND d.state IN ('open', 'suspended')))
"""
_REVEALS = """
SELECT count(*) FROM complaints_reveal AS r
 WHERE trim(r.reason) = ''
    OR NOT EXISTS (SELECT FROM efficiency_auditrecord AS a
                    WHERE a.action IN ('case.reveal', 'case.open_original') AND a.outcome = 'done'
                      AND a.actor_id = r.by_id
                      AND a.object_type = 'complaints.case' AND a.object_id = r.case_id::text AND a.at = r.at)
"""
# Two days are left to the nightly erasure.
_OUTLIVED = f"""
SELECT count(*) FROM complaints_case AS c
 WHERE c.archived_at <= now() - make_interval(years => {erasing.IDENTITY_YEARS}, days => 2)
   AND NOT EXISTS (SELECT FROM complaints_retentionhold AS h
                    WHERE h.case_id = c.id AND h.lifted_at IS NULL
                      AND h.until >= (now() AT TIME ZONE '{ZONE}')::date)
   AND (EXISTS (SELECT FROM complaints_caseidentity AS i WHERE i.case_id = c.id)
        OR EXISTS (SELECT FROM complaints_origin AS o WHERE o.case_id = c.id AND o.withdrawn_id IS NULL)
           AND NOT {erasing.IS_REPORTED_LATER}
        OR c.texts_erased_at IS NULL
           AND c.archived_at <= now() - CASE c.retention WHEN '10y' THEN interval '10 years 2 days'
                                                         WHEN '30y' THEN interval '30 years 2 days' END
        OR c.archived_at <= now() - make_interval(years => {erasing.FILE_YEARS}, days => 2)
           AND EXISTS (SELECT FROM complaints_attachment AS a
                        WHERE a.case_id = c.id AND a.erased_at IS NULL
                          AND a.created_at <= now() - make_interval(years => {erasing.FILE_YEARS}, days => 2)))
"""  # noqa: S608 - our own constants


def register() -> None:
    """Make the checks known; called once, when the app is ready."""
    for number, title, count in (
        ("I-01", _("every case has a code, a first event and the files that were sent"), count_sql(_CODES)),
        ("I-02", _("a form files at most one case"), count_sql(_TOKENS)),
        ("I-03", _("an open case has a running promise"), open_without_promise),
        ("I-03", _("no promise runs that no step can keep any more"), promises_nobody_can_keep),
        ("I-03", _("an open part of an assisting organ is promised, one that has ended is not"), parts_not_promised),
        ("I-03", _("no part of an assisting organ outlives what it is for"), parts_left_over),
        ("I-03", _("a question waits where it can be answered, and has a date"), questions_left_over),
        ("I-07", _("events are numbered without gap and lead from state to state"), count_sql(_NUMBERING)),
        ("I-08", _("every step was taken from a running tenure"), count_sql(_WITHOUT_TENURE)),
        ("I-08", _("every step was taken with the right to it"), steps_without_right),
        ("I-08", _("nobody recused took a step"), count_sql(_RECUSED)),
        ("I-08", _("nobody confirmed their own request"), count_sql(_OWN_REQUEST)),
        ("I-10", _("every file that a row names is there, with its size and hash"), store.count_mismatches),
        ("I-10", _("no file older than a day is named by no row"), store.count_orphans),
        ("I-12", _("no open case lies with an organ that must not have it"), cases_with_excluded_organ),
        ("I-12", _("every handler has a tenure where the case lies, and is not concerned"), handlers_not_competent),
        ("I-13", _("nothing is known of who filed anonymously or was erased"), persons_not_unknown),
        ("I-13", _("nobody is back who was erased before a restore"), erasing.count_came_back),
        ("I-13", _("every identity can be opened"), identities_that_do_not_open),
        ("I-13", _("every look at an identity has reason and record"), count_sql(_REVEALS)),
        ("I-17", _("every promise about a case points to one"), promises_of_no_case),
        ("I-18", _("the next due date of a case is that of its promises"), next_due_not_as_counted),
        ("I-18", _("a case knows what its reply waits for"), reply_waits_not_as_stored),
        ("I-21", _("nothing open lies where nobody is entitled to it today"), cases_of_nobody),
        ("I-22", _("a text that is withheld from the organ which has the case is promised to it"), texts_not_promised),
        ("I-22", _("what is public of a case may be public"), publications_not_allowed),
        ("I-23", _("nothing outlives its time unless a hold is on it"), count_sql(_OUTLIVED)),
        ("I-19", _("numbers are well formed and of the year of filing"), numbers_not_right),
    ):
        register_invariant(number, title, count)


def _count(query: str, **params: str | int | date | list[str]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return int(cursor.fetchone()[0])


def persons_not_unknown() -> int:
    """Count the cases of which something leads to a complainant who is anonymous or was erased (I-13)."""
    return _count(_PERSONS_UNKNOWN, type=deadlines.content_type().pk, report_up=deadlines.REPORT_UP)


def open_without_promise() -> int:
    """Count open cases for which nothing is promised: they would be forgotten (I-03)."""
    return _count(
        """
        SELECT count(*) FROM complaints_case AS c
         WHERE c.state <> ALL(%(ended)s)
           AND NOT EXISTS (SELECT FROM efficiency_deadline AS d
                            WHERE d.content_type_id = %(type)s AND d.object_id = c.id
                              AND (d.state IN ('open', 'suspended')
                                   -- the worker is about to go on without what was not handed in
                                   OR d.state = 'lapsed' AND d.kind = 'complaints.supplement'
                                      AND c.state = 'supplementing'))
        """,
        ended=list(ENDED),
        type=deadlines.content_type().pk,
    )


def parts_not_promised() -> int:
    """
    Count the parts whose promises are not those of their state (I-03).

    The answer is promised while the part is open, the signing in until it is signed in, and nothing afterwards.
    """
    return _count(
        """
        SELECT count(*) FROM complaints_assistance AS p
         CROSS JOIN LATERAL (
             SELECT count(*) FILTER (WHERE d.kind = %(answer)s) AS answers,
                    count(*) FILTER (WHERE d.kind = %(sign_in)s) AS signings
               FROM efficiency_deadline AS d
              WHERE d.content_type_id = %(type)s AND d.object_id = p.id AND d.state IN ('open', 'suspended')
         ) AS running
         WHERE running.answers <> (p.state IN ('asked', 'signed_in'))::int
            OR running.signings <> (p.state = 'asked')::int
        """,
        type=ContentType.objects.get_for_model(Assistance).pk,
        answer=deadlines.ASSIST,
        sign_in=deadlines.ASSIST_SIGN_IN,
    )


def questions_left_over() -> int:
    """
    Count the questions that wait without a date, or where nobody handles the case, and the dates of no question (I-03).

    One whose time is over waits until the worker has gone on without the answer.
    """
    return _count(
        """
        SELECT count(*)
          FROM (SELECT * FROM complaints_question WHERE ended_id IS NULL) AS q
          FULL JOIN (SELECT * FROM efficiency_deadline
                      WHERE content_type_id = %(type)s AND kind = %(kind)s AND state IN ('open', 'suspended')) AS d
            ON d.id = q.deadline_id
          LEFT JOIN complaints_case AS c ON c.id = q.case_id
         WHERE q.id IS NULL OR c.state <> ALL(%(asked_in)s)
            OR d.id IS NULL AND NOT EXISTS (SELECT FROM efficiency_deadline AS l
                                             WHERE l.id = q.deadline_id AND l.state = 'lapsed')
        """,
        type=deadlines.content_type().pk,
        kind=deadlines.QUESTION,
        asked_in=[state.value for state in ASKED_IN],
    )


def texts_not_promised() -> int:
    """Count the cases that an organ has in hand and cannot read, although nobody owes it a text (I-22)."""
    return _count(
        _TEXT_NOT_PROMISED,
        in_hand=[state.value for state in IN_HAND],
        type=deadlines.content_type().pk,
        kind=deadlines.EDIT_TEXT,
    )


def publications_not_allowed() -> int:
    """Count public versions of cases of which nothing is published, or whose reply is not the last word (I-22)."""
    public = PublicAnswer.objects.public().select_related("case")
    return sum(
        each.case.state not in publishing.PUBLISHABLE or publishing.barrier(each.case) is not None
        for each in public.iterator(CHUNK)
    )


def parts_left_over() -> int:
    """Count the open parts whose case has gone on without them, or lies with the same organ (I-03)."""
    waiting = Assistance.objects.open().select_related("case__about_post__organ", "case__about_organ", "organ")
    return sum(parts.is_left_behind(part, part.case) for part in waiting.iterator(CHUNK))


def promises_nobody_can_keep() -> int:
    """
    Count running promises, other than the citizen's own, that no step from the case's state could keep (I-03).

    After its archiving a case still waits for a follow-up call or the answer to an order, and for nothing else.
    """
    keepable = [
        f"{state.value}/{kind}"
        for state in EVERY
        for row in TRANSITIONS
        for kind in (each.kind if isinstance(each, If) else each for each in row.closes)
        if state in _states_before(row.sources, kind)
    ]
    return _count(
        """
        SELECT count(*) FROM efficiency_deadline AS d JOIN complaints_case AS c ON c.id = d.object_id
         WHERE d.content_type_id = %(type)s AND d.state IN ('open', 'suspended') AND d.promise <> 'owed_by_citizen'
           AND c.state || '/' || d.kind <> ALL(%(keepable)s)
        """,
        type=deadlines.content_type().pk,
        keepable=keepable,
    )


def _states_before(sources: frozenset[State], kind: str) -> set[State]:
    """
    The states from which one of ``sources`` can be reached, those themselves included.

    A step that ends the promise on its way leads nowhere for it.
    """
    found = set(sources)
    while True:
        more = {
            state
            for row in TRANSITIONS
            if row.target is not None and row.target in found and kind not in row.cancels
            for state in row.sources
            if state not in found
        }
        if not more:
            return found
        found |= more


def steps_without_right() -> int:
    """Count steps taken from a post whose role the access matrix does not allow them to (I-08)."""
    allowed = [
        f"{row.action}/{role.value}"
        for row in TRANSITIONS
        if isinstance(row.right, str)
        for role, cell in MATRIX[row.right].items()
        if cell in ACTING
    ]
    at_reception = {"file": "case.file", **AT_RECEPTION}
    allowed += [
        f"{action}/{role.value}"
        for action, right in at_reception.items()
        for role, cell in MATRIX[right].items()
        if cell in ACTING
    ]
    # What follows in every case of an organ from what was decided about the organ.
    of_organ = dict.fromkeys(("succeed", "succeed_part"), "organ.hand_over")
    allowed += [
        f"{action}/{role.value}"
        for action, right in of_organ.items()
        for role, cell in MATRIX[right].items()
        if cell in ACTING
    ]
    return _count(
        """
        SELECT count(*) FROM complaints_caseevent AS e LEFT JOIN efficiency_post AS p ON p.id = e.actor_post_id
         WHERE e.actor_kind = 'staff' AND coalesce(e.action || '/' || p.role <> ALL(%(allowed)s), true)
        """,
        allowed=allowed,
    )


def cases_with_excluded_organ() -> int:
    """
    Count open cases that lie with an organ or an office that must not have them (I-12).

    That is where they are about its head, or about anybody of the office. While a name is not resolved a case may have
    come to lie there before, and is absent for the organ: only what somebody there has done with it since counts.
    """
    unresolved = _count(
        """
        SELECT count(*) FROM complaints_case AS c
          JOIN efficiency_organ AS o ON o.id = c.handling_organ_id AND o.kind <> %(office)s
          JOIN efficiency_deadline AS d ON d.content_type_id = %(type)s AND d.object_id = c.id
           AND d.kind = %(kind)s AND d.state IN ('open', 'suspended')
         WHERE c.named_person_state = %(unresolved)s AND c.state <> ALL(%(ended)s)
           AND EXISTS (SELECT FROM complaints_caseevent AS e JOIN efficiency_post AS p ON p.id = e.actor_post_id
                        WHERE e.case_id = c.id AND e.actor_kind = 'staff' AND e.at > d.started_at
                          AND p.role IN (%(clerk)s, %(leader)s))
        """,
        office=OrganKind.EFFICIENCY_OFFICE.value,
        type=deadlines.content_type().pk,
        kind=deadlines.RESOLVE_PERSON,
        unresolved=NamedPerson.UNRESOLVED.value,
        ended=list(ENDED),
        clerk=Role.CLERK.value,
        leader=Role.ORGAN_LEADER.value,
    )
    of_office = Q(about_post__organ__kind=OrganKind.EFFICIENCY_OFFICE)
    about_organ = Q(about_organ__isnull=False)
    about_some = Case.objects.exclude(state__in=ENDED).filter(Q(about_post__is_head=True) | of_office | about_organ)
    return unresolved + sum(
        holds.office_for(case, case.office) != case.office
        or (
            case.state in STATES_WITH_ORGAN
            and case.handling_organ is not None
            and holds.is_excluded(case, case.handling_organ)
        )
        for case in about_some.select_related("office", "handling_organ", "about_post__organ", "about_organ").iterator(
            CHUNK
        )
    )


# Every organ with itself and each one above it: the tree lets these see what the organ handles.
_ABOVE = """
above AS (
    SELECT id AS organ_id, id AS above_id, parent_id FROM efficiency_organ
     UNION  -- ends even where the tree were a circle
    SELECT a.organ_id, o.id, o.parent_id FROM above AS a JOIN efficiency_organ AS o ON o.id = a.parent_id
)
"""
# The organ below which a post reaches: an efficiency office reaches what its government does.
_ROOT = "CASE WHEN o.kind = %(office)s THEN coalesce(o.parent_id, o.id) ELSE o.id END"


def handlers_not_competent() -> int:
    """
    Count open cases whose handler cannot handle them (I-12).

    Such is whoever has no running tenure at the organ that has the case or above it, holder's or stand-in's, is
    recused, or holds or held the post concerned.
    """
    return _count(
        f"""
        WITH RECURSIVE {_ABOVE}
        SELECT count(*) FROM complaints_case AS c LEFT JOIN efficiency_organ AS h ON h.id = c.handling_organ_id
         WHERE c.handler_id IS NOT NULL AND c.state <> ALL(%(ended)s)
           AND (NOT EXISTS (SELECT FROM efficiency_tenure AS t
                              JOIN efficiency_post AS p ON p.id = t.post_id
                              JOIN efficiency_organ AS o ON o.id = p.organ_id
                              JOIN above AS a ON a.organ_id = c.handling_organ_id AND a.above_id = {_ROOT}
                             WHERE t.user_id = c.handler_id AND t.since <= %(on)s
                               AND (t.until IS NULL OR t.until > %(on)s)
                               AND p.role = CASE WHEN h.kind = %(office)s THEN %(officer)s ELSE %(clerk)s END)
                OR EXISTS (SELECT FROM efficiency_tenure AS t
                            WHERE t.user_id = c.handler_id AND t.post_id = c.about_post_id)
                OR EXISTS (SELECT FROM complaints_recusal AS r
                            WHERE r.case_id = c.id AND r.user_id = c.handler_id
                              AND {_IN_FORCE.format(state="c.state", unresolved=_IS_UNRESOLVED)}))
        """,  # noqa: S608 - our own constant
        ended=list(ENDED),
        on=timezone.localdate(),
        clerk=Role.CLERK.value,
        officer=Role.OFFICE_OFFICER.value,
        office=OrganKind.EFFICIENCY_OFFICE.value,
    )


def cases_of_nobody() -> int:
    """
    Count open cases that nobody is entitled to today: they would wait for ever (I-21).

    A case with an organ is answered for by a clerk or leader of it or of an organ above; one with the office, under
    review or held for a name that is not resolved, by an officer who reaches it. Whom it concerns does not count.
    """
    return _count(
        f"""
        WITH RECURSIVE {_ABOVE}, staff AS (  -- who is there today, with the organ below which their post reaches
            SELECT t.user_id, p.role = %(officer)s AS of_office, {_ROOT} AS root_id
              FROM efficiency_tenure AS t
              JOIN efficiency_post AS p ON p.id = t.post_id
              JOIN efficiency_organ AS o ON o.id = p.organ_id
              JOIN efficiency_user AS u ON u.id = t.user_id AND u.is_active
             WHERE p.role IN (%(clerk)s, %(leader)s, %(officer)s)
               AND t.since <= %(on)s AND (t.until IS NULL OR t.until > %(on)s)
        ), entitled AS MATERIALIZED (
            SELECT DISTINCT a.organ_id, s.of_office, s.user_id
              FROM staff AS s JOIN above AS a ON a.above_id = s.root_id
        ), staffed AS MATERIALIZED (
            SELECT DISTINCT organ_id, of_office FROM entitled
        ), lying AS (
            SELECT c.id, c.state, c.about_post_id, at.of_office, {_IS_UNRESOLVED} AS is_unresolved,
                   CASE WHEN at.of_office THEN c.office_id ELSE c.handling_organ_id END AS organ_id
              FROM complaints_case AS c
             CROSS JOIN LATERAL (SELECT c.handling_organ_id IS NULL OR c.handling_organ_id = c.office_id
                                        OR c.named_person_state = %(unresolved)s
                                        OR c.state = ANY(%(under_review)s) AS of_office) AS at
             WHERE c.state <> ALL(%(ended)s)
        )
        SELECT (SELECT count(*) FROM lying AS l
                  LEFT JOIN staffed AS s ON s.organ_id = l.organ_id AND s.of_office = l.of_office
                 WHERE s.organ_id IS NULL)
             -- Of the few cases that concern somebody, those that concern everybody who is there.
             + (SELECT count(*) FROM lying AS l
                  JOIN staffed AS s ON s.organ_id = l.organ_id AND s.of_office = l.of_office
                 WHERE (l.about_post_id IS NOT NULL
                        OR EXISTS (SELECT FROM complaints_recusal AS r
                                    WHERE r.case_id = l.id
                                      AND {_IN_FORCE.format(state="l.state", unresolved="l.is_unresolved")}))
                   AND NOT EXISTS (
                       SELECT FROM entitled AS e
                        WHERE e.organ_id = l.organ_id AND e.of_office = l.of_office
                          AND NOT EXISTS (SELECT FROM complaints_recusal AS r
                                           WHERE r.case_id = l.id AND r.user_id = e.user_id
                                             AND {_IN_FORCE.format(state="l.state", unresolved="l.is_unresolved")})
                          AND NOT EXISTS (SELECT FROM efficiency_tenure AS t
                                           WHERE t.user_id = e.user_id AND t.post_id = l.about_post_id)))
        """,  # noqa: S608 - our own constant
        ended=list(ENDED),
        on=timezone.localdate(),
        unresolved=NamedPerson.UNRESOLVED.value,
        under_review=[state.value for state in UNDER_REVIEW],
        clerk=Role.CLERK.value,
        leader=Role.ORGAN_LEADER.value,
        officer=Role.OFFICE_OFFICER.value,
        office=OrganKind.EFFICIENCY_OFFICE.value,
    )


def identities_that_do_not_open() -> int:
    """Count identities whose fields no key of the ring opens, or that were moved from their row (I-13)."""
    broken = 0
    for row in CaseIdentity.objects.order_by("id").iterator(CHUNK):
        bound = identity_row(row.case_id)
        try:
            for field in ("name", "phone", "email"):
                cipher.decrypt(getattr(row, field), row=bound, field=field)
            if row.representatives:
                cipher.decrypt(row.representatives, row=bound, field="representatives")
        except cipher.CannotOpen:
            broken += 1
    return broken


def promises_of_no_case() -> int:
    """Count promises about cases that do not exist (I-17)."""
    return _count(
        """
        SELECT count(*) FROM efficiency_deadline AS d
         WHERE d.content_type_id = %(type)s AND NOT EXISTS (SELECT FROM complaints_case AS c WHERE c.id = d.object_id)
        """,
        type=deadlines.content_type().pk,
    )


def next_due_not_as_counted() -> int:
    """Count cases whose column for the work queue differs from their promises (I-18)."""
    return _count(
        """
        SELECT count(*) FROM complaints_case AS c
          LEFT JOIN (SELECT object_id, min(due_at) AS at FROM efficiency_deadline
                      WHERE content_type_id = %(type)s AND state = 'open' AND promise <> 'owed_by_citizen'
                      GROUP BY object_id) AS due ON due.object_id = c.id
         WHERE c.next_due_at IS DISTINCT FROM due.at
        """,
        type=deadlines.content_type().pk,
    )


def reply_waits_not_as_stored() -> int:
    """Count cases whose column for the work queue differs from their reply in work (I-18)."""
    return _count(
        """
        SELECT count(*) FROM complaints_case AS c
          LEFT JOIN complaints_reply AS r ON r.case_id = c.id AND r.state IN ('proposed', 'checked')
         WHERE c.reply_waits <> CASE WHEN r.id IS NULL THEN ''
                                     WHEN r.state = 'proposed' AND r.to_check THEN 'check' ELSE 'approval' END
        """
    )


def numbers_not_right() -> int:
    """Count numbers whose check digit is wrong, or whose year is not that of the filing in the portal's zone (I-19)."""
    rows: Iterator[tuple[str, object]] = (
        Case.objects.order_by("id").values_list("number", "received_at").iterator(chunk_size=CHUNK)
    )
    return sum(
        not codes.check_number(number) or codes.year_of(number) != timezone.localdate(received_at).year  # type: ignore[arg-type]  # values_list
        for number, received_at in rows
    )
