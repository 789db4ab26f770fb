"""
How long the signs of life of the engine are kept: a sweep a minute is half a million rows a year.

And why they stood still, once the file of what they are about is kept no longer (docs/trust.md P-10).
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import models

from efficiency.audit.append_only import GONE
from efficiency.deadlines.models import Deadline, Suspension, Sweep

# Sweeps that found nothing are evidence of the clock and of yesterday's night; those that wrote something say which
# cards came from which sweep (docs/trust.md D-08).
EMPTY_KEPT = timedelta(days=7)
WRITING_KEPT = timedelta(days=400)


def clean_up(at: datetime) -> int:
    """Delete old sweeps and sessions that ran out; return how many sweeps were deleted. The newest always stays."""
    newest = Sweep.objects.filter(rehearsal=False, finished_at__isnull=False).order_by("-finished_at").first()
    old = Sweep.objects.filter(started_at__lt=at - EMPTY_KEPT, warned=0, overdue=0, escalated=0) | Sweep.objects.filter(
        started_at__lt=at - WRITING_KEPT
    )
    if newest is not None:
        old = old.exclude(pk=newest.pk)
    deleted, _by_model = old.delete()
    Session.objects.filter(expire_date__lt=at).delete()
    return deleted


def forget_suspensions(subject: type[models.Model], ids: Collection[int]) -> None:
    """Let nothing stand of why promises to these subjects were suspended; in the caller's transaction."""
    promised = Deadline.objects.filter(content_type=ContentType.objects.get_for_model(subject), object_id__in=ids)
    Suspension.objects.filter(deadline__in=promised).exclude(reason="").update(reason=GONE)
