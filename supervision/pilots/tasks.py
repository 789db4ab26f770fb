"""What the worker does for pilot programmes. Each task is a nudge: safe to run twice, and two at once."""

from celery import shared_task

from efficiency.deadlines import clock
from supervision.pilots import erasing
from supervision.pilots.files import files


@shared_task(name="supervision.tend_pilots", acks_late=True, ignore_result=True)
def tend_pilots(**_later: object) -> None:
    """Have new files looked at, and let texts and files go whose time has run out."""
    at = clock.believed()
    if at is not None:  # D-08: nobody's time is over by a false clock
        files.look_at_waiting(at=at)
        erasing.erase_texts(at=at)
