"""
Who stands behind a row is forgotten in its time, and stays so after a restore (docs/trust.md P-10, P-11).

What a part forgets it says itself; that it is done in batches, that a hold keeps it, that a record and a line in the
list outside the database are left, and that a restored backup brings nobody back, is the same for all of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Generic, TypeVar

import structlog
from django.db import models, transaction
from django.db.models import Q, QuerySet

from efficiency import erasure_ledger
from efficiency.erasure_ledger import Line

log = structlog.get_logger(__name__)

BATCH = 200
S = TypeVar("S", bound=models.Model)


@dataclass(frozen=True, slots=True)
class Forgetting(Generic[S]):
    """
    How the persons behind the rows of one table are forgotten.

    :param of: the name of the list outside the database
    :param model: the rows, which have ``number`` and, in ``moment``, when they came
    :param erasure: the record that it was done; its one-to-one field is ``subject``, and it has ``at``
    :param known: the rows of which something is still there that tells who it is
    :param forget: takes that away, of rows that are locked, in the caller's transaction, after the record is there
    :param held: of some keys those that a hold keeps at a moment; asked once the rows are locked
    """

    of: str
    model: type[S]
    moment: str
    erasure: type[models.Model]
    subject: str
    known: Callable[[], QuerySet[S]]
    forget: Callable[[list[S], datetime], None]
    held: Callable[[datetime], QuerySet[Any]] | None = None

    def forget_due(self, which: Q, *, at: datetime) -> int:
        """
        Forget who stands behind the rows that ``which`` names and no hold keeps; return how many rows.

        In batches of one transaction each, so that it may be stopped at any moment; safe to run twice, and two at once.
        """
        erased = 0
        while count := self._forget_some(which, at, heeds_holds=True):
            erased += count
        return erased

    def forget_one(self, row: S, /, *, at: datetime) -> None:
        """Forget who stands behind a row, which the caller has locked and asked for holds, in the same transaction."""
        self._forget([row], at)

    def replay(self, *, at: datetime) -> int:
        """
        Erase again what was erased before a backup was restored that still held it; return how many rows.

        :raises OSError: the list cannot be read
        """
        erased = 0
        for lines in erasure_ledger.chunks(of=self.of):
            while count := self._forget_some(self._named_by(lines), at, heeds_holds=False):
                erased += count
        if erased:
            log.warning("erasures_replayed", of=self.of, count=erased)
        return erased

    def complete(self, *, at: datetime) -> int:
        """
        Add to the list outside the database what a crash or a full disk kept from it until ``at``; return how many.

        :raises OSError: the list cannot be read or written to
        """
        listed = {hash(line) for chunk in erasure_ledger.chunks(of=self.of) for line in chunk}
        done = self.erasure._default_manager.filter(at__lte=at).order_by("pk")
        rows = done.values_list(f"{self.subject}__number", f"{self.subject}__{self.moment}", "at")
        missing = [line for row in rows.iterator(chunk_size=1000) if hash(line := Line(*row)) not in listed]
        erasure_ledger.append(missing, of=self.of)
        return len(missing)

    def count_came_back(self) -> int:
        """Count the rows behind which somebody is known whom the list says to be forgotten: a part of I-13."""
        return sum(self.known().filter(self._named_by(lines)).count() for lines in erasure_ledger.chunks(of=self.of))

    def _named_by(self, lines: Sequence[Line]) -> Q:
        named = Q(pk__in=[])
        for line in lines:
            named |= Q(number=line.number, **{self.moment: line.received_at})
        return named

    @transaction.atomic
    def _forget_some(self, which: Q, at: datetime, *, heeds_holds: bool) -> int:
        held = self.held(at) if heeds_holds and self.held else None
        wanted = self.known().filter(which)
        if held is not None:
            wanted = wanted.exclude(pk__in=held)
        rows = self.model._default_manager.filter(pk__in=list(wanted.order_by().values_list("pk", flat=True)[:BATCH]))
        found: list[S] = list(rows.select_for_update(of=("self",), no_key=True, skip_locked=True).order_by("pk"))
        if held is not None and found:
            # Asked again behind the lock that whoever places a hold takes first.
            kept = set(held.filter(**{f"{self.subject}__in": [row.pk for row in found]}))
            found = [row for row in found if row.pk not in kept]
        if found:
            self._forget(found, at)
        return len(found)

    def _forget(self, found: list[S], at: datetime) -> None:
        ids = [row.pk for row in found]
        records = self.erasure._default_manager
        made: list[Any] = [self.erasure(**{f"{self.subject}_id": pk}, at=at) for pk in ids]
        records.bulk_create(made, ignore_conflicts=True)
        self.forget(found, at)
        of_these = records.filter(**{f"{self.subject}__in": ids})
        moments = dict(of_these.values_list(f"{self.subject}_id", "at"))
        lines = [Line(row.number, getattr(row, self.moment), moments[row.pk]) for row in found]  # type: ignore[attr-defined]
        transaction.on_commit(partial(erasure_ledger.note, lines, of=self.of))
