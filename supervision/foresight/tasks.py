"""What the worker does for foresight. Each task is a nudge: safe to run twice, and two at once."""

import structlog
from celery import shared_task

from efficiency.deadlines import clock
from supervision.foresight import forecasting, likeness
from supervision.foresight.sampling import erasing

log = structlog.get_logger(__name__)


@shared_task(name="supervision.foresee", acks_late=True, ignore_result=True)
def foresee(**_later: object) -> None:
    """Make the forecasts of the day, note what came of earlier ones, forget what is old, compare what was replied."""
    at = clock.believed()
    if at is None:  # D-08: what was expected of a day that has not come is no forecast
        return
    failed = []
    for job in (
        forecasting.make,
        forecasting.settle,
        forecasting.forget,
        likeness.look,
        likeness.forget,
        erasing.erase_texts,
    ):
        try:
            job(at=at)
        except Exception as error:  # D-07: one job that fails stops none of the others
            log.exception("foresight_job_failed", job=job.__name__)
            failed.append(error)
    if failed:
        raise ExceptionGroup("Some of the jobs of foresight failed.", failed)
