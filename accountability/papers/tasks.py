"""What the worker does for papers. Each task is a nudge: safe to run twice, and two at once."""

from celery import shared_task

from accountability.papers import bundling


@shared_task(name=bundling.TASK, acks_late=True, ignore_result=True)
def make_bundles(**_later: object) -> None:
    """Make the bundles that wait, and remove those whose day is over."""
    bundling.tend()
