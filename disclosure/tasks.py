"""What the worker does for disclosure. Each task is a nudge: safe to run twice, and two at once."""

from celery import shared_task

from disclosure.documents import actions
from efficiency.deadlines import clock


@shared_task(name="disclosure.publish_due", acks_late=True, ignore_result=True)
def publish_due(**_later: object) -> None:
    """Publish what was approved for a moment that has come."""
    actions.publish_due(at=clock.read().at)
