"""What the worker does for surveys. Each task is a nudge: safe to run twice, and two at once."""

from celery import shared_task

from efficiency.deadlines import clock
from supervision.surveys import erasing, holding


@shared_task(name="supervision.tend_surveys", acks_late=True, ignore_result=True)
def tend_surveys(**_later: object) -> None:
    """Write down which surveys have ended; answers are refused from their last moment on whether or not this runs."""
    at = clock.believed()
    if at is not None:  # D-08: nobody's time is over by a false clock
        holding.end_due(at=at)


@shared_task(name="supervision.erase_survey_texts", acks_late=True, ignore_result=True)
def erase_survey_texts(**_later: object) -> None:
    """Erase what people wrote in surveys once its time is over."""
    at = clock.believed()
    if at is not None:
        erasing.erase_texts(at=at)
