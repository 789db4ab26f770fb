"""The Celery application: carries nudges, never truth (docs/trust.md D-03)."""

import os
from typing import Any

from celery import Celery, Task
from celery.signals import setup_logging, task_postrun, task_prerun

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "efficiency.settings")

app = Celery("efficiency")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["efficiency", "complaints", "disclosure", "supervision"])


@setup_logging.connect
def keep_logging(**_signal: Any) -> None:
    """Leave the logs as Django set them up: Celery's own format would quote what tasks carry (docs/trust.md P-08)."""


@task_prerun.connect
def begin(task: Task, **_signal: Any) -> None:
    """Work under the number of the request that nudged, or under a new one (docs/trust.md W-04)."""
    from efficiency.audit import request_ids

    request_ids.begin(request_ids.accept(task.request.get("request_number")), task=task.name)


@task_postrun.connect
def end(**_signal: Any) -> None:
    """Forget the number."""
    from efficiency.audit import request_ids

    request_ids.end()
