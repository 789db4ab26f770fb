"""What is known of complainants is forgotten when its time has run out (docs/trust.md P-10, P-11)."""

from datetime import datetime

from django.db import connection, transaction

from complaints import deadlines
from complaints.models import Case

# How long name and contact of a complainant are kept after the case was archived.
IDENTITY_YEARS = 2
BATCH = 1000
_WHERE_TIME_HAS_RUN_OUT = """
  SELECT c.id FROM complaints_case AS c
   WHERE c.archived_at <= %(at)s - make_interval(years => %(years)s)
     AND NOT c.anonymous
     AND NOT EXISTS (SELECT FROM complaints_erasure AS e WHERE e.case_id = c.id)
   ORDER BY c.archived_at, c.id
   LIMIT %(batch)s
     FOR NO KEY UPDATE OF c SKIP LOCKED
"""
_OF_ONE = """
  SELECT c.id FROM complaints_case AS c
   WHERE c.id = %(case)s AND NOT EXISTS (SELECT FROM complaints_erasure AS e WHERE e.case_id = c.id)
"""
# An original whose key is gone can be read by nobody; its file goes with those that no row names. The number of a
# letter or of a call leads to who it was; where a superior organ still waits for the result, it goes with the report.
_FORGET = """
), forgotten AS (
  DELETE FROM complaints_caseidentity AS i USING due WHERE i.case_id = due.id
), closed AS (
  UPDATE complaints_attachment AS a
     SET original_name = '', sealed_name = '', sealed_key = '', sealed_sha256 = ''
    FROM due WHERE a.case_id = due.id
), unnamed AS (
  DELETE FROM complaints_origin AS o USING due
   WHERE o.case_id = due.id
     AND NOT EXISTS (SELECT FROM efficiency_deadline AS d
                      WHERE d.content_type_id = %(case_type)s AND d.object_id = due.id
                        AND d.kind = %(report_up)s AND d.state IN ('open', 'suspended'))
)
INSERT INTO complaints_erasure (case_id, at) SELECT due.id, %(at)s FROM due
"""


def erase_identities(*, at: datetime) -> int:
    """
    Forget who filed the cases that were archived two years before ``at``, and return how many cases that were.

    Name, contact, the hashes to find them by, own file names, the keys of sealed originals and the papers with which
    the cases came go; a record of the erasure stays. In batches of one statement each, so that it may be stopped at any
    moment; safe to run twice, and two at once.
    """
    erased = 0
    while count := _batch(at):
        erased += count
    return erased


def erase_identity_of(case: Case, /, *, at: datetime) -> bool:
    """
    Forget who filed this ``case``, which the caller has locked, in the caller's transaction; say whether it was known.

    What goes and what stays is the same as when its time has run out.
    """
    return _forget(_OF_ONE, case=case.pk, at=at) == 1


@transaction.atomic
def _batch(at: datetime) -> int:
    return _forget(_WHERE_TIME_HAS_RUN_OUT, at=at, years=IDENTITY_YEARS, batch=BATCH)


def _forget(which: str, **values: datetime | int | str) -> int:
    with connection.cursor() as cursor:
        values |= {"case_type": deadlines.content_type().pk, "report_up": deadlines.REPORT_UP}
        cursor.execute(f"WITH due AS ({which}{_FORGET}", values)
        return int(cursor.rowcount)
