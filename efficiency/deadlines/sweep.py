"""
The sweep: every promise whose next moment has come is raised to the level it has reached (docs/architecture.md).

Set-based: a fixed number of statements for each batch, whatever its size, so that a hundred thousand overdue promises
cost little more than one statement over all of them. Two sweeps at once share the work (``SKIP LOCKED``), the key
(deadline, level) makes each escalation unique, and a sweep that dies anywhere leaves nothing half-done.
"""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isqrt

import structlog
from django.db import DatabaseError, InterfaceError, connection, transaction

from efficiency.deadlines import clock, sign_of_life
from efficiency.deadlines.levels import MOST_BAD_ROWS, Raised, describe, is_not_the_row, raise_batch
from efficiency.deadlines.models import BatchInHand, Deadline, Sweep
from efficiency.outbox.nudge import nudge
from efficiency.timing import store

log = structlog.get_logger(__name__)

BATCH = 5000
SMALL_BATCH = 100
BEGINNING = (datetime.min.replace(tzinfo=UTC), 0)
# After so many tries a promise that the engine cannot digest is set aside, and the rest goes on (docs/trust.md D-07).
TRIES = 5
# No statement of a batch may hold its rows for longer.
STATEMENT_TIMEOUT_MS = 60_000


class SweepFailed(Exception):
    """The sweep could not be completed; the next one goes on where it stopped."""


@dataclass(slots=True)
class SweepResult:
    """
    What a sweep did: promises looked at, reminders, promises that became overdue, levels told to the efficiency
    office (two and above), cards and messages written, and how long it took.
    """

    checked: int = 0
    warned: int = 0
    overdue: int = 0
    escalated: int = 0
    cards: int = 0
    messages: int = 0
    seconds: float = 0.0
    set_aside: int = 0
    is_complete: bool = True

    def as_dict(self) -> dict[str, int | float]:
        """Return the fields that ``check_deadlines`` prints."""
        return {
            "checked": self.checked,
            "warned": self.warned,
            "overdue": self.overdue,
            "escalated": self.escalated,
            "cards": self.cards,
            "messages": self.messages,
            "seconds": round(self.seconds, 3),
        }


# 1. What this sweep takes in hand next: due rows that no other has in hand, from where it stands on. The order is that
#    of the moments, so that a week of standstill is caught up as it would have passed.
TAKE_IN_HAND = """
WITH due AS (
    SELECT d.id, d.next_check_at FROM efficiency_deadline AS d
     WHERE d.next_check_at <= %(at)s AND (d.next_check_at, d.id) > (%(after_moment)s, %(after_id)s)
       AND d.quarantined_at IS NULL AND d.attempts = 0  -- what failed before stands alone, later
       AND d.id NOT IN (SELECT unnest(deadline_ids) FROM efficiency_batchinhand)
     ORDER BY d.next_check_at, d.id LIMIT %(batch)s
       FOR NO KEY UPDATE OF d SKIP LOCKED
), last AS (
    SELECT next_check_at, id FROM due ORDER BY next_check_at DESC, id DESC LIMIT 1
), in_hand AS (
    INSERT INTO efficiency_batchinhand (deadline_ids, taken_at, is_begun)
    SELECT array_agg(id ORDER BY next_check_at, id), clock_timestamp(), true FROM due HAVING count(*) > 0
    RETURNING id
)
SELECT in_hand.id, last.next_check_at, last.id FROM in_hand, last
"""

# 2. One more failure of a single row; after too many of them it is set aside.
COUNT_ATTEMPT = """
UPDATE efficiency_deadline
   SET attempts = attempts + 1, last_error = %(error)s,
       quarantined_at = CASE WHEN attempts + 1 >= %(tries)s THEN %(at)s::timestamptz END,
       next_check_at = CASE WHEN attempts + 1 >= %(tries)s THEN NULL ELSE next_check_at END
 WHERE id = %(id)s AND next_check_at IS NOT NULL
RETURNING quarantined_at IS NOT NULL
"""


def tick(*, longest: float | None = None) -> SweepResult:
    """
    Sweep as of now, by the database's clock, if it can be believed; a complete one is told outside (W-03).

    :raises ClockDoubtful: it cannot (docs/trust.md D-08)
    :raises SweepFailed: the sweep could not be completed
    """
    reading = clock.read()
    try:
        clock.check(reading)
    except clock.ClockDoubtful as doubt:
        log.error("clock_doubtful", reason=str(doubt))
        raise
    result = run(at=reading.at, reading=reading, longest=longest)
    if result.is_complete:
        sign_of_life.send()
    return result


def run(
    *,
    at: datetime,
    rehearsal: bool = False,
    reading: clock.Reading | None = None,
    longest: float | None = None,
    batch: int = BATCH,
) -> SweepResult:
    """
    Raise every promise that is due at ``at``, batch by batch, until nothing is left.

    A ``rehearsal`` does the same and counts as no sign of life. After ``longest`` seconds the run stops between two
    batches and is not complete; the next one goes on. Safe to run twice, and two at once.

    :raises ClockDoubtful: a rehearsal of a moment that earlier sweeps have left behind
    :raises SweepFailed: too many rows fail for it to be their fault
    """
    if rehearsal:
        clock.check_rehearsal(at)
    store.reach(at)
    begun = time.monotonic()
    entry = Sweep.objects.create(
        at=at,
        started_at=clock.read().at,
        rehearsal=rehearsal,
        steady_seconds=reading.steady_seconds if reading else None,
        boot=reading.boot if reading else "",
    )
    result = SweepResult()
    run_ = _Run(entry, at, result, batch, stop_at=None if longest is None else begun + longest)
    run_.everything()
    result.seconds = time.monotonic() - begun
    run_.note(is_complete=result.is_complete)
    if result.messages:
        nudge("efficiency.send_messages")
    if result.checked or not result.is_complete:
        log.info("swept", set_aside=result.set_aside, **result.as_dict())
    return result


class _Run:
    """One run over everything that is due; knows how far it came."""

    def __init__(self, entry: Sweep, at: datetime, result: SweepResult, batch: int, *, stop_at: float | None) -> None:
        self.entry = entry
        self.at = at
        self.result = result
        self.batch = batch
        self.stop_at = stop_at
        self.bad_rows = 0

    def everything(self) -> None:
        """First what never failed, then what sweeps died over, then what failed by itself."""
        failed_before = list(
            Deadline.objects.filter(attempts__gt=0, next_check_at__lte=self.at)
            .order_by("next_check_at", "id")
            .values_list("pk", flat=True)[: self.batch]
        )
        self._due_rows()
        for hand in self._left_over():
            if self._is_time_over():
                return
            self._after_a_death(hand)
        for deadline_id in failed_before:
            if self._is_time_over():
                return
            self._alone(deadline_id)

    def note(self, *, is_complete: bool) -> None:
        """Write down what was done so far; a complete run is the engine's sign of life."""
        done = self.result
        Sweep.objects.filter(pk=self.entry.pk).update(
            checked=done.checked,
            warned=done.warned,
            overdue=done.overdue,
            escalated=done.escalated,
            cards=done.cards,
            messages=done.messages,
            finished_at=clock.read().at if is_complete else None,
        )

    def _due_rows(self) -> None:
        """Go through the due rows in the order of their moments, again and again until a pass finds nothing to do."""
        while True:
            after = BEGINNING
            done_before = self.result.checked
            while taken := self._take(after):
                hand_id, *place = taken
                after = (place[0], place[1])
                self._work(BatchInHand.objects.get(pk=hand_id))
                if self._is_time_over():
                    return
            if self.result.checked == done_before:
                return

    def _take(self, after: tuple[datetime, int]) -> tuple | None:
        """Take the next rows in hand, and commit that; return the batch's id and its last row's place."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                TAKE_IN_HAND,
                {"at": self.at, "after_moment": after[0], "after_id": after[1], "batch": self.batch},
            )
            return cursor.fetchone()

    def _alone(self, deadline_id: int) -> None:
        """Try a row that failed in an earlier sweep, unless another sweep has it in hand."""
        with transaction.atomic():
            if BatchInHand.objects.filter(deadline_ids__contains=[deadline_id]).exists():
                return
            hand = BatchInHand.objects.create(deadline_ids=[deadline_id], taken_at=clock.read().at)
        self._work(hand)

    def _left_over(self) -> Iterator[BatchInHand]:
        """Yield what earlier sweeps left in hand and nobody holds any more: parts that nobody began yet come first."""
        seen: set[int] = set()
        while True:
            with transaction.atomic():
                hand = (
                    BatchInHand.objects.select_for_update(skip_locked=True)
                    .exclude(pk__in=seen)
                    .filter(taken_at__lt=self.entry.started_at)
                    .order_by("is_begun", "id")
                    .first()
                )
                if hand is None:
                    return
                seen.add(hand.pk)
                if not hand.deadline_ids:
                    hand.delete()
                    continue
            yield hand

    def _after_a_death(self, hand: BatchInHand) -> None:
        """
        Go on with a batch that a sweep died over: in parts of about its square root, a small one row by row.

        So the second death leaves a part, the third a single row, and the fourth sweep has done all others: three
        minutes after the first, whatever the size. A row that kills by itself is set aside after ``TRIES`` deaths.
        """
        ids = hand.deadline_ids
        with transaction.atomic():
            if not BatchInHand.objects.filter(pk=hand.pk).delete()[0]:
                return  # another sweep was faster
            if hand.is_begun and len(ids) == 1 and self._count_attempt(ids[0], "the sweep died over this row"):
                return
            size = len(ids) if not hand.is_begun else isqrt(len(ids)) if len(ids) > SMALL_BATCH else 1
            parts = BatchInHand.objects.bulk_create(
                BatchInHand(deadline_ids=ids[first : first + size], taken_at=clock.read().at, is_begun=False)
                for first in range(0, len(ids), size)
            )
        for part in parts:
            # Committed before the work, so that a death over this part is known from one over its neighbour.
            if BatchInHand.objects.filter(pk=part.pk, is_begun=False).update(is_begun=True):
                self._work(part)

    def _work(self, hand: BatchInHand) -> None:
        """Do a batch in one transaction; where it fails, do its halves, until the bad row stands alone."""
        try:
            raised = self._in_one_transaction(hand)
        except Exception as error:
            if isinstance(error, SweepFailed) or is_not_the_row(error):
                self._put_back(hand)
                raise
            self._halve(hand, error)
            return
        if raised is not None:
            self._count(raised)

    def _in_one_transaction(self, hand: BatchInHand) -> Raised | None:
        with transaction.atomic():
            # Whoever holds this lock has the batch in hand; when its process dies, the lock goes and the row stays.
            mine = BatchInHand.objects.select_for_update(skip_locked=True).filter(pk=hand.pk).first()
            if mine is None:
                return None
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {STATEMENT_TIMEOUT_MS:d}")
            raised = raise_batch(mine.deadline_ids, self.at)
            mine.delete()
        return raised

    def _put_back(self, hand: BatchInHand) -> None:
        """Let others take the rows; where even that fails, the next sweep finds the batch left over."""
        with contextlib.suppress(DatabaseError, InterfaceError):
            BatchInHand.objects.filter(pk=hand.pk).delete()

    def _halve(self, hand: BatchInHand, error: Exception) -> None:
        ids = hand.deadline_ids
        if len(ids) == 1:
            log.exception("row_failed", error=type(error).__name__, object_id=ids[0])
            with transaction.atomic():
                BatchInHand.objects.filter(pk=hand.pk).delete()
                self._count_attempt(ids[0], describe(error))
            self.bad_rows += 1
            if self.bad_rows >= MOST_BAD_ROWS:
                raise SweepFailed(f"{self.bad_rows} rows failed, the last one with {describe(error)}") from error
            return
        middle = len(ids) // 2
        with transaction.atomic():
            BatchInHand.objects.filter(pk=hand.pk).delete()
            halves = BatchInHand.objects.bulk_create(
                BatchInHand(deadline_ids=half, taken_at=clock.read().at) for half in (ids[:middle], ids[middle:])
            )
        try:
            for half in halves:
                self._work(half)
        except SweepFailed:
            BatchInHand.objects.filter(pk__in=[half.pk for half in halves]).delete()
            raise

    def _count_attempt(self, deadline_id: int, error: str) -> bool:
        """Count a failure of a single row, and say whether it was set aside for it: after ``TRIES`` of them."""
        with connection.cursor() as cursor:
            cursor.execute(COUNT_ATTEMPT, {"id": deadline_id, "error": error, "tries": TRIES, "at": self.at})
            row = cursor.fetchone()
        is_set_aside = row is not None and row[0]
        if is_set_aside:
            self.result.set_aside += 1
            log.error("row_set_aside", object_id=deadline_id)
        return is_set_aside

    def _count(self, raised: Raised) -> None:
        counts = {level: len(ids) for level, ids in raised.ids_by_level.items()}
        self.result.checked += raised.checked
        self.result.messages += raised.messages
        self.result.cards += raised.cards
        self.result.warned += counts.get(1, 0)
        self.result.overdue += counts.get(2, 0)
        self.result.escalated += sum(count for level, count in counts.items() if level >= 2)

    def _is_time_over(self) -> bool:
        if self.stop_at is not None and time.monotonic() > self.stop_at:
            self.result.is_complete = False
        return not self.result.is_complete
