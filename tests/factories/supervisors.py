"""Social supervisors: appointed, and what they observe, led from step to step by the actions themselves."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from efficiency.access.models import User
from efficiency.deadlines.models import Acknowledgement, Deadline, Escalation
from efficiency.files.clean import CleanFile
from efficiency.organs.models import Organ, Post, Rank, Role
from supervision.models import Appointment, Gathering, Observation
from supervision.supervisors import appointing, demo, gathering, observing
from supervision.supervisors.enums import Circle, GatheringKind
from tests import known
from tests.factories.cases import local
from tests.factories.staff import City, Seat, make_city, make_post, make_user, seat_all

TUESDAY = local(2026, 3, 3)
PHOTO = CleanFile(b"\x89PNG photo", "image/png", "photo.png", b"\x89PNG photo")


@dataclass
class Cast:
    """The people whom this part meets, in one small city; ``social`` and ``second`` are not appointed yet."""

    city: City
    officer: User
    other_officer: User
    head: User
    inspector: User
    auditor: User
    administrator: User
    leader: User
    clerk: User
    tax_leader: User
    district_officer: User
    social: User
    second: User


ROLES = tuple(name for name in Cast.__dataclass_fields__ if name != "city")


@known.led
def make_cast() -> Cast:
    """Return a small city with the office, organs, and two people who may become supervisors."""
    city = make_city()
    people = seat_all(
        officer=Seat(Role.OFFICE_OFFICER, city.office),
        other_officer=Seat(Role.OFFICE_OFFICER, city.office),
        head=Seat(Role.OFFICE_OFFICER, city.office, Rank.APPROVER, is_head=True),
        inspector=Seat(Role.INSPECTOR, city.office),
        auditor=Seat(Role.AUDITOR, city.government),
        administrator=Seat(Role.SYSTEM_ADMINISTRATOR, city.government),
        leader=Seat(Role.ORGAN_LEADER, city.construction, Rank.APPROVER, is_head=True),
        clerk=Seat(Role.CLERK, city.construction),
        tax_leader=Seat(Role.ORGAN_LEADER, city.tax, Rank.APPROVER, is_head=True),
        district_officer=Seat(Role.OFFICE_OFFICER, city.district_office),
    )
    make_post(city.government, Role.SOCIAL_SUPERVISOR)
    social = make_user("social.one", full_name="卢炳坤")
    second = make_user("social.two", full_name="冼慧仪")
    return Cast(city=city, social=social, second=second, **people)


def propose(cast: Cast, person: User | None = None, *, at: datetime = TUESDAY, **fields: Any) -> Appointment:
    """Propose a person."""
    given: dict[str, Any] = {"by": cast.officer, "reason": "热心公益。", "since": timezone.localdate(at)} | fields
    return appointing.propose(person or cast.social, given.pop("circle", Circle.CITIZEN), at=at, **given)


@known.led
def appoint(cast: Cast, person: User | None = None, *, at: datetime = TUESDAY, **fields: Any) -> Appointment:
    """Propose a person and have another confirm."""
    appointment = propose(cast, person, at=at, **fields)
    appointing.confirm(appointment, by=cast.head, at=at, version=appointment.version)
    return fresh(appointment)


@known.led
def leave(cast: Cast, appointment: Appointment, *, at: datetime) -> Appointment:
    """Note that a supervisor wishes to leave, and have a second person confirm it."""
    appointing.note_wish(appointment, by=cast.officer, at=at, version=appointment.version, reason="外出工作")
    appointing.resign(appointment, by=cast.head, at=at, version=appointment.version)
    return fresh(appointment)


def fresh(row: Any) -> Any:
    """Return the row as it is now."""
    return type(row).objects.get(pk=row.pk)


def hand_in(cast: Cast, organ: Organ | None = None, *, at: datetime = TUESDAY, **fields: Any) -> Observation:
    """Hand in an observation as the supervisor."""
    given: dict[str, Any] = {"by": cast.social, "place_time": "上午十时，3号窗口", "what": "窗口空岗。"} | fields
    return observing.hand_in(organ or cast.city.construction, at=at, **given)


def meet(
    cast: Cast, *invited: Appointment, kind: str = GatheringKind.TOUR, at: datetime = TUESDAY, **fields: Any
) -> Gathering:
    """Plan a tour or meeting for the next day."""
    given: dict[str, Any] = {"by": cast.officer, "title": "窗口巡查", "place": "服务大厅"} | fields
    begins_at = given.pop("begins_at", at + timedelta(days=1))
    return gathering.plan(kind, at=at, begins_at=begins_at, invited=invited, **given)


def hold(cast: Cast, found: Gathering, *, at: datetime, **fields: Any) -> Gathering:
    """Record that it was held, and that all came."""
    given: dict[str, Any] = {"by": cast.officer, "attended": list(found.seats.all()), "minutes": "一切正常。"} | fields
    gathering.hold(found, at=at, version=found.version, **given)
    return fresh(found)


def as_demonstration(cast: Cast) -> None:
    """Give people and organs the names by which the demonstration finds its own."""
    people = {
        "office": cast.officer,
        "head.office": cast.head,
        "supervisor.social": cast.social,
        "leader.construction": cast.leader,
        "leader.tax": cast.tax_leader,
    }
    for username, person in people.items():
        User.objects.filter(pk=person.pk).update(username=username)
    for code, organ in ((demo.CONSTRUCTION, cast.city.construction), (demo.TAX, cast.city.tax)):
        Organ.objects.filter(pk=organ.pk).update(code=code)


def note_about(promise: Deadline, by: User, *, at: datetime) -> Acknowledgement:
    """Note something about a promise that passed its first level."""
    escalation = Escalation.objects.create(
        deadline=promise,
        content_type=promise.content_type,
        object_id=promise.object_id,
        kind=promise.kind,
        level=1,
        passed_at=at,
        found_at=at,
        organ=promise.organ,
    )
    return Acknowledgement.objects.create(escalation=escalation, by=by, at=at, note="因台风推迟")


DAY = timedelta(days=1)
SPAN = (date(2026, 1, 1), date(2027, 1, 1))


def somebody(cast: Any) -> User:
    """Appoint somebody in the city of ``cast``, whatever cast that is."""
    return _appointed_in(cast, timezone.now()).person


def grow(cast: Any, number: int, *, at: datetime) -> None:
    """Add a row to every list of this part: a supervisor, a tour to which all are invited, and observations."""
    made = _appointed_in(cast, at)
    everybody = list(Appointment.objects.all())
    gathering.plan(
        GatheringKind.TOUR,
        by=cast.officer,
        at=at,
        title=f"巡查{number}",
        place="大厅",
        begins_at=at + timedelta(days=1),
        invited=everybody,
    )
    for person in (made.person, everybody[0].person):
        observing.hand_in(cast.city.construction, by=person, at=at, place_time="上午", what="空岗")


def _appointed_in(cast: Any, at: datetime) -> Appointment:
    if not Post.objects.filter(role=Role.SOCIAL_SUPERVISOR).exists():
        make_post(cast.city.government, Role.SOCIAL_SUPERVISOR)
    today = timezone.localdate(at)
    made = appointing.propose(make_user(), Circle.CITIZEN, by=cast.officer, at=at, reason="热心公益。", since=today)
    appointing.confirm(made, by=cast.office_head, at=at, version=made.version)
    return made
