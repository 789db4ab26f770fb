"""
What organs handed in goes ten years after their programme has ended, in batches (docs/trust.md P-10).

Texts of milestones, checks, assessments and steps go, and documents with them; names of programmes, organs, days,
states, conclusions and promises stay, as figures and the public page rest on them.
"""

from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.utils import timezone

from efficiency.audit.append_only import GONE
from efficiency.chain import redacting
from efficiency.deadlines.models import Acknowledgement, Escalation
from efficiency.files import store
from efficiency.timing.limits import add_months
from efficiency.timing.zone import start_of
from supervision.models import (
    Participant,
    ParticipantEvent,
    PilotCheck,
    PilotFile,
    PilotMilestone,
    PilotMilestoneEvent,
    Programme,
    ProgrammeEvent,
)
from supervision.models.pilots import KEPT_YEARS

BATCH = 20
KEPT_NO_LONGER = "texts of pilot programmes are kept for ten years (P-10)"


def erase_texts(*, at: datetime) -> int:
    """
    Erase what belongs to programmes that ended ten years before ``at``; return how many programmes.

    A few programmes in a transaction; safe to run twice, and two at once.
    """
    before = start_of(add_months(timezone.localdate(at), -12 * KEPT_YEARS))
    erased = 0
    while count := _erase_some(before, at):
        erased += count
    return erased


@transaction.atomic
def _erase_some(before: datetime, at: datetime) -> int:
    open_ones = PilotMilestone.objects.filter(erased_at__isnull=True).values("participant__programme_id")
    old = Programme.objects.filter(ended_at__lt=before, pk__in=open_ones).order_by("pk")
    ids = list(old.select_for_update(of=("self",), skip_locked=True).values_list("pk", flat=True)[:BATCH])
    if not ids:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT portal_forget_pilots(%s)", [ids])
    parts = list(Participant.objects.filter(programme_id__in=ids).values_list("pk", flat=True))
    rows = PilotMilestone.objects.filter(participant_id__in=parts)
    redacting.note(ProgrammeEvent, at=at, why=KEPT_NO_LONGER, programme=ids)
    redacting.note(ParticipantEvent, at=at, why=KEPT_NO_LONGER, participant=parts)
    redacting.note(PilotCheck, at=at, why=KEPT_NO_LONGER, participant=parts)
    redacting.note(PilotMilestoneEvent, at=at, why=KEPT_NO_LONGER, milestone=list(rows.values_list("pk", flat=True)))
    type_ = ContentType.objects.get_for_model(PilotMilestone)
    escalated = Escalation.objects.filter(content_type=type_, object_id__in=rows.values("pk"))
    redacting.note(Acknowledgement, at=at, why=KEPT_NO_LONGER, escalation=list(escalated.values_list("pk", flat=True)))
    files = PilotFile.objects.filter(milestone__in=rows, erased_at__isnull=True)
    names = list(files.values_list("storage_name", flat=True))
    files.update(erased_at=at, storage_name="")
    store.remove_after_commit(names)
    rows.exclude(findings="").update(findings=GONE)  # of self-checks, and of what was asked to be put right
    rows.update(text=GONE, erased_at=at)
    Participant.objects.filter(pk__in=parts).exclude(assessment="").update(assessment=GONE)
    return len(ids)
