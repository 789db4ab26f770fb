"""
What was adjusted by hand is taken back, and what was upheld is put right (docs/domain.md 8.6).

Both are proposed and confirmed as adjustments are, by two persons neither of whom upheld it. What puts right is no
bonus: the three points do not bind it.
"""

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from efficiency import checks
from efficiency.access.models import User
from targets.appraisal import workflow
from targets.appraisal.adjusting import LONGEST_REASON, MOST_OFF, why_no_part
from targets.appraisal.enums import AdjustmentState, ObjectionState, Ruling
from targets.appraisal.refusals import Invalid, NotAllowed, NotInState
from targets.appraisal.workflow import Step, action, once
from targets.models import Adjustment, AppraisalEvent, Objection, Sheet

WAITS_OR_COUNTS = (AdjustmentState.PROPOSED, AdjustmentState.CONFIRMED)


@once
@action
def propose_revocation(
    sheet: Sheet, /, *, by: User, at: datetime, version: int, adjustment: int, reason: str, objection: int | None = None
) -> AppraisalEvent:
    """
    Propose to take back an adjustment that was confirmed; until a second person confirms that, it counts on.

    :param objection: the upheld objection that asks for it, where one does
    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotAllowed also for who upheld an
        objection to the sheet, NotInState where the adjustment does not count or its revocation waits already
    :raises Invalid: no reason, or an objection that was not upheld
    """
    step = workflow.begin(sheet, "propose_revocation", by=by, at=at, version=version)
    at = step.at
    refuse_who_upheld(step)
    found = next((each for each in revocable(sheet) if each.pk == adjustment), None)
    if found is None:
        raise NotInState(_("This adjustment does not count, or its revocation is proposed already."))
    asked = asked_for(sheet, objection) if objection else None
    words = checks.text("reason", reason, _("Please give the reason."), at_most=LONGEST_REASON)
    made = Adjustment.objects.create(
        sheet=sheet, revokes=found, puts_right=asked, reason=words, proposed_by=by, proposed_at=at
    )
    return workflow.finish(step, text=words, data={"adjustment": made.pk, "revokes": found.pk, "puts_right": objection})


@once
@action
def propose_putting_right(
    sheet: Sheet, /, *, by: User, at: datetime, version: int, objection: int, reason: str, points: Decimal = Decimal(0)
) -> AppraisalEvent:
    """
    Propose the points by which what was upheld is put right; nothing counts yet.

    :param points: above nought they are no bonus, below it they are a deduction; nought: nothing is to be counted
        otherwise, and the reason says why
    :raises Absent, NotAllowed, Changed, NotInState: as ``propose_revocation``
    :raises Invalid: nothing of this kind was upheld, it is put right by points already, too many points, or no reason
    """
    step = workflow.begin(sheet, "propose_putting_right", by=by, at=at, version=version)
    at = step.at
    refuse_who_upheld(step)
    asked = asked_for(sheet, objection)
    if asked not in to_put_right(sheet):
        raise Invalid("objection", _("How to put this right is proposed or confirmed already."))
    _check_points(points)
    words = checks.text("reason", reason, _("Please give the reason."), at_most=LONGEST_REASON)
    made = Adjustment.objects.create(
        sheet=sheet, puts_right=asked, points=points, reason=words, proposed_by=by, proposed_at=at
    )
    return workflow.finish(
        step, text=words, data={"adjustment": made.pk, "points": str(points), "puts_right": asked.pk}
    )


@once
@action
def propose_correction(
    sheet: Sheet, /, *, by: User, at: datetime, version: int, reason: str, points: Decimal
) -> AppraisalEvent:
    """
    Propose to put an error right that was found after publication, as of a figure typed in wrongly; it counts once a
    second person confirms it. Its points are no bonus.

    :param points: to add or, below nought, to take off
    :raises Absent, NotAllowed, Changed, NotInState: as ``propose_revocation``
    :raises Invalid: no points or too many, or no reason
    """
    step = workflow.begin(sheet, "propose_correction", by=by, at=at, version=version)
    at = step.at
    refuse_who_upheld(step)
    if points == 0:
        raise Invalid("points", _("Please say by how many points the score was wrong."))
    _check_points(points)
    words = checks.text("reason", reason, _("Please give the reason."), at_most=LONGEST_REASON)
    made = Adjustment.objects.create(
        sheet=sheet, is_error=True, points=points, reason=words, proposed_by=by, proposed_at=at
    )
    return workflow.finish(step, text=words, data={"adjustment": made.pk, "points": str(points), "is_error": True})


def _check_points(points: Decimal) -> None:
    if not points.is_finite() or abs(points) > MOST_OFF:
        raise Invalid("points", _("It is put right by a hundred points at most."))
    if points != round(points, 2):
        raise Invalid("points", _("A score has two decimals at most."))


def refuse_who_upheld(step: Step) -> None:
    """
    Refuse a part in putting right to who upheld what it is about.

    :raises NotAllowed: ``step`` is taken by them
    """
    if why_not := why_no_part(step.person, step.of_sheet):
        raise NotAllowed(why_not)


def asked_for(sheet: Sheet, key: int) -> Objection:
    """
    Return what was upheld against a sheet, by its key.

    :raises Invalid: nothing of the kind was
    """
    found = next((each for each in upheld(sheet) if each.pk == key), None)
    if found is None:
        raise Invalid("objection", _("Please choose what was upheld."))
    return found


def upheld(sheet: Sheet) -> list[Objection]:
    """Return what was upheld against a sheet, wholly or in part, the oldest first."""
    rows = sheet.objections.filter(state=ObjectionState.RULED, ruling__in=[Ruling.UPHELD, Ruling.PARTLY])
    return list(rows.order_by("pk"))


def to_put_right(sheet: Sheet) -> list[Objection]:
    """Return what was upheld and has no points by which it is put right, neither confirmed nor proposed."""
    points = sheet.adjustments.filter(revokes__isnull=True, lifts_cause="")
    given = points.filter(state__in=WAITS_OR_COUNTS, puts_right__isnull=False)
    done = set(given.values_list("puts_right_id", flat=True))
    return [each for each in upheld(sheet) if each.pk not in done]


def revocable(sheet: Sheet) -> list[Adjustment]:
    """Return the adjustments of a sheet that count and whose revocation is not proposed, the oldest first."""
    rows = sheet.adjustments.filter(state=AdjustmentState.CONFIRMED, revokes__isnull=True)
    waiting = Adjustment.objects.filter(state=AdjustmentState.PROPOSED, revokes__isnull=False)
    return list(rows.exclude(pk__in=waiting.values("revokes")).order_by("pk"))
