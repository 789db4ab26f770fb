"""What reports give the appraisal: each indicator that is reported, as it was accepted by a moment (8.1, 8.2, 8.5)."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, OuterRef

from accountability.faults.enums import DeclineGround
from accountability.models import Clue
from targets.models import Indicator, Milestone, MilestoneResult, Plan, Report, ReportValue
from targets.plans.enums import Source
from targets.reports.enums import Finding, State
from targets.reports.values import result_of
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
    by ``as_of``, is not achieved; so is what was found unproved or false. Five questions, however many plans.
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
        found[indicator.pk] = Accepted(result_of(indicator, value, own, days, until=until), report, value)
    return found


def false_values(organ_ids: Collection[int], since: date, until: date, /, *, as_of: datetime) -> list[ReportValue]:
    """
    Return the values that were found false by ``as_of``, of reports whose period ended in these days (8.5: veto).

    One officer found them so. Where two persons declined by then, on the clue that it made, to open a fault case as the
    facts did not bear it out, or there was no fault, they were not false.
    """
    borne_out = ~Exists(
        Clue.objects.filter(
            content_type=ContentType.objects.get_for_model(Report),
            object_id=OuterRef("report"),
            case__events__action="confirm_declining",
            case__events__at__lte=as_of,
            case__events__data__ground__in=[DeclineGround.UNFOUNDED, DeclineGround.NO_FAULT],
        )
    )
    return list(
        ReportValue.objects.filter(
            borne_out,
            finding=Finding.FALSE,
            report__organ__in=organ_ids,
            report__until__gt=since,
            report__until__lte=until,
            report__checked_at__lte=as_of,
        )
        .select_related("report", "indicator")
        .order_by("report__organ_id", "pk")
    )
