"""Appraisals on their way: prepared and led from step to step by the actions themselves."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from accountability.faults.words import Against, Body, Measure
from efficiency.organs.models import Organ, Post
from efficiency.timing.zone import local_day
from targets.appraisal import (
    adjusting,
    computing,
    objecting,
    office_score,
    preparing,
    publishing,
    putting_right,
    ruling,
    self_scoring,
    showing,
    taking_part,
)
from targets.appraisal.enums import AppraisalState as A
from targets.appraisal.enums import Ruling, Subject
from targets.models import Adjustment, Appraisal, Indicator, Report, ReportValue, Sheet
from targets.plans.enums import Span
from targets.reports.enums import Finding
from tests import known
from tests.factories import sanctions
from tests.factories.appraisal import accepted_report
from tests.factories.cases import local
from tests.factories.targets import Line, TargetCast, make_plan

YEAR, SPAN = 2026, Span.FIRST_HALF
# The first half-year is over. Each step has a plain working day of its own, in a month without holidays.
CRITICISED = local(2026, 6, 10)
BEGUN = local(2026, 7, 2)
COMPUTED = local(2026, 7, 13)
SHOWN = local(2026, 7, 14)
OBJECTED = local(2026, 7, 15)
RULED = local(2026, 7, 16)
# The time to object, five working days, ends with 21 July.
CONCLUDED = local(2026, 7, 22)
SUBMITTED = local(2026, 7, 23)
DECIDED = local(2026, 7, 24)
PUBLISHED = local(2026, 7, 27)
# What a sheet comes to is what was reported, from nought to a hundred.
PLAIN = {"A": ("100", [Line("A1", method="linear")])}
# What follows in that order on the way to a state.
WAY = (A.PREPARING, A.SELF_SCORING, A.SCORED, A.SHOWN, A.RULED, A.WITH_LEADING_GROUP, A.PUBLISHED)


@known.led
def prepare(
    cast: TargetCast,
    *,
    subject: Subject = Subject.ORGAN,
    posts: tuple[Post, ...] = (),
    by: Any = None,
    year: int = YEAR,
    at: datetime = BEGUN,
) -> Appraisal:
    """Prepare an appraisal of the two bureaus, or of the clerk's and further posts, whose plans are in force."""
    wanted: tuple[Any, ...] = (cast.city.construction, cast.city.tax)
    if subject == Subject.POST:
        wanted = (cast.post, *posts)
    for each in wanted:
        organ, post = (each.organ, each) if isinstance(each, Post) else (each, None)
        make_plan(organ, cast.city.office, post=post, year=year, span=SPAN, blocks=PLAIN)
    return preparing.prepare(cast.city.office, year=year, span=SPAN, subject=subject, by=by or cast.appraiser, at=at)


@known.led
def lead(appraisal: Appraisal, cast: TargetCast, state: A, *, scores: Mapping[Any, str] | None = None) -> Appraisal:
    """
    Take a prepared appraisal to a state, by people who may.

    :param scores: what was reported of the plan of each organ or post, and so what its blocks come to; 85 where it says
        nothing
    """
    for step in WAY[1 : WAY.index(state) + 1]:
        if step == A.SCORED:
            report(appraisal, scores or {})
        LEAD[step](appraisal, cast)
    return appraisal


def call(appraisal: Appraisal, cast: TargetCast, *, at: datetime = BEGUN) -> None:
    """Ask for self-scores."""
    self_scoring.call_self_scores(appraisal, by=cast.appraiser, at=at, version=appraisal.version)


def compute(appraisal: Appraisal, cast: TargetCast, *, at: datetime = COMPUTED) -> None:
    """Compute the scores."""
    office_score.compute(appraisal, by=cast.appraiser, at=at, version=appraisal.version)


def show(appraisal: Appraisal, cast: TargetCast, *, at: datetime = SHOWN, by: Any = None) -> None:
    """Show the scores."""
    showing.show(appraisal, by=by or cast.head, at=at, version=appraisal.version)


def conclude(appraisal: Appraisal, cast: TargetCast, *, at: datetime = CONCLUDED) -> None:
    """Conclude the objections."""
    appraisal.refresh_from_db()
    showing.conclude(appraisal, by=cast.appraiser, at=at, version=appraisal.version)


def submit(appraisal: Appraisal, cast: TargetCast, *, at: datetime = SUBMITTED) -> None:
    """Submit to the leading group."""
    publishing.submit(appraisal, by=cast.head, at=at, version=appraisal.version)


def decide(appraisal: Appraisal, cast: TargetCast, *, at: datetime = DECIDED, by: Any = None) -> None:
    """Record the decision of the leading group."""
    appraisal.refresh_from_db()
    publishing.record_decision(
        appraisal, by=by or cast.officer, at=at, version=appraisal.version, text="同意。", decided_on=local_day(at)
    )


def publish(appraisal: Appraisal, cast: TargetCast, *, at: datetime = PUBLISHED, by: Any = None) -> None:
    """Publish."""
    appraisal.refresh_from_db()
    publishing.publish(appraisal, by=by or cast.head, at=at, version=appraisal.version)


def _decided_and_published(appraisal: Appraisal, cast: TargetCast) -> None:
    decide(appraisal, cast)
    publish(appraisal, cast)


LEAD = {
    A.SELF_SCORING: call,
    A.SCORED: compute,
    A.SHOWN: show,
    A.RULED: conclude,
    A.WITH_LEADING_GROUP: submit,
    A.PUBLISHED: _decided_and_published,
}


def report(appraisal: Appraisal, scores: Mapping[Any, str]) -> None:
    """Lay down an accepted report on each plan, with what gives its sheet so many points: computed, they are these."""
    plans = list(taking_part.plans_of(appraisal).values())
    reports = Report.objects.bulk_create(
        accepted_report(plan, by=plan.put_by, checker=plan.approved_by) for plan in plans
    )
    reported = {each.plan_id: each for each in reports}
    indicators = Indicator.objects.filter(revision__in=[plan.revision_id for plan in plans])
    wanted = {plan.revision_id: scores.get(plan.post or plan.organ, "85") for plan in plans}
    ReportValue.objects.bulk_create(
        ReportValue(
            report=reported[plan_id],
            indicator=indicator,
            actual=Decimal(wanted[indicator.revision_id]),
            finding=Finding.PROVED,
            entered_at=reported[plan_id].submitted_at,
        )
        for indicator, plan_id in ((each, each.revision.plan_id) for each in indicators.select_related("revision"))
    )


def score(appraisal: Appraisal, scores: Mapping[Any, str]) -> None:
    """Let what was reported by the date of a computed appraisal be known after all, and compute by it."""
    report(appraisal, scores)
    computing.compute(appraisal, at=appraisal.as_of)


def criticise(cast: TargetCast, organ: Organ) -> None:
    """Lay down a criticism that took effect, and was recorded, before the scores were computed: two points less."""
    sanctions.impose(
        organ,
        None,
        officer=cast.officer,
        head=cast.head,
        at=CRITICISED,
        measure=Measure.CIRCULATED_CRITICISM,
        against=Against.ORGAN,
        responsibility="",
        body=Body.LEADING_GROUP,
    )


def sheet_of(appraisal: Appraisal, whose: Any) -> Sheet:
    """Return the sheet of an organ or a post, as it lies in the database."""
    rows = Sheet.objects.select_related("appraisal__office", "organ", "post", "person")
    found = rows.filter(post=whose) if isinstance(whose, Post) else rows.filter(organ=whose, post__isnull=True)
    return found.get(appraisal=appraisal)


def self_score(sheet: Sheet, *, by: Any, at: datetime = BEGUN, points: str = "90", **fields: Any) -> None:
    """Hand in a self-score."""
    given: dict[str, Any] = {"score": Decimal(points), "text": "各项目标均已完成。"} | fields
    self_scoring.self_score(sheet, by=by, at=at, version=sheet.version, **given)


def propose(sheet: Sheet, *, by: Any, at: datetime = COMPUTED, points: str = "1", **fields: Any) -> Adjustment:
    """Propose an adjustment, and return it."""
    given: dict[str, Any] = {"points": Decimal(points), "reason": "市级创新试点。"} | fields
    event = adjusting.propose_adjustment(sheet, by=by, at=at, version=sheet.version, **given)
    return Adjustment.objects.get(pk=event.data["adjustment"])


def confirm(sheet: Sheet, adjustment: Adjustment, *, by: Any, at: datetime = COMPUTED) -> None:
    """Confirm an adjustment."""
    adjusting.confirm_adjustment(sheet, by=by, at=at, version=sheet.version, adjustment=adjustment.pk)


def revoke(sheet: Sheet, adjustment: Adjustment, *, by: Any, at: datetime = COMPUTED, **fields: Any) -> Adjustment:
    """Propose to revoke an adjustment, and return that."""
    given: dict[str, Any] = {"adjustment": adjustment.pk, "reason": "经核实，认定有误。"} | fields
    event = putting_right.propose_revocation(sheet, by=by, at=at, version=sheet.version, **given)
    return Adjustment.objects.get(pk=event.data["adjustment"])


def put_right(sheet: Sheet, *, by: Any, at: datetime = CONCLUDED, points: str = "1", **fields: Any) -> Adjustment:
    """Propose how to put right what was asked against a sheet, and return that."""
    given: dict[str, Any] = {"objection": sheet.objections.get().pk, "reason": "异议成立，予以更正。"} | fields
    event = putting_right.propose_putting_right(
        sheet, by=by, at=at, version=sheet.version, points=Decimal(points), **given
    )
    return Adjustment.objects.get(pk=event.data["adjustment"])


def object_to(sheet: Sheet, *, by: Any, at: datetime = OBJECTED, **fields: Any) -> None:
    """Object to a sheet."""
    objecting.object_to(sheet, by=by, at=at, version=sheet.version, **({"text": "A1数据有误。"} | fields))


def rule(sheet: Sheet, *, by: Any, at: datetime = RULED, outcome: str = Ruling.REJECTED) -> None:
    """Rule on an objection."""
    ruling.rule(sheet, by=by, at=at, version=sheet.version, ruling=outcome, text="经核实，数据无误。")
