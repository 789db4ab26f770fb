"""What must hold for requests for information after any fault (docs/trust.md 3.2)."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from disclosure.models import InformationRequest, RequestIdentity
from disclosure.models.request import TEXT_YEARS
from disclosure.requests.erasing import FILE_YEARS, applicants
from disclosure.requests.identity import FIELDS, YEARS
from disclosure.requests.messages import row_named
from efficiency import codes
from efficiency.access import cipher
from efficiency.audit.verify import count_sql, register_invariant

_TYPE = """(SELECT id FROM django_content_type
             WHERE app_label = 'disclosure' AND model = 'informationrequest')"""

# An open request has a promise that runs; one at rest has none but the time in which a review can be asked for. A new
# code and an erasure are decided on beside the way of the request.
WITHOUT_PROMISE = f"""
SELECT count(*) FROM disclosure_informationrequest AS r
 WHERE CASE WHEN r.state IN ('answered', 'abandoned', 'withdrawn')
            THEN EXISTS (SELECT FROM efficiency_deadline AS d
                          WHERE d.content_type_id = {_TYPE} AND d.object_id = r.id
                            AND d.state IN ('open', 'suspended')
                            AND d.kind NOT IN ('requests.review_apply', 'requests.new_code', 'requests.erasure'))
            ELSE NOT EXISTS (SELECT FROM efficiency_deadline AS d
                              WHERE d.content_type_id = {_TYPE} AND d.object_id = r.id
                                AND d.kind NOT IN ('requests.new_code', 'requests.erasure')
                                AND (d.state IN ('open', 'suspended')
                                     OR d.kind = 'requests.supplement' AND r.state = 'supplementing'
                                     OR d.kind = 'requests.fee' AND r.state = 'unpaid'))
       END
"""  # noqa: S608 - put together from our own constants
# Stopped if and only if somebody is asked for an opinion.
STOPPED_FOR_NOTHING = f"""
SELECT count(*) FROM disclosure_informationrequest AS r
 WHERE (r.state = 'consulting') <> EXISTS (
           SELECT FROM efficiency_deadline AS d
            WHERE d.content_type_id = {_TYPE} AND d.object_id = r.id
              AND d.kind = 'requests.answer' AND d.state = 'suspended')
    OR (r.state = 'consulting') <> EXISTS (
           SELECT FROM disclosure_requestconsultation AS c WHERE c.request_id = r.id AND c.closed_at IS NULL)
"""  # noqa: S608 - put together from our own constants
EVENTS_DIFFER = """
SELECT count(*) FROM disclosure_informationrequest AS r
  JOIN LATERAL (SELECT count(*) AS count, max(number) AS last FROM disclosure_requestevent
                 WHERE request_id = r.id) AS e ON true
 WHERE e.count <> r.version OR e.last IS DISTINCT FROM r.version
    OR r.state IS DISTINCT FROM (SELECT to_state FROM disclosure_requestevent
                                  WHERE request_id = r.id AND number = r.version)
"""
# What a step began with is where the one before it had led.
EVENTS_WITH_GAP = """
SELECT count(*) FROM (
    SELECT from_state, lag(to_state, 1, '') OVER (PARTITION BY request_id ORDER BY number) AS before
      FROM disclosure_requestevent
) AS step WHERE from_state <> before
"""
# What was answered has its answer, decided by another person than the drafter, and the same outcome.
ANSWER_DIFFERS = """
SELECT count(*) FROM disclosure_informationrequest AS r
  LEFT JOIN LATERAL (SELECT outcome, sent_at, drafted_by_id, decided_by_id FROM disclosure_requestanswer
                      WHERE request_id = r.id AND state = 'sent' ORDER BY number DESC LIMIT 1) AS a ON true
 WHERE r.answered_at IS NOT NULL
   AND (a.outcome IS DISTINCT FROM r.outcome OR a.sent_at IS DISTINCT FROM r.answered_at
        OR a.decided_by_id IS NULL OR a.decided_by_id = a.drafted_by_id)
"""
# Whoever decides on more time, a review or a new code has not asked for it, drafted or approved.
DECIDED_ALONE = """
SELECT (SELECT count(*) FROM disclosure_requestreview AS v
          JOIN disclosure_requestanswer AS a ON a.id = v.answer_id
         WHERE v.decided_by_id IN (a.drafted_by_id, a.decided_by_id))
     + (SELECT count(*) FROM disclosure_requestextension WHERE decided_by_id = asked_by_id)
     + (SELECT count(*) FROM disclosure_requestevent AS i
          JOIN LATERAL (SELECT actor_id FROM disclosure_requestevent AS s
                         WHERE s.request_id = i.request_id AND s.action = 'ask_new_code' AND s.number < i.number
                         ORDER BY s.number DESC LIMIT 1) AS asked ON asked.actor_id = i.actor_id
         WHERE i.action = 'issue_new_code')
"""
# Who asked is there until it is erased, and nowhere after that.
ERASED_IS_THERE = """
SELECT count(*) FROM disclosure_informationrequest AS r
  LEFT JOIN disclosure_requesterasure AS e ON e.request_id = r.id
  LEFT JOIN disclosure_requestidentity AS i ON i.request_id = r.id
 WHERE (e.id IS NULL) <> (i.id IS NOT NULL)
    OR e.id IS NOT NULL AND EXISTS (SELECT FROM disclosure_requestfile AS f
                                     WHERE f.request_id = r.id AND f.purpose = 'proof' AND f.erased_at IS NULL)
"""
# Two days are left to the worker.
OUTLIVED = f"""
SELECT count(*) FROM disclosure_informationrequest AS r
 WHERE r.ended_at <= now() - make_interval(years => {YEARS}, days => 2)
   AND NOT EXISTS (SELECT FROM disclosure_requesthold AS h
                    WHERE h.request_id = r.id AND h.lifted_at IS NULL
                      AND h.until >= (now() AT TIME ZONE 'Asia/Shanghai')::date)
   AND (EXISTS (SELECT FROM disclosure_requestidentity AS i WHERE i.request_id = r.id)
        OR EXISTS (SELECT FROM disclosure_requestconsultation AS c
                    WHERE c.request_id = r.id AND (c.party <> '' OR c.opinion_text <> ''))
        OR r.ended_at <= now() - make_interval(years => {FILE_YEARS}, days => 2)
           AND EXISTS (SELECT FROM disclosure_requestfile AS f WHERE f.request_id = r.id AND f.erased_at IS NULL)
        OR r.ended_at <= now() - make_interval(years => {TEXT_YEARS}, days => 2) AND r.texts_erased_at IS NULL)
"""  # noqa: S608 - our own constants


def wrong_numbers() -> int:
    """Count the numbers whose check digit or year is not right (I-19)."""
    rows = InformationRequest.objects.order_by("pk").values_list("number", "received_at")
    return sum(
        not codes.check_number(number, prefix=codes.REQUEST)
        or codes.year_of(number, prefix=codes.REQUEST) != timezone.localdate(received_at).year
        for number, received_at in rows.iterator(chunk_size=1000)
    )


def does_not_open() -> int:
    """Count the identities that no key opens (I-13)."""
    return sum(not _opens(row) for row in RequestIdentity.objects.order_by("pk").iterator(chunk_size=500))


def _opens(row: RequestIdentity) -> bool:
    bound = row_named(row.request_id)
    try:
        return all(cipher.decrypt(getattr(row, name), row=bound, field=name) is not None for name in FIELDS)
    except cipher.CannotOpen:
        return False


def register() -> None:
    """Make the checks known; called once, when the app is ready."""
    register_invariant("I-03", _("Each open request is promised something."), count_sql(WITHOUT_PROMISE))
    register_invariant("I-03", _("A request's clock stands still for opinions alone."), count_sql(STOPPED_FOR_NOTHING))
    register_invariant("I-07", _("Events of requests are numbered without gap."), count_sql(EVENTS_DIFFER))
    register_invariant("I-07", _("Each step of a request begins where the last ended."), count_sql(EVENTS_WITH_GAP))
    register_invariant("I-07", _("Each answered request has its answer."), count_sql(ANSWER_DIFFERS))
    register_invariant("I-08", _("Nobody confirms the own wish about a request."), count_sql(DECIDED_ALONE))
    register_invariant("I-13", _("An applicant who was erased is nowhere."), count_sql(ERASED_IS_THERE))
    register_invariant("I-13", _("The identity of each applicant opens."), does_not_open)
    register_invariant("I-13", _("No erased applicant came back."), applicants.count_came_back)
    register_invariant("I-23", _("No request outlives its time unless a hold is on it."), count_sql(OUTLIVED))
    register_invariant("I-19", _("Numbers of requests are right."), wrong_numbers)
