"""What the worker does for inspections. Each task is a nudge: safe to run twice, and two at once."""

from celery import shared_task

from efficiency.deadlines import clock
from supervision.inspections import concluding, erasing
from supervision.inspections.files import files


@shared_task(name="supervision.tend_inspections", acks_late=True, ignore_result=True)
def tend_inspections(**_later: object) -> None:
    """Go on where an organ's time is over, have new files looked at, and photographs made small."""
    at = clock.believed()
    if at is None:  # D-08: nobody's time is over by a false clock
        return
    concluding.tend(at=at)
    files.look_at_waiting(at=at)
    files.make_previews()


@shared_task(name="supervision.erase_inspections", acks_late=True, ignore_result=True)
def erase_inspections(**_later: object) -> None:
    """Let texts and files go whose time has run out."""
    at = clock.believed()
    if at is not None:
        erasing.erase_texts(at=at)
