"""
Texts and files of plans, reports and appraisals go ten years after the end, in batches (docs/trust.md P-10).

What goes are the words of every step, remark, comment, objection, opinion, adjustment and wish for more time, and the
files with them. What was planned, signed, achieved and scored stays: figures and what was published rest on it.
"""

from collections.abc import Collection
from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db import connection, models, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from efficiency.audit.append_only import GONE
from efficiency.chain import redacting
from efficiency.deadlines.models import Acknowledgement, Deadline, Escalation, Extension
from efficiency.files import store
from efficiency.timing.limits import add_months
from efficiency.timing.zone import start_of
from targets.appraisal.enums import PUBLIC, ObjectionState
from targets.models import (
    Adjustment,
    Appraisal,
    AppraisalEvent,
    AppraisalFile,
    LeaderComment,
    Objection,
    Opinion,
    Plan,
    PlanEvent,
    PlanFile,
    Report,
    ReportEvent,
    ReportExtension,
    ReportFile,
    ReportValue,
    Revision,
    Sheet,
)
from targets.models.plans import KEPT_YEARS

BATCH = 200
KEPT_NO_LONGER = "texts of plans, reports and appraisals are kept for ten years (P-10)"


def erase_texts(*, at: datetime) -> int:
    """
    Erase what ended ten years before ``at``; return how many plans, reports and appraisals.

    An appraisal ends with its last step, whether it was published or left behind before that. On the day after the
    anniversary: the database asks for ten whole years, to the hour. In batches of one transaction each, so that it may
    be stopped at any moment; safe to run twice, and two at once.
    """
    before = start_of(add_months(timezone.localdate(at), -12 * KEPT_YEARS))
    erased = 0
    for erase in (_erase_plans, _erase_reports, _erase_appraisals):
        while count := erase(before, at):
            erased += count
    return erased


@transaction.atomic
def _erase_plans(before: datetime, at: datetime) -> int:
    ids = _locked(Plan.objects.filter(ended_at__lt=before))
    if ids:
        _forget("plan", ids)
        redacting.note(PlanEvent, at=at, why=KEPT_NO_LONGER, plan=ids)
        redacting.note(LeaderComment, at=at, why=KEPT_NO_LONGER, plan=ids)
        Revision.objects.filter(plan__in=ids).exclude(reason="").update(reason=GONE)
        _end(Plan, PlanFile.objects.filter(plan__in=ids), ids, at)
    return len(ids)


@transaction.atomic
def _erase_reports(before: datetime, at: datetime) -> int:
    ids = _locked(Report.objects.filter(ended_at__lt=before))
    if ids:
        _forget("report", ids)
        redacting.note(ReportEvent, at=at, why=KEPT_NO_LONGER, report=ids)
        Report.objects.filter(pk__in=ids).exclude(text="").update(text=GONE)
        values = ReportValue.objects.filter(report__in=ids)
        values.exclude(note="").update(note=GONE)
        values.exclude(finding_text="").update(finding_text=GONE)
        ReportExtension.objects.filter(report__in=ids).update(reason=GONE)
        _end(Report, ReportFile.objects.filter(report__in=ids), ids, at)
    return len(ids)


@transaction.atomic
def _erase_appraisals(before: datetime, at: datetime) -> int:
    later = AppraisalEvent.objects.filter(appraisal=OuterRef("pk"), at__gte=before)
    ended = Q(state__in=PUBLIC, published_at__lt=before) | Q(published_at__isnull=True, opened_at__lt=before)
    ids = _locked(Appraisal.objects.filter(ended, ~Exists(later)))
    if ids:
        _forget("appraisal", ids)
        redacting.note(AppraisalEvent, at=at, why=KEPT_NO_LONGER, appraisal=ids)
        sheets = list(Sheet.objects.filter(appraisal__in=ids).order_by("pk").values_list("pk", flat=True))
        redacting.note(Opinion, at=at, why=KEPT_NO_LONGER, sheet=sheets)
        objections = Objection.objects.filter(sheet__in=sheets)
        objections.update(text=GONE)
        objections.filter(state=ObjectionState.RULED).update(ruling_text=GONE)
        adjustments = Adjustment.objects.filter(sheet__in=sheets)
        adjustments.update(reason=GONE)
        adjustments.exclude(refusal="").update(refusal=GONE)
        _end(Appraisal, AppraisalFile.objects.filter(appraisal__in=ids), ids, at, promised=(Sheet, sheets))
    return len(ids)


def _locked(old: QuerySet) -> list[int]:
    """Lock so many of what ended long ago and was not erased yet, and return their keys."""
    rows = old.filter(erased_at__isnull=True).order_by("pk")
    return list(rows.select_for_update(of=("self",), skip_locked=True).values_list("pk", flat=True)[:BATCH])


def _forget(name: str, ids: list[int]) -> None:
    """Let the words of what only grows go, which the owner's function alone can do."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT portal_forget_target_{name}s(%s)", [ids])


def _end(
    model: type[models.Model],
    files: QuerySet,
    ids: Collection[int],
    at: datetime,
    promised: tuple[type[models.Model], Collection[int]] | None = None,
) -> None:
    """
    Let files go with the commit and write down when; say in the chain what became of words in promises (L-05).

    :param promised: what the promises are about, where it is not the subject itself: the sheets of an appraisal
    """
    about, keys = promised or (model, ids)
    type_ = ContentType.objects.get_for_model(about)
    deadlines = Deadline.objects.filter(content_type=type_, object_id__in=keys).values_list("pk", flat=True)
    escalated = Escalation.objects.filter(content_type=type_, object_id__in=keys).values_list("pk", flat=True)
    redacting.note(Extension, at=at, why=KEPT_NO_LONGER, deadline=list(deadlines))
    redacting.note(Acknowledgement, at=at, why=KEPT_NO_LONGER, escalation=list(escalated))
    there = files.filter(erased_at__isnull=True)
    names = list(there.values_list("storage_name", flat=True))
    there.update(erased_at=at, storage_name="")
    model._default_manager.filter(pk__in=ids).update(erased_at=at)
    store.remove_after_commit(names)
