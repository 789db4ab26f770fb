"""
What people wrote in surveys goes two years after the end, in batches (docs/trust.md P-10); the figures stay.

Nobody can ask for it sooner: nothing tells whose text it is.
"""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from efficiency.timing.limits import add_months
from efficiency.timing.zone import start_of
from supervision.models import Survey, SurveyValue

KEPT_YEARS, BATCH = 2, 100


def erase_texts(*, at: datetime) -> int:
    """Erase the texts of surveys that ended two years before ``at``; return how many surveys; safe to run twice."""
    before = start_of(add_months(timezone.localdate(at), -12 * KEPT_YEARS))
    erased = 0
    while count := _erase_some(before, at):
        erased += count
    return erased


@transaction.atomic
def _erase_some(before: datetime, at: datetime) -> int:
    old = Survey.objects.filter(ends_at__lt=before, erased_at__isnull=True).order_by("pk")
    ids = list(old.select_for_update(of=("self",), no_key=True, skip_locked=True).values_list("pk", flat=True)[:BATCH])
    if ids:
        SurveyValue.objects.filter(answer__survey_id__in=ids).exclude(text="").update(text="")
        Survey.objects.filter(pk__in=ids).update(erased_at=at)
    return len(ids)
