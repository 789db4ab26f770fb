"""Scores are shown to those appraised by a second person; objections are concluded (docs/domain.md 8.6)."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from efficiency.access.models import User
from targets.appraisal import deadlines, office_score, workflow
from targets.appraisal.deadlines import OBJECTION
from targets.appraisal.enums import AdjustmentState, SheetState
from targets.appraisal.refusals import NotAllowed, NotInState
from targets.appraisal.upheld import has_upheld
from targets.appraisal.workflow import action, once
from targets.models import Adjustment, Appraisal, AppraisalEvent


@once
@action
def show(appraisal: Appraisal, /, *, by: User, at: datetime, version: int) -> AppraisalEvent:
    """
    Show everybody the own sheet; the time to object begins.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotAllowed also for who computed (Z-10),
        NotInState while an adjustment waits, and while reports can come or wait to be checked
    """
    step = workflow.begin(appraisal, "show", by=by, at=at, version=version)
    at = step.at
    if office_score.has_computed(by, appraisal):
        raise NotAllowed(_("Whoever computed the scores does not show them."))
    refuse_waiting(appraisal)
    office_score.refuse_early(appraisal, at=at)
    sheets = list(appraisal.sheets.select_related("organ", "post", "person").order_by("pk"))
    deadlines.open_for_all(OBJECTION, sheets, at=at)
    appraisal.shown_at = at
    return workflow.finish(step, data={"sheets": len(sheets)})


@once
@action
def conclude(appraisal: Appraisal, /, *, by: User, at: datetime, version: int) -> AppraisalEvent:
    """
    Conclude the objections: their time is over, each is ruled on, and what was upheld is put right.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotInState also while any of that is missing
    """
    step = workflow.begin(appraisal, "conclude", by=by, at=at, version=version)
    if why_not := why_not_concluded(appraisal, at=at):
        raise NotInState(why_not)
    return workflow.finish(step)


def why_not_concluded(appraisal: Appraisal, /, *, at: datetime) -> str:
    """Return what is missing before the objections can be concluded; empty where nothing is."""
    if not deadlines.is_time_over(appraisal, [OBJECTION], at=at):
        return str(_("The time to object is not over yet."))
    if appraisal.sheets.filter(state=SheetState.OBJECTED).exists():
        return str(_("There are objections without a ruling."))
    if has_waiting(appraisal):
        return str(_("There are adjustments that wait for a decision."))
    if has_upheld(appraisal):
        return str(_("What an upheld objection asks for has not been put right yet."))
    return ""


def has_waiting(appraisal: Appraisal) -> bool:
    """Say whether an adjustment of the appraisal waits for a decision."""
    return Adjustment.objects.filter(sheet__appraisal=appraisal, state=AdjustmentState.PROPOSED).exists()


def refuse_waiting(appraisal: Appraisal) -> None:
    """
    Let nothing go on while an adjustment waits for a second person.

    :raises NotInState: one does
    """
    if has_waiting(appraisal):
        raise NotInState(_("There are adjustments that wait for a decision."))
