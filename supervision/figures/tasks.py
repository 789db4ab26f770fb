"""What the worker does for the figures. Each task is a nudge: safe to run twice, and two at once."""

from celery import shared_task

from efficiency.deadlines import clock
from supervision.figures import rollups


@shared_task(name="supervision.update_figures", acks_late=True, ignore_result=True)
def update_figures(**_later: object) -> None:
    """Bring the figures up to date."""
    at = clock.believed()
    if at is None:  # D-08: what is counted by a false clock is wrong until somebody builds it anew
        return
    rollups.update(at=at)
