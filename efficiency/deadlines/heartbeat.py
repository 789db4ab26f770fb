"""Signs of life of the engine, read from the database: a dead worker cannot hide (docs/trust.md W-02, W-03)."""

from datetime import datetime

from efficiency.deadlines.models import Deadline, Sweep


def age(now: datetime) -> float | None:
    """Return how many seconds ago the last complete sweep ended; None when there was none yet."""
    finished_at = (
        Sweep.objects.filter(rehearsal=False, finished_at__isnull=False)
        .order_by("-finished_at")
        .values_list("finished_at", flat=True)
        .first()
    )
    return None if finished_at is None else max(0.0, (now - finished_at).total_seconds())


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
