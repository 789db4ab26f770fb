"""The year of the worked example, row by row as the other systems leave it (docs/domain.md 8.4)."""

from datetime import date
from typing import Any

from django.contrib.contenttypes.models import ContentType

from accountability.cards.enums import Rule
from accountability.faults.words import Against, Body, FaultType, Measure, Severity
from accountability.models import Card, Sanction
from disclosure.models import InformationRequest, OwedPublication
from efficiency.deadlines.models import Deadline
from targets.models import Appraisal, Plan
from tests.factories import appraisal as make
from tests.factories import disclosure, requests, sanctions
from tests.factories.targets import STANDARD, TargetCast, make_plan
from tests.moments import local
from tests.targets.measures import rows

ACCEPT, REPLY, REWORK = "complaints.accept", "complaints.reply", "complaints.rework"
MARCH, JULY = local("2026-03-10 10:00"), local("2026-07-08 10:00")
# What was achieved by the indicators that are reported: 92 of 95, 12 where 10 were the limit, four milestones of five
# on time and one late, three events.
ACHIEVED: dict[str, dict[str, Any]] = {
    "A1": {"actual": 92},
    "A2": {"actual": 12},
    "A3": {
        "done_on": [
            *(date(2026, 2, 20), date(2026, 4, 28), date(2026, 6, 30), date(2026, 8, 1)),
            date(2026, 10, 28),
        ]
    },
    "A4": {"events": 3},
}


def plan_and_report(cast: TargetCast) -> Plan:
    """Lay down the plan with its five blocks, and the accepted report: block A gives 86.0526."""
    plan = make_plan(cast.city.construction, cast.city.office, blocks=STANDARD, approver=cast.head, by=cast.officer)
    make.make_report(plan, ACHIEVED, by=cast.leader, checker=cast.appraiser)
    return plan


def complaints(cast: TargetCast) -> None:
    """Lay down 100 acceptances, 99 of them in time; 200 replies, 195 in time, 8 after rework; 125 judgements."""
    organ, office = cast.city.construction, cast.city.office
    found = rows.cases(200, organ=organ, office=office)
    # A few fall due each month, so that every month has a score.
    for month in range(1, 13):
        own = found[8 * (month - 1) : 8 * month] if month < 12 else found[88:99]
        rows.promises(
            *(own, ACCEPT),
            organ=organ,
            due=f"2026-{month:02}-15",
            met=local(f"2026-{month:02}-14 10:00"),
            started_at=local(f"2026-{month:02}-02 10:00"),
        )
    rows.promises(found[99:100], ACCEPT, organ=organ, due="2026-05-15", met=local("2026-05-18 10:00"))
    replied = local("2026-05-12 10:00")
    rows.promises(found[:187], REPLY, organ=organ, due="2026-05-15", met=replied)
    rows.promises(found[187:192], REPLY, organ=organ, due="2026-05-15", met=local("2026-05-18 10:00"))
    rows.promises(
        *(found[:8], REWORK),
        organ=organ,
        due="2026-06-15",
        met=local("2026-06-12 10:00"),
        started_at=local("2026-06-01 10:00"),
    )
    judged = rows.replies(found[:125], at=replied, by=cast.leader, and_by=cast.clerk)
    rows.evaluations(judged[:114], 5, at=local("2026-05-20 10:00"))
    rows.evaluations(judged[114:], 2, at=local("2026-05-20 10:00"))


def published(cast: TargetCast) -> None:
    """Lay down 50 publications that were due, 48 of them published; one request for information, answered in time."""
    organ = cast.city.construction
    duty = disclosure.make_duty(organ, "year", holds_from=date(2026, 1, 1))
    document = disclosure.make_published(organ, duty.column, at=local("2026-04-01 10:00")).document
    there = {"state": "published", "published_at": local("2026-04-01 10:00"), "document": document}
    OwedPublication.objects.bulk_create(
        OwedPublication(
            **{"duty": duty, "organ": organ, "key": f"k{number}", "title": "公开事项", "due_on": date(2026, 4, 30)}
            | {"raised_at": local("2026-03-02 10:00")}
            | (there if number < 48 else {})
        )
        for number in range(50)
    )
    receipt = requests.filing.file_request(
        organ=organ,
        applicant=requests.Applicant(requests.ApplicantKind.PERSON, "李晓兰", phone="13812345678"),
        title="环评批复",
        description="旧城改造项目的环评批复。",
        form=requests.Form.ELECTRONIC,
        delivery=requests.Delivery.ONLINE,
        at=local("2026-03-02 10:00"),
    )
    answered = local("2026-03-10 10:00")
    Deadline.objects.filter(
        content_type=ContentType.objects.get_for_model(InformationRequest), object_id=receipt.request.pk
    ).update(state="met", met_at=answered, ended_at=answered, next_check_at=None)


def cards(cast: TargetCast) -> list[Card]:
    """Lay down two yellow cards in March and a red one in July: 90, 90 and ten times 100."""
    organ, by = cast.city.construction, (cast.inspector, cast.officer)
    yellow = [rows.card(organ, "yellow", at=MARCH, by=by, person=cast.clerk) for _each in range(2)]
    return [*yellow, rows.card(organ, "red", at=JULY, by=by, person=cast.clerk, rule=Rule.FEES)]


def criticism(cast: TargetCast, **changed: Any) -> Sanction:
    """Lay down a circulated criticism of the organ."""
    given: dict[str, Any] = {
        "measure": Measure.CIRCULATED_CRITICISM,
        "against": Against.ORGAN,
        "responsibility": "",
        "body": Body.LEADING_GROUP,
        "severity": Severity.ORDINARY,
        "fault_type": FaultType.OVERDUE,
    }
    return sanctions.impose(
        cast.city.construction,
        None,
        officer=cast.officer,
        head=cast.head,
        at=local("2026-09-10 10:00"),
        **given | changed,
    )


def survey(cast: TargetCast) -> None:
    """Lay down the survey of the year: 88.6."""
    make.make_survey(cast.city.construction, "88.6", by=cast.officer, second=cast.head)


def lay_down(cast: TargetCast) -> Plan:
    """Lay down the whole year but the criticism."""
    plan = plan_and_report(cast)
    complaints(cast)
    published(cast)
    cards(cast)
    survey(cast)
    return plan


def appraise(cast: TargetCast) -> Appraisal:
    """Begin the appraisal of the organs of the city for the year."""
    return make.make_appraisal(cast.city.office, cast.appraiser)
