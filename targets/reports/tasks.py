"""What the worker does for reports. Each task is a nudge: safe to run twice, and two at once."""

from celery import shared_task

from efficiency.deadlines import clock
from targets.reports import checking, opening
from targets.reports.files import files


@shared_task(name="targets.tend_reports", acks_late=True, ignore_result=True)
def tend_reports(**_later: object) -> None:
    """Open, owe and drop reports as plans and periods go; let wishes for more time lapse; have new files looked at."""
    at = clock.believed()
    if at is None:  # D-08: nobody's time begins or is over by a false clock
        return
    opening.open_missing(at=at)
    opening.follow_changes(at=at)
    opening.drop_withdrawn(at=at)
    opening.owe_due(at=at)
    checking.lapse_extensions(at=at)
    files.look_at_waiting(at=at)
