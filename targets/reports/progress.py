"""
How plans go on a day: every indicator with its figure and its pace, for many plans in a bounded number of questions.

The figure of what is reported is the newest that was entered: in the running report as of the day, in one that was
handed in as of the end of its period. What the portal computes is as known at the moment (docs/domain.md 8.7).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.organs.models import Role
from efficiency.timing.due import local_day
from targets.measures import registry
from targets.models import Indicator, Milestone, MilestoneResult, Plan, Report, ReportValue
from targets.plans.enums import Source
from targets.reports.enums import State
from targets.reports.pacing import pace_of
from targets.reports.values import result_of, said_of_deed
from targets.scoring import pace
from targets.scoring.methods import Method, Result
from targets.scoring.pace import Pace

ONE_DAY = timedelta(days=1)
# So many own plans at most on the page where work begins.
MOST_OWN = 5


@dataclass(frozen=True, slots=True)
class Standing:
    """How one indicator goes: its figure, as of which day, and its pace; ``None`` where there is nothing to go by."""

    indicator: Indicator
    result: Result
    as_of: date | None
    pace: Pace | None
    # What the figure was taken from: a report, or a measure of the portal by its name.
    report: Report | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    milestones: tuple[tuple[Milestone, date | None], ...] = ()


@dataclass(slots=True)
class Progress:
    """How a plan goes, by blocks."""

    plan: Plan
    standings: list[Standing] = field(default_factory=list)

    def of_block(self, code: str) -> list[Standing]:
        """Return what stands in a block."""
        return [each for each in self.standings if each.indicator.block.code == code]

    def pace_of_block(self, code: str) -> Pace | None:
        """Return the worst pace within a block."""
        return pace.worst([each.pace for each in self.of_block(code)])

    @property
    def pace(self) -> Pace | None:
        """The worst pace of all."""
        return pace.worst([each.pace for each in self.standings])

    def count(self, which: Pace | None) -> int:
        """Return how many indicators go at this pace; a composite goes as its parts do, which are counted."""
        return sum(each.pace == which for each in self.standings if each.indicator.source != Source.PARTS)


def of_plans(plans: Sequence[Plan], /, *, at: datetime) -> dict[int, Progress]:
    """
    Return how each of these plans goes at a moment, by its key; those without a revision in force are left out.

    Six questions and one for each measure that they name and each span of time, however many plans there are.
    """
    on = local_day(at)
    by_revision = {plan.revision_id: plan for plan in plans if plan.revision_id}
    found = {plan.pk: Progress(plan) for plan in by_revision.values()}
    indicators = list(
        Indicator.objects.filter(revision__in=by_revision)
        .select_related("block", "responsible_post")
        .order_by("block__position", "block__code", "position", "pk")
    )
    milestones = _milestones(indicators)
    newest = _newest_values(list(found), on)
    figures = _figures(indicators, by_revision, at)
    for indicator in indicators:
        plan = by_revision[indicator.revision_id]
        if indicator.source == Source.PARTS:
            standing = Standing(indicator, Result(), None, None)
        elif indicator.source == Source.COMPUTED:
            standing = _computed(indicator, plan, figures.get((plan.pk, indicator.measure)), on)
        else:
            standing = _reported(indicator, plan, newest.get((plan.pk, indicator.key)), milestones[indicator.pk], on)
        found[plan.pk].standings.append(standing)
    for progress in found.values():
        progress.standings = [_with_pace_of_parts(each, progress.standings) for each in progress.standings]
    return found


def _with_pace_of_parts(standing: Standing, everything: Sequence[Standing]) -> Standing:
    """Return a composite as its worst part goes; whatever else as it is."""
    if standing.indicator.source != Source.PARTS:
        return standing
    own = [each for each in everything if each.indicator.part_of == standing.indicator.key]
    return replace(standing, pace=pace.worst([each.pace for each in own]))


def of_plan(plan: Plan, /, *, at: datetime) -> Progress:
    """Return how one plan goes at a moment."""
    return of_plans([plan], at=at).get(plan.pk) or Progress(plan)


# --- What is reported -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Known:
    """The newest value of an indicator."""

    value: ReportValue
    report: Report
    reached: Mapping[int, date]
    as_of: date


def _newest_values(plan_ids: Collection[int], on: date) -> dict[tuple[int, str], _Known]:
    """Return the newest value of each indicator by plan and key; a running report goes before one handed in."""
    values = list(
        ReportValue.objects.filter(report__plan__in=plan_ids)
        .exclude(report__state=State.DROPPED)
        .select_related("report", "indicator")
        .order_by("report__until", "report_id")
    )
    reached: dict[int, dict[str, date]] = defaultdict(dict)
    results = MilestoneResult.objects.filter(value__in=[each.pk for each in values])
    for value_id, name, day in results.values_list("value_id", "milestone__name", "done_on"):
        reached[value_id][name] = day
    found: dict[tuple[int, str], Any] = {}
    for value in values:  # the later the period, the newer
        report = value.report
        is_running = report.is_with_organ and report.until > on
        as_of = on if is_running else min(on, report.until - ONE_DAY)
        found[report.plan_id, value.indicator.key] = _Known(value, report, reached[value.pk], as_of)  # type: ignore[arg-type]
    return found


def _milestones(indicators: Sequence[Indicator]) -> dict[int, list[Milestone]]:
    found: dict[int, list[Milestone]] = defaultdict(list)
    for each in Milestone.objects.filter(indicator__in=[one.pk for one in indicators]).order_by("position"):
        found[each.indicator_id].append(each)
    return found


def _reported(
    indicator: Indicator, plan: Plan, known: _Known | None, milestones: list[Milestone], on: date
) -> Standing:
    since, until = plan.bounds
    as_of = known.as_of if known else min(on, until - ONE_DAY)
    # A report may be about an earlier revision: its milestones are those of the same name.
    reached = {each.pk: known.reached[each.name] for each in milestones if known and each.name in known.reached}  # type: ignore[index]
    result = result_of(indicator, known.value if known else None, milestones, reached, until=as_of + ONE_DAY)
    return Standing(
        indicator=indicator,
        result=result,
        as_of=known.as_of if known else None,
        pace=pace_of(indicator, result, milestones, reached, since=since, until=until, on=as_of),
        report=known.report if known else None,
        milestones=tuple((each, reached.get(each.pk)) for each in milestones),
    )


# --- What the portal computes ---------------------------------------------------------------------------------------


def _figures(
    indicators: Sequence[Indicator], by_revision: Mapping[int, Plan], at: datetime
) -> dict[tuple[int, str], Any]:
    """Return the figure of each measure by plan: one statement for each measure, span of time, and kind of subject."""
    wanted: dict[tuple[str, int, str, bool], dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for indicator in indicators:
        if indicator.source == Source.COMPUTED:
            plan = by_revision[indicator.revision_id]
            subject = plan.post_id or plan.organ_id
            wanted[indicator.measure, plan.year, plan.span, bool(plan.post_id)][subject].append(plan.pk)
    known = {measure.name: measure for measure in registry.measures()}
    found: dict[tuple[int, str], Any] = {}
    for (name, _year, _span, is_post), subjects in wanted.items():
        measure = known.get(name)
        if measure is None or (is_post and not measure.has_posts):
            continue
        first = next(iter(subjects.values()))[0]
        since, until = next(plan for plan in by_revision.values() if plan.pk == first).bounds
        counted = measure.of_posts if is_post else measure.of_organs
        for subject, figure in counted(list(subjects), since, until, at).items():
            for plan_id in subjects.get(subject, ()):
                found[plan_id, name] = figure
    return found


def _computed(indicator: Indicator, plan: Plan, figure: Any, on: date) -> Standing:
    since, until = plan.bounds
    as_of = min(on, until - ONE_DAY)
    value = figure.value if figure is not None else None
    result = Result(
        actual=value,
        target=indicator.target,
        baseline=indicator.baseline,
        challenge=indicator.challenge,
        events=int(figure.numerator) if figure is not None and figure.denominator is None else None,
    )
    is_known = value is not None
    return Standing(
        indicator=indicator,
        result=result,
        as_of=as_of if is_known else None,
        pace=pace_of(indicator, result, since=since, until=until, on=as_of) if is_known else None,
        numerator=figure.numerator if is_known else None,
        denominator=figure.denominator if is_known else None,
    )


def own_plans(user: User, *, at: datetime) -> list[Plan]:
    """Return the plans in force of the year that are the person's own: of the posts held, of the organs led."""
    rows = own_rows(user, at=at).select_related("organ", "post")
    return list(rows.order_by("post__code", "organ__code", "span")[:MOST_OWN])


def own_rows(user: User, *, at: datetime) -> QuerySet[Plan]:
    """Return the same without an order, and all of them."""
    scope = scope_of(user)
    posts = [seat.post_id for seat in scope.seats]
    led = [seat.organ_id for seat in scope.seats_as(Role.ORGAN_LEADER)]
    led += [seat.organ_id for seat in scope.seats_as(Role.OFFICE_OFFICER) if seat.is_head]
    own = Q(post__in=posts) | Q(post__isnull=True, organ__in=led)
    return Plan.objects.counted().filter(own, year=local_day(at).year)


def figure_of(standing: Standing) -> Decimal | int | str | None:
    """Return what was achieved as it is shown: a number, or how many milestones of those planned, or the day."""
    result = standing.result
    if result.actual is not None:
        return result.actual
    if result.events is not None:
        return result.events
    if standing.indicator.method == Method.DEADLINE:
        return next((day.isoformat() for _each, day in standing.milestones if day is not None), None)
    if standing.milestones:
        return f"{sum(day is not None for _each, day in standing.milestones)}/{len(standing.milestones)}"
    if result.done is not None:
        return said_of_deed(standing.indicator, done=result.done)
    return None
