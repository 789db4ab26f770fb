"""What is asked of an indicator that is reported, what was achieved by it, and what that is worth (8.1, 8.2). Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from efficiency.refusals import Invalid
from targets.models import Indicator, Milestone, ReportValue
from targets.plans.enums import IndicatorKind
from targets.reports.enums import Finding
from targets.scoring import formula
from targets.scoring.methods import BY_DAYS, Method, Result

# The largest figure that the column holds.
LARGEST = Decimal(10) ** 14
PLACES = Decimal("0.0001")
MOST_EVENTS = 1_000_000


class Asked(TextChoices):
    """What is typed in for an indicator."""

    ACTUAL = "actual"
    EVENTS = "events"
    DONE = "done"
    MILESTONES = "milestones"


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody says was achieved; ``milestones`` are days by the key of the milestone."""

    actual: Decimal | None = None
    events: int | None = None
    done: bool | None = None
    milestones: Mapping[int, date] = field(default_factory=dict)
    note: str = ""


def asked_of(indicator: Indicator) -> frozenset[Asked]:
    """Return what is typed in for an indicator: what its method, or its formula, goes by."""
    if indicator.kind == IndicatorKind.VETO:
        return frozenset({Asked.DONE})
    match Method(indicator.method):
        case method if method in BY_DAYS:
            return frozenset({Asked.MILESTONES})
        case Method.COMPOSITE:
            # What is typed in is typed in for its parts.
            return frozenset()
        case Method.DEDUCT:
            return frozenset({Asked.EVENTS})
        case Method.YES_NO:
            return frozenset({Asked.DONE})
        case Method.FORMULA:
            names = formula.parse(indicator.terms["formula"]).names
            found = {
                Asked.ACTUAL: names & {"a"},
                Asked.EVENTS: names & {"n"},
                Asked.DONE: names & {"d"},
                Asked.MILESTONES: names & {"p", "o", "l"},
            }
            return frozenset(asked for asked, used in found.items() if used) or frozenset({Asked.ACTUAL})
    return frozenset({Asked.ACTUAL})


def checked(indicator: Indicator, milestones: Collection[Milestone], typed: Typed, *, on: date) -> Typed:
    """
    Return what was typed as it is stored: what the indicator does not ask for is left out.

    :raises Invalid: a figure is no figure or too large, a milestone is not one of the indicator or is still to come
    """
    asked = asked_of(indicator)
    actual = typed.actual if Asked.ACTUAL in asked else None
    if actual is not None:
        if not actual.is_finite() or abs(actual) >= LARGEST:
            raise Invalid("actual", _("Please give a figure with at most 14 digits before the point."))
        if actual != actual.quantize(PLACES):
            raise Invalid("actual", _("Please give at most four decimal places."))
    events = typed.events if Asked.EVENTS in asked else None
    if events is not None and not 0 <= events <= MOST_EVENTS:
        raise Invalid("events", _("Please give how often it happened: 0 or more."))
    reached = dict(typed.milestones) if Asked.MILESTONES in asked else {}
    if set(reached) - {each.pk for each in milestones}:
        raise Invalid("milestones", _("This milestone is not one of the indicator."))
    if any(day > on for day in reached.values()):
        raise Invalid("milestones", _("A day on which a milestone was reached cannot be still to come."))
    done = typed.done if Asked.DONE in asked else None
    return Typed(actual, events, done, reached, typed.note)


def is_filled_in(indicator: Indicator, value: ReportValue | None) -> bool:
    """Say whether something was reported of an indicator; of milestones none may have been reached."""
    if value is None:
        return False
    asked = asked_of(indicator)
    return not (
        (Asked.ACTUAL in asked and value.actual is None)
        or (Asked.EVENTS in asked and value.events is None)
        or (Asked.DONE in asked and value.done is None)
    )


def said_of_deed(indicator: Indicator, *, done: bool) -> str:
    """Say in words what was reported of a deed, or of a veto: that is not about what was done but what happened."""
    if indicator.kind == IndicatorKind.VETO:
        return pgettext("veto", "happened") if done else pgettext("veto", "did not happen")
    return _("yes") if done else _("no")


def milestone_counts(
    milestones: Collection[Milestone], reached: Mapping[int, date], *, until: date
) -> tuple[int, int, int]:
    """
    Return how many milestones were planned before the day ``until``, how many of these were on time, how many late.

    What was reached by the end of its day is on time; what was reached ahead of the period counts once it was planned.
    """
    planned = [each for each in milestones if each.due_on < until]
    on_time = sum(each.pk in reached and reached[each.pk] <= each.due_on for each in planned)
    late = sum(each.pk in reached and each.due_on < reached[each.pk] < until for each in planned)
    return len(planned), on_time, late


def result_of(
    indicator: Indicator,
    value: ReportValue | None,
    milestones: Collection[Milestone],
    reached: Mapping[int, date],
    *,
    until: date,
) -> Result:
    """
    Return what an indicator is scored by, of a report for a period that ends before ``until``.

    What was found unproved or false counts as not achieved; what nobody found anything of yet counts as reported.
    """
    planned, on_time, late = milestone_counts(milestones, reached, until=until)
    common: dict[str, Any] = {
        "target": indicator.target,
        "baseline": indicator.baseline,
        "challenge": indicator.challenge,
        "planned": planned if Asked.MILESTONES in asked_of(indicator) else None,
    }
    if value is None:
        return Result(**common)
    return Result(
        **common,
        actual=value.actual,
        on_time=on_time,
        late=late,
        events=value.events,
        done=value.done,
        is_unproved=value.finding in (Finding.UNPROVED, Finding.FALSE),
    )


def has_evidence(value: ReportValue, *, has_common: bool) -> bool:
    """
    Say whether a value came with evidence: its own, or for the whole report (``has_common``); harmful files prove none.
    """
    return has_common or any(not file.harmful for file in value.files.all())


def claims_nothing(value: ReportValue) -> bool:
    """Say whether a value claims no achievement, so that there is nothing to prove: not done, no milestone, nought."""
    asked = asked_of(value.indicator)
    if asked == {Asked.DONE}:
        return not value.done and value.indicator.kind != IndicatorKind.VETO
    if asked == {Asked.MILESTONES}:
        return not value.milestones.exists()
    return False
