"""Social supervisors of the demonstration, played by the actions themselves, once. All facts are invented."""

from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from complaints.enums import Kind
from efficiency.access.models import User
from efficiency.organs.models import Organ
from efficiency.timing import store
from efficiency.timing.zone import start_of
from supervision.models import Appointment, Observation
from supervision.supervisors import appointing, gathering, observing
from supervision.supervisors.enums import Circle, GatheringKind
from supervision.supervisors.gathering import period_of

NEEDED = ("office", "head.office", "supervisor.social", "leader.construction", "leader.tax")
DAY = timedelta(days=1)
# (name, circle, where they work)
OTHERS = (
    ("冼慧仪", Circle.CONGRESS, "佛山市第三中学"),
    ("邓伟棠", Circle.CONSULTATIVE, "佛山陶瓷研究所"),
    ("麦婉芬", Circle.PARTY, "民建佛山市委"),
    ("伍国雄", Circle.BUSINESS, "南海铝型材有限公司"),
    ("关子浩", Circle.MEDIA, "佛山日报社"),
    ("庞敏华", Circle.LAWYER, "广东禅城律师事务所"),
)
CONSTRUCTION, TAX = "440600-construction", "440600-tax"
# Days ago, organ, where and when, what, and what became of it.
OBSERVATIONS = (
    (
        95,
        CONSTRUCTION,
        "上午十时，大厅3号窗口",
        "窗口空岗约二十分钟，无人代班，也无告示牌。",
        "answered_by_organ",
    ),
    (70, TAX, "下午三时，征收大厅", "取号机故障，现场无人引导，群众排队较长。", "answered"),
    (44, CONSTRUCTION, "上午九时半，业务咨询电话", "同一问题三次来电得到三种答复，一次性告知没有落实。", "case"),
    (16, TAX, "中午十二时，征收大厅", "午间值守窗口提前关闭，告示的时间与实际不符。", "to_release"),
    (6, CONSTRUCTION, "上午十一时，公示栏", "公示的办事指南仍是旧版，收费标准没有更新。", "with_organ"),
    (1, TAX, "下午四时，服务热线", "热线连续占线，回拨不及时。", "received"),
)


def load(now: datetime) -> int:
    """Add supervisors, tours, meetings and observations; return how many rows, none where there are some."""
    people = {user.username: user for user in User.objects.filter(username__in=NEEDED)}
    organs = {organ.code: organ for organ in Organ.objects.filter(code__in=(CONSTRUCTION, TAX))}
    if len(people) < len(NEEDED) or len(organs) < 2 or Appointment.objects.exists():
        return 0
    office, head = people["office"], people["head.office"]
    begun = _working(now - 130 * DAY)
    made = [_appointed(people["supervisor.social"], Circle.CITIZEN, "退休教师", office, head, begun)]
    for name, circle, workplace in OTHERS:
        account = User.objects.create(
            username=f"post.social-{len(made) + 1}", full_name=name, password=make_password(None)
        )
        made.append(_appointed(account, circle, workplace, office, head, begun))
    _end_one(made[-1], office, head, now)
    new = User.objects.create(username="post.social-8", full_name="苏树景", password=make_password(None))
    _proposed(new, Circle.CITIZEN, "", office, _working(now - 3 * DAY))
    for at in _quarters(begun, now):
        gathering.tend_duties(at=at)
    held = _gatherings(made[:5], office, now)
    for days, code, place_time, what, became in OBSERVATIONS:
        at = _working(now - days * DAY)
        found = observing.hand_in(organs[code], by=people["supervisor.social"], at=at, place_time=place_time, what=what)
        _play(found, became, people, at, now)
    observing.enter_opinion(
        held,
        made[1],
        organs[TAX],
        by=office,
        at=now - 2 * DAY,
        place_time="座谈会上提出",
        what="建议把纳税服务的常见问题编成一页纸，放在大厅入口处。",
    )
    gathering.tend_duties(at=now)
    return len(made) + len(OBSERVATIONS) + 2


def _quarters(begun: datetime, now: datetime) -> list[datetime]:
    """Return the mornings on which quarters begin in the time that is played: what is owed is laid then."""
    day, found = period_of(GatheringKind.TOUR, timezone.localdate(begun))[1] + DAY, []
    while (at := start_of(day) + timedelta(hours=8)) < now:
        found.append(at)
        day = period_of(GatheringKind.TOUR, day)[1] + DAY
    return found


def _morning(at: datetime) -> datetime:
    """Return half past nine of the day, where people meet."""
    return timezone.localtime(at).replace(hour=9, minute=30, second=0, microsecond=0)


def _working(at: datetime) -> datetime:
    """Return the moment, or the same hour of the working day before."""
    calendar = store.load()
    while timezone.localdate(at) not in calendar:
        at -= DAY
    return at


def _proposed(person: User, circle: Circle, workplace: str, by: User, at: datetime) -> Appointment:
    return appointing.propose(
        person,
        circle,
        by=by,
        at=at,
        reason="热心公益，熟悉基层情况。",
        since=timezone.localdate(at) + DAY,
        workplace=workplace,
    )


def _appointed(person: User, circle: Circle, workplace: str, office: User, head: User, at: datetime) -> Appointment:
    appointment = _proposed(person, circle, workplace, office, at)
    appointing.confirm(appointment, by=head, at=at + timedelta(hours=2), version=appointment.version)
    return appointment


def _end_one(appointment: Appointment, office: User, head: User, now: datetime) -> None:
    """One was removed for misuse."""
    at = now - 20 * DAY
    reason = "以监督员身份为亲属办事打招呼，经核实属实。"
    appointing.propose_removal(appointment, by=office, at=at, version=appointment.version, reason=reason)
    appointing.remove(appointment, by=head, at=at + DAY, version=appointment.version)


def _gatherings(people: list[Appointment], office: User, now: datetime):
    """A tour and a meeting were held, one more is planned, one was called off."""
    tour = gathering.plan(
        GatheringKind.TOUR,
        by=office,
        at=now - 40 * DAY,
        title="窗口作风巡查",
        place="市行政服务中心一楼",
        begins_at=_morning(now - 32 * DAY),
        invited=people[:4],
    )
    gathering.hold(
        tour,
        by=office,
        at=now - 31 * DAY,
        version=tour.version,
        attended=list(tour.seats.order_by("pk")[:3]),
        minutes="巡查窗口12个，发现空岗1处、告示不清2处，已当场告知单位。",
    )
    met_at = _morning(now - 4 * DAY)
    half = "上" if met_at.month <= 6 else "下"
    meeting = gathering.plan(
        GatheringKind.MEETING,
        by=office,
        at=now - 12 * DAY,
        title=f"{half}半年效能建设座谈会",
        place="市政府2号楼会议室",
        begins_at=met_at,
        invited=people,
    )
    gathering.hold(
        meeting,
        by=office,
        at=now - 3 * DAY,
        version=meeting.version,
        attended=list(meeting.seats.order_by("pk")),
        minutes="会议通报了近期投诉办理情况，监督员提出意见三条，均已登记。",
    )
    called_off = gathering.plan(
        GatheringKind.TOUR,
        by=office,
        at=now - 9 * DAY,
        title="镇街便民服务站巡查",
        place="祖庙街道",
        begins_at=_morning(now - 5 * DAY),
        invited=people[:3],
    )
    gathering.cancel(called_off, by=office, at=now - 6 * DAY, version=called_off.version, reason="当日台风预警。")
    gathering.plan(
        GatheringKind.TOUR,
        by=office,
        at=now - DAY,
        title="纳税服务大厅巡查",
        place="市地税局办税服务厅",
        begins_at=_morning(now + 6 * DAY),
        invited=people[:4],
    )
    return meeting


def _play(found: Observation, became: str, people: dict[str, User], at: datetime, now: datetime) -> None:
    office, version = people["office"], found.version
    leader = people["leader.construction" if found.organ.code == CONSTRUCTION else "leader.tax"]
    match became:
        case "answered":
            text = "经核实，取号机当日故障，已更换设备并安排引导员，谢谢您的监督。"
            observing.answer(found, by=office, at=at + 3 * DAY, version=version, text=text)
        case "case":
            text = "您反映的情况已立为诉求，按规定时限办理，办理情况在本页显示。"
            title = "咨询电话答复不一致"
            observing.take_up(
                found,
                by=office,
                at=at + 2 * DAY,
                version=version,
                kind=Kind.COMPLAINT,
                category="inaction",
                title=title,
                text=text,
            )
        case "answered_by_organ" | "to_release" | "with_organ":
            observing.pass_on(found, by=office, at=at + DAY, version=version, remark="请核实后答复。")
            if became == "with_organ":
                return
            text = "已核实并整改：落实AB岗，每日由值班负责人巡查窗口两次。"
            observing.draft_answer(found, by=leader, at=at + 5 * DAY, version=found.version, text=text)
            if became == "answered_by_organ":
                observing.release(found, by=office, at=at + 6 * DAY, version=found.version)
