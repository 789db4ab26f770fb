"""What is known of complainants is forgotten when its time has run out (docs/trust.md P-10, P-11)."""

from datetime import datetime

from django.db import connection, transaction

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
# An original whose key is gone can be read by nobody; its file goes with those that no row names.
_FORGET = """
), forgotten AS (
  DELETE FROM complaints_caseidentity AS i USING due WHERE i.case_id = due.id
), closed AS (
  UPDATE complaints_attachment AS a
     SET original_name = '', sealed_name = '', sealed_key = '', sealed_sha256 = ''
    FROM due WHERE a.case_id = due.id
)
INSERT INTO complaints_erasure (case_id, at) SELECT due.id, %(at)s FROM due
"""


def erase_identities(*, at: datetime) -> int:
    """
    Forget who filed the cases that were archived two years before ``at``, and return how many cases that were.

    Name, contact, the hashes to find them by, own file names and the keys of sealed originals go; a record of the
    erasure stays. In batches of one statement each, so that it may be stopped at any moment; safe to run twice, and
    two at once.
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


def _forget(which: str, **values: datetime | int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"WITH due AS ({which}{_FORGET}", values)
        return int(cursor.rowcount)
