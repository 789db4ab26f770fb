"""
Points by hand (docs/domain.md 8.3, 8.6): proposed with a reason, counted once a second natural person confirms.

All bonuses of a sheet come to three points at most, or to what the terms of the appraisal say. After publication an
adjustment is a correction: it gives a new snapshot and a new announcement, what was published before stays on record,
and whose score or grade falls has the time to object.
"""

from datetime import datetime
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from efficiency import checks
from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from targets.appraisal import (
    access,
    correcting,
    deductions,
    messages,
    objecting,
    office_score,
    taking_part,
    terms,
    workflow,
)
from targets.appraisal.enums import VETOES, AdjustmentState, DeductionCause, ObjectionKind, Ruling
from targets.appraisal.refusals import Invalid, NotAllowed, NotInState
from targets.appraisal.workflow import Step, action, once
from targets.models import Adjustment, Appraisal, AppraisalEvent, Sheet

LONGEST_REASON = 1000
MOST_OFF = Decimal(100)


@once
@action
def propose_adjustment(
    sheet: Sheet,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    reason: str,
    points: Decimal = Decimal(0),
    veto: str = "",
) -> AppraisalEvent:
    """
    Propose points by hand, above nought a bonus and below it a deduction, or a veto; nothing counts yet.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotAllowed also for who upheld an objection
        to the sheet (Z-10)
    :raises Invalid: neither points nor a veto, too many points, a veto that is not on the office's list, or no reason
    """
    step = workflow.begin(sheet, "propose_adjustment", by=by, at=at, version=version)
    at = step.at
    if why_not := why_no_part(by, sheet):
        raise NotAllowed(why_not)
    if veto:
        checks.choice("veto", veto, DeductionCause, _("Please choose what vetoes."))
        if veto not in VETOES or points:
            raise Invalid("veto", _("An adjustment has points or a veto, not both."))
        if veto not in vetoes_of(sheet.appraisal):
            raise Invalid("veto", _("This is not on the veto list of the office."))
    else:
        most = terms.most_bonus(sheet.appraisal)
        _check_points(points, most)
        waiting = _bonus(sheet, AdjustmentState.CONFIRMED) + _bonus(sheet, AdjustmentState.PROPOSED)
        _check_bonus(points, waiting, most)
    words = checks.text("reason", reason, _("Please give the reason."), at_most=LONGEST_REASON)
    made = Adjustment.objects.create(
        sheet=sheet, points=points, veto=veto, reason=words, proposed_by=by, proposed_at=at
    )
    return workflow.finish(step, text=words, data={"adjustment": made.pk, "points": str(points), "veto": veto})


def vetoes_of(appraisal: Appraisal) -> list[str]:
    """Return what may veto by hand: what stood on the veto list of the office on the last day that is appraised."""
    listed = deductions.veto_list(appraisal.office_id, as_of=appraisal.as_of)
    return listed.on(taking_part.last_day(appraisal))


def _check_points(points: Decimal, most: Decimal) -> None:
    if not points.is_finite() or points == 0 or not -MOST_OFF <= points <= most:
        words = _("An adjustment adds %(most)s points at most, or takes off up to a hundred.")
        raise Invalid("points", words % {"most": f"{most.normalize():f}"})
    if points != round(points, 2):
        raise Invalid("points", _("A score has two decimals at most."))


def _bonus(sheet: Sheet, state: AdjustmentState) -> Decimal:
    bonuses = sheet.adjustments.filter(state=state, points__gt=0, puts_right__isnull=True, is_error=False)
    return bonuses.aggregate(sum=Sum("points"))["sum"] or Decimal(0)


def _check_bonus(points: Decimal, there: Decimal, most: Decimal) -> None:
    if points > 0 and there + points > most:
        words = _("The bonuses of a sheet come to %(most)s points at most.")
        raise Invalid("points", words % {"most": f"{most.normalize():f}"})


@once
@action
def confirm_adjustment(
    sheet: Sheet, /, *, by: User, at: datetime, version: int, adjustment: int, remark: str = ""
) -> AppraisalEvent:
    """
    Confirm what another person proposed: from now on it counts, and what it revokes counts no more.

    Whose score falls has the time to object from now, and whoever loses a grade with it, as a place of the quota.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotAllowed also for who proposed it, or
        upheld an objection to the sheet (Z-10)
    :raises Invalid: the bonuses would come to more than three points, or the remark is too long
    """
    step = workflow.begin(sheet, "confirm_adjustment", by=by, at=at, version=version)
    at = step.at
    found = _to_decide(step, adjustment)
    if found.puts_right_id is None and not found.is_error:
        _check_bonus(found.points, _bonus(sheet, AdjustmentState.CONFIRMED), terms.most_bonus(sheet.appraisal))
    words = checks.optional_text("remark", remark, at_most=LONGEST_REASON)
    found.state, found.confirmed_by, found.confirmed_at = AdjustmentState.CONFIRMED, by, at
    found.save(update_fields=["state", "confirmed_by", "confirmed_at"])
    if found.revokes_id is not None:
        sheet.adjustments.filter(pk=found.revokes_id).update(state=AdjustmentState.REVOKED)
    before, was_vetoed = sheet.total, sheet.is_vetoed
    moved = correcting.count_anew(step)
    is_published = step.appraisal.is_public
    data = {
        "adjustment": found.pk,
        "points": str(found.points),
        "veto": found.veto,
        "revokes": found.revokes_id,
        "puts_right": found.puts_right_id,
        "lifts": found.lifts_cause,
        "is_error": found.is_error,
        "before": _text(before),
        "after": _text(sheet.total),
        "after_publication": is_published,
        # Before publication nobody knows the place of another.
        "moved": moved if is_published else [],
    }
    to = None
    fell = {each["sheet"] for each in moved if objecting.is_lower_grade(*each["grade"])}
    if office_score.is_lower((sheet.total, sheet.is_vetoed), (before, was_vetoed)):
        fell.add(sheet.pk)
    if fell and (is_published or step.appraisal.state in workflow.AFTER_SHOWING):
        to = objecting.shown_anew(step.appraisal, fell, at=at)
        sheet.refresh_from_db(fields=["state"])
    event = workflow.finish(step, text="\n".join(filter(None, [found.reason, words])), data=data, to=to)
    if to:
        messages.tell_fallen(event, fell)
    if is_published:
        correcting.published_anew(step, event)
    return event


@once
@action
def refuse_adjustment(
    sheet: Sheet, /, *, by: User, at: datetime, version: int, adjustment: int, reason: str
) -> AppraisalEvent:
    """
    Refuse what another person proposed.

    :raises Absent, NotAllowed, Changed, NotInState: as ``confirm_adjustment``
    :raises Invalid: no reason
    """
    step = workflow.begin(sheet, "refuse_adjustment", by=by, at=at, version=version)
    at = step.at
    found = _to_decide(step, adjustment)
    words = checks.text("reason", reason, _("Please give the reason."), at_most=LONGEST_REASON)
    found.state, found.confirmed_by, found.confirmed_at, found.refusal = AdjustmentState.REFUSED, by, at, words
    found.save(update_fields=["state", "confirmed_by", "confirmed_at", "refusal"])
    return workflow.finish(step, text=words, data={"adjustment": found.pk})


def _to_decide(step: Step, key: int) -> Adjustment:
    rows = step.of_sheet.adjustments.filter(state=AdjustmentState.PROPOSED)
    found = rows.select_related("proposed_by").filter(pk=key).first()
    if found is None:
        raise NotInState(_("This adjustment does not wait for a decision any more."))
    if is_same_person(step.person, found.proposed_by):
        raise NotAllowed(_("Whoever proposed an adjustment does not decide on it."))
    if why_not := why_no_part(step.person, step.of_sheet):
        raise NotAllowed(why_not)
    return found


def why_no_part(by: User, sheet: Sheet) -> str:
    """Return why ``by`` has no part in an adjustment: two others put right what they upheld; empty where they may."""
    upheld = sheet.objections.filter(ruled_by_id__in=access.accounts_of(by), ruling__in=[Ruling.UPHELD, Ruling.PARTLY])
    # On a complaint the authority decided; whoever recorded that upheld nothing.
    if upheld.exclude(kind=ObjectionKind.COMPLAINT).exists():
        return str(_("Whoever upheld an objection or a review has no part in putting it right."))
    return ""


def _text(total: Decimal | None) -> str | None:
    return None if total is None else str(total)


def waiting(sheet: Sheet) -> list[Adjustment]:
    """Return the adjustments of a sheet that wait for a decision, the oldest first."""
    rows = sheet.adjustments.filter(state=AdjustmentState.PROPOSED).select_related("proposed_by", "revokes")
    return list(rows.order_by("pk"))


def has_part(by: User, sheet: Sheet) -> bool:
    """Say whether the natural person proposed or decided an adjustment of a sheet."""
    mine = access.accounts_of(by)
    rows = sheet.adjustments
    return rows.filter(proposed_by_id__in=mine).exists() or rows.filter(confirmed_by_id__in=mine).exists()
