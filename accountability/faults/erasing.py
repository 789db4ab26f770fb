"""
The texts and files of fault cases are cleared ten years after the end (docs/trust.md P-10), every night, in batches.

Number, organ, dates, state, outcome, who had which part and with which measure stay: they are what the case was. A
restored backup needs no list: what outlived its time goes in the next night.
"""

from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from accountability.faults.enums import ENDED
from accountability.models import (
    Appeal,
    Clue,
    Evidence,
    FaultCase,
    FaultDecision,
    FaultEvent,
    FaultFile,
    FaultProposal,
    FaultVote,
    Respondent,
    Statement,
)
from efficiency.audit.append_only import GONE
from efficiency.chain import redacting
from efficiency.files import store
from efficiency.timing.due import add_months
from efficiency.timing.zone import start_of

BATCH = 100
YEARS = 10


def erase(*, at: datetime) -> int:
    """
    Clear what ended ten years before ``at``; return how many cases that were.

    In batches of one transaction each, so that it may be stopped at any moment; safe to run twice, and two at once.
    """
    before = start_of(add_months(timezone.localdate(at), -12 * YEARS))
    erased = 0
    while count := _erase_some(before, at):
        erased += count
    return erased


@transaction.atomic
def _erase_some(before: datetime, at: datetime) -> int:
    old = FaultCase.objects.filter(state__in=ENDED, ended_at__lt=before, texts_erased_at__isnull=True).order_by("pk")
    ids = list(old.select_for_update(of=("self",), no_key=True, skip_locked=True).values_list("pk", flat=True)[:BATCH])
    if not ids:
        return 0
    FaultCase.objects.filter(pk__in=ids).update(facts="", texts_erased_at=at)
    Clue.objects.filter(case__in=ids).update(text="")
    Respondent.objects.filter(case__in=ids).update(proposed="", override_reason="", execution="", intended={})
    FaultProposal.objects.filter(case__in=ids).update(text=GONE, remark="")
    FaultDecision.objects.filter(case__in=ids).update(facts=GONE, basis=GONE, reasons=GONE, answer="", situation={})
    Appeal.objects.filter(respondent__case__in=ids).update(reasons=GONE, text=GONE, answer="")
    # Of what only grows, the text alone, never before its own ten years are over: a function of the owner's.
    with connection.cursor() as cursor:
        cursor.execute("SELECT portal_forget_faults(%s)", [ids])
    _note_what_is_gone(ids, at)
    files = FaultFile.objects.filter(case__in=ids, erased_at__isnull=True)
    names = list(files.values_list("storage_name", flat=True))
    files.update(erased_at=at, storage_name="")
    store.remove_after_commit(names)
    return len(ids)


def _note_what_is_gone(ids: list[int], at: datetime) -> None:
    """Keep the chain of hashes whole: of each row of record whose texts went it is written down why (L-05)."""
    why = "the file of the fault case is kept no longer (P-10)"
    for model in (FaultEvent, Evidence):
        redacting.note(model, at=at, why=why, case=ids)
    respondents = Respondent.objects.filter(case__in=ids).values_list("pk", flat=True)
    redacting.note(Statement, at=at, why=why, respondent=list(respondents))
    decisions = FaultDecision.objects.filter(case__in=ids).values_list("pk", flat=True)
    redacting.note(FaultVote, at=at, why=why, decision=list(decisions))
