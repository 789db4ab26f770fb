"""What the worker does for fault cases. Each task is a nudge: safe to run twice, and two at once."""

from celery import shared_task

from accountability.faults import appealing, clues, erasing, files, hearing, inquiry
from efficiency.deadlines import clock


@shared_task(name="accountability.tend_faults", acks_late=True, ignore_result=True)
def tend_faults(**_later: object) -> None:
    """Make clues of red cards issued by hand, go on where nobody was heard in time, have new files looked at."""
    at = clock.believed()
    if at is None:  # D-08: nobody's time is over by a false clock
        return
    clues.fall_away(at=at)
    clues.collect(at=at)
    hearing.lapse_defences(at=at)
    inquiry.lapse_extensions(at=at)
    appealing.lapse_ruling_times(at=at)
    files.look_at_waiting(at=at)


@shared_task(name="accountability.erase_faults", acks_late=True, ignore_result=True)
def erase_faults(**_later: object) -> None:
    """Clear the texts and files of cases whose time has run out."""
    at = clock.believed()
    if at is not None:
        erasing.erase(at=at)
