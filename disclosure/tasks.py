"""What the worker does for disclosure. Each task is a nudge: safe to run twice, and two at once."""

from celery import shared_task

from disclosure.catalogue import promise, raising, releasing
from disclosure.documents import actions
from efficiency.deadlines import clock


@shared_task(name="disclosure.keep_catalogue", acks_late=True, ignore_result=True)
def keep_catalogue(**_later: object) -> None:
    """Raise what is owed by now, release what no longer is, and let promises follow who answers for them."""
    at = clock.read().at
    releasing.release_ended(at=at)
    raising.raise_due(at=at)
    promise.follow_posts(at=at)


@shared_task(name="disclosure.publish_due", acks_late=True, ignore_result=True)
def publish_due(**_later: object) -> None:
    """Publish what was approved for a moment that has come."""
    actions.publish_due(at=clock.read().at)
