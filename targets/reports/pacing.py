"""Red, amber, green of one indicator by what is known of it on a day (docs/domain.md 8.7, ours). Pure."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from decimal import Decimal

from targets.models import Indicator, Milestone
from targets.plans.enums import Direction, IndicatorKind
from targets.reports.values import milestone_counts
from targets.scoring import methods, pace
from targets.scoring.methods import BY_DAYS, Method, Result
from targets.scoring.pace import Pace

ONE_DAY = timedelta(days=1)
# What a method gives of its weight is measured in parts of it.
WHOLE = Decimal(1)


def pace_of(
    indicator: Indicator,
    result: Result,
    milestones: Collection[Milestone] = (),
    reached: Mapping[int, date] | None = None,
    *,
    since: date,
    until: date,
    on: date,
) -> Pace | None:
    """
    Return how an indicator goes at the end of a day; None where there is nothing to go by.

    What adds up is measured by the time that has passed, a rate by its whole target at any time, milestones by those
    that were to be reached by now, everything else by the share of its points. Unproved is not achieved: red.
    """
    if result.is_unproved:
        return Pace.RED
    passed = pace.elapsed(since, until, on)
    lower = indicator.direction == Direction.LOWER
    if indicator.kind == IndicatorKind.VETO:
        return None if result.done is None else Pace.RED if result.done else Pace.GREEN
    match Method(indicator.method):
        case Method.COMPOSITE:
            # It goes as its parts do.
            return None
        case method if method in BY_DAYS:
            return _of_milestones(milestones, reached or {}, on=on)
        case Method.YES_NO:
            return _of_deed(result.done, is_over=on >= until - ONE_DAY)
        case Method.HIGHER_BETTER | Method.LOWER_BETTER | Method.LINEAR:
            if _adds_up(indicator) and not lower:
                return pace.of_amount(result.actual, indicator.target, passed, baseline=indicator.baseline)
            if _adds_up(indicator) and indicator.method == Method.LOWER_BETTER:
                return pace.of_ceiling(result.actual, indicator.target, passed)
            return pace.of_level(result.actual, indicator.target, lower_is_better=lower)
    weight = indicator.weight or WHOLE
    return pace.of_level(methods.points(indicator.method, weight, result, indicator.terms), weight)


def _adds_up(indicator: Indicator) -> bool:
    """Say whether a figure grows over the period: what the portal computes, and what is a share, does not."""
    return indicator.kind == IndicatorKind.QUANTITY and not indicator.measure


def _of_milestones(milestones: Collection[Milestone], reached: Mapping[int, date], *, on: date) -> Pace | None:
    """Return the pace of milestones: one that was due before today and is not reached is overdue."""
    if not milestones:
        return None
    planned, on_time, late = milestone_counts(milestones, reached, until=on + ONE_DAY)
    # The last day is in time to its end: what is due today is not overdue today.
    today = sum(each.due_on == on and each.pk not in reached for each in milestones)
    return pace.of_milestones(overdue=planned - on_time - late - today, late=late)


def _of_deed(done: bool | None, *, is_over: bool) -> Pace | None:
    """Return the pace of what is done or not: before the end it is only falling behind while it is not done."""
    if done:
        return Pace.GREEN
    if is_over:
        return Pace.RED
    return None if done is None else Pace.AMBER
