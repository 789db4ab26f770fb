"""Inspections on their way: planned, approved and led from step to step by the actions themselves."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

from django.utils import timezone
from PIL import Image

from efficiency.access.models import User
from efficiency.files.clean import CleanFile
from efficiency.organs.models import Organ, Post, Rank, Role
from supervision.inspections import checklists, concluding, planning, visiting
from supervision.inspections.enums import Answer, Kind, VisitState
from supervision.inspections.planning import Plan
from supervision.inspections.visiting import Filled
from supervision.models import Inspection, Visit
from tests import known
from tests.factories.cases import local
from tests.factories.staff import City, Seat, make_city, seat_all

# A plain working Monday and the days after it, in weeks without holidays.
MONDAY = local(2026, 3, 2)
TUESDAY = local(2026, 3, 3)
WEDNESDAY = local(2026, 3, 4)
PROOF = CleanFile(b"%PDF-1.4 proof", "application/pdf", "proof.pdf", b"%PDF-1.4 proof")


def photo(colour: str = "navy") -> CleanFile:
    """Return a small real photograph."""
    out = BytesIO()
    Image.new("RGB", (48, 32), colour).save(out, "JPEG")
    return CleanFile(out.getvalue(), "image/jpeg", "窗口.jpg", out.getvalue())


@dataclass
class InspectionCast:
    """The people whom an inspection meets, in one small city."""

    city: City
    officer: User
    reviewer: User
    head: User
    other_head: User
    inspector: User
    second: User
    outsider: User
    clerk: User
    leader: User
    tax_leader: User
    appraiser: User
    auditor: User
    administrator: User
    supervisor: User
    mayor: User

    @property
    def post(self) -> Post:
        """The post of the clerk."""
        return self.clerk.tenures.get().post


ROLES = tuple(name for name in InspectionCast.__dataclass_fields__ if name != "city")


def make_inspection_cast() -> InspectionCast:
    """Return a small city with one person on each post that an inspection meets; ``outsider`` inspects elsewhere."""
    city = make_city()
    people = seat_all(
        officer=Seat(Role.OFFICE_OFFICER, city.office),
        reviewer=Seat(Role.OFFICE_OFFICER, city.office),
        head=Seat(Role.OFFICE_OFFICER, city.office, Rank.APPROVER, is_head=True),
        other_head=Seat(Role.OFFICE_OFFICER, city.office, Rank.APPROVER),
        inspector=Seat(Role.INSPECTOR, city.office),
        second=Seat(Role.INSPECTOR, city.office),
        outsider=Seat(Role.INSPECTOR, city.office),
        clerk=Seat(Role.CLERK, city.construction),
        leader=Seat(Role.ORGAN_LEADER, city.construction, Rank.APPROVER, is_head=True),
        tax_leader=Seat(Role.ORGAN_LEADER, city.tax, Rank.APPROVER, is_head=True),
        appraiser=Seat(Role.APPRAISAL_OFFICER, city.government),
        auditor=Seat(Role.AUDITOR, city.government),
        administrator=Seat(Role.SYSTEM_ADMINISTRATOR, city.government),
        supervisor=Seat(Role.SOCIAL_SUPERVISOR, city.government),
        mayor=Seat(Role.ORGAN_LEADER, city.government, Rank.APPROVER, is_head=True),
    )
    return InspectionCast(city=city, **people)


def plan(cast: InspectionCast, kind: Kind = Kind.OPEN, **fields: Any) -> Plan:
    """Return what a plan says; ``fields`` change the rest."""
    given: dict[str, Any] = {
        "topic": "窗口作风督查",
        "content": "查看在岗、AB岗和一次性告知情况。",
        "begin_on": date(2026, 3, 4),
        "end_on": date(2026, 3, 6),
        "organs": [cast.city.construction],
        "team": [cast.inspector, cast.second],
        "leader": cast.inspector,
        "checklist": checklists.in_force().get(),
    } | fields
    return Plan(kind=kind, **given)


@known.led
def prepare(
    cast: InspectionCast, kind: Kind = Kind.OPEN, *, by: User | None = None, at: datetime = MONDAY, **fields: Any
) -> Inspection:
    """Prepare an inspection of the construction bureau."""
    return planning.prepare(plan(cast, kind, **fields), by=by or cast.inspector, at=at)


@known.led
def approve(cast: InspectionCast, kind: Kind = Kind.OPEN, **fields: Any) -> Inspection:
    """Prepare an inspection and have it approved."""
    inspection = prepare(cast, kind, **fields)
    planning.approve(inspection, by=cast.head, at=MONDAY, version=inspection.version)
    return inspection


def visit_of(inspection: Inspection, organ: Organ | None = None) -> Visit:
    """Return the visit to an organ, or the only one."""
    rows = Visit.objects.select_related("inspection", "organ").filter(inspection=inspection)
    return rows.get(organ=organ) if organ else rows.get()


def fill_in(visit: Visit, by: User, *, at: datetime, no: int = 1) -> None:
    """Answer every item with yes, the first ``no`` of them with no."""
    items = list(visit.inspection.checklist.items.order_by("position"))
    filled = {
        item.pk: Filled(Answer.NO if at_ < no else Answer.YES, "见照片" if at_ < no else "")
        for at_, item in enumerate(items)
    }
    visiting.fill(visit, by=by, at=at, filled=filled)


def find(visit: Visit, cast: InspectionCast, *, at: datetime = WEDNESDAY, **fields: Any) -> Any:
    """Record a finding about the clerk's post."""
    given: dict[str, Any] = {
        "severity": "minor",
        "category": "attendance",
        "text": "两个窗口上午无人值守。",
        "place": "一楼大厅3号窗口",
        "found_at": at,
        "norm": "《暂行办法》第二十九条",
        "post": cast.post,
    } | fields
    visiting.record_finding(visit, by=cast.inspector, at=at, version=visit.version, **given)
    return visit.findings.order_by("-number").first()


# The way of a visit, step by step; each leads into the state.
WAY = (
    VisitState.PLANNED,
    VisitState.UNDERWAY,
    VisitState.VISITED,
    VisitState.SHOWN,
    VisitState.HEARD,
    VisitState.CONCLUDED,
    VisitState.RELEASED,
    VisitState.CHALLENGED,
    VisitState.REVIEWED,
)


@known.led
def lead(cast: InspectionCast, state: VisitState, kind: Kind = Kind.OPEN, **fields: Any) -> Visit:
    """Plan an inspection of the construction bureau and lead its visit into a state, a step a day where days count."""
    visit = visit_of(approve(cast, kind, **fields))
    for each in WAY[1 : WAY.index(state) + 1]:
        step(visit, cast, each)
    return visit


def step(visit: Visit, cast: InspectionCast, to: VisitState) -> None:
    """Take the step into a state."""
    given: dict[str, Any] = {"at": WEDNESDAY, "version": visit.version}
    match to:
        case VisitState.UNDERWAY:
            if visit.inspection.wants_notice:
                visiting.notify(
                    visit, by=cast.inspector, at=TUESDAY, version=visit.version, notice="周三上午，请备齐考勤。"
                )
            here = {"place": "政务服务大厅", "together_with": [cast.second.pk]}
            visiting.begin(visit, by=cast.inspector, at=WEDNESDAY, version=visit.version, **here)
            fill_in(visit, cast.inspector, at=WEDNESDAY)
            find(visit, cast)
        case VisitState.VISITED:
            visiting.end_visit(visit, by=cast.inspector, **given)
        case VisitState.SHOWN:
            concluding.show(visit, by=cast.inspector, **given)
        case VisitState.HEARD:
            given["at"] = WEDNESDAY + timedelta(days=1)
            concluding.comment(visit, by=cast.leader, text="情况属实，立即整改。", **given)
        case VisitState.CONCLUDED:
            given["at"] = WEDNESDAY + timedelta(days=2)
            concluding.conclude(visit, by=cast.inspector, conclusion="在岗管理不严，责令整改。", **given)
        case VisitState.RELEASED:
            given["at"] = WEDNESDAY + timedelta(days=2)
            concluding.release(visit, by=cast.head, **given)
        case VisitState.CHALLENGED:
            given["at"] = WEDNESDAY + timedelta(days=10)
            concluding.challenge(visit, by=cast.leader, text="当时为轮岗时间。", **given)
        case VisitState.REVIEWED:
            given["at"] = WEDNESDAY + timedelta(days=20)
            concluding.review(visit, by=cast.reviewer, outcome="upheld", text="事实清楚，维持原结论。", **given)


def announce(organ: Organ, *, team: list[User], approver: User, number: int, at: datetime) -> Visit:
    """Have an inspection of an organ approved and announced today, by a checklist of its own."""
    version = checklists.make(f"清单{number}", checklists.read("收费｜收费标准已公示"), by=team[0], at=at)
    today = timezone.localdate(at)
    given: dict[str, Any] = {"topic": f"督查{number}", "content": "收费公示", "begin_on": today, "end_on": today}
    made = Plan(kind=Kind.OPEN, organs=[organ], team=team, leader=team[0], checklist=version, **given)
    inspection = planning.prepare(made, by=team[0], at=at)
    planning.approve(inspection, by=approver, at=at, version=1)
    visit = visit_of(inspection)
    visiting.notify(visit, by=team[0], at=at, version=1, notice="今日下午。")
    return visit
