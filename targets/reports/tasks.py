"""What the worker does for reports. Each task is a nudge: safe to run twice, and two at once."""

import structlog
from celery import shared_task

from efficiency.deadlines import clock
from targets.reports import checking, opening
from targets.reports.files import files

log = structlog.get_logger(__name__)


@shared_task(name="targets.tend_reports", acks_late=True, ignore_result=True)
def tend_reports(**_later: object) -> None:
    """Open, owe and drop reports as plans and periods go; let wishes for more time lapse; have new files looked at."""
    at = clock.believed()
    if at is None:  # D-08: nobody's time begins or is over by a false clock
        return
    jobs = (
        opening.open_missing,
        opening.follow_changes,
        opening.drop_withdrawn,
        opening.owe_due,
        checking.lapse_extensions,
        files.look_at_waiting,
    )
    failed = []
    for job in jobs:
        try:
            job(at=at)
        except Exception as error:  # D-07: one job that fails stops none of the others
            log.exception("report_job_failed", job=job.__name__)
            failed.append(error)
    if failed:
        raise ExceptionGroup("Some of the jobs for target reports failed.", failed)
