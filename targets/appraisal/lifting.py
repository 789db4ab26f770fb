"""
What the records did to a sheet is lifted (docs/domain.md 8.6): a veto, a limit of the grade or points that rest on
what fell away since, or on what an objection, a review or a complaint showed to be wrong.

It is proposed and confirmed as adjustments are, by two persons neither of whom upheld it. What was computed stays on
the sheet and is marked; it counts no more, before publication and after it.
"""

from collections.abc import Collection
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from efficiency import checks
from efficiency.access.models import User
from targets.appraisal import workflow
from targets.appraisal.adjusting import LONGEST_REASON
from targets.appraisal.enums import AdjustmentState
from targets.appraisal.putting_right import WAITS_OR_COUNTS, asked_for, refuse_who_upheld
from targets.appraisal.refusals import NotInState
from targets.appraisal.results import Key
from targets.appraisal.workflow import action, once
from targets.models import Adjustment, AppraisalEvent, Sheet, SheetDeduction


@once
@action
def propose_lifting(
    sheet: Sheet, /, *, by: User, at: datetime, version: int, event: int, reason: str, objection: int | None = None
) -> AppraisalEvent:
    """
    Propose to lift what an event of the records did to a sheet; until a second person confirms that, it counts on.

    :param event: the key of the deduction; whatever of the same cause came from the same row is lifted with it
    :param objection: the upheld objection that asks for it, where one does
    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotAllowed also for who upheld an
        objection to the sheet, NotInState where it does not count, or to lift it is proposed already
    :raises Invalid: no reason, or an objection that was not upheld
    """
    step = workflow.begin(sheet, "propose_lifting", by=by, at=at, version=version)
    at = step.at
    refuse_who_upheld(step)
    found = next((each for each in liftable(sheet) if each.pk == event), None)
    if found is None:
        raise NotInState(_("This does not count, or to lift it is proposed already."))
    asked = asked_for(sheet, objection) if objection else None
    words = checks.text("reason", reason, _("Please give the reason."), at_most=LONGEST_REASON)
    cause, model, object_id, text = key_of(found)
    made = Adjustment.objects.create(
        sheet=sheet,
        lifts_cause=cause,
        lifts_model=model,
        lifts_id=object_id,
        lifts_text=text,
        puts_right=asked,
        reason=words,
        proposed_by=by,
        proposed_at=at,
    )
    return workflow.finish(step, text=words, data={"adjustment": made.pk, "lifts": cause, "puts_right": objection})


def key_of(row: SheetDeduction) -> Key:
    """Return by what a deduction is known, computed anew as well: its cause and the row that it stands in."""
    model = f"{row.content_type.app_label}.{row.content_type.model}" if row.content_type else ""
    return row.cause, model, row.object_id, row.text


def lifted(sheet: Sheet, *, waiting: bool = False) -> set[Key]:
    """Return what of a sheet is lifted; with ``waiting`` also what is proposed to be."""
    states = WAITS_OR_COUNTS if waiting else (AdjustmentState.CONFIRMED,)
    rows = sheet.adjustments.filter(state__in=states).exclude(lifts_cause="")
    return set(rows.values_list("lifts_cause", "lifts_model", "lifts_id", "lifts_text"))


def lifted_of(sheets: Collection[int]) -> dict[int, set[Key]]:
    """Return what is lifted of each of these sheets, by their keys; one statement."""
    found: dict[int, set[Key]] = {}
    rows = Adjustment.objects.filter(sheet__in=sheets, state=AdjustmentState.CONFIRMED).exclude(lifts_cause="")
    for sheet_id, *key in rows.values_list("sheet_id", "lifts_cause", "lifts_model", "lifts_id", "lifts_text"):
        found.setdefault(sheet_id, set()).add(tuple(key))  # type: ignore[arg-type]  # four columns
    return found


def by_key(sheet: Sheet) -> dict[Key, list[SheetDeduction]]:
    """Return the deductions of a sheet, together what is lifted together, in the order in which a sheet lists them."""
    found: dict[Key, list[SheetDeduction]] = {}
    for row in sheet.deductions.select_related("content_type").order_by("kind", "on", "pk"):
        found.setdefault(key_of(row), []).append(row)
    return found


def liftable(sheet: Sheet) -> list[SheetDeduction]:
    """Return the deductions of a sheet that count and that nobody proposed to lift, the first of each event."""
    done = lifted(sheet, waiting=True)
    return [rows[0] for key, rows in by_key(sheet).items() if key not in done]
