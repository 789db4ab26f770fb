"""
The rollups: kept up to date, built anew, and looked through (decision 0038).

What changed is told by triggers (``triggers``); what a changed subject adds is asked anew (``streams``), and the
difference to what it added before goes into the cells. So an update is right whatever happened and however often it
runs: a second one finds no difference. One writes at a time; who comes second leaves it to the first.
"""

import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from complaints.deadlines import REPLY
from efficiency.remembering import asked_once
from efficiency.timing.zone import local_day, start_of
from supervision.figures import streams
from supervision.models import FigureState, SubjectKind
from supervision.models.figures import ALWAYS, FOREVER, Level

# Held by whoever writes the rollups, until the end of the transaction.
LOCK = 20040138
# So many subjects a statement; a case has some fifteen entries.
BATCH = 10_000
# So many notes of changes at once.
NOTES = 5_000
# So many seconds an update takes; the worker ends its tasks after five minutes.
PATIENCE = 200.0
# By more than this no update that began earlier ends later: then a clock was wrong.
AHEAD = timedelta(minutes=10)
# Of rollups that do not have everything yet.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
# When all is built anew a statement may take a while.
TIMEOUT = "30min"

_DAY = "({} AT TIME ZONE 'Asia/Shanghai')::date"
# What each of the subjects adds now, and when time alone will change that.
_FRESH = f"""
WITH entry AS MATERIALIZED ({{statement}}),
     adds AS (
         SELECT subject, array_agg(stream::smallint) AS streams, array_agg(organ_id) AS organs,
                array_agg(placed) AS placed, array_agg(effective) AS effective, array_agg(amount) AS amounts,
                CASE WHEN sum(amount) FILTER (WHERE placed = %(always)s::date) > 0 THEN %(forever)s::date
                     ELSE max(effective) END AS last_on
           FROM (SELECT subject, stream, organ_id, coalesce({_DAY.format("placed_at")}, %(always)s::date) AS placed,
                        {_DAY.format("moment")} AS effective, sum(amount)::bigint AS amount
                   FROM entry WHERE moment <= %(at)s GROUP BY 1, 2, 3, 4, 5 HAVING sum(amount) <> 0
                  ORDER BY 1, 2, 3, 4, 5) AS each
          GROUP BY subject),
     later AS (SELECT subject, min(moment) AS recheck_at FROM entry WHERE moment > %(at)s GROUP BY subject),
     fresh AS (
         SELECT subject, coalesce(c.kind, '') AS case_kind, coalesce(c.category, '') AS category,
                coalesce(c.channel, '') AS channel, coalesce(streams, '{{{{}}}}') AS streams,
                coalesce(organs, '{{{{}}}}') AS organs, coalesce(placed, '{{{{}}}}') AS placed,
                coalesce(effective, '{{{{}}}}') AS effective, coalesce(amounts, '{{{{}}}}') AS amounts,
                coalesce(last_on, %(always)s::date) AS last_on, recheck_at
           FROM adds FULL JOIN later USING (subject)
           LEFT JOIN complaints_case AS c ON %(kind)s = 'case' AND c.id = subject)
"""  # noqa: S608 - put together from our own constants
_COLUMNS = "case_kind, category, channel, streams, organs, placed, effective, amounts, last_on, recheck_at"
_ENTRIES = "unnest(streams, organs, placed, effective, amounts) AS e (stream, organ_id, placed, effective, amount)"
# An entry counts in one cell of each level; what has no case behind it has no class.
_LEVELS = f"""
    CROSS JOIN LATERAL (VALUES ({Level.ALL:d}, 0::bigint, ''), ({Level.ORGAN:d}, e.organ_id, ''),
                               ({Level.KIND:d}, 0, e.case_kind), ({Level.CATEGORY:d}, 0, e.category),
                               ({Level.CHANNEL:d}, 0, e.channel)) AS cell (level, organ_id, value)
    WHERE cell.level <= {Level.ORGAN:d} OR NOT e.stream = ANY(%(without_case)s)
    GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(e.amount) <> 0
"""
_CELL = "cell.level, e.stream, e.placed, e.effective, cell.organ_id, cell.value, sum(e.amount)"
_CELL_COLUMNS = "level, stream, placed, effective, organ_id, value, amount"
_UPDATE = f"""{_FRESH},
     before AS (SELECT * FROM supervision_figuresubject WHERE kind = %(kind)s AND subject_id = ANY(%(ids)s)),
     changed AS (
         SELECT case_kind, category, channel, e.* FROM fresh CROSS JOIN LATERAL {_ENTRIES}
          UNION ALL
         SELECT case_kind, category, channel, e.stream, e.organ_id, e.placed, e.effective, -e.amount
           FROM before CROSS JOIN LATERAL {_ENTRIES}),
     cells AS (
         INSERT INTO supervision_figurecell AS known ({_CELL_COLUMNS})
         SELECT {_CELL} FROM changed AS e {_LEVELS}
         ON CONFLICT (level, stream, placed, effective, organ_id, value)
         DO UPDATE SET amount = known.amount + excluded.amount),
     gone AS (
         DELETE FROM supervision_figuresubject
          WHERE kind = %(kind)s AND subject_id = ANY(%(ids)s) AND subject_id NOT IN (SELECT subject FROM fresh))
INSERT INTO supervision_figuresubject (kind, subject_id, {_COLUMNS})
SELECT %(kind)s, subject, {_COLUMNS} FROM fresh
ON CONFLICT (kind, subject_id) DO UPDATE
   SET ({_COLUMNS}) = ({", ".join(f"excluded.{name}" for name in _COLUMNS.split(", "))})
"""  # noqa: S608 - put together from our own constants
_FIRST = f"""{_FRESH}
INSERT INTO supervision_figuresubject (kind, subject_id, {_COLUMNS})
SELECT %(kind)s, subject, {_COLUMNS} FROM fresh
"""  # noqa: S608 - put together from our own constants
_ALL_CELLS = f"""
INSERT INTO supervision_figurecell ({_CELL_COLUMNS})
SELECT {_CELL} FROM (SELECT case_kind, category, channel, e.*
                       FROM supervision_figuresubject CROSS JOIN LATERAL {_ENTRIES}) AS e {_LEVELS}
"""  # noqa: S608 - put together from our own constants
# Of the subjects those whose stored share is not what they add now.
_WRONG = f"""{_FRESH}
SELECT coalesce(fresh.subject, known.subject_id)
  FROM fresh
  FULL JOIN (SELECT * FROM supervision_figuresubject WHERE kind = %(kind)s AND subject_id = ANY(%(ids)s)) AS known
    ON known.subject_id = fresh.subject
 WHERE ({", ".join(f"known.{name}" for name in _COLUMNS.split(", "))})
       IS DISTINCT FROM ({", ".join(f"fresh.{name}" for name in _COLUMNS.split(", "))})
 ORDER BY 1
"""  # noqa: S608 - put together from our own constants
# The oldest notes, as many as hold a batch of subjects, and one in any case.
_TAKE = """
DELETE FROM supervision_figurechange WHERE id IN (
    SELECT id FROM (SELECT id, sum(cardinality(ids)) OVER (ORDER BY id) - cardinality(ids) AS before
                      FROM (SELECT id, ids FROM supervision_figurechange ORDER BY id LIMIT %(notes)s) AS oldest) AS note
     WHERE before < %(batch)s)
RETURNING kind, ids
"""
_DUE = """
SELECT kind, subject_id FROM supervision_figuresubject WHERE recheck_at <= %(at)s ORDER BY recheck_at LIMIT %(batch)s
"""
_LEFT = """
SELECT EXISTS (SELECT FROM supervision_figurechange WHERE id <= %(last)s)
    OR EXISTS (SELECT FROM supervision_figuresubject WHERE recheck_at <= %(at)s)
"""
_LATER = """
SELECT kind, subject_id FROM supervision_figuresubject
 WHERE last_on >= %(day)s AND %(day)s::date <= ANY(effective) ORDER BY subject_id
"""
# Whoever was counted over a working day that is another now: replies by their days, and what turns red after it.
_OVER_THE_DAY = f"""
SELECT CASE content_type_id WHEN %(case)s THEN 'case' WHEN %(matter)s THEN 'matter' ELSE 'promise' END AS about,
       CASE WHEN content_type_id IN (%(case)s, %(matter)s) THEN object_id ELSE id END AS subject
  FROM efficiency_deadline
 WHERE red_at >= %(since)s OR (content_type_id = %(case)s AND kind = '{REPLY}' AND met_at >= %(since)s)
 GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608 - our own constants


def update(*, at: datetime) -> int:
    """
    Bring the rollups up to date with all that has changed by ``at``, and return how many subjects were looked at.

    The first time all there is counts as changed. Each batch is a transaction of its own, which takes the notes of the
    changes away with what it did about them, so that nothing is lost whenever it ends. What is not done within
    ``PATIENCE`` is left to the next update, and ``as_of`` stays where it was. What is noted meanwhile is left to the
    next, so that whoever writes without a pause keeps none from its end. Safe to run twice and two at once: while one
    updates, another returns 0 at once.

    Where the rollups have things of moments after ``at``, because a clock was wrong, these are looked at anew; until
    that is done there is no ``as_of``, and figures are recounted.
    """
    count, begun, last = 0, time.monotonic(), None
    while time.monotonic() < begun + PATIENCE:
        with transaction.atomic(), connection.cursor() as cursor:
            if not _hold(cursor, waits=False):
                return count
            if not FigureState.objects.exists():
                _note_all(cursor)
                FigureState.objects.create(pk=1, as_of=NEVER, built_at=at)
            elif FigureState.objects.filter(as_of__gt=at + AHEAD).update(as_of=NEVER):
                _note_later(cursor, at)
            last = _newest(cursor) if last is None else last
            touched, is_all = _touched(cursor, at)
            for kind, ids in touched:
                _refresh(cursor, kind, ids, at)
                count += len(ids)
            if not is_all:  # what was put back in pieces is still to be done
                last = _newest(cursor)
            if not _is_left(cursor, last, at):
                FigureState.objects.filter(as_of__lt=at).update(as_of=at)
                FigureState.objects.filter(has_standing=False).update(has_standing=True)
                break
    return count


def build(*, at: datetime) -> int:
    """
    Build the rollups anew from what there is, as of ``at``, and return of how many subjects; all or nothing.

    Waits for whoever writes them now. A million cases take minutes: the command does this, the worker does not.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        _hold(cursor, waits=True)
        for table in ("figurechange", "figurecell", "figuresubject"):
            cursor.execute(f"DELETE FROM supervision_{table}")  # noqa: S608 - our own names
        count = 0
        for kind in streams.STATEMENTS:
            for ids in _all_of(cursor, kind):
                cursor.execute(_FIRST.format(statement=streams.STATEMENTS[kind]), _given(kind, ids, at))
                count += len(ids)
        cursor.execute(_ALL_CELLS, {"without_case": list(streams.WITHOUT_CASE)})
        FigureState.objects.update_or_create(pk=1, defaults={"as_of": at, "built_at": at, "has_standing": True})
    return count


def wrong(kind: SubjectKind, ids: Sequence[int], *, at: datetime) -> list[int]:
    """Return which of the subjects have another share in the rollups than they add at ``at``."""
    with connection.cursor() as cursor:
        cursor.execute(_WRONG.format(statement=streams.STATEMENTS[kind]), _given(kind, ids, at))
        return [row[0] for row in cursor.fetchall()]


def as_of() -> datetime | None:
    """Return until when the rollups have everything; None before they were built for the first time."""
    return _state()[0]


def are_begun() -> bool:
    """Say whether there are rollups, whole or not."""
    return FigureState.objects.exists()


def standing_as_of() -> datetime | None:
    """Return the same of what stands; None as well while that is filled in."""
    since, has_standing = _state()
    return since if has_standing else None


def _state() -> tuple[datetime | None, bool]:
    """Return until when the rollups have everything, and whether what stands is in them; a page asks once."""
    kept = FigureState.objects.filter(as_of__gt=NEVER).values_list("as_of", "has_standing")
    return asked_once("rollups as of", lambda: kept.first() or (None, False))


def _hold(cursor: CursorWrapper, *, waits: bool) -> bool:
    """Become the one that writes the rollups until the end of the transaction; False: somebody else is."""
    cursor.execute("SELECT set_config('statement_timeout', %s, true)", [TIMEOUT])
    if waits:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        return True
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
    return bool(cursor.fetchone()[0])


def _note_all(cursor: CursorWrapper) -> None:
    """Note every subject that there is as changed."""
    for kind in streams.STATEMENTS:
        for ids in _all_of(cursor, kind):
            _note(cursor, kind, ids)


def _note_later(cursor: CursorWrapper, at: datetime) -> None:
    """Note every subject that counts with something of the day of ``at`` or a later one."""
    cursor.execute(_LATER, {"day": local_day(at)})
    found: dict[SubjectKind, list[int]] = defaultdict(list)
    for kind, subject in cursor.fetchall():
        found[SubjectKind(kind)].append(subject)
    for kind, ids in found.items():
        _note(cursor, kind, ids)


def _newest(cursor: CursorWrapper) -> int:
    """Return the number of the newest note; 0 where there is none."""
    cursor.execute("SELECT coalesce(max(id), 0) FROM supervision_figurechange")
    return int(cursor.fetchone()[0])


def _is_left(cursor: CursorWrapper, last: int, at: datetime) -> bool:
    """Say whether a note up to ``last`` is still to be done, or something that time alone has changed by ``at``."""
    cursor.execute(_LEFT, {"last": last, "at": at})
    return bool(cursor.fetchone()[0])


def _note(cursor: CursorWrapper, kind: SubjectKind, ids: Sequence[int]) -> None:
    """Note subjects as changed, a batch a note."""
    for batch in _batches(ids):
        cursor.execute("INSERT INTO supervision_figurechange (kind, ids) VALUES (%s, %s)", [kind.value, batch])


def _touched(cursor: CursorWrapper, at: datetime) -> tuple[list[tuple[SubjectKind, list[int]]], bool]:
    """
    Take the oldest notes of changes, and what time alone has changed, and return whom it is about, in batches.

    A note of more than a batch, or of days of the calendar, is put back in pieces; then the second value is False.
    """
    found: dict[SubjectKind, set[int]] = defaultdict(set)
    cursor.execute(_TAKE, {"notes": NOTES, "batch": BATCH})
    is_all = True
    for kind, ids in cursor.fetchall():
        if len(ids) > BATCH:
            _note(cursor, SubjectKind(kind), ids)
            is_all = False
        else:
            found[SubjectKind(kind)].update(ids)
    cursor.execute(_DUE, {"at": at, "batch": BATCH})
    for kind, subject in cursor.fetchall():
        found[SubjectKind(kind)].add(subject)
    if days := found.pop(SubjectKind.CALENDAR, None):
        since = start_of(ALWAYS + timedelta(days=min(days)))
        cursor.execute(_OVER_THE_DAY, streams.values() | {"since": since})
        touched: dict[SubjectKind, list[int]] = defaultdict(list)
        for kind, subject in cursor.fetchall():
            touched[SubjectKind(kind)].append(subject)
        for about, subjects in touched.items():
            _note(cursor, about, subjects)
        is_all = False
    return [(kind, batch) for kind, ids in found.items() for batch in _batches(sorted(ids))], is_all


def _refresh(cursor: CursorWrapper, kind: SubjectKind, ids: Sequence[int], at: datetime) -> None:
    """Put what the subjects add now in the place of what they added before."""
    cursor.execute(_UPDATE.format(statement=streams.STATEMENTS[kind]), _given(kind, ids, at))


def _given(kind: SubjectKind, ids: Collection[int], at: datetime) -> dict[str, Any]:
    # As one text: a list would be read element by element wherever a statement asks for it.
    listed = "{" + ",".join(map(str, ids)) + "}"
    given = {"kind": kind.value, "ids": listed, "at": at, "always": ALWAYS, "forever": FOREVER}
    return streams.values() | given | {"without_case": list(streams.WITHOUT_CASE)}


def _all_of(cursor: CursorWrapper, kind: SubjectKind) -> Iterator[list[int]]:
    """Yield the keys of all subjects of a kind, a batch at a time."""
    last = 0
    statement = f"SELECT id FROM ({streams.SUBJECTS[kind]}) AS known WHERE id > %(last)s ORDER BY id LIMIT %(batch)s"  # noqa: S608
    while True:
        cursor.execute(statement, streams.values() | {"last": last, "batch": BATCH})
        ids = [row[0] for row in cursor.fetchall()]
        if not ids:
            return
        yield ids
        last = ids[-1]


def _batches(ids: Sequence[int]) -> Iterator[list[int]]:
    for begin in range(0, len(ids), BATCH):
        yield list(ids[begin : begin + BATCH])
