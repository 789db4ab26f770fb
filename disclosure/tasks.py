"""What the worker does for disclosure. Each task is a nudge: safe to run twice, and two at once."""

from celery import shared_task

from disclosure.automatic import catching_up
from disclosure.catalogue import counted, promise, raising, releasing
from disclosure.documents import actions
from efficiency.deadlines import clock


@shared_task(name="disclosure.keep_catalogue", acks_late=True, ignore_result=True)
def keep_catalogue(**_later: object) -> None:
    """Raise what is owed by now, release what no longer is, and let promises follow who answers for them."""
    at = clock.believed()
    if at is not None:  # D-08: nothing is due or published by a false clock
        releasing.release_ended(at=at)
        raising.raise_due(at=at)
        promise.follow_posts(at=at)


@shared_task(name="disclosure.count_completeness", acks_late=True, ignore_result=True)
def count_completeness(**_later: object) -> None:
    """Count anew how complete the disclosure of all organs is this year."""
    at = clock.believed()
    if at is not None:
        counted.count_present_year(at=at)


@shared_task(name="disclosure.publish_due", acks_late=True, ignore_result=True)
def publish_due(**_later: object) -> None:
    """Publish what was approved for a moment that has come."""
    at = clock.believed()
    if at is not None:
        actions.publish_due(at=at)


@shared_task(name="disclosure.catch_up", acks_late=True, ignore_result=True)
def catch_up(**_later: object) -> None:
    """Bring the documents that the portal makes by itself in line with what they are made of."""
    at = clock.believed()
    if at is not None:
        catching_up.catch_up(at=at)
