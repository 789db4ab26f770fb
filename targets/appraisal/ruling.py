"""
What the office makes of objections and reviews (docs/domain.md 8.6).

Whoever scored, or had a part in an adjustment of the sheet, does not rule on it. What is upheld is put right by an
adjustment of two other persons, or by computing anew: a ruling moves no score by itself.
"""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from efficiency import checks
from efficiency.access.models import User
from targets.appraisal import access, adjusting, deadlines, office_score, workflow
from targets.appraisal.deadlines import COMPLAINT_APPLY
from targets.appraisal.enums import ObjectionKind, ObjectionState, Ruling
from targets.appraisal.refusals import NotAllowed, NotInState
from targets.appraisal.workflow import Step, action, once
from targets.models import AppraisalEvent, Objection, Sheet

LONGEST_TEXT = 5000


@once
@action
def rule(sheet: Sheet, /, *, by: User, at: datetime, version: int, ruling: str, text: str) -> AppraisalEvent:
    """
    Rule on the objection to a sheet, with reasons.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotAllowed also for who had a part in the
        score (Z-10)
    :raises Invalid: no ruling, or no reasons
    """
    step = workflow.begin(sheet, "rule", by=by, at=at, version=version)
    if why_not := why_no_ruling(by, sheet):
        raise NotAllowed(why_not)
    return _ruled(step, ObjectionKind.OBJECTION, ruling, text)


@once
@action
def decide_review(sheet: Sheet, /, *, by: User, at: datetime, version: int, ruling: str, text: str) -> AppraisalEvent:
    """
    Decide the review of a person's grade; the time for a complaint begins with it.

    :raises Absent, NotAllowed, Changed, NotInState, Invalid: as ``rule``; NotAllowed also for who published
    """
    step = workflow.begin(sheet, "decide_review", by=by, at=at, version=version)
    at = step.at
    if why_not := why_no_review(by, sheet):
        raise NotAllowed(why_not)
    event = _ruled(step, ObjectionKind.REVIEW, ruling, text)
    deadlines.open_for_person(sheet, COMPLAINT_APPLY, at=at)
    return event


@once
@action
def record_result(sheet: Sheet, /, *, by: User, at: datetime, version: int, ruling: str, text: str) -> AppraisalEvent:
    """
    Record what a complaint to the authority came to.

    :raises Absent, NotAllowed, Changed, NotInState, Invalid: as ``rule``
    """
    step = workflow.begin(sheet, "record_result", by=by, at=at, version=version)
    return _ruled(step, ObjectionKind.COMPLAINT, ruling, text)


def _ruled(step: Step, kind: ObjectionKind, ruling: str, text: str) -> AppraisalEvent:
    found = waiting(step.of_sheet, kind)
    if found is None:
        raise NotInState(_("Nothing of this kind waits for a ruling."))
    found.ruling = checks.choice("ruling", ruling, Ruling, _("Please choose the ruling."))
    found.ruling_text = checks.text("text", text, _("Please give the reasons."), at_most=LONGEST_TEXT)
    found.state, found.ruled_by, found.ruled_at = ObjectionState.RULED, step.person, step.at
    found.save(update_fields=["state", "ruling", "ruling_text", "ruled_by", "ruled_at"])
    return workflow.finish(step, text=found.ruling_text, data={"ruling": found.ruling})


def waiting(sheet: Sheet, kind: ObjectionKind) -> Objection | None:
    """Return what was asked against a sheet and waits for a ruling, or None."""
    rows = Objection.objects.filter(sheet=sheet, kind=kind, state=ObjectionState.OPEN)
    return rows.select_related("by").first()


def why_no_ruling(by: User, sheet: Sheet) -> str:
    """Return why ``by`` does not rule on a sheet; empty where they may."""
    if office_score.has_computed(by, sheet.appraisal) or adjusting.has_part(by, sheet):
        return str(_("Whoever scored, or had a part in an adjustment, does not rule on the objection."))
    return ""


def why_no_review(by: User, sheet: Sheet) -> str:
    """Return why ``by`` does not decide the review of a grade; empty where they may."""
    mine = access.accounts_of(by)
    has_ruled = Objection.objects.filter(sheet=sheet, ruled_by_id__in=mine).exists()
    if has_ruled or sheet.appraisal.published_by_id in mine:
        return str(_("Whoever published the grade, or ruled on the objection, does not decide the review."))
    return why_no_ruling(by, sheet)
