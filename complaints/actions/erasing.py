"""What is kept of a case is erased when its time has run out, unless a hold is on it (docs/trust.md P-10, P-11)."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from django.db import connection, transaction
from django.utils import timezone

from complaints import deadlines
from complaints.models import Case, Erasure
from efficiency import erasure_ledger
from efficiency.erasure_ledger import Line
from efficiency.files import store

log = structlog.get_logger(__name__)

# How long name and contact of a complainant, and the files of a case, are kept after the case was archived.
IDENTITY_YEARS = 2
FILE_YEARS = 5
BATCH = 1000
# Older erasures are on the list, or were added to it by an earlier run; that nothing was lost of it since is looked at
# once a day, in the run of this hour.
LISTED_WITHIN = timedelta(days=30)
WHOLE_LOOK_AT = 3


def not_held(on: str) -> str:
    """Return the condition that no hold stands on the case ``c`` on a day, which is an expression in SQL."""
    return f"""
  NOT EXISTS (SELECT FROM complaints_retentionhold AS h
               WHERE h.case_id = c.id AND h.lifted_at IS NULL AND h.until >= {on})
"""


NOT_HELD = not_held("%(on)s")
# Whether a superior organ still waits for the result.
IS_REPORTED_LATER = f"""
  EXISTS (SELECT FROM efficiency_deadline AS d JOIN django_content_type AS t ON t.id = d.content_type_id
           WHERE t.app_label = 'complaints' AND t.model = 'case' AND d.object_id = c.id
             AND d.kind = '{deadlines.REPORT_UP}' AND d.state IN ('open', 'suspended'))
"""
_IDENTITIES_OVERDUE = f"""
  SELECT c.id FROM complaints_case AS c
   WHERE c.archived_at <= %(at)s - make_interval(years => %(years)s)
     AND NOT c.anonymous
     AND NOT EXISTS (SELECT FROM complaints_erasure AS e WHERE e.case_id = c.id)
     AND {NOT_HELD}
   ORDER BY c.archived_at, c.id
   LIMIT %(batch)s
     FOR NO KEY UPDATE OF c SKIP LOCKED
"""  # noqa: S608 - our own constant
# A file is never older than its case's archiving but by the course of the case, so its age finds the few to look at.
_FILES_OVERDUE = f"""
  SELECT c.id FROM complaints_case AS c
   WHERE c.id IN (SELECT a.case_id FROM complaints_attachment AS a
                   WHERE a.erased_at IS NULL AND a.created_at <= %(at)s - make_interval(years => %(years)s))
     AND c.archived_at <= %(at)s - make_interval(years => %(years)s)
     AND {NOT_HELD}
   ORDER BY c.archived_at, c.id
   LIMIT %(batch)s
     FOR NO KEY UPDATE OF c SKIP LOCKED
"""  # noqa: S608 - our own constant
# Who filed it is known to nobody, but a letter or a work order with which it came may say so. Where the office went on
# with a matter of its own motion, the row names nothing but a case.
_PAPERS_OVERDUE = f"""
  SELECT c.id FROM complaints_case AS c JOIN complaints_origin AS o ON o.case_id = c.id
   WHERE c.archived_at <= %(at)s - make_interval(years => %(years)s)
     AND c.anonymous AND o.withdrawn_id IS NULL
     AND NOT {IS_REPORTED_LATER}
     AND {NOT_HELD}
   ORDER BY c.archived_at, c.id
   LIMIT %(batch)s
     FOR NO KEY UPDATE OF c SKIP LOCKED
"""  # noqa: S608 - our own constant
# Asked again once the rows are locked: whoever places a hold locks the case first, so none slips in between.
_STILL_OVERDUE = f"""
  SELECT c.id, c.number, c.received_at, %(at)s AS at FROM complaints_case AS c
   WHERE c.id = ANY(%(cases)s)
     AND NOT EXISTS (SELECT FROM complaints_erasure AS e WHERE e.case_id = c.id)
     AND {NOT_HELD}
"""  # noqa: S608 - our own constant
_OF_ONE = """
  SELECT c.id, c.number, c.received_at, %(at)s AS at FROM complaints_case AS c
   WHERE c.id = %(case)s AND NOT EXISTS (SELECT FROM complaints_erasure AS e WHERE e.case_id = c.id)
"""
# Erased before, and back from a backup of before: the row of the person, what the files tell of them, or the letter.
_CAME_BACK = """
  SELECT c.id, c.number, c.received_at, l.erased_at AS at
    FROM unnest(%(numbers)s::text[], %(received)s::timestamptz[], %(erased)s::timestamptz[])
         AS l (number, received_at, erased_at)
    JOIN complaints_case AS c ON c.number = l.number AND c.received_at = l.received_at
   WHERE NOT EXISTS (SELECT FROM complaints_erasure AS e WHERE e.case_id = c.id)
      OR EXISTS (SELECT FROM complaints_caseidentity AS i WHERE i.case_id = c.id)
      OR EXISTS (SELECT FROM complaints_attachment AS a
                  WHERE a.case_id = c.id AND (a.sealed_name <> '' OR octet_length(a.original_name) > 0))
      OR EXISTS (SELECT FROM complaints_incomingmail AS m
                  WHERE m.case_id = c.id AND (m.storage_name <> '' OR octet_length(m.envelope) > 0))
"""
# An original or a letter whose key is gone can be read by nobody; its file goes with those that no row names. The
# number of a letter or of a call leads to who it was; where a superior organ still waits for the result, it goes with
# the report.
_FORGET = f"""
), forgotten AS (
  DELETE FROM complaints_caseidentity AS i USING due WHERE i.case_id = due.id
), closed AS (
  UPDATE complaints_attachment AS a
     SET original_name = '', sealed_name = '', sealed_key = '', sealed_sha256 = ''
    FROM due WHERE a.case_id = due.id
), unread AS (
  UPDATE complaints_incomingmail AS m
     SET storage_name = '', sealed_key = '', sha256 = '', envelope = ''
    FROM due WHERE m.case_id = due.id
), unnamed AS (
  DELETE FROM complaints_origin AS o USING due AS c
   WHERE o.case_id = c.id AND NOT {IS_REPORTED_LATER}
), noted AS (
  INSERT INTO complaints_erasure (case_id, at) SELECT due.id, due.at FROM due
      ON CONFLICT (case_id) DO NOTHING
)
SELECT id, number, received_at, at FROM due
"""  # noqa: S608 - our own constant
_FORGET_PAPERS = f"""
DELETE FROM complaints_origin AS o USING complaints_case AS c
 WHERE o.case_id = c.id AND c.id = ANY(%(cases)s) AND {NOT_HELD}
RETURNING o.id
"""  # noqa: S608 - our own constant
_FORGET_FILES = f"""
WITH due AS (
  SELECT a.id, a.storage_name, a.sealed_name
    FROM complaints_attachment AS a JOIN complaints_case AS c ON c.id = a.case_id
   WHERE c.id = ANY(%(cases)s) AND a.erased_at IS NULL
     AND a.created_at <= %(at)s - make_interval(years => %(years)s)
     AND {NOT_HELD}
)
UPDATE complaints_attachment AS a
   SET erased_at = %(at)s, original_name = '', sealed_name = '', sealed_key = '', sealed_sha256 = ''
  FROM due WHERE a.id = due.id
RETURNING due.storage_name, due.sealed_name
"""  # noqa: S608 - our own constant


def erase_identities(*, at: datetime) -> int:
    """
    Forget who filed the cases that were archived two years before ``at``, and return how many cases that were.

    Name, contact, the hashes to find them by, own file names, the keys of sealed originals and the papers with which
    the cases came go; a record of the erasure stays. A case with a hold on it is left as it is (P-10). In batches of
    one transaction each, so that it may be stopped at any moment; safe to run twice, and two at once.
    """
    return _until_none_is_left(_erase_some_identities, at)


def erase_papers(*, at: datetime) -> int:
    """
    Erase the papers with which anonymous cases came two years after their archiving; return how many papers that were.

    Those of named cases go with the identity. Holds, batches and safety as for ``erase_identities``.
    """
    return _until_none_is_left(_erase_some_papers, at)


def erase_files(*, at: datetime) -> int:
    """
    Erase the files of the cases that were archived five years before ``at``, and return how many files that were.

    Of each stays what it was: position, type, size and hash. Holds, batches and safety as for ``erase_identities``.
    """
    return _until_none_is_left(_erase_some_files, at)


def erase_identity_of(case: Case, /, *, at: datetime) -> bool:
    """
    Forget who filed this ``case``, which the caller has locked, in the caller's transaction; say whether it was known.

    What goes and what stays is the same as when its time has run out.
    """
    return bool(_forget(_OF_ONE, case=case.pk, at=at))


def replay_erasures(*, at: datetime) -> int:
    """
    Erase again what was erased before a backup was restored that still held it, and return how many cases that were.

    The list outside the database says what that is; each keeps the moment of its first erasure (P-11). What only a
    person with a name can be promised ends at ``at``, as it did then. Safe to run at any time, twice, and two at once.

    :raises OSError: the list cannot be read
    """
    erased = sum(_replay(lines, at) for lines in erasure_ledger.chunks())
    if erased:
        log.warning("erasures_replayed", count=erased)
    return erased


def count_came_back() -> int:
    """Count the cases of which something is there that the list says was erased: a part of I-13."""
    return sum(len(_rows(_CAME_BACK, **_as_arrays(lines))) for lines in erasure_ledger.chunks())


def list_erasures(*, at: datetime) -> int:
    """
    Add to the list outside the database what a crash, a full disk or a loss kept from it, and return how many.

    Looked at is what was erased lately; everything, where the list has fewer lines than there are erasures, as after a
    loss, and once a day besides, as a line too many would hide one that is missing.

    :raises OSError: the list cannot be read or written to
    """
    # Numbers alone: a list of many years has a million lines.
    listed = {hash(line) for chunk in erasure_ledger.chunks() for line in chunk}
    erasures = Erasure.objects.order_by("id")
    is_whole_look = len(listed) < erasures.count() or timezone.localtime(at).hour == WHOLE_LOOK_AT
    looked_at = erasures if is_whole_look else erasures.filter(at__gt=at - LISTED_WITHIN)
    rows = looked_at.values_list("case__number", "case__received_at", "at")
    missing = dict.fromkeys(line for row in rows.iterator(BATCH) if hash(line := Line(*row)) not in listed)
    if old := sum(line.erased_at <= at - LISTED_WITHIN for line in missing):
        log.warning("erasure_list_had_lost_lines", count=old)
    erasure_ledger.append(missing)
    return len(missing)


def _until_none_is_left(erase_some: Callable[[datetime], int], at: datetime) -> int:
    erased = 0
    while count := erase_some(at):
        erased += count
    return erased


@transaction.atomic
def _erase_some_identities(at: datetime) -> int:
    cases = _locked(_IDENTITIES_OVERDUE, at, IDENTITY_YEARS)
    if not cases:
        return 0
    erased = _forget(_STILL_OVERDUE, cases=cases, on=timezone.localdate(at), at=at)
    deadlines.end_of_known(erased, at=at)
    return len(erased)


@transaction.atomic
def _erase_some_papers(at: datetime) -> int:
    cases = _locked(_PAPERS_OVERDUE, at, IDENTITY_YEARS)
    return len(_rows(_FORGET_PAPERS, cases=cases, on=timezone.localdate(at))) if cases else 0


@transaction.atomic
def _erase_some_files(at: datetime) -> int:
    cases = _locked(_FILES_OVERDUE, at, FILE_YEARS)
    if not cases:
        return 0
    given = {"cases": cases, "at": at, "on": timezone.localdate(at), "years": FILE_YEARS}
    erased = _rows(_FORGET_FILES, **given)
    store.remove_after_commit(name for names in erased for name in names)
    return len(erased)


@transaction.atomic
def _replay(lines: Sequence[Line], at: datetime) -> int:
    cases = _forget(_CAME_BACK, **_as_arrays(lines))
    deadlines.end_of_known(cases, at=at)
    return len(cases)


def _as_arrays(lines: Sequence[Line]) -> dict[str, list[Any]]:
    return {
        "numbers": [line.number for line in lines],
        "received": [line.received_at for line in lines],
        "erased": [line.erased_at for line in lines],
    }


def _locked(which: str, at: datetime, years: int) -> list[int]:
    """Return the keys of a batch of cases, which are locked now; cases that somebody else has are left to the next."""
    rows = _rows(which, at=at, on=timezone.localdate(at), years=years, batch=BATCH)
    return [row[0] for row in rows]


def _forget(which: str, **values: Any) -> list[int]:
    """Forget the persons of the cases that the query ``which`` gives, list them once that is committed, return them."""
    rows = _rows(f"WITH due AS ({which}{_FORGET}", **values)
    if rows:
        transaction.on_commit(partial(erasure_ledger.note, [Line(*row[1:]) for row in rows]))
    return [row[0] for row in rows]


def _rows(query: str, **values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())
