"""What must hold for reception days and appointments after any fault (docs/trust.md 3.2)."""

from django.utils.translation import gettext_lazy as _

from efficiency import codes
from efficiency.access import cipher
from efficiency.audit.verify import count_sql, register_invariant
from supervision.models import ReceptionBooking, ReceptionVisitor
from supervision.reception import erasing
from supervision.reception.access import FIELDS
from supervision.reception.booking import PREFIX
from supervision.reception.messages import row_named

_TYPE = "(SELECT id FROM django_content_type WHERE app_label = 'supervision' AND model = 'receptionday')"

# A planned day owes its announcement, an announced one its records, at rest it owes nothing.
PROMISES_DIFFER = f"""
SELECT count(*) FROM supervision_receptionday AS r
  LEFT JOIN LATERAL (
      SELECT array_agg(d.kind::text ORDER BY d.kind::text) AS kinds, min(d.due_at) AS due FROM efficiency_deadline AS d
       WHERE d.content_type_id = {_TYPE} AND d.object_id = r.id AND d.state IN ('open', 'suspended')
  ) AS runs ON true
 WHERE coalesce(runs.kinds, '{{}}') <> CASE r.state
       WHEN 'planned' THEN ARRAY['reception.announce']
       WHEN 'announced' THEN ARRAY['reception.record']
       ELSE '{{}}'::text[] END
    OR r.next_due_at IS DISTINCT FROM runs.due
"""  # noqa: S608 - put together from our own constants


def _events_differ(subject: str, event: str, key: str) -> str:
    """Return the query for rows whose events have a gap or say another state."""
    return f"""
SELECT count(*) FROM {subject} AS s
  JOIN LATERAL (SELECT count(*) AS count, max(number) AS last FROM {event} WHERE {key} = s.id) AS e ON true
 WHERE e.count <> s.version OR e.last IS DISTINCT FROM s.version
    OR s.state IS DISTINCT FROM (SELECT to_state FROM {event} WHERE {key} = s.id AND number = s.version)
"""  # noqa: S608 - put together from our own constants


# No more appointments than slots, each in a slot of its own day, and none on a day that was never announced.
OVERBOOKED = """
SELECT (SELECT count(*) FROM supervision_receptionbooking AS b
          JOIN supervision_receptionslot AS s ON s.id = b.slot_id WHERE s.day_id <> b.day_id)
     + (SELECT count(*) FROM (SELECT slot_id FROM supervision_receptionbooking
            WHERE state IN ('booked', 'arrived', 'talking', 'done', 'passed_up')
            GROUP BY slot_id HAVING count(*) > 1) AS twice)
     + (SELECT count(*) FROM supervision_receptionslot AS s
          JOIN supervision_receptionday AS d ON d.id = s.day_id WHERE d.announced_at IS NULL)
"""
# On a day that was held or cancelled nobody waits any more.
STILL_WAITING = """
SELECT count(*) FROM supervision_receptionbooking AS b
  JOIN supervision_receptionday AS d ON d.id = b.day_id
 WHERE d.state IN ('held', 'cancelled') AND b.state IN ('booked', 'arrived', 'talking')
"""
# Of everybody who was received there is a record, and of nobody else; a case has come by the reception day.
RECORDS_DIFFER = """
SELECT (SELECT count(*) FROM supervision_receptionbooking AS b
          LEFT JOIN supervision_receptionrecord AS r ON r.booking_id = b.id
         WHERE (b.state IN ('done', 'passed_up')) <> (r.id IS NOT NULL))
     + (SELECT count(*) FROM supervision_receptionrecord AS r
          JOIN complaints_case AS c ON c.id = r.case_id WHERE c.channel <> 'reception_day')
"""
# A deputy received with leave, given by another account than asked.
WITHOUT_LEAVE = """
SELECT count(*) FROM supervision_receptionday
 WHERE (attended = 'deputy' OR post_id = deputy_post_id) AND leave_given_by_id IS NULL
    OR leave_given_by_id = leave_asked_by_id
"""

# Who came is known until it is erased, and nowhere after that.
ERASED_IS_THERE = """
SELECT count(*) FROM supervision_receptionbooking AS b
  LEFT JOIN supervision_receptionerasure AS e ON e.booking_id = b.id
  LEFT JOIN supervision_receptionvisitor AS v ON v.booking_id = b.id
 WHERE (e.id IS NULL) <> (v.id IS NOT NULL) OR e.id IS NOT NULL AND b.person_hash IS NOT NULL
"""


def does_not_open() -> int:
    """Count the visitors whom no key opens (I-13)."""
    return sum(not _opens(row) for row in ReceptionVisitor.objects.order_by("pk").iterator(chunk_size=500))


def _opens(row: ReceptionVisitor) -> bool:
    bound = row_named(row.booking_id)
    try:
        return all(cipher.decrypt(getattr(row, name), row=bound, field=name) is not None for name in FIELDS)
    except cipher.CannotOpen:
        return False


def wrong_numbers() -> int:
    """Count appointments whose number has a wrong check digit."""
    rows = ReceptionBooking.objects.values_list("number", flat=True).iterator(chunk_size=5000)
    return sum(not codes.check_number(number, prefix=PREFIX) for number in rows)


def register() -> None:
    """Make the checks known; called once, when the app is ready."""
    day = _events_differ("supervision_receptionday", "supervision_receptiondayevent", "day_id")
    booking = _events_differ("supervision_receptionbooking", "supervision_receptionbookingevent", "booking_id")
    register_invariant("I-03", _("Each reception day is promised what its state asks for."), count_sql(PROMISES_DIFFER))
    register_invariant("I-07", _("Events of reception days are numbered without gap."), count_sql(day))
    register_invariant("I-07", _("Events of appointments are numbered without gap."), count_sql(booking))
    register_invariant("I-07", _("No slot is given twice, and none of another day."), count_sql(OVERBOOKED))
    register_invariant("I-07", _("Nobody waits on a day that has ended."), count_sql(STILL_WAITING))
    register_invariant("I-07", _("Whoever was received has a record."), count_sql(RECORDS_DIFFER))
    register_invariant("I-08", _("A deputy receives with leave from another person."), count_sql(WITHOUT_LEAVE))
    register_invariant("I-13", _("A visitor who was forgotten is nowhere."), count_sql(ERASED_IS_THERE))
    register_invariant("I-13", _("The identity of each visitor opens."), does_not_open)
    register_invariant("I-13", _("No forgotten visitor came back."), erasing.visitors.count_came_back)
    register_invariant("I-19", _("Numbers of appointments have their check digit."), wrong_numbers)
