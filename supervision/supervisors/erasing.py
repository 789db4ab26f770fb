"""
Texts and files of this part go ten years after their end, in batches (docs/trust.md P-10).

What goes are what supervisors wrote and were answered, minutes, reasons and photographs; numbers, organs, days, states,
circles and promises stay, as figures rest on them. The list of who was a supervisor was published and stays; the names
of those who were proposed and not appointed go.
"""

from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection, models, transaction
from django.utils import timezone

from efficiency.audit.append_only import GONE
from efficiency.chain import redacting
from efficiency.deadlines.models import Acknowledgement, Deadline, Escalation, Extension
from efficiency.files import store
from efficiency.files.models import PictureCopy
from efficiency.timing.limits import add_months
from efficiency.timing.zone import start_of
from supervision.models import (
    Appointment,
    AppointmentEvent,
    Gathering,
    GatheringDuty,
    GatheringEvent,
    GatheringFile,
    Observation,
    ObservationEvent,
    ObservationFile,
)
from supervision.models.supervisors import KEPT_YEARS
from supervision.supervisors.enums import AppointmentState

BATCH = 200
KEPT_NO_LONGER = "texts of social supervisors are kept for ten years (P-10)"
# Subject, its events, its files, and its columns of text.
KINDS: tuple[tuple[type[models.Model], type[models.Model], type[models.Model] | None, dict[str, str]], ...] = (
    (Observation, ObservationEvent, ObservationFile, {"place_time": GONE, "what": GONE, "draft": GONE, "answer": GONE}),
    (Gathering, GatheringEvent, GatheringFile, {"title": GONE, "place": GONE, "minutes": GONE}),
    (Appointment, AppointmentEvent, None, {"workplace": ""}),
)


def erase_texts(*, at: datetime) -> int:
    """
    Erase what ended ten years before ``at``; return how many subjects.

    In batches of one transaction each, so that it may be stopped at any moment; safe to run twice, and two at once.
    """
    before = start_of(add_months(timezone.localdate(at), -12 * KEPT_YEARS))
    erased = 0
    for kind in KINDS:
        while count := _erase_some(*kind, before, at):
            erased += count
    last = 0
    while ids := _erase_notes(before, at, after=last):
        erased, last = erased + len(ids), ids[-1]
    return erased


@transaction.atomic
def _erase_notes(before: datetime, at: datetime, *, after: int) -> list[int]:
    """
    Erase what was noted about missed tours and meetings of periods that ended ten years before.

    Of some periods after one; what the database's own clock keeps is passed over.
    """
    type_ = ContentType.objects.get_for_model(GatheringDuty)
    noted = Acknowledgement.objects.filter(escalation__content_type=type_, at__lt=before).exclude(note__in=["", GONE])
    old = GatheringDuty.objects.filter(pk__gt=after, last_day__lt=timezone.localdate(before))
    rows = old.filter(pk__in=noted.values("escalation__object_id")).order_by("pk")
    ids = list(rows.select_for_update(of=("self",), skip_locked=True).values_list("pk", flat=True)[:BATCH])
    if ids:
        with connection.cursor() as cursor:
            cursor.execute("SELECT portal_forget_supervisors(%s, %s)", [GatheringDuty._meta.model_name, ids])
        _note_promises(GatheringDuty, ids, at)
    return ids


@transaction.atomic
def _erase_some(
    model: Any, event_model: Any, file_model: Any, texts: dict[str, str], before: datetime, at: datetime
) -> int:
    old = model.objects.filter(erased_at__isnull=True)
    # A term that ran out has no moment at which it was ended: its last day says so.
    ended = models.Q(ended_at__lt=before)
    if model is Appointment:
        ended |= models.Q(ended_at__isnull=True, until__lt=timezone.localdate(before))
    rows = old.filter(ended).order_by("pk").select_for_update(of=("self",), skip_locked=True)
    ids = list(rows.values_list("pk", flat=True)[:BATCH])
    if not ids:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT portal_forget_supervisors(%s, %s)", [model._meta.model_name, ids])
    of_event: dict[str, Any] = {event_model.of: ids}
    redacting.note(event_model, at=at, why=KEPT_NO_LONGER, **of_event)
    _note_promises(model, ids, at)
    if file_model is not None:
        files = file_model.objects.filter(**{f"{file_model.of}_id__in": ids}, erased_at__isnull=True)
        gone: dict[str, Any] = {"storage_name": ""}
        if issubclass(file_model, PictureCopy):
            gone |= {"preview_name": "", "preview_sha256": None}
        columns = [name for name in gone if name.endswith("_name")]
        names = [name for row in files.values_list(*columns) for name in row]
        files.update(erased_at=at, **gone)
        store.remove_after_commit(names)
    model.objects.filter(pk__in=ids).update(**texts, erased_at=at)
    if model is Appointment:  # whoever was not appointed was never published
        model.objects.filter(pk__in=ids, state=AppointmentState.DECLINED).update(name=GONE)
    return len(ids)


def _note_promises(model: Any, ids: list[int], at: datetime) -> None:
    """Keep the chain of hashes whole: what was said about promises goes with what they are about (L-05)."""
    type_ = ContentType.objects.get_for_model(model)
    promised = Deadline.objects.filter(content_type=type_, object_id__in=ids).values_list("pk", flat=True)
    escalated = Escalation.objects.filter(content_type=type_, object_id__in=ids).values_list("pk", flat=True)
    redacting.note(Extension, at=at, why=KEPT_NO_LONGER, deadline=list(promised))
    redacting.note(Acknowledgement, at=at, why=KEPT_NO_LONGER, escalation=list(escalated))
