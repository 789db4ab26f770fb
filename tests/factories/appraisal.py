"""Appraisals and their sheets laid down as rows, in the state that a test begins with."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from efficiency.access.models import User
from efficiency.organs.models import Organ, Post
from efficiency.timing.zone import start_of
from targets.appraisal.enums import (
    BEFORE_PUBLICATION,
    PUBLIC,
    AdjustmentState,
    AppraisalState,
    Group,
    OpinionKind,
    SheetState,
    Subject,
)
from targets.models import (
    Adjustment,
    Appraisal,
    MilestoneResult,
    Opinion,
    Plan,
    Report,
    ReportValue,
    Sheet,
    SheetBlock,
    SheetLine,
    SurveyResult,
)
from targets.plans.enums import Span
from targets.reports.enums import Finding
from targets.reports.enums import State as ReportState
from tests.factories.cases import local
from tests.factories.targets import TUESDAY, day_after, indicator_of

# The year that is appraised, the moment that its data counts as of, and a plain working day after it.
YEAR = 2026
AS_OF = local(2027, 1, 20, 0)
LATER = local(2027, 1, 25, 9)
NO_SNAPSHOT = "0" * 64
# Which state a sheet has where its appraisal has one.
OF_SHEET = {
    AppraisalState.PREPARING: SheetState.WAITING,
    AppraisalState.SELF_SCORING: SheetState.WAITING,
    AppraisalState.SCORED: SheetState.SCORED,
    AppraisalState.SHOWN: SheetState.SHOWN,
    AppraisalState.RULED: SheetState.RULED,
    AppraisalState.WITH_LEADING_GROUP: SheetState.RULED,
    AppraisalState.PUBLISHED: SheetState.PUBLISHED,
    AppraisalState.FINAL: SheetState.FINAL,
}


def make_appraisal(
    office: Organ,
    by: User,
    *,
    state: AppraisalState = AppraisalState.PREPARING,
    subject: Subject = Subject.ORGAN,
    at: datetime = LATER,
    **fields: Any,
) -> Appraisal:
    """Return an appraisal of the year without sheets; ``by`` opened it, and published it where it is."""
    given: dict[str, Any] = {
        "year": YEAR,
        "span": Span.YEAR,
        "subject": subject,
        "office": office,
        "as_of": AS_OF,
        "state": state,
        "opened_by": by,
        "opened_at": at,
    }
    if state in PUBLIC:
        given |= {"published_by": by, "published_at": at, "snapshot_sha256": NO_SNAPSHOT}
    return Appraisal.objects.create(**given | fields)


def make_sheet(appraisal: Appraisal, organ: Organ, *, post: Post | None = None, **fields: Any) -> Sheet:
    """
    Return a sheet of 85.00 points, good, with one block and one line; of ``post`` where one is given.

    A published appraisal gets no sheets: lay them down before (``publish``).
    """
    given: dict[str, Any] = {
        "group": Group.CITY_DEPARTMENTS if post is None else Group.POSTS,
        "state": OF_SHEET[AppraisalState(appraisal.state)],
        "blocks_total": Decimal(85),
        "computed_total": Decimal(85),
        "total": Decimal(85),
        "grade_by_score": "good" if post is None else "competent",
        "grade": "good" if post is None else "competent",
        "rank": 1,
    } | fields
    sheet = Sheet.objects.create(appraisal=appraisal, organ=organ, post=post, **given)
    if sheet.total is not None:
        SheetBlock.objects.create(
            sheet=sheet, code="A", name="目标任务", weight=100, applied_weight=100, score=sheet.blocks_total
        )
        SheetLine.objects.create(
            sheet=sheet,
            position=1,
            block="A",
            key="A1",
            name="办结率",
            weight=100,
            applied_weight=100,
            target=100,
            actual=85,
            method="higher_better",
            points=sheet.blocks_total,
            source="reported",
        )
    return sheet


@transaction.atomic
def make_appraised(
    office: Organ, by: User, organs: Iterable[Organ], *, state: AppraisalState = AppraisalState.SHOWN, **fields: Any
) -> Appraisal:
    """Return an appraisal in a state, with a sheet of each of the organs."""
    before = state if state in BEFORE_PUBLICATION else AppraisalState.WITH_LEADING_GROUP
    appraisal = make_appraisal(office, by, state=before, **fields)
    for organ in organs:
        make_sheet(appraisal, organ)
    if state in PUBLIC:
        publish(appraisal, by, state=state)
    return appraisal


def publish(
    appraisal: Appraisal, by: User, *, at: datetime = LATER, state: AppraisalState = AppraisalState.PUBLISHED
) -> None:
    """Lay down that the appraisal was published, without a snapshot."""
    appraisal.state, appraisal.published_by, appraisal.published_at = state, by, at
    appraisal.snapshot_sha256 = NO_SNAPSHOT
    appraisal.save()
    appraisal.sheets.update(state=OF_SHEET[state])


def make_adjustment(sheet: Sheet, points: str, *, by: User, second: User | None = None, **fields: Any) -> Adjustment:
    """Return an adjustment, confirmed where there is a second person."""
    given: dict[str, Any] = {"reason": "市级创新试点。", "proposed_by": by, "proposed_at": LATER}
    if second is not None:
        given |= {"state": AdjustmentState.CONFIRMED, "confirmed_by": second, "confirmed_at": LATER}
    return Adjustment.objects.create(sheet=sheet, points=Decimal(points), **given | fields)


def make_opinion(sheet: Sheet, by: User, score: str, *, kind: OpinionKind = OpinionKind.SELF, **fields: Any) -> Opinion:
    """Return an opinion with a score."""
    return Opinion.objects.create(sheet=sheet, by=by, score=Decimal(score), kind=kind, **{"at": LATER} | fields)


def make_survey(organ: Organ, score: str, *, by: User, second: User | None, **fields: Any) -> SurveyResult:
    """Return the result of a survey of the year, confirmed where there is a second person."""
    given: dict[str, Any] = {
        "year": YEAR,
        "span": Span.YEAR,
        "answers": 400,
        "source": "市统计局2026年度群众评议",
        "entered_by": by,
        "entered_at": local(2027, 1, 5, 9),
    }
    if second is not None:
        given |= {"confirmed_by": second, "confirmed_at": local(2027, 1, 6, 9)}
    return SurveyResult.objects.create(organ=organ, score=Decimal(score), **given | fields)


def make_report(
    plan: Plan, values: Mapping[str, Mapping[str, Any]], *, by: User, checker: User, at: datetime | None = None
) -> Report:
    """
    Return the report on the whole time of a plan, accepted at ``at``; a value for each key, found proved if not said.

    ``done_on`` of a value are the days on which its milestones were reached, in their order; None: not reached.
    """
    report = accepted_report(plan, by=by, checker=checker, at=at)
    report.save()
    at = report.checked_at
    for key, given in values.items():
        fields = {"finding": Finding.PROVED} | dict(given)
        done_on = fields.pop("done_on", ())
        indicator = indicator_of(plan, key)
        value = ReportValue.objects.create(report=report, indicator=indicator, entered_at=at, **fields)
        MilestoneResult.objects.bulk_create(
            MilestoneResult(value=value, milestone=milestone, done_on=day)
            for milestone, day in zip(indicator.milestones.order_by("position"), done_on, strict=True)
            if day is not None
        )
    return report


def accepted_report(plan: Plan, *, by: User, checker: User, at: datetime | None = None) -> Report:
    """Return the row of a report on the whole time of a plan, handed in and accepted at ``at``; it is not stored."""
    since, until = plan.bounds
    at = at or day_after(plan, 9)
    return Report(
        number=f"MB-{plan.pk}",
        plan=plan,
        revision=plan.revision,
        organ=plan.organ,
        post=plan.post,
        office=plan.office,
        span=plan.span,
        since=since,
        until=until,
        state=ReportState.ACCEPTED,
        opened_at=TUESDAY,
        owed_since=start_of(until),
        submitted_by=by,
        submitted_at=at,
        checked_by=checker,
        checked_at=at,
        ended_at=at,
    )


def publish_as_frozen(appraisal: Appraisal, by: User, *, at: datetime = LATER) -> None:
    """Lay down that the appraisal was published, with the snapshot that was taken of it."""
    appraisal.state, appraisal.published_by, appraisal.published_at = AppraisalState.PUBLISHED, by, at
    appraisal.save()
    appraisal.sheets.update(state=SheetState.PUBLISHED)
