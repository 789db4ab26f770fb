"""What the worker does for fault cases. Each task is a nudge: safe to run twice, and two at once."""

import structlog
from celery import shared_task

from accountability.faults import appealing, clues, erasing, hearing, inquiry, looked
from accountability.faults.files import files
from efficiency.deadlines import clock

log = structlog.get_logger(__name__)


@shared_task(name="accountability.tend_faults", acks_late=True, ignore_result=True)
def tend_faults(**_later: object) -> None:
    """Make clues of red cards issued by hand, go on where nobody was heard in time, have new files looked at."""
    at = clock.believed()
    if at is None:  # D-08: nobody's time is over by a false clock
        return
    jobs = (
        clues.fall_away,
        clues.collect,
        hearing.lapse_defences,
        inquiry.lapse_extensions,
        appealing.lapse_ruling_times,
        inquiry.promise_looks,
        files.look_at_waiting,
        looked.tell_of_days,
    )
    failed = []
    for job in jobs:
        try:
            job(at=at)
        except Exception as error:
            # One job, or one case in it, stops none of the others (docs/trust.md D-07).
            log.exception("fault_job_failed", job=job.__name__)
            failed.append(error)
    if failed:
        raise ExceptionGroup("Some of the jobs for fault cases failed.", failed)


@shared_task(name="accountability.erase_faults", acks_late=True, ignore_result=True)
def erase_faults(**_later: object) -> None:
    """Clear the texts and files of cases whose time has run out."""
    at = clock.believed()
    if at is not None:
        erasing.erase(at=at)
