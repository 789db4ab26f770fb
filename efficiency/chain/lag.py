"""For how long the sealer has not seen everything (docs/trust.md W-02); read from the database alone."""

from datetime import datetime

from efficiency.chain import registry
from efficiency.chain.models import SealMark
from efficiency.deadlines.models import Sweep


def marks() -> dict[str, tuple[int, datetime | None]]:
    """Return for each kind of row up to which key everything is sealed, and when the sealer looked last."""
    return {mark.kind: (mark.below, mark.looked_at) for mark in SealMark.objects.all()}


def seconds(at: datetime) -> float:
    """Return how many seconds before ``at`` the last look began that saw rows of all kinds."""
    looked_at = {kind: moment for kind, (_below, moment) in marks().items()}
    return max((seconds_since(looked_at.get(sealed.name), at) for sealed in registry.kinds()), default=0.0)


def seconds_since(looked_at: datetime | None, at: datetime) -> float:
    """
    Return the seconds from a look to ``at``.

    Where there was none they count from the first complete sweep: as long as a portal was never in service, nobody
    was to seal anything.
    """
    if looked_at is None:
        looked_at = (
            Sweep.objects.filter(rehearsal=False, finished_at__isnull=False)
            .order_by("finished_at")
            .values_list("finished_at", flat=True)
            .first()
        )
    return 0.0 if looked_at is None else max(0.0, (at - looked_at).total_seconds())
