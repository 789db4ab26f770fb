"""What the worker does for reception days. Each task is a nudge: safe to run twice, and two at once."""

import structlog
from celery import shared_task

from efficiency.deadlines import clock
from supervision.reception import erasing, planning, reminding

log = structlog.get_logger(__name__)


@shared_task(name="supervision.tend_receptions", acks_late=True, ignore_result=True)
def tend_receptions(**_later: object) -> None:
    """Plan missing days, let those that come follow calendar and holders, remind of tomorrow's appointments."""
    at = clock.believed()
    if at is None:  # D-08: nothing begins and nobody is reminded by a false clock
        return
    failed = []
    for job in (planning.plan_missing, planning.follow_changes, planning.follow_holders, *reminding.JOBS):
        try:
            job(at=at)
        except Exception as error:  # D-07: one job that fails stops none of the others
            log.exception("reception_job_failed", job=job.__name__)
            failed.append(error)
    if failed:
        raise ExceptionGroup("Some of the jobs for reception days failed.", failed)


@shared_task(name="supervision.erase_visitors", acks_late=True, ignore_result=True)
def erase_visitors(**_later: object) -> None:
    """Forget who came, once the time has run out."""
    at = clock.believed()
    if at is not None:
        erasing.erase_visitors(at=at)
