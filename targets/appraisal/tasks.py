"""What the worker does for appraisals: a nudge, safe to run twice, and two at once."""

from celery import shared_task

from efficiency.deadlines import clock
from targets.appraisal.files import files


@shared_task(name="targets.look_at_appraisal_files", acks_late=True, ignore_result=True)
def look_at_appraisal_files(**_later: object) -> None:
    """Have new files looked at."""
    at = clock.believed()
    if at is not None:
        files.look_at_waiting(at=at)
