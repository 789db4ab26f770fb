"""
Texts and files of an inspection go ten years after its end, in batches (docs/trust.md P-10).

What goes are the words of plan, notice, report, comments, findings, notes and steps, and the files; number, organ,
post, days, states, categories, severities and promises stay, as figures rest on them.
"""

from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.models import Case, CharField, Exists, OuterRef, QuerySet, TextField, Value, When
from django.utils import timezone

from efficiency.audit.append_only import GONE
from efficiency.chain import redacting
from efficiency.deadlines.models import Acknowledgement, Escalation
from efficiency.files import store
from efficiency.timing.limits import add_months
from efficiency.timing.zone import start_of
from supervision.inspections.enums import VISIT_ENDED
from supervision.models import CheckAnswer, Finding, Inspection, InspectionEvent, Visit, VisitEvent, VisitFile
from supervision.models.inspections import KEPT_YEARS

BATCH = 100
KEPT_NO_LONGER = "texts of inspections are kept for ten years (P-10)"


def erase_texts(*, at: datetime) -> int:
    """
    Erase the inspections that ended, with all their visits, ten years before ``at``; return how many.

    In batches of one transaction each, so that it may be stopped at any moment; safe to run twice, and two at once.
    """
    before = start_of(add_months(timezone.localdate(at), -12 * KEPT_YEARS))
    erased = 0
    while count := _erase_some(before, at):
        erased += count
    return erased


@transaction.atomic
def _erase_some(before: datetime, at: datetime) -> int:
    running = Visit.objects.filter(inspection=OuterRef("pk"), version__gte=1)
    late = running.exclude(state__in=VISIT_ENDED) | running.filter(ended_at__gte=before)
    old = Inspection.objects.filter(~Exists(late), ended_at__lt=before, erased_at__isnull=True).order_by("pk")
    ids = list(old.select_for_update(of=("self",), skip_locked=True).values_list("pk", flat=True)[:BATCH])
    if not ids:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT portal_forget_inspections(%s)", [ids])
    visits = Visit.objects.filter(inspection__in=ids)
    keys = list(visits.values_list("pk", flat=True))
    _note_what_is_gone(ids, keys, at)
    files = VisitFile.objects.filter(visit__in=keys, erased_at__isnull=True)
    names = [name for pair in files.values_list("storage_name", "preview_name") for name in pair if name]
    files.update(erased_at=at, storage_name="", preview_name="", preview_sha256=None)
    _clear(CheckAnswer.objects.filter(visit__in=keys), "note")
    _clear(Finding.objects.filter(visit__in=keys), "text", "comment", "dropped_reason", "place")
    _clear(visits, "notice", "comment", "conclusion", "place")
    visits.update(erased_at=at)
    _clear(Inspection.objects.filter(pk__in=ids), "topic", "content", "no_notice_reason")
    Inspection.objects.filter(pk__in=ids).update(erased_at=at)
    store.remove_after_commit(names)
    return len(ids)


def _clear(rows: QuerySet, *columns: str) -> None:
    """Let texts become the mark of what is gone; what was empty stays so, as rules of the database ask for."""
    model = rows.model
    types = {name: model._meta.get_field(name) for name in columns}
    rows.update(
        **{
            name: Case(
                When(**{name: ""}, then=Value("")),
                default=Value(GONE),
                output_field=TextField() if isinstance(field, TextField) else CharField(),
            )
            for name, field in types.items()
        }
    )


def _note_what_is_gone(ids: list[int], visits: list[int], at: datetime) -> None:
    """Keep the chain of hashes whole: of each row of record whose texts went it is written down why (L-05)."""
    redacting.note(InspectionEvent, at=at, why=KEPT_NO_LONGER, inspection=ids)
    redacting.note(VisitEvent, at=at, why=KEPT_NO_LONGER, visit=visits)
    escalated: list[int] = []
    for model, keys in ((Inspection, ids), (Visit, visits)):
        type_ = ContentType.objects.get_for_model(model)
        escalated += Escalation.objects.filter(content_type=type_, object_id__in=keys).values_list("pk", flat=True)
    redacting.note(Acknowledgement, at=at, why=KEPT_NO_LONGER, escalation=escalated)
