"""What the worker does for appraisals: a nudge, safe to run twice, and two at once."""

from celery import shared_task

from efficiency.deadlines import clock
from targets.appraisal import deadlines, since_gone
from targets.appraisal.files import files


@shared_task(name="targets.tend_appraisals", acks_late=True, ignore_result=True)
def tend_appraisals(**_later: object) -> None:
    """Have new files looked at, and self-scores follow those who left their post."""
    at = clock.believed()
    if at is not None:
        deadlines.follow_leavers(at=at)
        files.look_at_waiting(at=at)


@shared_task(name="targets.tell_gone", acks_late=True, ignore_result=True)
def tell_gone(**_later: object) -> None:
    """Tell the office what counts on published sheets and fell away since."""
    at = clock.believed()
    if at is not None:
        since_gone.tell(at=at)
