"""What reports give the appraisal: each indicator that is reported, as it was accepted by a moment (8.1, 8.2, 8.5)."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, OuterRef

from accountability.faults.enums import AppealResult, DeclineGround
from accountability.faults.enums import Result as Outcome
from accountability.models import Appeal, Clue, FaultEvent, Respondent
from targets.models import Indicator, Milestone, MilestoneResult, Plan, Report, ReportFile, ReportValue
from targets.plans.enums import Source
from targets.reports.enums import Finding, State
from targets.reports.values import claims_nothing, has_evidence, result_of
from targets.scoring.methods import Result


@dataclass(frozen=True, slots=True)
class Accepted:
    """What an indicator is scored by, and the report and the value it came from; None where there is no report."""

    result: Result
    report: Report | None = None
    value: ReportValue | None = None


def of_plans(plans: Collection[Plan], until: date, /, *, as_of: datetime) -> dict[int, Accepted]:
    """
    Return what each reported indicator of the plans' revisions in force is scored by, by the indicator's key.

    The report that counts is that of the period which ends before ``until``. What was not reported, or not accepted
    by ``as_of``, is not achieved; so is what was found unproved or false, but for what two persons found not to be
    false by then (``_not_false``) and that came with evidence: that counts as it was reported. Five questions, however
    many plans, and one for what was found false.
    """
    revisions = [plan.revision_id for plan in plans if plan.revision_id]
    indicators = list(
        Indicator.objects.filter(revision__in=revisions, source=Source.REPORTED).select_related("revision")
    )
    milestones: dict[int, list[Milestone]] = defaultdict(list)
    for each in Milestone.objects.filter(indicator__in=[one.pk for one in indicators]):
        milestones[each.indicator_id].append(each)
    accepted = Report.objects.filter(plan__in=plans, until=until, state=State.ACCEPTED, checked_at__lte=as_of)
    reports = {report.plan_id: report for report in accepted}
    values = {
        (value.report_id, value.indicator.key): value
        for value in ReportValue.objects.filter(report__in=reports.values()).select_related("indicator")
    }
    cleared = _cleared(values.values(), as_of=as_of)
    reached: dict[int, dict[str, date]] = defaultdict(dict)
    for value_id, name, day in MilestoneResult.objects.filter(value__report__in=reports.values()).values_list(
        "value_id", "milestone__name", "done_on"
    ):
        reached[value_id][name] = day
    found: dict[int, Accepted] = {}
    for indicator in indicators:
        report = reports.get(indicator.revision.plan_id)
        value = values.get((report.pk, indicator.key)) if report else None
        if value is None:
            found[indicator.pk] = Accepted(Result(is_unproved=True), report)
            continue
        own = milestones[indicator.pk]
        days = {each.pk: reached[value.pk][each.name] for each in own if each.name in reached[value.pk]}
        result = result_of(indicator, value, own, days, until=until)
        if value.pk in cleared:
            result = replace(result, is_unproved=False)
        found[indicator.pk] = Accepted(result, report, value)
    return found


def _cleared(values: Iterable[ReportValue], *, as_of: datetime) -> set[int]:
    """Return which values were found false, were not so as two persons decided by ``as_of``, and have evidence."""
    false = [value.pk for value in values if value.finding == Finding.FALSE]
    if not false:
        return set()
    rows = ReportValue.objects.filter(_not_false(as_of), pk__in=false).select_related("indicator")
    common = ReportFile.objects.filter(report=OuterRef("report"), value__isnull=True, harmful="")
    found = rows.annotate(has_common=Exists(common)).prefetch_related("files", "milestones")
    return {each.pk for each in found if has_evidence(each, has_common=each.has_common) or claims_nothing(each)}


def false_values(organ_ids: Collection[int], since: date, until: date, /, *, as_of: datetime) -> list[ReportValue]:
    """
    Return the values that were found false by ``as_of``, of reports whose period ended in these days (8.5: veto).

    One officer found them so; what two persons found not to be false by then is none of them (``_not_false``).
    """
    return list(
        ReportValue.objects.filter(
            ~_not_false(as_of),
            finding=Finding.FALSE,
            report__organ__in=organ_ids,
            report__until__gt=since,
            report__until__lte=until,
            report__checked_at__lte=as_of,
        )
        .select_related("report", "indicator")
        .order_by("report__organ_id", "pk")
    )


def _not_false(as_of: datetime) -> Exists:
    """
    Return the condition of the values that were not false after all, as two persons decided by ``as_of`` (8.5).

    They declined, on the clue that the finding made, to open a fault case, as the facts did not bear it out or there
    was no fault; they decided that nobody is accountable; or the decision was revoked, on appeal, for everybody whom it
    held responsible.
    """
    by_then = FaultEvent.objects.filter(case=OuterRef("case"), at__lte=as_of)
    revoked = Appeal.objects.filter(respondent=OuterRef("pk"), result=AppealResult.REVOKED, ruled_at__lte=as_of)
    still_held = Respondent.objects.filter(~Exists(revoked), case=OuterRef("case")).exclude(responsibility="")
    declined = by_then.filter(
        action="confirm_declining", data__ground__in=[DeclineGround.UNFOUNDED, DeclineGround.NO_FAULT]
    )
    nobody = by_then.filter(action="confirm_decision", data__result=Outcome.NO_ACCOUNTABILITY)
    ruled = by_then.filter(action="confirm_ruling", data__result=AppealResult.REVOKED)
    clues = Clue.objects.filter(
        Exists(declined) | Exists(nobody) | Exists(ruled) & ~Exists(still_held),
        content_type=ContentType.objects.get_for_model(Report),
        object_id=OuterRef("report"),
    )
    return Exists(clues)
