"""
Files that the worker makes for the very person who asked, and that are gone after their time (docs/trust.md Z-13).

A file on its way is a row under a lease, so that two workers never make the same one, and one that was killed is
made again by the next; what kills a worker again and again comes to rest (D-07). A part that makes such files brings a
model with ``asked_by``, ``asked_at``, ``state``, ``attempts``, ``leased_until``, ``made_at``, ``expires_at`` and three
columns for each file, and says how one is made. Rights are the part's own to ask: when it is asked for, made and
fetched.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import structlog
from django.db import models, transaction
from django.db.models import Q, QuerySet

from efficiency.access.models import User
from efficiency.files import store
from efficiency.outbox import nudge

log = structlog.get_logger(__name__)
M = TypeVar("M", bound=models.Model)

WAITING, MAKING, READY, REFUSED, FAILED = "waiting", "making", "ready", "refused", "failed"
# A file takes seconds; a task is killed after five minutes, so a longer lease has nobody behind it.
LEASE = timedelta(minutes=6)
MOST_ATTEMPTS = 3
# So many a run: the next tick goes on, and a task ends long before it would be killed.
AT_A_TIME = 5
# After an error the next try begins so much later.
AGAIN_AFTER = timedelta(minutes=1)
MOST_REMOVED = 500


class Hopeless(Exception):
    """It cannot be made, and no further try would make it."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a row keeps name, size and SHA-256 of one of its files."""

    name: str
    size: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Made:
    """What was made: the bytes of each file, and further columns of the row."""

    contents: tuple[bytes, ...]
    columns: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Maker(Generic[M]):
    """
    How the files of one model are made.

    ``make`` returns what was made for a row as of a moment; None where whoever asked may not have it any more.
    ``on_ready`` and ``on_end`` write down, in the transaction of the change, that a row is ready, or at its end without
    a file and in which state.
    """

    model: type[M]
    folder: str
    task: str
    lasts: timedelta
    files: tuple[Columns, ...]
    make: Callable[[M, datetime], Made | None]
    on_ready: Callable[[M, Made, datetime], None]
    on_end: Callable[[M, str, datetime], None]
    # Columns of a row without a file, beside those of the files.
    empty: Mapping[str, Any] = field(default_factory=dict)

    @property
    def _rows(self) -> QuerySet[M]:
        return self.model._default_manager.all()

    def order(self, by: User, /, same: Mapping[str, Any], create: Callable[[], M], *, at: datetime) -> M:
        """
        Return the row of a file that is asked for, made anew by ``create`` unless one of the ``same`` is on its way.

        One person asks one after the other: whatever is clicked twice is one file. The worker is told once that stands.
        """
        with transaction.atomic():
            User.objects.select_for_update(of=("self",), no_key=True).get(pk=by.pk)
            on_its_way = self._rows.filter(asked_by=by, state__in=[WAITING, MAKING], expires_at__gt=at, **same)
            if (found := on_its_way.order_by("-pk").first()) is not None:
                return found
            row = create()
            transaction.on_commit(lambda: nudge.nudge(self.task))
        return row

    def make_due(self, *, at: datetime) -> int:
        """Make the files that wait, or whose maker died, and return how many were brought to an end."""
        done = 0
        for _turn in range(AT_A_TIME):
            if (row := self.take(at)) is None:
                break
            done += self.make_one(row, at)
        return done

    def take(self, at: datetime) -> M | None:
        """Lease the oldest file that nobody makes; the try is committed before the work (docs/trust.md D-07)."""
        free = Q(state=WAITING) | Q(state=MAKING, leased_until__lte=at)
        with transaction.atomic():
            waiting = self._rows.filter(free, expires_at__gt=at).order_by("asked_at", "id")
            row: Any = waiting.select_for_update(skip_locked=True, of=("self",)).first()
            if row is None:
                return None
            if row.attempts >= MOST_ATTEMPTS:
                self._end(row, FAILED, at)
                return self.take(at)
            row.state, row.leased_until = MAKING, at + LEASE
            row.attempts += 1
            row.save(update_fields=["state", "leased_until", "attempts"])
        found: M = row
        return found

    def make_one(self, row: M, at: datetime) -> bool:
        """Make one leased file and say whether that brought it to an end."""
        names: list[str] = []
        try:
            made = self.make(row, at)
            if made is None:
                return self._end(row, REFUSED, at)
            for content in made.contents:
                names.append(store.write(content, self.folder))
            if self._keep(row, made, names, at):
                return True
        except Hopeless as error:
            log.error("file_cannot_be_made", table=self.model._meta.db_table, row=row.pk, cause=str(error))
            store.remove(names)
            return self._end(row, FAILED, at)
        except Exception:  # whatever the cause, the next try or the end of the tries is a row
            log.exception("file_not_made", table=self.model._meta.db_table, row=row.pk)
            store.remove(names)
            # Somebody else may have it by now; then it is theirs.
            self._mine(row).filter(attempts__lt=MOST_ATTEMPTS).update(leased_until=at + AGAIN_AFTER)
            return bool(getattr(row, "attempts", 0) >= MOST_ATTEMPTS and self._end(row, FAILED, at))
        # The lease was over and another worker has made it: what was made here is one too many.
        store.remove(names)
        return False

    def _mine(self, row: Any) -> QuerySet[M]:
        return self._rows.filter(pk=row.pk, state=MAKING, leased_until=row.leased_until)

    def _keep(self, row: M, made: Made, names: list[str], at: datetime) -> bool:
        """Keep what was made if the lease still stands, and say whether it did."""
        columns: dict[str, Any] = {}
        for each, content, name in zip(self.files, made.contents, names, strict=True):
            columns |= {
                each.name: name,
                each.size: len(content),
                each.sha256: hashlib.sha256(content).digest(),
            }
        with transaction.atomic():
            kept = self._mine(row).update(
                state=READY, leased_until=None, made_at=at, expires_at=at + self.lasts, **columns, **made.columns
            )
            if kept:
                self.on_ready(row, made, at)
        return bool(kept)

    def _end(self, row: M, state: str, at: datetime) -> bool:
        """End a file that was not made, unless it is ready; say that it is at its end. It stays as long as one."""
        with transaction.atomic():
            ended = self._rows.filter(pk=row.pk, state__in=[WAITING, MAKING]).update(
                state=state, leased_until=None, expires_at=at + self.lasts
            )
            if ended:
                self.on_end(row, state, at)
        return bool(ended)

    def make_anew(self, row: Any) -> None:
        """Let the worker make a file again that is ready, and remove the bytes that were made; in a transaction."""
        names = {each.name: getattr(row, each.name) for each in self.files}
        nothing: dict[str, Any] = dict(self.empty)
        for each in self.files:
            nothing |= {each.name: "", each.size: 0, each.sha256: b""}
        made = self._rows.filter(pk=row.pk, state=READY, **names)
        if made.update(state=WAITING, attempts=0, made_at=None, **nothing):
            store.remove_after_commit(names.values())
            transaction.on_commit(lambda: nudge.nudge(self.task))

    def end_unmade(self, *, at: datetime) -> int:
        """
        End the files that were not made within their time, and return how many; who asked is told and may ask again.

        They stay in the list for as long once more, as what could not be made does.
        """
        over = self._rows.filter(state__in=[WAITING, MAKING], expires_at__lte=at)
        rows = over.exclude(state=MAKING, leased_until__gt=at).order_by("pk")[:MOST_REMOVED]
        return sum(self._end(row, FAILED, at) for row in rows)

    def remove_expired(self, *, at: datetime) -> int:
        """Remove the files whose time is over, rows and bytes, and return how many; the record keeps who had them."""
        with transaction.atomic():
            over = self._rows.filter(expires_at__lte=at).exclude(state__in=[WAITING, MAKING])
            rows = list(over.select_for_update(skip_locked=True, of=("self",)).order_by("pk")[:MOST_REMOVED])
            self._rows.filter(pk__in=[row.pk for row in rows]).delete()
            store.remove_after_commit(getattr(row, each.name) for row in rows for each in self.files)
        return len(rows)

    def tend(self, *, at: datetime) -> None:
        """End and remove what is over, and make what waits: one run of the worker."""
        self.end_unmade(at=at)
        self.remove_expired(at=at)
        self.make_due(at=at)
