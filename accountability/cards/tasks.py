"""What the worker does for cards. Each task is a nudge: safe to run twice, and two at once."""

from celery import shared_task

from accountability.cards import tending
from accountability.cards.files import files
from efficiency.deadlines import clock


@shared_task(name="accountability.tend_cards", acks_late=True, ignore_result=True)
def tend_cards(**_later: object) -> None:
    """Take silence for acceptance, revoke what nobody ruled on, clear, accumulate, and have new files looked at."""
    at = clock.believed()
    if at is None:  # D-08: nobody's time is over by a false clock
        return
    tending.tend(at=at)
    files.look_at_waiting(at=at)
