"""What the worker does for plans. Each task is a nudge: safe to run twice, and two at once."""

from celery import shared_task

from efficiency.deadlines import clock
from targets.plans import tending
from targets.plans.files import files


@shared_task(name="targets.tend_plans", acks_late=True, ignore_result=True)
def tend_plans(**_later: object) -> None:
    """Bring plans into force that nobody signed, end those whose time is over, and have new files looked at."""
    at = clock.believed()
    if at is None:  # D-08: nobody's time is over by a false clock
        return
    tending.promise_missing(at=at)
    tending.come_into_force(at=at)
    tending.end(at=at)
    files.look_at_waiting(at=at)
