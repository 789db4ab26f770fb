"""What the worker does for all of target management. Each task is a nudge: safe to run twice, and two at once."""

from celery import shared_task

from efficiency.deadlines import clock
from targets import erasing


@shared_task(name="targets.erase_texts", acks_late=True, ignore_result=True)
def erase_texts(**_later: object) -> None:
    """Let texts and files go whose time has run out."""
    at = clock.believed()
    if at is not None:  # D-08: nobody's time is over by a false clock
        erasing.erase_texts(at=at)
