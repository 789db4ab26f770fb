"""What the worker does for bulletins. Each task is a nudge: safe to run twice, and two at once."""

from celery import shared_task

from efficiency.deadlines import clock
from supervision.bulletins import files, opening


@shared_task(name="supervision.compose_bulletins", acks_late=True, ignore_result=True)
def compose_bulletins(**_later: object) -> None:
    """Freeze the figures of periods that are over, and let the time of their bulletins begin."""
    at = clock.believed()
    if at is not None:  # D-08: no period is over by a false clock
        opening.open_due(at=at)


@shared_task(name=files.TASK, acks_late=True, ignore_result=True)
def keep_bulletin_files(**_later: object) -> None:
    """Make the PDF and the DOCX of what was published."""
    files.keep_missing()
