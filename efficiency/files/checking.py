"""
Which files were looked at by the scanner, and what follows from it for those who fetch them (docs/trust.md U-08).

Each part of the portal that takes files registers its rows; a row has ``created_at``, ``scanned_at`` and ``harmful``.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog
from django.db.models import Min, QuerySet
from prometheus_client.core import GaugeMetricFamily, Metric

from efficiency.access.cipher import CannotOpen
from efficiency.files import scanner, store

log = structlog.get_logger(__name__)

BATCH = 200
# The worker asks the scanner every minute; a file that has waited for longer waits for somebody to look at the scanner.
USUAL_WAIT = timedelta(minutes=15)
# So many files in a row without a verdict are not the files' fault: the scanner is left alone until the next run.
MOST_WITHOUT_VERDICT = 10


class Looked(Protocol):
    """A row of a file that comes from others."""

    scanned_at: datetime | None
    harmful: str


@dataclass(frozen=True, slots=True)
class Part:
    """
    The files of one part: ``rows`` are those still there, ``contents`` everything of one that is looked at.

    ``told`` writes down that something harmful was found, in the words of the part.
    """

    rows: Callable[[], QuerySet]
    contents: Callable[[Any], Iterable[bytes]]
    told: Callable[[Any, str, datetime], None]

    def waiting(self) -> QuerySet:
        """Return what the scanner has not looked at yet, the newest first: somebody waits for these."""
        return self.rows().filter(scanned_at__isnull=True).order_by("-created_at", "-pk")


_parts: dict[str, Part] = {}


def register(name: str, part: Part) -> None:
    """Have the files of a part looked at; called once Django is ready."""
    _parts[name] = part


def is_fetchable(file: Looked) -> bool:
    """Say whether a file may be fetched that comes from others: nothing harmful, and looked at where a scanner is."""
    return not file.harmful and (file.scanned_at is not None or not scanner.is_configured())


def waiting() -> list[Any]:
    """Return the files that the scanner has not looked at yet, part by part, at most a batch of each."""
    return [file for part in _parts.values() for file in part.waiting()[:BATCH]]


def held_up(*, at: datetime, most: int) -> int:
    """Return how many files nobody can fetch as the scanner has not looked at them for long, counted up to ``most``."""
    if not scanner.is_configured():
        return 0
    until = at - USUAL_WAIT
    return min(most, sum(part.waiting().filter(created_at__lte=until)[:most].count() for part in _parts.values()))


def figures(at: datetime) -> Iterator[Metric]:
    """Yield for how long the file has waited that has waited longest: a scanner that is away makes it grow."""
    if not scanner.is_configured():
        return
    oldest = [part.waiting().aggregate(oldest=Min("created_at"))["oldest"] for part in _parts.values()]
    seconds = max(((at - each).total_seconds() for each in oldest if each is not None), default=0.0)
    yield GaugeMetricFamily(
        "portal_scanner_oldest_seconds", "For how long the oldest file has waited for the scanner", value=seconds
    )


def look_at_waiting(*, at: datetime) -> int:
    """
    Have the scanner look at the files that wait, and return at how many it did.

    It ends where the scanner cannot be reached, or says nothing of ten files in a row; the next run goes on. A file of
    which it says nothing, or that the storage does not give, is left for later and holds up no other. Safe to run
    twice, and two at once: the first verdict holds.
    """
    if not scanner.is_configured():
        return 0
    run = _Run(at)
    for name, part in _parts.items():
        if not run.is_over:
            run.look_at(name, part)
    return run.looked


def look_at_part(name: str, part: Part, /, *, at: datetime) -> int:
    """Do the same for the files of one part that its own task looks after."""
    if not scanner.is_configured():
        return 0
    run = _Run(at)
    run.look_at(name, part)
    return run.looked


class _Run:
    """One run of the worker over the parts."""

    def __init__(self, at: datetime) -> None:
        self.at, self.looked, self.is_over = at, 0, False
        self._in_a_row = 0

    def look_at(self, name: str, part: Part) -> None:
        """Look at what waits of one part, batch by batch."""
        passed_over: set[int] = set()
        while batch := list(part.waiting().exclude(pk__in=passed_over)[:BATCH]):
            for file in batch:
                try:
                    verdict = _verdict_of(part.contents(file))
                except scanner.NoVerdict as nothing:
                    log.warning("scanner_without_verdict", files=name, file=file.pk, said=str(nothing))
                    passed_over.add(file.pk)
                    self._in_a_row += 1
                    if self._in_a_row == MOST_WITHOUT_VERDICT:
                        self.is_over = True
                        return
                    continue
                except scanner.ScannerAway as away:
                    log.warning("scanner_away", said=str(away))
                    self.is_over = True
                    return
                except (store.FileUnavailable, CannotOpen):
                    passed_over.add(file.pk)
                    continue
                self._in_a_row = 0
                self.looked += self._keep(name, part, file, verdict)

    def _keep(self, name: str, part: Part, file: Any, verdict: scanner.Verdict) -> int:
        is_first = (
            part.rows().filter(pk=file.pk, scanned_at__isnull=True).update(scanned_at=self.at, harmful=verdict.harmful)
        )
        if is_first and not verdict.is_clean:
            part.told(file, verdict.harmful, self.at)
            log.warning("harmful_file", files=name, file=file.pk, found=verdict.harmful)
        return is_first


def _verdict_of(contents: Iterable[bytes]) -> scanner.Verdict:
    """Return the first verdict that is not clean; a clean one where all are."""
    verdict = scanner.Verdict("")
    for content in contents:
        verdict = scanner.look_at(content)
        if not verdict.is_clean:
            break
    return verdict
