"""
A target against time: what was reached by when, and where it should have been by then (docs/domain.md 8.7, 8.8).

What is reported has a point for each report that was accepted, of earlier plans with the same indicator too; what the
portal computes has one for the end of each month, as it is known now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from efficiency.access.models import User
from efficiency.timing.due import ONE_DAY, add_months, local_day
from targets.appraisal.access import read_by
from targets.measures import registry
from targets.models import Indicator, Plan, Report, ReportValue
from targets.plans.enums import Direction, IndicatorKind, Source
from targets.reports.enums import Finding, State
from targets.scoring import pace
from targets.scoring.pace import Pace

MOST_POINTS = 24
LOOKS = {Pace.GREEN: "ok", Pace.AMBER: "warn", Pace.RED: "over"}
# What adds up over the time; all else is measured by its whole target at any moment.
ADDS_UP = (IndicatorKind.QUANTITY,)


@dataclass(frozen=True, slots=True)
class Point:
    """What was reached by the end of a day, what should have been by then, and what was aimed at in all."""

    on: date
    actual: Decimal | None
    expected: Decimal | None
    target: Decimal | None
    pace: Pace | None
    remark: str = ""

    @property
    def actual_words(self) -> str:
        """What was reached, in words."""
        return words(self.actual)

    @property
    def expected_words(self) -> str:
        """What should have been reached, in words."""
        return words(self.expected)

    @property
    def target_words(self) -> str:
        """What was aimed at, in words."""
        return words(self.target)

    @property
    def look(self) -> str:
        """How the tag of the pace looks."""
        return LOOKS[self.pace] if self.pace else ""


@dataclass(frozen=True, slots=True)
class Course:
    """The points of one indicator, the oldest first."""

    indicator: Indicator
    points: tuple[Point, ...]

    @property
    def finding(self) -> str:
        """What the chart shows, in a sentence."""
        known = [point for point in self.points if point.actual is not None]
        if not known:
            return _("Nothing has been measured yet.")
        last = known[-1]
        named = {"day": last.on.isoformat(), "actual": words(last.actual), "target": words(last.target)}
        if last.pace is None:
            return _("By %(day)s %(actual)s, target %(target)s.") % named
        return _("By %(day)s %(actual)s, target %(target)s: %(pace)s.") % {**named, "pace": last.pace.label}

    @property
    def drawing(self) -> dict[str, Any]:
        """What the script draws: the same figures as the table has, as numbers of a drawing."""
        return {
            "labels": [point.on.isoformat() for point in self.points],
            "unit": self.indicator.unit,
            "series": [
                {"name": _("reached"), "values": [_drawn(point.actual) for point in self.points], "line": "solid"},
                {
                    "name": _("due by then"),
                    "values": [_drawn(point.expected) for point in self.points],
                    "line": "dashed",
                },
            ],
        }


def words(value: Decimal | None) -> str:
    """Return a figure in words: at most two decimals, a dash where there is none."""
    if value is None:
        return "–"
    short = f"{value:.2f}"
    return short.rstrip("0").rstrip(".")


def _drawn(value: Decimal | None) -> float | None:
    return None if value is None else round(float(value), 4)


def course(plan: Plan, indicator: Indicator, viewer: User, /, *, at: datetime) -> Course:
    """Return the course of an indicator of a plan that ``viewer`` may read, as it is known at ``at``."""
    if indicator.source == Source.COMPUTED:
        return Course(indicator, _computed(plan, indicator, at))
    return Course(indicator, _reported(plan, indicator, viewer))


def _computed(plan: Plan, indicator: Indicator, at: datetime) -> tuple[Point, ...]:
    """Return a point for each month that is over or runs: a statement each, twelve at most."""
    try:
        measure = registry.get(indicator.measure)
    except KeyError:
        return ()
    if plan.post_id is not None and not measure.has_posts:
        return ()
    since, until = plan.bounds
    found, ends, today = [], since, local_day(at)
    while ends < until and ends <= today:
        ends = add_months(ends, 1)
        if plan.post_id is None:
            figure = measure.of_organs([plan.organ_id], since, ends, at).get(plan.organ_id)
        else:
            figure = measure.of_posts([plan.post_id], since, ends, at).get(plan.post_id)
        value = figure.value if figure else None
        adds_up = indicator.kind in ADDS_UP and measure.of is None
        found.append(_point(indicator, min(ends - ONE_DAY, today), value, since, until, adds_up=adds_up))
    return tuple(found)


def _reported(plan: Plan, indicator: Indicator, viewer: User) -> tuple[Point, ...]:
    """Return a point for each accepted report with this indicator; one statement."""
    rows = (
        ReportValue.objects.filter(
            Q(report__in=Report.objects.visible_to(viewer).order_by().values("pk"))
            | Q(report__plan__in=read_by(viewer).filter(plan__isnull=False).order_by().values("plan")),
            report__plan__organ=plan.organ_id,
            report__plan__post=plan.post_id,
            report__state=State.ACCEPTED,
            report__until__lte=plan.bounds[1],
            indicator__key=indicator.key,
            indicator__name=indicator.name,
        )
        .select_related("report__plan", "indicator")
        .order_by("-report__until", "-report__since", "-pk")[:MOST_POINTS]
    )
    found = []
    for value in reversed(rows):
        since, until = value.report.plan.bounds
        is_unproved = value.finding in (Finding.UNPROVED, Finding.FALSE)
        actual = value.actual if value.actual is not None else _counted(value)
        found.append(
            _point(
                value.indicator,
                value.report.until - ONE_DAY,
                Decimal(0) if is_unproved and actual is not None else actual,
                since,
                until,
                adds_up=value.indicator.kind in ADDS_UP,
                remark=str(Finding(value.finding).label) if is_unproved else "",
            )
        )
    return tuple(found)


def _counted(value: ReportValue) -> Decimal | None:
    if value.events is not None:
        return Decimal(value.events)
    return None if value.done is None else Decimal(value.done)


def _point(
    indicator: Indicator,
    on: date,
    actual: Decimal | None,
    since: date,
    until: date,
    *,
    adds_up: bool,
    remark: str = "",
) -> Point:
    target, passed = indicator.target, pace.elapsed(since, until, on)
    lower = indicator.direction == Direction.LOWER
    if not adds_up:
        return Point(on, actual, target, target, pace.of_level(actual, target, lower_is_better=lower), remark)
    if lower:
        expected = None if target is None else target * passed
        return Point(on, actual, expected, target, pace.of_ceiling(actual, target, passed), remark)
    begins = indicator.baseline or Decimal(0)
    expected = None if target is None else begins + (target - begins) * passed
    found = pace.of_amount(actual, target, passed, baseline=indicator.baseline)
    return Point(on, actual, expected, target, found, remark)


def indicators_of(plan: Plan) -> Sequence[Indicator]:
    """Return the indicators of the revision that holds, of a composite its parts; none before there is one."""
    if plan.revision_id is None:
        return []
    rows = (
        Indicator.objects.filter(revision=plan.revision_id)
        .exclude(kind=IndicatorKind.VETO)
        .exclude(source=Source.PARTS)
    )
    return list(rows.order_by("block__position", "position", "pk"))
