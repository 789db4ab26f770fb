"""
Reception days of the demonstration, played by the actions themselves, once.

Three organs on days of their own: past ones held by the head or a deputy, one cancelled, one never announced, and
coming ones with appointments. What visitors say is invented, and so are they.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from complaints import actions as case_actions
from efficiency.access.models import User
from efficiency.organs.models import Organ, Post, Role, Tenure, TenureKind
from efficiency.timing import store
from efficiency.timing.zone import ZONE, local_day
from supervision.models import ReceptionBooking, ReceptionDay, ReceptionRule
from supervision.reception import announcing, booking, dates, planning, receiving
from supervision.reception.booking import Visitor
from supervision.reception.dates import Hours
from supervision.reception.enums import Attended, Ending
from supervision.reception.receiving import Wish

NEEDED = ("head.office", "office")
MONTHS_BACK = 4
# What comes so soon is announced already, and booked.
COMING = timedelta(days=40)


@dataclass(frozen=True, slots=True)
class Desk:
    """An organ whose head receives, and who acts there."""

    organ: str
    leader: str
    clerk: str
    place: str
    day: int
    hours: Hours


DESKS = (
    Desk("440600-construction", "leader.construction", "clerk.construction", "市建设局一楼群众接待室", 21,
         Hours(time(9), time(11, 30), time(10, 20), time(10, 40))),
    Desk("440600-tax", "leader.tax", "clerk.tax", "市地税局办税服务厅二楼接待室", 15, Hours(time(14, 30), time(17))),
    Desk("440604", "leader.chancheng", "clerk.chancheng", "禅城区政府信访接待大厅3号室", 10, Hours(time(9), time(12))),
)  # fmt: skip
# Who comes, and what about; by turns.
VISITORS = (
    ("陈演示", "反映小区加装电梯审批进度", "加装电梯的申请已递交两个月，窗口每次答复都不一样，请明确所缺材料和时限。"),
    ("黎演示", "咨询旧厂房改造手续", "想把旧厂房改为文创园，咨询先办规划还是先办消防，需要哪些单位出具意见。"),
    ("区演示", "工地夜间施工噪声", "工地连续半个月凌晨施工，多次拨打电话没有人到场，影响周边三栋居民休息。"),
    ("霍演示", "发票代开排队时间过长", "窗口只开两个，排队超过两个小时，建议月底增开窗口并公布叫号进度。"),
    ("冼演示", "商铺证照办理被多次要求补材料", "办理过程中先后三次被要求补充材料，每次内容不同，希望一次性告知。"),
    ("罗演示", "建议公开政策执行口径", "同一项优惠政策在不同窗口解释不一，建议统一公开执行口径和常见问题。"),
)  # fmt: skip
ANSWERS = (
    "已当场核对材料，确认只缺一项产权证明，补齐后5个工作日内办结，并由业务科负责人全程跟进。",
    "已当场说明办理顺序和牵头科室，并提供一次性告知单。",
    "已当场要求相关科室自本周起调整，并在办事大厅公布。",
)


def load(now: datetime) -> int:
    """Add the reception days of the demonstration; return how many, none where there are some or people are missing."""
    if ReceptionRule.objects.exists():
        return 0
    names = [name for desk in DESKS for name in (desk.leader, desk.clerk)]
    people = {user.username: user for user in User.objects.filter(username__in=(*NEEDED, *names))}
    organs = {organ.code: organ for organ in Organ.objects.filter(code__in=[desk.organ for desk in DESKS])}
    if len(people) < len(set(names)) + len(NEEDED) or len(organs) < len(DESKS):
        return 0
    today = local_day(now)
    first = _months_before(today, MONTHS_BACK)
    begun = _moment(first, time(8, 30))
    for desk in DESKS:
        planning.lay_down(
            organs[desk.organ], by=people["office"], at=begun, place=desk.place, day=desk.day, hours=desk.hours
        )
    for month in dates.months_from(first, MONTHS_BACK + 1):
        planning.plan_missing(at=min(_moment(month, time(8, 30)), now))
    planning.plan_missing(at=now)
    days = list(ReceptionDay.objects.select_related("organ__parent").order_by("on", "organ_id"))
    by_code = {desk.organ: desk for desk in DESKS}
    for number, day in enumerate(days):
        desk = by_code[day.organ.code]
        _play(day, people[desk.leader], people[desk.clerk], people["head.office"], number, now)
    return len(days)


def _play(day: ReceptionDay, leader: User, clerk: User, head: User, number: int, now: datetime) -> None:
    """Let a day go its way as far as ``now``; by its turn one is forgotten, one cancelled, one left to a deputy."""
    calendar = store.load()
    announced = _moment(calendar.nth_working_day(calendar.ordinal(day.on) - 6), time(10))
    if number % 9 == 4 and announced < now:
        announced = _moment(dates.announced_by(day.on, calendar=calendar), time(10)) + timedelta(days=1)
    if announced >= now and day.on <= local_day(now) + COMING:
        announced = now - timedelta(days=3)
    if number == 1 or announced >= now:
        return
    if number % 5 == 3 and (deputy := _deputy(day)):
        asked = announced - timedelta(hours=20)
        announcing.ask_leave(
            day, by=clerk, at=asked, version=day.version, deputy=deputy, reason="主要负责人赴省参加会议。"
        )
        announcing.give_leave(day, by=head, at=asked + timedelta(hours=4), version=day.version)
    announcing.announce(day, by=leader, at=announced, version=day.version, place=day.place)
    booked = list(_book(day, number, announced, now))
    if number == 5:
        at = min(announced + timedelta(hours=30), now)
        announcing.cancel(
            day, by=leader, at=at, version=day.version, reason="防御台风，全体人员到岗值守，另行安排接待。"
        )
        return
    closing = _moment(day.on, time(17, 30))
    if closing >= now:
        return
    for turn, each in enumerate(booked):
        _receive(each, clerk, number + turn, now)
    day.refresh_from_db()
    who = Attended.DEPUTY if day.is_deputy else Attended.HEAD
    announcing.hold(day, by=clerk, at=closing, version=day.version, attended=who)


def _book(day: ReceptionDay, number: int, announced: datetime, now: datetime) -> Iterator[ReceptionBooking]:
    """Give two to five slots to people of their own; the last of a past day comes without an appointment."""
    slots = list(day.slots.order_by("starts_at"))
    for turn in range(2 + number % 4):
        at = announced + timedelta(hours=2 + 3 * turn)
        if at >= min(now, dates.cancelled_until(day.on)):
            return
        name, topic, _said = VISITORS[(number + turn) % len(VISITORS)]
        visitor = Visitor(name, f"139{number:04d}{turn:04d}")
        made = booking.book(day, slot=slots[turn].pk, visitor=visitor, topic=topic, at=at)
        yield ReceptionBooking.objects.select_related("day__organ", "slot").get(pk=made.booking.pk)


def _receive(booked: ReceptionBooking, clerk: User, turn: int, now: datetime) -> None:
    """Receive one visitor: most are answered on the spot, some become a case, some did not come."""
    at = booked.slot.starts_at + timedelta(minutes=2)
    said = VISITORS[turn % len(VISITORS)][2]
    if turn % 7 == 6:
        receiving.miss(booked, by=clerk, at=at + timedelta(minutes=30), version=booked.version)
        return
    receiving.arrive(booked, by=clerk, at=at - timedelta(minutes=10), version=booked.version)
    receiving.call_in(booked, by=clerk, at=at, version=booked.version)
    written = at + timedelta(minutes=15)
    if turn % 3:
        answer = ANSWERS[turn % len(ANSWERS)]
        receiving.record(
            booked, by=clerk, at=written, version=booked.version, said=said, ending=Ending.ANSWERED, answer=answer
        )
        return
    wish = Wish(kind="request", title=booked.topic)
    receiving.record(booked, by=clerk, at=written, version=booked.version, said=said, ending=Ending.CASE, wish=wish)
    settled = written + timedelta(days=2)
    if settled < now:
        case_actions.withdraw(booked.record.case, at=settled, reason="接待后单位已主动联系并解决，不再需要答复。")


def _deputy(day: ReceptionDay) -> Post | None:
    """Return a post of the organ that somebody holds beside the head."""
    head = announcing.head_of(day.organ, day)
    held = Tenure.objects.running(day.on).filter(
        kind=TenureKind.HOLDER, user__is_active=True, post__organ=day.organ, post__role=Role.ORGAN_LEADER
    )
    others = held.exclude(post_id=head.post_id if head else 0).select_related("post").order_by("post__code")
    first = others.first()
    return first.post if first else None


def _months_before(day: date, count: int) -> date:
    """Return the first day of the month so many months before."""
    months = day.year * 12 + day.month - 1 - count
    return date(months // 12, months % 12 + 1, 1)


def _moment(day: date, when: time) -> datetime:
    return datetime.combine(day, when, ZONE)
