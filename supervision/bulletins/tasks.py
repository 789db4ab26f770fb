"""What the worker does for bulletins. Each task is a nudge: safe to run twice, and two at once."""

import time
from datetime import timedelta

from celery import shared_task

from efficiency.deadlines import clock
from supervision.bulletins import files, opening

# So many seconds a run goes on with the next piece; the last one may take until the limit.
PATIENCE = 200.0
# The first limit lets a piece give its turn back, the second ends what does not heed the first.
SOFT_LIMIT = (opening.LONGEST - timedelta(minutes=1)).total_seconds()
LIMIT = opening.LONGEST.total_seconds()


@shared_task(
    name="supervision.compose_bulletins",
    acks_late=True,
    ignore_result=True,
    soft_time_limit=SOFT_LIMIT,
    time_limit=LIMIT,
)
def compose_bulletins(**_later: object) -> None:
    """
    Freeze the figures of periods that are over, and let the time of their bulletins begin.

    Each piece of the work has a moment of its own, so that none counts as known long ago; the next run goes on.
    """
    begun = time.monotonic()
    while (at := clock.believed()) is not None and opening.open_due(at=at):  # D-08: nothing is over by a false clock
        if time.monotonic() > begun + PATIENCE:
            return


@shared_task(name=files.TASK, acks_late=True, ignore_result=True)
def keep_bulletin_files(**_later: object) -> None:
    """Make the PDF and the DOCX of what was published."""
    files.keep_missing()
