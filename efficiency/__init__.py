"""The foundation of the portal: organs and posts, time, deadlines, messages, access."""

from efficiency.celery import app as celery_app

__all__ = ["celery_app"]
