"""What the worker does for social supervisors. Each task is a nudge: safe to run twice, and two at once."""

from celery import shared_task

from efficiency.deadlines import clock
from supervision.supervisors import appointing, erasing, gathering
from supervision.supervisors.files import files, gathering_files


@shared_task(name="supervision.tend_supervisors", acks_late=True, ignore_result=True)
def tend_supervisors(**_later: object) -> None:
    """Lay what is owed in the period that runs, tell whose term ends soon, and have new files looked at."""
    at = clock.believed()
    if at is None:  # D-08: nothing is owed by a false clock
        return
    gathering.tend_duties(at=at)
    appointing.ending_soon(at=at)
    files.look_at_waiting(at=at)
    gathering_files.look_at_waiting(at=at)


@shared_task(name="supervision.erase_supervisors", acks_late=True, ignore_result=True)
def erase_supervisors(**_later: object) -> None:
    """Let texts and files go whose time has run out."""
    at = clock.believed()
    if at is not None:
        erasing.erase_texts(at=at)
