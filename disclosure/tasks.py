"""What the worker does for disclosure. Each task is a nudge: safe to run twice, and two at once."""

from celery import shared_task

from disclosure.automatic import catching_up
from disclosure.catalogue import counted, promise, raising, releasing
from disclosure.documents import actions
from efficiency.deadlines import clock


@shared_task(name="disclosure.keep_catalogue", acks_late=True, ignore_result=True)
def keep_catalogue(**_later: object) -> None:
    """Raise what is owed by now, release what no longer is, and let promises follow who answers for them."""
    at = clock.read().at
    releasing.release_ended(at=at)
    raising.raise_due(at=at)
    promise.follow_posts(at=at)


@shared_task(name="disclosure.count_completeness", acks_late=True, ignore_result=True)
def count_completeness(**_later: object) -> None:
    """Count anew how complete the disclosure of all organs is this year."""
    counted.count_present_year(at=clock.read().at)


@shared_task(name="disclosure.publish_due", acks_late=True, ignore_result=True)
def publish_due(**_later: object) -> None:
    """Publish what was approved for a moment that has come."""
    actions.publish_due(at=clock.read().at)


@shared_task(name="disclosure.catch_up", acks_late=True, ignore_result=True)
def catch_up(**_later: object) -> None:
    """Bring the documents that the portal makes by itself in line with what they are made of."""
    catching_up.catch_up(at=clock.read().at)
