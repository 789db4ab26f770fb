"""Which steps of an appraisal, and of a sheet, somebody can take now, and why not the others; what waits for them."""

from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from efficiency.access.scope import scope_of
from efficiency.deadlines.models import Deadline
from efficiency.organs.models import Rank, Role
from efficiency.steps.offers import Offer
from targets.appraisal import (
    access,
    adjusting,
    deadlines,
    lifting,
    office_score,
    publishing,
    putting_right,
    recounting,
    ruling,
    self_scoring,
    showing,
    widening,
    workflow,
)
from targets.appraisal.deadlines import COMPLAINT_APPLY, OBJECTION, REVIEW_APPLY, SELF_SCORE
from targets.appraisal.enums import AdjustmentState, AppraisalState, ObjectionKind, ObjectionState, SheetState
from targets.models import Adjustment, Appraisal, Objection, Sheet

# In the order of the work.
OF_APPRAISAL = tuple(row.action for row in workflow.TABLE if not row.is_of_sheet)
OF_SHEET = tuple(row.action for row in workflow.TABLE if row.is_of_sheet)
IN_TIME = {
    "object": OBJECTION,
    "ask_review": REVIEW_APPLY,
    "record_application": REVIEW_APPLY,
    "complain": COMPLAINT_APPLY,
    "record_complaint": COMPLAINT_APPLY,
}
DECIDES = {"decide_review": ObjectionKind.REVIEW, "record_result": ObjectionKind.COMPLAINT}


def of_appraisal(appraisal: Appraisal, user: User, /, *, at: datetime) -> list[Offer]:
    """Return the steps that are of this state and of this person, in the order of the work."""
    rows = [workflow.steps.by_action[name] for name in OF_APPRAISAL]
    there = [row for row in rows if workflow.steps.is_there(row, appraisal)]
    mine = [row for row in there if workflow.steps.seats_that_may(user, row, appraisal)]
    if mine and access.is_party(user, appraisal):
        party = _("This appraisal has a sheet that concerns you: somebody else takes this step.")
        return [Offer(row.action, row.label, party) for row in mine]
    found = [(row, _why_not(appraisal, user, row.action, at)) for row in mine]
    return [Offer(row.action, row.label, why_not) for row, why_not in found if why_not is not None]


def _why_not(appraisal: Appraisal, user: User, name: str, at: datetime) -> str | None:
    """Return why a step cannot be taken now: empty where it can, None where it is not meant at all."""
    waits = _("There are adjustments that wait for a decision.")
    match name:
        case "compute":
            if self_scoring.are_awaited(appraisal, at=at):
                return _("Self-scores are still missing, and their time is not over.")
            return str(office_score.EARLY) if office_score.has_early(appraisal, at=at) else ""
        case "recompute":
            if why_not := office_score.why_not_recomputed(user, appraisal):
                return why_not
            return str(office_score.EARLY) if office_score.has_early(appraisal, at=at) else ""
        case "show":
            if office_score.has_computed(user, appraisal):
                return _("Whoever computed the scores does not show them.")
            if showing.has_waiting(appraisal):
                return waits
            return str(office_score.EARLY) if office_score.has_early(appraisal, at=at) else ""
        case "conclude":
            return showing.why_not_concluded(appraisal, at=at)
        case "submit" | "record_decision":
            return waits if showing.has_waiting(appraisal) else ""
        case "publish":
            return publishing.why_not_published(appraisal, at=at) or publishing.why_not_by(user, appraisal, at=at)
        case "ratify":
            return None if publishing.unratified(appraisal) is None else waits if showing.has_waiting(appraisal) else ""
        case "close":
            return publishing.why_not_closed(appraisal, at=at)
        case "propose_recount":
            return "" if recounting.waiting(appraisal) is None else None
        case "confirm_recount" | "refuse_recount":
            return recounting.why_not_decided(user, appraisal)
        case "propose_wider_quota":
            return "" if widening.waiting(appraisal) is None else None
        case "confirm_wider_quota" | "refuse_wider_quota":
            return widening.why_not_decided(user, appraisal)
    return ""


def of_sheet(sheet: Sheet, user: User, /, *, at: datetime) -> list[Offer]:
    """Return the steps with a sheet that are of its state and of this person, in the order of the work."""
    is_office = access.scored_by(user).filter(pk=sheet.pk).exists()
    is_beside = is_office and access.is_party_beside(user, sheet)
    found = []
    for name in OF_SHEET:
        row = workflow.steps.by_action[name]
        if not workflow.steps.is_there(row, sheet) or not workflow.steps.seats_that_may(user, row, sheet):
            continue
        if row.side is access.Side.OFFICE and not is_office:
            continue
        why_not = _why_not_sheet(sheet, user, name, at)
        if why_not is not None and is_beside and row.side is access.Side.OFFICE:
            why_not = _("This group has a sheet that concerns you: somebody else takes this step.")
        if why_not is not None:
            found.append(Offer(name, row.label, why_not))
    return found


def _why_not_sheet(sheet: Sheet, user: User, name: str, at: datetime) -> str | None:
    """Return why a step cannot be taken now: empty where it can, None where it is not meant at all."""
    if name in IN_TIME:
        return "" if deadlines.is_open(sheet, IN_TIME[name], at=at) else None
    match name:
        case "propose_adjustment" | "propose_correction":
            return adjusting.why_no_part(user, sheet)
        case "confirm_adjustment" | "refuse_adjustment":
            waiting = adjusting.waiting(sheet)
            if not waiting:
                return None
            own = all(is_same_person(user, each.proposed_by) for each in waiting)
            if own:
                return _("Whoever proposed an adjustment does not decide on it.")
            return adjusting.why_no_part(user, sheet)
        case "propose_revocation":
            return "" if putting_right.revocable(sheet) else None
        case "propose_lifting":
            return adjusting.why_no_part(user, sheet) if lifting.liftable(sheet) else None
        case "propose_putting_right":
            return "" if putting_right.to_put_right(sheet) else None
        case "rule":
            return ruling.why_no_ruling(user, sheet)
        case "decide_review" | "record_result":
            if ruling.waiting(sheet, DECIDES[name]) is None:
                return None
            return ruling.why_no_review(user, sheet) if name == "decide_review" else ""
    return ""


def sheets_waiting_for(user: User, /) -> "QuerySet[Sheet]":
    """Return the sheets in which the next step is the person's, those due first by their appraisal."""
    scope = scope_of(user)
    officer = [seat.organ_id for seat in scope.seats_as(Role.OFFICE_OFFICER)]
    runs = Deadline.objects.running().filter(
        content_type=ContentType.objects.get_for_model(Sheet), kind=SELF_SCORE, object_id=OuterRef("pk")
    )
    waits = Q(appraisal__state=AppraisalState.SELF_SCORING, state=SheetState.WAITING)
    own = waits & access.appraised(user) & Q(Exists(runs))
    # Asked one by one: joined to the sheets they took longer to plan than the whole page of its staff to answer.
    of_others = Adjustment.objects.filter(state=AdjustmentState.PROPOSED).exclude(proposed_by__in=scope.account_ids)
    proposed = Exists(of_others.filter(sheet=OuterRef("pk")))
    asked = Exists(Objection.objects.filter(state=ObjectionState.OPEN, sheet=OuterRef("pk")))
    of_office = Q(appraisal__office_id__in=officer) & (Q(proposed) | Q(asked)) & ~access.concerning(user)
    return access.known_to(user).filter(own | of_office).order_by("appraisal__next_due_at", "pk")


def appraisals_waiting_for(user: User, /) -> "QuerySet[Appraisal]":
    """Return the appraisals in which the next step may be the person's, the newest first."""
    scope = scope_of(user)
    scores = [seat.organ_id for seat in scope.seats_as(Role.APPRAISAL_OFFICER)]
    officer = [seat.organ_id for seat in scope.seats_as(Role.OFFICE_OFFICER)]
    signs = [seat.organ_id for seat in scope.seats_as(Role.OFFICE_OFFICER) if seat.rank == Rank.APPROVER]
    of_scorer = Q(
        office_id__in=scores,
        state__in=[AppraisalState.PREPARING, AppraisalState.SELF_SCORING, AppraisalState.SCORED, AppraisalState.SHOWN],
    )
    of_officer = Q(office_id__in=officer, state=AppraisalState.WITH_LEADING_GROUP)
    of_head = Q(
        office_id__in=signs,
        state__in=[AppraisalState.SCORED, AppraisalState.RULED, AppraisalState.WITH_LEADING_GROUP],
    )
    recounted = Exists(recounting.of_others(scope.account_ids).filter(appraisal=OuterRef("pk")))
    of_officer |= Q(office_id__in=officer, state=AppraisalState.PUBLISHED) & Q(recounted)
    rows = access.appraisals_known_to(user).filter(of_scorer | of_officer | of_head)
    return rows.order_by("-year", "-pk")
