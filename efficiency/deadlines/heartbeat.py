"""Signs of life of the engine, read from the database: a dead worker cannot hide (docs/trust.md W-02, W-03)."""

from datetime import datetime

from efficiency.deadlines import clock
from efficiency.deadlines.models import Deadline


def age(now: datetime) -> float | None:
    """
    Return how many seconds ago the last complete sweep ended; None when there was none yet.

    One from before the newest confirmation of the clock, or that lies ahead of ``now`` by more than two clocks may
    part, ran by a false clock: it says nothing of an engine that has stopped since (docs/trust.md D-08).
    """
    finished_at = (
        clock.sweeps()
        .filter(rehearsal=False, finished_at__lte=now + clock.MOST_APART)
        .order_by("-finished_at")
        .values_list("finished_at", flat=True)
        .first()
    )
    return None if finished_at is None else max(0.0, (now - finished_at).total_seconds())


def work_age(now: datetime) -> float | None:
    """
    Return how many seconds ago the engine was last known to work; None when it never did.

    For whoever replaces a worker that is stuck: after a standstill runs end before they have caught up, and each goes
    on where the last one stopped. Such a run has done something, and counts from its start (docs/trust.md D-04).
    """
    began_at = (
        clock.sweeps()
        .filter(rehearsal=False, finished_at__isnull=True, checked__gt=0, started_at__lte=now + clock.MOST_APART)
        .order_by("-id")
        .values_list("started_at", flat=True)
        .first()
    )
    ages = [age(now), None if began_at is None else max(0.0, (now - began_at).total_seconds())]
    return min((each for each in ages if each is not None), default=None)


def lag(now: datetime) -> float:
    """Return for how many seconds the oldest threshold that was passed has waited for a sweep; 0 where none has."""
    oldest = (
        Deadline.objects.filter(next_check_at__lte=now)
        .order_by("next_check_at", "id")
        .values_list("next_check_at", flat=True)
        .first()
    )
    return 0.0 if oldest is None else (now - oldest).total_seconds()


def set_aside() -> int:
    """Return how many promises the engine could not digest and waits for somebody to look at (docs/trust.md D-07)."""
    return Deadline.objects.filter(quarantined_at__isnull=False).count()
