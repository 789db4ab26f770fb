"""
Texts and files of a correction go ten years after its end, in batches (docs/trust.md P-10; 机关文件 with 10 years).

What goes are title, findings, what was wanted, the words of every step and of wishes for more time, and the files with
them; number, organ, post, days, states and promises stay, as figures rest on them.
"""

from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.utils import timezone

from accountability.models import Correction, CorrectionEvent, CorrectionExtension, CorrectionFile
from accountability.models.corrections import KEPT_YEARS
from efficiency.audit.append_only import GONE
from efficiency.chain import redacting
from efficiency.deadlines.models import Acknowledgement, Deadline, Escalation, Extension
from efficiency.files import store
from efficiency.timing.limits import add_months
from efficiency.timing.zone import start_of

BATCH = 200
KEPT_NO_LONGER = "texts of corrections are kept for ten years (P-10)"


def erase_texts(*, at: datetime) -> int:
    """
    Erase what ended ten years before ``at``; return how many corrections.

    On the day after the anniversary: the database asks for ten whole years, to the hour. In batches of one transaction
    each, so that it may be stopped at any moment; safe to run twice, and two at once.
    """
    before = start_of(add_months(timezone.localdate(at), -12 * KEPT_YEARS))
    erased = 0
    while count := _erase_some(before, at):
        erased += count
    return erased


@transaction.atomic
def _erase_some(before: datetime, at: datetime) -> int:
    old = Correction.objects.filter(ended_at__lt=before, erased_at__isnull=True).order_by("pk")
    ids = list(old.select_for_update(of=("self",), skip_locked=True).values_list("pk", flat=True)[:BATCH])
    if not ids:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT portal_forget_corrections(%s)", [ids])
    _note_what_is_gone(ids, at)
    CorrectionExtension.objects.filter(correction_id__in=ids).update(reason=GONE)
    files = CorrectionFile.objects.filter(correction_id__in=ids, erased_at__isnull=True)
    names = list(files.values_list("storage_name", flat=True))
    files.update(erased_at=at, storage_name="")
    Correction.objects.filter(pk__in=ids).update(
        title=GONE, findings=GONE, wanted=GONE, basis=GONE, source_text="", erased_at=at
    )
    store.remove_after_commit(names)
    return len(ids)


def _note_what_is_gone(ids: list[int], at: datetime) -> None:
    """Keep the chain of hashes whole: of each row of record whose texts went it is written down why (L-05)."""
    redacting.note(CorrectionEvent, at=at, why=KEPT_NO_LONGER, correction=ids)
    type_ = ContentType.objects.get_for_model(Correction)
    promised = Deadline.objects.filter(content_type=type_, object_id__in=ids).values_list("pk", flat=True)
    escalated = Escalation.objects.filter(content_type=type_, object_id__in=ids).values_list("pk", flat=True)
    redacting.note(Extension, at=at, why=KEPT_NO_LONGER, deadline=list(promised))
    redacting.note(Acknowledgement, at=at, why=KEPT_NO_LONGER, escalation=list(escalated))
