"""What the worker does for corrections. Each task is a nudge: safe to run twice, and two at once."""

from celery import shared_task

from accountability.corrections import erasing, quarterly, reviewing
from accountability.corrections.files import files
from efficiency.deadlines import clock


@shared_task(name="accountability.tend_corrections", acks_late=True, ignore_result=True)
def tend_corrections(**_later: object) -> None:
    """Put aside wishes for more time that nobody decided in time, and have new files looked at."""
    at = clock.believed()
    if at is None:  # D-08: nobody's time is over by a false clock
        return
    reviewing.lapse_extensions(at=at)
    files.look_at_waiting(at=at)


@shared_task(name="accountability.propose_for_quarters", acks_late=True, ignore_result=True)
def propose_for_quarters(**_later: object) -> None:
    """Propose opinions for the organs whose last quarter was unqualified."""
    at = clock.believed()
    if at is not None:
        quarterly.propose(at=at)


@shared_task(name="accountability.erase_corrections", acks_late=True, ignore_result=True)
def erase_corrections(**_later: object) -> None:
    """Let texts and files go whose time has run out."""
    at = clock.believed()
    if at is not None:
        erasing.erase_texts(at=at)
