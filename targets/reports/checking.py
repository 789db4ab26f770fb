"""What the office makes of reports, and of wishes for more time (docs/domain.md 3.5, 8.1, 8.5)."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from accountability.faults import clues
from accountability.faults.enums import ClueKind
from accountability.faults.words import FaultType
from efficiency import checks
from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from efficiency.access.scope import scope_of
from efficiency.deadlines import actions as engine
from efficiency.deadlines.models import Deadline
from efficiency.deadlines.tending import each
from efficiency.organs.models import Post
from efficiency.timing.due import Limit, Unit
from targets.models import Report, ReportEvent, ReportExtension, ReportValue
from targets.reports import access, deadlines, workflow
from targets.reports.deadlines import REPORT
from targets.reports.enums import MOST_ROUNDS, ExtensionState, Finding
from targets.reports.filling import LONGEST_REASON, waiting_extension
from targets.reports.refusals import Invalid, NotAllowed, NotInState, Refused
from targets.reports.values import claims_nothing, has_evidence
from targets.reports.workflow import action, once

BATCH = 200


class Found(NamedTuple):
    """What the office found of one value, and why."""

    finding: str
    text: str = ""


@once
@action
def accept(
    report: Report, /, *, by: User, at: datetime, version: int, findings: Mapping[int, Found], remark: str = ""
) -> ReportEvent:
    """
    Accept a report with a finding for each value: proved, not proved, or false; the last two with reasons.

    What has no evidence is not proved. False data is a veto in the appraisal and a clue for a fault case, which is
    made in the same transaction (docs/domain.md 8.5).

    :param findings: by the key of the value
    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotAllowed also for whoever filled it in or
        handed it in, and for everybody who is, or was in its period, of the organ that reports (docs/trust.md Z-10)
    :raises Invalid: a finding or its reasons are missing, or something without evidence is to be proved
    """
    step = workflow.begin(report, "accept", by=by, at=at, version=version)
    _check_not_own(step.by, report)
    words = checks.optional_text("remark", remark, at_most=LONGEST_REASON)
    rows = list(report.values.select_related("indicator").prefetch_related("files").order_by("pk"))
    has_common = report.files.filter(value__isnull=True, harmful="").exists()
    for value in rows:
        _find(value, findings.get(value.pk), has_common=has_common)
    ReportValue.objects.bulk_update(rows, ["finding", "finding_text"])
    report.checked_by, report.checked_at = by, at
    data = {value.indicator.key: {"finding": value.finding, "text": value.finding_text} for value in rows}
    event = workflow.finish(step, text=words, data={"findings": data})
    if false := [value for value in rows if value.finding == Finding.FALSE]:
        _make_clue(report, false, at)
    return event


def _find(value: ReportValue, found: Found | None, *, has_common: bool) -> None:
    """Put down what was found of a value."""
    field = f"finding_{value.pk}"
    name = {"indicator": str(value.indicator)}
    if found is None or not found.finding:
        raise Invalid(field, _("Please choose what you found of %(indicator)s.") % name)
    finding = checks.choice(field, found.finding, Finding, _("Please choose what you found of %(indicator)s.") % name)
    if finding is Finding.PROVED:
        text = checks.optional_text(f"text_{value.pk}", found.text, at_most=LONGEST_REASON)
        if not (has_evidence(value, has_common=has_common) or claims_nothing(value)):
            raise Invalid(field, _("%(indicator)s came without evidence: it is not proved.") % name)
    else:
        missing = _("Please give the reasons for %(indicator)s.") % name
        text = checks.text(f"text_{value.pk}", found.text, missing, at_most=LONGEST_REASON)
    value.finding, value.finding_text = finding, text


def _make_clue(report: Report, false: list[ReportValue], at: datetime) -> None:
    """Make a clue of what was reported falsely: one for each report, however many values."""
    said = "\n".join(f"{value.indicator}:{value.finding_text}" for value in false)
    clues.from_source(
        report,
        organ=report.organ,
        post=report.post,
        fault_type=FaultType.FALSE_DATA,
        kind=ClueKind.REPORT,
        text=f"{report.number}\n{said}",
        at=at,
    )


@once
@action
def send_back(report: Report, /, *, by: User, at: datetime, version: int, reason: str) -> ReportEvent:
    """
    Send a report back, once, with the reason; a new time begins in which it is handed in again.

    :raises Absent, NotAllowed, Changed, NotInState: as ``accept``
    :raises Invalid: no reason
    """
    step = workflow.begin(report, "send_back", by=by, at=at, version=version)
    _check_not_own(step.by, report)
    if report.round >= MOST_ROUNDS:
        raise NotInState(_("It was sent back once already: what is not proved now is found so."))
    words = checks.text("reason", reason, _("Please give the reason."), at_most=LONGEST_REASON)
    report.round += 1
    return workflow.finish(step, text=words, data={"round": report.round})


def why_not_theirs(user: User, report: Report) -> str:
    """Return why somebody of the office does not check a report; empty where they may (docs/trust.md Z-10)."""
    if any(is_same_person(user, other) for other in _took_part(report)):
        return str(_("Whoever filled in or handed in a report does not check it."))
    if access.is_of_organ(scope_of(user), report) or _was_of_organ(user, report):
        return str(_("Nobody of the organ that reports checks the report, nor whoever was there in its period."))
    return ""


def _took_part(report: Report) -> list[User]:
    """Return who filled in or handed in a report, in whatever round."""
    steps = report.events.filter(action__in=("fill", "submit"), actor__isnull=False)
    return list(User.objects.filter(pk__in=steps.values("actor")))


def _was_of_organ(user: User, report: Report) -> bool:
    """Say whether the person held a post in the organ that reports since the period began, from whichever account."""
    held = [post for post, _since, until in scope_of(user).own_posts if until is None or until > report.since]
    return Post.objects.filter(pk__in=held, organ_id=report.organ_id).exists()


def _check_not_own(by: User | None, report: Report) -> None:
    if by is not None and (why_not := why_not_theirs(by, report)):
        raise NotAllowed(why_not)


# --- More time --------------------------------------------------------------------------------------------------------


@once
@action
def extend(report: Report, /, *, by: User, at: datetime, version: int, reason: str) -> ReportEvent:
    """
    Give the time that was asked for, counted on from the old last day, before that is over.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotAllowed also for who asked (Z-10),
        NotInState where the last day is over
    :raises Invalid: no reason
    """
    step = workflow.begin(report, "extend", by=by, at=at, version=version)
    wish = _wish_to_decide(step.by, report)
    words = checks.text("reason", reason, _("Please give the reason."), at_most=LONGEST_REASON)
    engine.extend(report, REPORT, at=at, limit=Limit(wish.days, Unit.WORKING_DAY), reason=words, by=by)
    _decide(wish, ExtensionState.GRANTED, by, at)
    return workflow.finish(step, text=words, data={"days": wish.days})


@once
@action
def refuse_extension(report: Report, /, *, by: User, at: datetime, version: int, reason: str) -> ReportEvent:
    """
    Refuse the time that was asked for; the old last day stays.

    :raises Absent, NotAllowed, Changed, NotInState, Invalid: as ``extend``
    """
    step = workflow.begin(report, "refuse_extension", by=by, at=at, version=version)
    wish = _wish_to_decide(step.by, report)
    words = checks.text("reason", reason, _("Please give the reason."), at_most=LONGEST_REASON)
    _decide(wish, ExtensionState.REFUSED, by, at)
    return workflow.finish(step, text=words, data={"days": wish.days})


def _wish_to_decide(by: User | None, report: Report) -> ReportExtension:
    wish = waiting_extension(report)
    if wish is None:
        raise NotInState(_("Nobody asks for more time."))
    if by is not None and (why_not := why_not_deciding(by, report, wish)):
        raise NotAllowed(why_not)
    return wish


def why_not_deciding(user: User, report: Report, wish: ReportExtension) -> str:
    """Return why somebody of the office does not decide on a wish for more time; empty where they may (Z-10)."""
    if is_same_person(user, wish.asked_by):
        return str(_("Whoever asked for more time does not decide on it."))
    if access.is_of_organ(scope_of(user), report):
        return str(_("Nobody of the organ that reports decides on its time."))
    return ""


def _decide(wish: ReportExtension, state: ExtensionState, by: User | None, at: datetime) -> None:
    wish.state, wish.decided_by, wish.decided_at = state, by, at
    wish.save(update_fields=["state", "decided_by", "decided_at"])


def lapse_extensions(*, at: datetime) -> int:
    """
    Put aside what was asked for in time and not decided before the end (docs/domain.md 3.1 rule 9); return how many.

    Each in a transaction of its own; safe to run twice, and two at once.
    """
    over = Deadline.objects.running().filter(kind=REPORT, overdue_at__lte=at).values("object_id")
    waiting = Report.objects.filter(extensions__state=ExtensionState.ASKED, pk__in=over).order_by("pk")
    return each(waiting[:BATCH], lambda report: _lapse_one(report, at=at), faster=Refused)


@action
def _lapse_one(report: Report, /, *, at: datetime) -> int:
    step = workflow.begin_itself(report, "lapse_extension", at=at)
    wish = waiting_extension(report)
    promise = deadlines.running(report, REPORT)
    if wish is None or promise is None or at < promise.overdue_at:
        return 0
    _decide(wish, ExtensionState.LAPSED, None, at)
    workflow.finish(step)
    return 1
