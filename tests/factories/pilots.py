"""Pilot programmes, led from step to step by the actions themselves."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from efficiency.access.models import User
from efficiency.files.clean import CleanFile
from efficiency.organs.models import Rank, Role
from supervision.models import Participant, PilotMilestone, Programme
from supervision.pilots import milestones, participants, programmes
from supervision.pilots.enums import Conclusion, TaskKind
from tests import known
from tests.factories.cases import local
from tests.factories.staff import City, Seat, make_city, seat_all

TUESDAY = local(2026, 3, 3)
DOCUMENT = CleanFile(b"%PDF-1.4 plan", "application/pdf", "plan.pdf", b"%PDF-1.4 plan")
PHASES = """部署准备阶段 2026-03-31
- 成立领导小组
- 〔方案〕制定实施方案，报效能办备案
实施监察阶段 2026-07-31
- 〔自查〕报送自查报告
总结评估阶段 2026-08-31
- 〔总结〕报送总结报告"""


@dataclass
class Cast:
    """The people whom a programme meets, in one small city."""

    city: City
    officer: User
    other_officer: User
    head: User
    inspector: User
    auditor: User
    appraiser: User
    leader: User
    clerk: User
    tax_leader: User
    district_leader: User
    district_officer: User
    editor: User


ROLES = tuple(name for name in Cast.__dataclass_fields__ if name != "city")


def make_cast() -> Cast:
    """Return a small city with the office and organs that may take part."""
    city = make_city()
    people = seat_all(
        officer=Seat(Role.OFFICE_OFFICER, city.office),
        other_officer=Seat(Role.OFFICE_OFFICER, city.office),
        head=Seat(Role.OFFICE_OFFICER, city.office, Rank.APPROVER, is_head=True),
        inspector=Seat(Role.INSPECTOR, city.office),
        auditor=Seat(Role.AUDITOR, city.government),
        appraiser=Seat(Role.APPRAISAL_OFFICER, city.office),
        leader=Seat(Role.ORGAN_LEADER, city.construction, Rank.APPROVER, is_head=True),
        clerk=Seat(Role.CLERK, city.construction),
        tax_leader=Seat(Role.ORGAN_LEADER, city.tax, Rank.APPROVER, is_head=True),
        district_leader=Seat(Role.ORGAN_LEADER, city.district, Rank.APPROVER, is_head=True),
        district_officer=Seat(Role.OFFICE_OFFICER, city.district_office),
        editor=Seat(Role.DISCLOSURE_EDITOR, city.construction),
    )
    return Cast(city=city, **people)


def draft(cast: Any, *, at: datetime = TUESDAY, **fields: Any) -> Programme:
    """Draft a programme for the construction bureau and the tax bureau."""
    given: dict[str, Any] = {
        "by": cast.officer,
        "name": "机关效能建设试点工作",
        "basis": "试点工作意见",
        "aim": "试点先行，以点带面。",
        "phases": PHASES,
        "organs": [cast.city.construction, cast.city.tax],
    } | fields
    return programmes.draft(at=at, **given)


@known.led
def start(cast: Any, *, at: datetime = TUESDAY, by: User | None = None, **fields: Any) -> Programme:
    """Draft a programme and have a second person begin it."""
    programme = draft(cast, at=at, **fields)
    programmes.start(programme, by=by or cast.head, at=at, version=programme.version)
    return programme


def part_of(cast: Any, programme: Programme) -> Participant:
    """Return the part of the construction bureau."""
    return programme.participants.select_related("organ", "programme").get(organ=cast.city.construction)


def milestone(cast: Any, programme: Programme, kind: str = TaskKind.PLAN) -> PilotMilestone:
    """Return what the construction bureau owes of a kind."""
    return part_of(cast, programme).milestones.filter(kind=kind).order_by("pk").get()


def file(cast: Any, row: PilotMilestone, *, at: datetime = TUESDAY, **fields: Any) -> PilotMilestone:
    """Hand in what is asked for."""
    given: dict[str, Any] = {"by": cast.leader, "text": "已完成。", "attachments": [DOCUMENT]} | fields
    if row.kind == TaskKind.SELF_CHECK:
        given = {"has_findings": False} | given
    milestones.file(row, at=at, version=row.version, **given)
    return fresh(row)


def receive(cast: Any, row: PilotMilestone, *, at: datetime = TUESDAY, by: User | None = None) -> PilotMilestone:
    """Take it on record."""
    milestones.receive(row, by=by or cast.officer, at=at, version=row.version)
    return fresh(row)


@known.led
def finish(cast: Any, programme: Programme, *, at: datetime) -> None:
    """Have every organ hand in everything, the office take it on record and assess."""
    hand_in_everything(cast, programme, at=at)
    for part in programme.participants.all():
        assess(cast, part, at=at)


@known.led
def hand_in_everything(cast: Any, programme: Programme, *, at: datetime) -> None:
    """Have every organ hand in everything, and the office take it on record."""
    leaders = {cast.city.construction.pk: cast.leader, cast.city.tax.pk: cast.tax_leader}
    for row in PilotMilestone.objects.filter(participant__programme=programme).order_by("participant", "pk"):
        receive(cast, file(cast, row, at=at, by=leaders[row.participant.organ_id]), at=at)


def assess(cast: Any, part: Participant, *, at: datetime) -> Participant:
    """Propose an assessment and have it confirmed."""
    participants.assess(
        part, by=cast.officer, at=at, version=part.version, conclusion=Conclusion.EXTEND, assessment="成效明显。"
    )
    participants.confirm(part, by=cast.head, at=at, version=part.version)
    return fresh(part)


def fresh(row: Any) -> Any:
    """Return the row as it is now."""
    return type(row).objects.get(pk=row.pk)


def grow(cast: Any, number: int, *, at: datetime) -> None:
    """Add a row to every list of this part."""
    today = timezone.localdate(at)
    phases = f"一阶段 {today + timedelta(days=10)}\n- 〔方案〕方案{number}\n- 〔总结〕总结{number}"
    start(cast, at=at, by=cast.office_head, name=f"试点{number}", phases=phases, organs=[cast.city.construction])
    draft(cast, at=at, name=f"下一批{number}", phases=phases, organs=[cast.city.construction])
