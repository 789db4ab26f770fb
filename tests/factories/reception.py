"""Reception days on their way: laid down, planned, announced, booked and held by the actions themselves."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from efficiency.access.models import User
from efficiency.organs.models import Organ, Post, Rank, Role
from supervision.models import ReceptionBooking, ReceptionDay, ReceptionRule, ReceptionSlot
from supervision.reception import announcing, booking, dates, planning, receiving
from supervision.reception.booking import Receipt, Visitor
from supervision.reception.enums import DayState, Ending
from supervision.reception.receiving import Wish
from tests import known
from tests.factories.cases import local
from tests.factories.staff import City, Seat, make_city, seat_all

# The day of these tests: a Monday, and the reception day of the month is Wednesday, 21 October 2026.
PLANNED_AT = local(2026, 10, 12)
ANNOUNCED_AT = local(2026, 10, 13)
DAY = date(2026, 10, 21)
ON_THE_DAY = local(2026, 10, 21, 9, 5)
PLACE = "市建设局一楼接待室"
TOPIC = "旧楼加装电梯的审批拖了很久"
SAID = "来访人反映旧楼加装电梯的申请递交后两个月没有答复。"


@dataclass
class ReceptionCast:
    """The people whom a reception day meets, in one small city."""

    city: City
    leader: User
    deputy: User
    clerk: User
    tax_clerk: User
    tax_leader: User
    mayor: User
    officer: User
    office_head: User
    inspector: User
    auditor: User

    @property
    def deputy_post(self) -> Post:
        """The post of the deputy."""
        return Post.objects.get(tenures__user=self.deputy)


def make_reception_cast() -> ReceptionCast:
    """Return a small city with one person on each post that a reception day meets."""
    city = make_city()
    people = seat_all(
        leader=Seat(Role.ORGAN_LEADER, city.construction, Rank.APPROVER, is_head=True),
        deputy=Seat(Role.ORGAN_LEADER, city.construction),
        clerk=Seat(Role.CLERK, city.construction),
        tax_clerk=Seat(Role.CLERK, city.tax),
        tax_leader=Seat(Role.ORGAN_LEADER, city.tax, Rank.APPROVER, is_head=True),
        mayor=Seat(Role.ORGAN_LEADER, city.government, Rank.APPROVER, is_head=True),
        officer=Seat(Role.OFFICE_OFFICER, city.office),
        office_head=Seat(Role.OFFICE_OFFICER, city.office, Rank.APPROVER, is_head=True),
        inspector=Seat(Role.INSPECTOR, city.office),
        auditor=Seat(Role.AUDITOR, city.government),
    )
    return ReceptionCast(city=city, **people)


@known.led
def plan(cast: ReceptionCast, *, at: datetime = PLANNED_AT) -> ReceptionDay:
    """Lay down the days of the construction bureau and plan them; return that of October."""
    planning.lay_down(cast.city.construction, by=cast.officer, at=at, place=PLACE)
    planning.plan_missing(at=at)
    return ReceptionDay.objects.select_related("organ").get(organ=cast.city.construction, on=DAY)


@known.led
def announce(cast: ReceptionCast, *, at: datetime = ANNOUNCED_AT) -> ReceptionDay:
    """Plan and announce the day of October."""
    day = plan(cast)
    announcing.announce(day, by=cast.leader, at=at, version=day.version, place=PLACE)
    return day


def book(day: ReceptionDay, *, at: datetime = ANNOUNCED_AT, number: int = 0, **fields: Any) -> Receipt:
    """Book the ``number``-th slot for a person of their own."""
    given: dict[str, Any] = {
        "slot": list(day.slots.order_by("starts_at"))[number].pk,
        "visitor": Visitor("李晓兰", f"1381234{5600 + number}", "lan@example.cn"),
        "topic": TOPIC,
    }
    return booking.book(day, at=at, **(given | fields))


def call_in(booked: ReceptionBooking, cast: ReceptionCast, *, at: datetime = ON_THE_DAY) -> None:
    """Note that the visitor has arrived, and call them in."""
    receiving.arrive(booked, by=cast.clerk, at=at, version=booked.version)
    receiving.call_in(booked, by=cast.clerk, at=at, version=booked.version)


def record(booked: ReceptionBooking, cast: ReceptionCast, *, said: str = SAID, wish: Wish | None = None) -> None:
    """Write down what a visitor who was called in said: answered on the spot, or a case where there is a wish."""
    ending = Ending.CASE if wish else Ending.ANSWERED
    given = {"answer": "已当场说明。", "wish": wish or Wish(), "version": booked.version}
    receiving.record(booked, by=cast.clerk, at=ON_THE_DAY, said=said, ending=ending, **given)


def answer(booked: ReceptionBooking, cast: ReceptionCast, *, at: datetime = ON_THE_DAY) -> None:
    """Receive a visitor and answer on the spot."""
    call_in(booked, cast, at=at)
    words = "已当场说明审批流程和补正材料清单。"
    receiving.record(
        booked, by=cast.clerk, at=at, version=booked.version, said=SAID, ending=Ending.ANSWERED, answer=words
    )


def make_case(
    booked: ReceptionBooking,
    cast: ReceptionCast,
    *,
    at: datetime = ON_THE_DAY,
    recorded_at: datetime | None = None,
    **fields: Any,
) -> None:
    """Receive a visitor and make it a case, typed in at ``recorded_at``; ``fields`` change what it is filed with."""
    call_in(booked, cast, at=at)
    wish = Wish(**({"kind": "complaint", "category": "delay", "title": "加装电梯审批超期"} | fields))
    version, on = booked.version, recorded_at or at
    receiving.record(booked, by=cast.clerk, at=on, version=version, said=SAID, ending=Ending.CASE, wish=wish)


def make_booked(organ: Organ, person: User, *, at: datetime) -> ReceptionBooking:
    """Return an appointment on an announced day of an organ a week from now, laid down beside the actions."""
    today = timezone.localdate(at)
    months = dates.months_from(today, 1 + ReceptionDay.objects.filter(organ=organ).count())
    times = {"starts": time(9), "ends": time(10), "place": PLACE}
    ReceptionRule.objects.get_or_create(organ=organ, defaults={**times, "set_by": person, "set_at": at})
    day = ReceptionDay.objects.create(
        organ=organ,
        month=list(months)[-1],
        on=today + timedelta(days=7),
        state=DayState.ANNOUNCED,
        post=Post.objects.filter(organ=organ).first(),
        person=person,
        announced_at=at,
        **times,
    )
    slots = ReceptionSlot.objects.bulk_create(
        ReceptionSlot(day=day, starts_at=begins, ends_at=ends) for begins, ends in dates.slots(day.on, day.hours)
    )
    visitor = Visitor("李晓兰", f"138{20_000_000 + ReceptionBooking.objects.count()}")  # one a person a day
    return booking.book(day, slot=slots[0].pk, visitor=visitor, topic=TOPIC, at=at).booking
