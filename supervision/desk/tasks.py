"""What the worker does for the overview: safe to run twice, and two at once."""

from celery import shared_task

from supervision.desk import exporting


@shared_task(name=exporting.TASK, acks_late=True, ignore_result=True)
def make_exports(**_later: object) -> None:
    """Make the files that wait, and remove those whose day is over."""
    exporting.tend()
