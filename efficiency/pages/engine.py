"""How the deadline engine is doing, in the words of the public status page."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from efficiency.deadlines import heartbeat

# A sweep a minute is usual; this is when the pages begin to say that it is late (docs/trust.md D-04).
LATE_AFTER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Health:
    """What is known of the engine at a moment."""

    at: datetime
    last_sweep_at: datetime | None
    oldest_unhandled_at: datetime | None

    @property
    def is_fresh(self) -> bool:
        """Whether the last complete sweep is recent and nothing has waited longer than it should."""
        if self.last_sweep_at is None or self.at - self.last_sweep_at > LATE_AFTER:
            return False
        return self.oldest_unhandled_at is None or self.at - self.oldest_unhandled_at <= LATE_AFTER


def health(*, at: datetime) -> Health:
    """Return the state of the engine at ``at``: the last complete sweep and the oldest threshold nobody has handled."""
    age, lag = heartbeat.age(at), heartbeat.lag(at)
    return Health(
        at=at,
        last_sweep_at=None if age is None else at - timedelta(seconds=age),
        oldest_unhandled_at=at - timedelta(seconds=lag) if lag else None,
    )
