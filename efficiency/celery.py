"""The Celery application: carries nudges, never truth (docs/trust.md D-03)."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "efficiency.settings")

app = Celery("efficiency")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["efficiency", "complaints", "supervision"])
