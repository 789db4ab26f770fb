"""The office's score: computed from what the other systems recorded (docs/domain.md 8.6)."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from efficiency import checks
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.deadlines import actions as engine
from efficiency.deadlines.models import Deadline
from targets.appraisal import computing, messages, objecting, self_scoring, workflow
from targets.appraisal.deadlines import SELF_SCORE
from targets.appraisal.enums import Subject
from targets.appraisal.refusals import NotAllowed, NotInState
from targets.appraisal.upheld import is_upheld_by
from targets.appraisal.workflow import action, once
from targets.models import Appraisal, AppraisalEvent, Report
from targets.plans import spans
from targets.reports.deadlines import REPORT
from targets.reports.enums import WITH_ORGAN
from targets.reports.enums import State as ReportState

LONGEST_REASON = 1000
# Total, and whether it is vetoed.
Score = tuple[Decimal | None, bool]
NOTHING: Score = (None, False)
# The score, and the limit of the grade.
Standing = tuple[Score, str]
COMPUTED = ("compute", "recompute", "propose_recount", "confirm_recount")
EARLY = _("Target reports for this time can still be handed in in time, or wait to be checked.")


@once
@action
def compute(appraisal: Appraisal, /, *, by: User, at: datetime, version: int) -> AppraisalEvent:
    """
    Compute all scores from the data as it is known now, once the self-scores are in or their time is over.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotInState also while self-scores can come,
        or reports can come or wait to be checked
    """
    step = workflow.begin(appraisal, "compute", by=by, at=at, version=version)
    at = step.at
    if self_scoring.are_awaited(appraisal, at=at):
        raise NotInState(_("Self-scores are still missing, and their time is not over."))
    refuse_early(appraisal, at=at)
    engine.cancel_many(SELF_SCORE, appraisal.sheets.all(), at=at)
    _compute(appraisal, at)
    return workflow.finish(step)


@once
@action
def recompute(appraisal: Appraisal, /, *, by: User, at: datetime, version: int, reason: str) -> AppraisalEvent:
    """
    Compute all scores anew after they were shown, as data was put right meanwhile; the reason is on record.

    Whose score or grade falls, or who gets a sheet only now, has the time to object from now.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotAllowed also for who upheld what is not
        put right yet (Z-10), NotInState while reports can come or wait to be checked
    :raises Invalid: no reason
    """
    step = workflow.begin(appraisal, "recompute", by=by, at=at, version=version)
    at = step.at
    if why_not := why_not_recomputed(by, appraisal):
        raise NotAllowed(why_not)
    refuse_early(appraisal, at=at)
    words = checks.text("reason", reason, _("Please give the reason."), at_most=LONGEST_REASON)
    before, grades_before = standing_of(appraisal), grades_of(appraisal)
    _compute(appraisal, at)
    after, grades = standing_of(appraisal), grades_of(appraisal)
    fell = [
        pk
        for pk, (score, _cap) in after.items()
        if pk not in before
        or is_lower(score, before[pk][0])
        or objecting.is_lower_grade(grades_before.get(pk, ""), grades[pk])
    ]
    to = objecting.shown_anew(appraisal, fell, at=at)
    event = workflow.finish(step, text=words, data={"moved": moved(before, after)}, to=to)
    if to:
        messages.tell_fallen(event, fell)
    return event


def moved(before: Mapping[int, Standing], after: Mapping[int, Standing]) -> list[int]:
    """
    Return the sheets that computing anew moved by themselves, by their keys: score, veto, or the limit of the grade.

    A veto or a limit that falls away moves no score. A grade alone may move because of another sheet.
    """
    return sorted(pk for pk, now in after.items() if before.get(pk, (NOTHING, "")) != now)


def why_not_recomputed(by: User, appraisal: Appraisal) -> str:
    """Return why ``by`` does not compute anew: two others put right what they upheld; empty where they may."""
    if is_upheld_by(scope_of(by).account_ids | {by.pk}, appraisal):
        return str(_("Whoever upheld an objection or a review has no part in putting it right."))
    return ""


def standing_of(appraisal: Appraisal) -> dict[int, Standing]:
    """Return score, veto and limit of the grade of each sheet as they are stored, by the key of the sheet."""
    rows = appraisal.sheets.values_list("pk", "total", "is_vetoed", "cap")
    return {pk: ((total, is_vetoed), cap) for pk, total, is_vetoed, cap in rows}


def grades_of(appraisal: Appraisal) -> dict[int, str]:
    """Return the grade of each sheet as it is stored, by the key of the sheet; empty where there is none."""
    return dict(appraisal.sheets.values_list("pk", "grade"))


def is_lower(score: Score, before: Score) -> bool:
    """Say whether a score is worse than before: fewer points, none any more, or a veto."""
    (total, is_vetoed), (had, was_vetoed) = score, before
    return (is_vetoed and not was_vetoed) or (had is not None and (total is None or total < had))


def _compute(appraisal: Appraisal, at: datetime) -> None:
    """Data counts as it is known now: a correction made since the last time counts with it."""
    appraisal.as_of = appraisal.computed_at = at
    appraisal.save(update_fields=["as_of", "computed_at"])
    computing.compute(appraisal, at=at)


def has_early(appraisal: Appraisal, /, *, at: datetime) -> bool:
    """
    Say whether a report on the time of the appraisal is not late yet at ``at``, or waits for the office's check.

    Computed now it would count as not reported. One whose time is over and that nobody handed in is waited for no more.
    """
    _since, until = spans.bounds(appraisal.year, appraisal.span)
    in_time = Deadline.objects.running().filter(
        content_type=ContentType.objects.get_for_model(Report), kind=REPORT, overdue_at__gt=at
    )
    reports = Report.objects.filter(
        plan__year=appraisal.year,
        plan__span=appraisal.span,
        office=appraisal.office_id,
        post__isnull=appraisal.subject == Subject.ORGAN,
        until=until,
    ).exclude(organ=appraisal.office_id)
    # Whose period is over and whose time the worker has not let begin yet has all of it before it.
    can_come = Q(state__in=WITH_ORGAN, pk__in=in_time.values("object_id")) | Q(
        state=ReportState.OPEN, owed_since__isnull=True
    )
    return reports.filter(Q(state=ReportState.SUBMITTED) | can_come).exists()


def refuse_early(appraisal: Appraisal, /, *, at: datetime) -> None:
    """Refuse to score, or to show scores, while a report could still count (docs/domain.md 8.6)."""
    if has_early(appraisal, at=at):
        raise NotInState(EARLY)


def has_computed(by: User, appraisal: Appraisal) -> bool:
    """Say whether the natural person computed the scores of an appraisal (docs/trust.md Z-10)."""
    mine = scope_of(by).account_ids | {by.pk}
    return appraisal.events.filter(action__in=COMPUTED, actor_id__in=mine).exists()
