"""What whoever reports does: fill in value by value, hand in, ask for more time (docs/domain.md 3.5, 8.1)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from efficiency import checks
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.deadlines import actions as engine
from efficiency.files.clean import CleanFile
from efficiency.timing.due import Limit, Unit, local_day
from targets.models import Indicator, MilestoneResult, Report, ReportEvent, ReportExtension, ReportValue
from targets.plans.enums import Source
from targets.reports import deadlines, values, workflow
from targets.reports.access import Side, is_on
from targets.reports.deadlines import REPORT
from targets.reports.enums import ExtensionState
from targets.reports.files import files
from targets.reports.refusals import Invalid, NotAllowed, NotInState
from targets.reports.values import Typed
from targets.reports.workflow import action, once

LONGEST_NOTE, LONGEST_TEXT, LONGEST_REASON = 1000, 5000, 1000
# Once, so much at most (docs/domain.md 3.5); a rule of the office may say less.
MOST_MORE_DAYS = 5


def reported_indicators(report: Report) -> list[Indicator]:
    """Return the indicators that are reported on, in the order of the plan."""
    found = Indicator.objects.filter(revision=report.revision_id, source=Source.REPORTED)
    return list(
        found.select_related("block", "responsible_post")
        .prefetch_related("milestones")
        .order_by("block__position", "block__code", "position", "pk")
    )


def is_theirs(indicator: Indicator, report: Report, by: User) -> bool:
    """Say whether ``by`` fills in this indicator: whoever hands in fills in all, a responsible post its own."""
    scope = scope_of(by)
    if any(is_on(Side.ORGAN, scope, seat, report) for seat in scope.seats):
        return True
    return indicator.responsible_post_id in {seat.post_id for seat in scope.seats}


@once
@action
def fill(
    report: Report,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    indicator: int,
    typed: Typed,
    attachments: Sequence[CleanFile] = (),
) -> ReportEvent:
    """
    Fill in what was achieved by one indicator, with its proof; it is kept until it is handed in, and can be changed.

    :param indicator: its key in the database
    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotAllowed also where the indicator is
        another post's
    :raises Invalid: a figure is none, or a day still to come
    """
    step = workflow.begin(report, "fill", by=by, at=at, version=version)
    found = Indicator.objects.filter(pk=indicator, revision=report.revision_id, source=Source.REPORTED).first()
    if found is None:
        raise Invalid("indicator", _("The report has no such indicator."))
    if not is_theirs(found, report, by):
        raise NotAllowed(_("Another post fills in this indicator."))
    kept = values.checked(found, list(found.milestones.all()), typed, on=local_day(at))
    note = checks.optional_text("note", kept.note, at_most=LONGEST_NOTE)
    value, _made = ReportValue.objects.update_or_create(
        report=report,
        indicator=found,
        defaults={
            "actual": kept.actual,
            "events": kept.events,
            "done": kept.done,
            "note": note,
            "entered_by": by,
            "entered_at": at,
            # What is filled in anew has to be looked at anew.
            "finding": "",
            "finding_text": "",
        },
    )
    value.milestones.all().delete()
    MilestoneResult.objects.bulk_create(
        MilestoneResult(value=value, milestone_id=key, done_on=day) for key, day in kept.milestones.items()
    )
    event = workflow.finish(step, text=note, data={"key": found.key} | _as_data(value, found))
    if attachments:
        files.attach(report, attachments, at=at, event=event, value=value)
    return event


@once
@action
def submit(
    report: Report,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    text: str,
    attachments: Sequence[CleanFile] = (),
) -> ReportEvent:
    """
    Hand in a report once its period is over; what is not proved counts as not achieved.

    The step keeps all values as they were handed in.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotInState also before the period is over
    :raises Invalid: there is no summary, or an indicator was not filled in
    """
    step = workflow.begin(report, "submit", by=by, at=at, version=version)
    if report.owed_since is None:
        raise NotInState(_("The period is not over yet. What you filled in is kept until then."))
    words = checks.text("text", text, _("Please sum up what was achieved."), at_most=LONGEST_TEXT)
    if missing := not_filled_in(report):
        names = "、".join(str(each) for each in missing)
        raise Invalid("text", _("Please fill in first: %(indicators)s.") % {"indicators": names})
    report.text, report.submitted_by, report.submitted_at = words, by, at
    report.checked_by = report.checked_at = None
    lapse_wish(report, at)
    event = workflow.finish(step, text=words, data={"round": report.round, "values": values_as_data(report)})
    if attachments:
        files.attach(report, attachments, at=at, event=event)
    return event


def not_filled_in(report: Report) -> list[Indicator]:
    """Return the indicators of which nothing was reported so far."""
    known = {value.indicator_id: value for value in report.values.all()}
    return [each for each in reported_indicators(report) if not values.is_filled_in(each, known.get(each.pk))]


def values_as_data(report: Report) -> dict[str, Any]:
    """Return all values by the key of their indicator, as the step that hands them in keeps them for ever."""
    rows = report.values.select_related("indicator").prefetch_related("milestones__milestone", "files")
    return {
        value.indicator.key: _as_data(value, value.indicator)
        | {"files": sorted(file.position for file in value.files.all())}
        for value in rows.order_by("indicator__position", "pk")
    }


def _as_data(value: ReportValue, indicator: Indicator) -> dict[str, Any]:
    return {
        "actual": None if value.actual is None else format(value.actual.normalize(), "f"),
        "events": value.events,
        "done": value.done,
        "milestones": {
            str(each.milestone.position): each.done_on.isoformat()
            for each in sorted(value.milestones.all(), key=lambda each: each.milestone.position)
        },
        "note": value.note,
    }


# --- More time --------------------------------------------------------------------------------------------------------


@once
@action
def ask_extension(report: Report, /, *, by: User, at: datetime, version: int, days: int, reason: str) -> ReportEvent:
    """
    Ask for more time before the last day is over: once, decided by the office (docs/domain.md 3.1 rule 9).

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotInState also where a wish waits, was
        granted before, or comes too late
    :raises Invalid: no reason
    """
    step = workflow.begin(report, "ask_extension", by=by, at=at, version=version)
    if waiting_extension(report) is not None:
        raise NotInState(_("More time is asked for already."))
    if why_not := why_not_more(report, days, at):
        raise NotInState(why_not, "days")
    words = checks.text("reason", reason, _("Please give the reason."), at_most=LONGEST_REASON)
    ReportExtension.objects.create(report=report, days=days, reason=words, asked_by=by, asked_at=at)
    return workflow.finish(step, text=words, data={"days": days})


def waiting_extension(report: Report) -> ReportExtension | None:
    """Return the wish for more time that waits for a decision, or None."""
    return report.extensions.select_related("asked_by").filter(state=ExtensionState.ASKED).first()


def why_not_more(report: Report, days: int, at: datetime) -> str:
    """Return why the last day of a report cannot be moved by so many working days; empty where it can."""
    promise = deadlines.running(report, REPORT)
    if promise is None:
        return str(_("This report is not owed at the moment."))
    try:
        engine.check_extension(promise, Limit(days, Unit.WORKING_DAY), at=at)
    except engine.Refused as refusal:
        return str(refusal.message)
    return ""


def lapse_wish(report: Report, at: datetime) -> None:
    """Put aside what was asked for and not decided: it is not needed any more."""
    report.extensions.filter(state=ExtensionState.ASKED).update(state=ExtensionState.LAPSED, decided_at=at)
