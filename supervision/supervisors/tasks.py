"""What the worker does for social supervisors. Each task is a nudge: safe to run twice, and two at once."""

from datetime import datetime

import structlog
from celery import shared_task

from efficiency.deadlines import clock
from supervision.supervisors import appointing, erasing, gathering
from supervision.supervisors.files import files, gathering_files

log = structlog.get_logger(__name__)


@shared_task(name="supervision.tend_supervisors", acks_late=True, ignore_result=True)
def tend_supervisors(**_later: object) -> None:
    """Lay what is owed in the period that runs, tell whose term ends soon, and see to new files."""
    at = clock.believed()
    if at is None:  # D-08: nothing is owed by a false clock
        return
    failed = []
    jobs = (gathering.tend_duties, appointing.ending_soon, files.look_at_waiting, gathering_files.look_at_waiting)
    for job in (*jobs, _make_previews):
        try:
            job(at=at)
        except Exception as error:  # D-07: one job that fails stops none of the others
            log.exception("supervisors_job_failed", job=job.__qualname__)
            failed.append(error)
    if failed:
        raise ExceptionGroup("Some of the jobs for social supervisors failed.", failed)


@shared_task(name="supervision.erase_supervisors", acks_late=True, ignore_result=True)
def erase_supervisors(**_later: object) -> None:
    """Let texts and files go whose time has run out."""
    at = clock.believed()
    if at is not None:
        erasing.erase_texts(at=at)


def _make_previews(*, at: datetime) -> int:
    """Make photographs small, however late it is."""
    return files.make_previews()
