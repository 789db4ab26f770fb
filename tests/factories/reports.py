"""Target reports on their way, led from step to step by the actions themselves."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from efficiency.access.models import User
from efficiency.files.clean import CleanFile
from efficiency.organs.models import Post
from targets.models import Plan, Report
from targets.plans.enums import Span
from targets.reports import checking, filling, opening
from targets.reports.checking import Found
from targets.reports.enums import Finding
from targets.reports.values import Typed
from tests import known
from tests.factories.cases import local
from tests.factories.targets import STANDARD, TargetCast, make_plan

MARCH = local(2026, 3, 20)
# The first working day after the half-year, a Wednesday.
JULY = local(2026, 7, 1, 9)
PROOF = CleanFile(b"%PDF-1.4 proof", "application/pdf", "proof.pdf", b"%PDF-1.4 proof")
# What docs/domain.md 8.4 reports of block A.
VALUES: Mapping[str, Typed] = {
    "A1": Typed(actual=Decimal(92), note="累计完成92件。"),
    "A2": Typed(actual=Decimal(12)),
    "A3": Typed(),
    "A4": Typed(events=3),
}


@known.led
def make_report(cast: TargetCast, *, post: Post | None = None, at: datetime = JULY, **fields: Any) -> Report:
    """Return the report of the half-year of a plan in force, owed since its end."""
    plan = make_plan(cast.city.construction, cast.city.office, post=post, **{"blocks": STANDARD, "at": MARCH} | fields)
    return report_of(plan, at=at)


@known.led
def report_of(plan: Plan, *, span: str = Span.FIRST_HALF, at: datetime = JULY) -> Report:
    """Open the reports of a plan, owe what is over, and return the one of a period."""
    opening.open_missing(at=MARCH)
    opening.owe_due(at=at)
    return plan.reports.get(span=span)


def fill(
    report: Report,
    key: str,
    typed: Typed | None = None,
    *,
    by: User,
    at: datetime = JULY,
    attachments: Any = (PROOF,),
    reached: Mapping[int, date] | None = None,
    **fields: Any,
) -> None:
    """Fill in one indicator, with its proof; ``reached`` are days by the position of a milestone."""
    indicator = report.revision.indicators.get(key=key)
    typed = typed or VALUES.get(key) or Typed()
    if reached:
        keys = dict(indicator.milestones.values_list("position", "pk"))
        typed = Typed(milestones={keys[position]: day for position, day in reached.items()}, note=typed.note)
    filling.fill(
        report, by=by, at=at, version=report.version, indicator=indicator.pk, typed=typed, attachments=attachments,
        **fields,
    )  # fmt: skip


@known.led
def fill_all(report: Report, *, by: User, at: datetime = JULY, attachments: Any = (PROOF,)) -> None:
    """Fill in every indicator that is reported."""
    for indicator in filling.reported_indicators(report):
        fill(report, indicator.key, by=by, at=at, attachments=attachments)


def submit(report: Report, *, by: User, at: datetime = JULY, text: str = "各项任务按进度完成。", **fields: Any) -> None:
    """Hand a report in."""
    filling.submit(report, by=by, at=at, version=report.version, text=text, **fields)


@known.led
def submitted(cast: TargetCast, *, by: User | None = None, at: datetime = JULY, **fields: Any) -> Report:
    """Return a report that was filled in and handed in."""
    report = make_report(cast, **fields)
    fill_all(report, by=by or cast.leader, at=at)
    submit(report, by=by or cast.leader, at=at)
    return report


def findings(report: Report, **changed: Found) -> dict[int, Found]:
    """Return that every value is proved, but for those named by their key."""
    return {
        value.pk: changed.get(value.indicator.key, Found(Finding.PROVED))
        for value in report.values.select_related("indicator")
    }


def accept(report: Report, *, by: User, at: datetime = JULY, remark: str = "", **changed: Found) -> None:
    """Accept a report."""
    checking.accept(report, by=by, at=at, version=report.version, findings=findings(report, **changed), remark=remark)


def send_back(report: Report, *, by: User, at: datetime = JULY, reason: str = "A1佐证不足，请补充。") -> None:
    """Send a report back."""
    checking.send_back(report, by=by, at=at, version=report.version, reason=reason)
