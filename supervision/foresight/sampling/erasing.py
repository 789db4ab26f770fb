"""Words of quality reviews go with the file of the case that was reviewed, in batches (docs/trust.md P-10)."""

from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from efficiency.audit.append_only import GONE
from efficiency.chain import redacting
from efficiency.timing.limits import add_months
from efficiency.timing.zone import start_of
from supervision.models import SampleEvent, SampleSheet

BATCH = 200
# No word of record goes sooner, whatever became of the case.
KEPT_YEARS = 10
KEPT_NO_LONGER = "the file of the case is kept no longer (P-10)"


def erase_texts(*, at: datetime) -> int:
    """
    Erase the words of reviews of cases whose texts are erased, ten years old at least; return of how many sheets.

    A few sheets in a transaction; safe to run twice, and two at once.
    """
    before = start_of(add_months(timezone.localdate(at), -12 * KEPT_YEARS))
    erased, last = 0, 0
    while ids := _erase_some(before, at, after=last):
        erased, last = erased + len(ids), ids[-1]
    return erased


@transaction.atomic
def _erase_some(before: datetime, at: datetime, *, after: int) -> list[int]:
    """Erase of some sheets after one; what the database's own clock keeps is passed over."""
    old = SampleEvent.objects.filter(at__lt=before, sheet__case__texts_erased_at__isnull=False)
    sheets = SampleSheet.objects.filter(pk__gt=after, pk__in=old.exclude(text__in=["", GONE]).values("sheet_id"))
    rows = sheets.order_by("pk").select_for_update(of=("self",), skip_locked=True)
    ids = list(rows.values_list("pk", flat=True)[:BATCH])
    if ids:
        with connection.cursor() as cursor:
            cursor.execute("SELECT portal_forget_samples(%s)", [ids])
        redacting.note(SampleEvent, at=at, why=KEPT_NO_LONGER, sheet=ids)
    return ids
