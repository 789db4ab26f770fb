"""The self-score: asked for by the office, handed in by whoever is appraised within 5wd (docs/domain.md 8.6 (D))."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from efficiency import checks
from efficiency.access.models import User
from efficiency.files.clean import CleanFile
from targets.appraisal import deadlines, files, taking_part, workflow
from targets.appraisal.deadlines import SELF_SCORE
from targets.appraisal.enums import OpinionKind, SheetState
from targets.appraisal.refusals import Invalid
from targets.appraisal.workflow import action, once
from targets.models import Appraisal, AppraisalEvent, Opinion, Sheet

LONGEST_TEXT = 5000
LEAST, MOST = Decimal(0), Decimal(100)


@once
@action
def call_self_scores(appraisal: Appraisal, /, *, by: User, at: datetime, version: int) -> AppraisalEvent:
    """
    Ask everybody who takes part for the self-score; the time for it begins.

    It is owed of those alone who have a plan: the others have nothing to score, and are listed as such.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(appraisal, "call_self_scores", by=by, at=at, version=version)
    at = step.at
    appraisal.as_of = at
    plans = taking_part.plans_of(appraisal)
    taking_part.add_missing(appraisal, plans)
    sheets = list(appraisal.sheets.select_related("organ", "post", "person").order_by("pk"))
    deadlines.open_for_all(SELF_SCORE, [sheet for sheet in sheets if _key(sheet) in plans], at=at)
    return workflow.finish(step, data={"sheets": len(sheets)})


@once
@action
def self_score(
    sheet: Sheet,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    score: Decimal,
    text: str,
    attachments: Sequence[CleanFile] = (),
) -> AppraisalEvent:
    """
    Hand in the self-score; until the office scores it can be handed in anew, and the latest counts.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    :raises Invalid: the score is out of bounds, or nothing is said about it
    """
    step = workflow.begin(sheet, "self_score", by=by, at=at, version=version)
    at = step.at
    points = checked_score(score)
    words = checks.text("text", text, _("Please say what the score rests on."), at_most=LONGEST_TEXT)
    sheet.self_score = points
    Opinion.objects.create(sheet=sheet, kind=OpinionKind.SELF, by=by, at=at, score=points, text=words)
    event = workflow.finish(step, text=words, data={"score": str(points)})
    files.attach(event, attachments)
    return event


def are_awaited(appraisal: Appraisal, /, *, at: datetime) -> bool:
    """Say whether self-scores can still come that the office has to wait for: in time, of those who have a plan."""
    if deadlines.is_self_score_over(appraisal, at=at):
        return False
    plans = taking_part.plans_of(appraisal)
    waiting = appraisal.sheets.filter(state=SheetState.WAITING).only("organ", "post")
    return any(_key(sheet) in plans for sheet in waiting)


def _key(sheet: Sheet) -> tuple[int, int | None]:
    return sheet.organ_id, sheet.post_id


def checked_score(score: Decimal) -> Decimal:
    """
    Return a score as it is stored.

    :raises Invalid: it is no number from 0 to 100 with two decimals at most
    """
    if not score.is_finite() or not LEAST <= score <= MOST:
        raise Invalid("score", _("A score lies between 0 and 100."))
    if score != round(score, 2):
        raise Invalid("score", _("A score has two decimals at most."))
    return round(score, 2)
