"""What the worker does for the figures. Each task is a nudge: safe to run twice, and two at once."""

from celery import shared_task
from django.utils import timezone

from supervision.figures import rollups


@shared_task(name="supervision.update_figures", acks_late=True, ignore_result=True)
def update_figures(**_later: object) -> None:
    """Bring the figures up to date."""
    rollups.update(at=timezone.now())
