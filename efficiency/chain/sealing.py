"""
The sealer: gives what was committed a number and a place in the chain (docs/trust.md L-03; decision 0027).

Writers know nothing of it and never wait. It holds a lock of the database for a batch at a time, so that two of them at
once do what one does, and a batch commits as a whole, so that one that dies leaves the chain whole.

Keys are drawn before they commit: a row with a smaller key may come after one with a greater key. So nothing here
goes by the greatest key that was seen, but by what has a seal and what has none. How far back that has to be asked is
kept in marks: below a mark nobody writes any more, as every transaction that ran when that key was drawn has ended.
"""

import io
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import connection, transaction

from efficiency.chain import canonical, heads, registry
from efficiency.chain.registry import Sealed
from efficiency.deadlines import clock

log = structlog.get_logger(__name__)

BATCH = 5000
STATEMENT_TIMEOUT_MS = 60_000
# Of all locks that the portal takes by number, this one is the sealer's.
LOCK = 0x7365616C

NEWEST = f"""
SELECT {canonical.moment("%s::timestamptz")}, newest.number, newest.chain
  FROM (SELECT max(number) AS number FROM efficiency_seal) AS top
  LEFT JOIN efficiency_seal AS newest USING (number)
"""  # noqa: S608 - our own expression
COLUMNS = {
    "efficiency_seal": "number, kind, row_id, content, texts, kept_until, sealed_at, chain",
    "efficiency_sealsalt": "number, salt",
}
# Transactions of this database that run now, but this one. Every one has its number from its beginning to its end,
# whether it has written anything or not.
RUNNING = """
SELECT l.virtualxid FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid
 WHERE l.locktype = 'virtualxid' AND l.mode = 'ExclusiveLock' AND l.granted
   AND a.datname = current_database() AND l.pid <> pg_backend_pid()
"""
# The marks as they are, and which key was drawn last.
MARKS = """
SELECT k.kind, coalesce(pg_sequence_last_value(pg_get_serial_sequence(k.relation, k.key)::regclass), 0),
       coalesce(m.below, 0), coalesce(m.reached, 0), coalesce(m.running, '{}'), m.looked_at,
       m.came_to, m.begun_drawn, m.begun_running, m.begun_at
  FROM unnest(%s::text[], %s::text[], %s::text[]) AS k (kind, relation, key)
  LEFT JOIN efficiency_sealmark AS m ON m.kind = k.kind
"""
# Who looked at the same time leaves the marks to the other.
MARK = """
INSERT INTO efficiency_sealmark AS m (kind, below, reached, running, looked_at) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (kind) DO UPDATE
   SET below = excluded.below, reached = excluded.reached, running = excluded.running, looked_at = excluded.looked_at,
       came_to = NULL, begun_drawn = NULL, begun_running = NULL, begun_at = NULL
 WHERE m.looked_at IS NOT DISTINCT FROM %s AND m.came_to IS NOT DISTINCT FROM %s
"""
# The same of a look that has to go on another time.
LEAVE = """
INSERT INTO efficiency_sealmark AS m (kind, below, reached, running, came_to, begun_drawn, begun_running, begun_at)
VALUES (%s, 0, 0, '{}', %s, %s, %s, %s)
    ON CONFLICT (kind) DO UPDATE
   SET came_to = excluded.came_to, begun_drawn = excluded.begun_drawn, begun_running = excluded.begun_running,
       begun_at = excluded.begun_at
 WHERE m.looked_at IS NOT DISTINCT FROM %s AND m.came_to IS NOT DISTINCT FROM %s
"""


@dataclass(slots=True)
class Sealing:
    """What a look did: rows sealed, how long it took, and whether it saw everything."""

    sealed: int = 0
    seconds: float = 0.0
    is_complete: bool = True


class _Busy(Exception):
    """Another sealer is at work."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """How far one kind had been sealed when this look began, which key was drawn last, and the look under way."""

    drawn: int
    below: int
    reached: int
    running: list[str]
    looked_at: datetime | None
    came_to: int | None
    begun_drawn: int | None
    begun_running: list[str] | None
    begun_at: datetime | None

    @property
    def is_under_way(self) -> bool:
        """Whether a look at the kind ran out of time and goes on."""
        return self.came_to is not None


def seal(*, longest: float | None = None, batch: int = BATCH) -> Sealing:
    """
    Seal every row of record that has committed and has no seal yet; safe to run twice, and two at once.

    After ``longest`` seconds it stops between two batches and is not complete, and so it does where another sealer is
    at work; the next one goes on.
    """
    begun = time.monotonic()
    look = _Look(batch, stop_at=None if longest is None else begun + longest)
    try:
        look.everything()
    except _Busy:
        look.result.is_complete = False
    look.result.seconds = time.monotonic() - begun
    if look.result.sealed:
        log.info("sealed", sealed=look.result.sealed, seconds=round(look.result.seconds, 3))
    return look.result


class _Look:
    """
    One look at all kinds of rows.

    A kind with a stock that takes longer than a look has time goes on the next time where it ended; what it reads then
    was written before the look began, or comes after it. So it counts as one look from its first beginning.
    """

    def __init__(self, batch: int, *, stop_at: float | None) -> None:
        self.batch = batch
        self.stop_at = stop_at
        self.result = Sealing()
        self.started_at = clock.read().at
        # In this order: whoever drew one of these keys runs still, or has ended and is seen below.
        self.marks = _read_marks()
        self.running = _running()

    def everything(self) -> None:
        """Seal kind by kind; remember how far it came once all of them were seen."""
        with transaction.atomic():
            _lock()
            heads.keep_up(heads.moment())
        seen: list[str] = []
        for sealed in self._in_turn():
            mark = self.marks[sealed.name]
            start = mark.below if mark.came_to is None else mark.came_to
            after: int | None = start
            while after is not None:
                if self.stop_at is not None and time.monotonic() > self.stop_at:
                    self.result.is_complete = False
                    self._keep(seen, (sealed.name, after) if after > start else None)
                    return
                after = self._batch(sealed, after)
            seen.append(sealed.name)
        self._keep(seen)

    def _in_turn(self) -> list[Sealed]:
        """Return the kinds as they have their turn: a great stock that is under way keeps no other kind waiting."""
        return sorted(registry.kinds(), key=lambda sealed: self.marks[sealed.name].is_under_way)

    def _keep(self, seen: list[str], left: tuple[str, int] | None = None) -> None:
        """Remember which kinds were seen to their end, and how far one came that was not."""
        with transaction.atomic(), connection.cursor() as cursor:
            _lock()
            for kind in seen:
                self._write_mark(cursor, kind)
            if left is not None:
                kind, came_to = left
                mark = self.marks[kind]
                drawn, running, begun_at = self._begun(mark)
                cursor.execute(LEAVE, [kind, came_to, drawn, running, begun_at, mark.looked_at, mark.came_to])

    def _batch(self, sealed: Sealed, after: int) -> int | None:
        """Seal what has no seal among the next rows; return the key of the last one, None where there are no more."""
        with transaction.atomic(), connection.cursor() as cursor:
            _lock()
            cursor.execute(_range(sealed), {"after": after, "batch": self.batch})
            last, count = cursor.fetchone()
            if not count:
                return None
            cursor.execute(_unsealed(sealed), {"after": after, "last": last})
            if new := cursor.fetchall():
                at = heads.moment()
                heads.keep_up(at)
                _chain(sealed, new, at)
        self.result.sealed += len(new)
        return int(last) if count == self.batch else None

    def _begun(self, mark: _Mark) -> tuple[int, list[str], datetime]:
        """Return the last key drawn, who ran and when, as the look at a kind began: this one, or an earlier."""
        if mark.begun_drawn is None or mark.begun_running is None or mark.begun_at is None:
            return mark.drawn, sorted(self.running), self.started_at
        return mark.begun_drawn, mark.begun_running, mark.begun_at

    def _write_mark(self, cursor: Any, kind: str) -> None:
        mark = self.marks[kind]
        drawn, then_running, begun_at = self._begun(mark)
        below, reached, running = mark.below, mark.reached, mark.running
        if not set(then_running).intersection(running):
            # All that ran when ``reached`` was drawn have ended before this look, which has seen their rows.
            below, reached, running = max(below, reached), drawn, then_running
        cursor.execute(MARK, [kind, below, reached, running, begun_at, mark.looked_at, mark.came_to])


def _lock() -> None:
    """
    Be the only sealer until the end of the transaction.

    :raises _Busy: there is one
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(%s), set_config('statement_timeout', %s, true),"
            # What was never counted seems small: the whole chain would be read for each batch.
            "       set_config('enable_seqscan', 'off', true)",
            [LOCK, str(STATEMENT_TIMEOUT_MS)],
        )
        if not cursor.fetchone()[0]:
            raise _Busy


def _read_marks() -> dict[str, _Mark]:
    kinds = registry.kinds()
    with connection.cursor() as cursor:
        cursor.execute(
            MARKS,
            [
                [sealed.name for sealed in kinds],
                [canonical.table(sealed) for sealed in kinds],
                [str(sealed.model._meta.pk.column) for sealed in kinds],
            ],
        )
        return {kind: _Mark(*rest) for kind, *rest in cursor.fetchall()}


def _running() -> frozenset[str]:
    with connection.cursor() as cursor:
        cursor.execute(RUNNING)
        return frozenset(row[0] for row in cursor.fetchall())


def _range(sealed: Sealed) -> str:
    """Return the statement that says how far the next rows behind a key reach, and how many they are."""
    key = canonical.key(sealed)
    return f"""
SELECT max(next.id), count(*)
  FROM (SELECT t.{key} AS id FROM {canonical.table(sealed)} AS t
         WHERE t.{key} > %(after)s AND {canonical.condition(sealed)} ORDER BY t.{key} LIMIT %(batch)s) AS next
"""  # noqa: S608 - our own names


def _unsealed(sealed: Sealed) -> str:
    """
    Return the statement that reads the rows of a range of keys that have no seal, with their hashes.

    By ranges of keys both tables are read in their order, so a batch costs the same whatever was sealed before.
    """
    key = canonical.key(sealed)
    return f"""
WITH t AS MATERIALIZED (
    SELECT t.*, CASE WHEN {canonical.has_text(sealed)} THEN uuid_send(gen_random_uuid()) END AS its_salt
      FROM {canonical.table(sealed)} AS t
     WHERE t.{key} > %(after)s AND t.{key} <= %(last)s AND {canonical.condition(sealed)}
       AND NOT EXISTS (SELECT FROM efficiency_seal AS s WHERE s.kind = '{sealed.name}' AND s.row_id = t.{key}
                          AND s.row_id > %(after)s AND s.row_id <= %(last)s)
)
SELECT t.{key}, encode({canonical.content(sealed)}, 'hex'),
       coalesce(encode({canonical.texts(sealed, "t.its_salt")}, 'hex'), ''), encode(t.its_salt, 'hex'),
       coalesce({canonical.moment(sealed.kept_until or "NULL::timestamptz")}, '')
  FROM t ORDER BY t.{key}
"""  # noqa: S608 - our own names


def _chain(sealed: Sealed, rows: list[tuple[int, str, str, str | None, str]], at: datetime) -> None:
    """Give the rows the next numbers and chain them, sealed at ``at``."""
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, [at])
        sealed_at, number, chain = cursor.fetchone()
        number, before = (number, bytes(chain)) if number else (0, canonical.BEGINNING)
        seals, salts = io.StringIO(), io.StringIO()
        for row_id, content, texts, salt, kept_until in rows:
            number += 1
            before = canonical.link(before, number, sealed.name, row_id, content, texts, kept_until, sealed_at)
            until = f"{kept_until}Z" if kept_until else "\\N"
            cells = (number, sealed.name, row_id, f"\\\\x{content}", f"\\\\x{texts}", until, f"{sealed_at}Z")
            seals.write("\t".join(map(str, cells)) + f"\t\\\\x{before.hex()}\n")
            if salt is not None:
                salts.write(f"{number}\t\\\\x{salt}\n")
        for table, written in (("efficiency_seal", seals), ("efficiency_sealsalt", salts)):
            written.seek(0)
            cursor.copy_expert(f"COPY {table} ({COLUMNS[table]}) FROM STDIN", written)
