"""
Inspections of the demonstration, played by the actions themselves, once: several of each kind, one in each state.

All facts are invented; organs, posts and people are those of the demonstration. The photographs are drawn here.
"""

import io
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zlib import crc32

from django.utils import timezone
from PIL import Image, ImageDraw

from accountability.cards import by_hand
from accountability.corrections import issuing
from accountability.models import Card, Correction
from efficiency.access.models import User
from efficiency.files.clean import CleanFile
from efficiency.organs.models import Organ, Post, Role, Tenure, TenureKind
from efficiency.timing import store
from efficiency.timing.zone import start_of
from supervision.inspections import (
    checklists,
    concluding,
    consequences,
    planning,
    visiting,
    workflow,
)
from supervision.inspections.enums import Answer, Category, Kind, Severity
from supervision.inspections.planning import Plan
from supervision.inspections.visiting import Filled
from supervision.models import Finding, Inspection, Visit

NEEDED = ("office", "head.office", "inspector", "post.440600-office-22", "supervisor.social")
DAY = timedelta(days=1)
SIZE = (480, 360)


@dataclass(frozen=True, slots=True)
class Hands:
    """Who acts in the demonstration."""

    office: User
    head: User
    inspector: User
    second: User
    guest: User


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, and what it leads to: ``card``, ``notice``, ``opinion``, ``clue`` or nothing."""

    category: Category
    severity: Severity
    text: str
    place: str
    norm: str = ""
    leads_to: str = ""
    rule: str = "absence"
    wanted: str = ""
    comment: str = ""
    of_post: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """One inspection: its first day so many days ago, of which organ, how far it came, what was found."""

    days: int
    kind: Kind
    organ: str
    topic: str
    to: str
    found: Sequence[Found] = field(default=())
    conclusion: str = "总体情况较好，个别环节落实不到位，已责成限期改正。"
    comment: str = "对督查发现的问题没有异议，立即整改，举一反三。"
    no_notice: str = ""
    follow_up_in: int = 0
    with_guest: bool = False
    outcome: str = "upheld"
    review: str = "经复核，督查程序合规，事实清楚，维持原结论。"
    challenge: str = "督查当日该窗口正值系统升级，已张贴告示，请予复核。"


def load(now: datetime) -> int:
    """Add the inspections of the demonstration; return how many, none where there are some or people are missing."""
    people = {user.username: user for user in User.objects.filter(username__in=NEEDED)}
    if len(people) < len(NEEDED) or Inspection.objects.exists():
        return 0
    hands = Hands(*(people[name] for name in NEEDED))
    organs = {organ.code: organ for organ in Organ.objects.filter(code__in={scene.organ for scene in SCENES})}
    made = 0
    followed: Visit | None = None
    for scene in SCENES:
        organ = organs.get(scene.organ)
        if organ is None:
            continue
        visit = _play(scene, organ, hands, now, followed if scene.kind is Kind.FOLLOW_UP else None)
        followed = visit if scene.follow_up_in else followed
        made += 1
    return made


def _working(day: date) -> date:
    """Return the day, or the last working day before it."""
    calendar = store.load()
    while not calendar.is_working_day(day):
        day -= DAY
    return day


def _ten(day: date, now: datetime) -> datetime:
    """Return ten o'clock of a day; the present where that is still to come."""
    return min(start_of(day) + timedelta(hours=10), now)


def _play(scene: Scene, organ: Organ, hands: Hands, now: datetime, followed: Visit | None) -> Visit:
    today = timezone.localdate(now)
    begin = _working(today - scene.days * DAY) if scene.days > 0 else today - scene.days * DAY
    at = min(_ten(begin - 4 * DAY, now), now - timedelta(minutes=5))
    plan = Plan(
        kind=scene.kind,
        topic=scene.topic,
        content="查看在岗情况、AB岗落实、一次性告知、限时办结、收费公示和政务公开，抽查办件档案，听取群众意见。",
        begin_on=begin,
        end_on=begin + 2 * DAY,
        organs=[organ],
        team=[hands.inspector, hands.second],
        leader=hands.inspector,
        checklist=checklists.in_force().first(),
        no_notice_reason=scene.no_notice,
        follows=followed,
        guests=[hands.guest] if scene.with_guest else [],
    )
    inspection = planning.prepare(plan, by=hands.inspector, at=at)
    if scene.to == "draft":
        return Visit.objects.get(inspection=inspection)
    if scene.to == "dropped":
        planning.approve(inspection, by=hands.head, at=at, version=inspection.version)
        reason = "与市人大执法检查安排重合，另行组织。"
        planning.drop(
            inspection, by=hands.head, at=at + timedelta(minutes=1), version=inspection.version, reason=reason
        )
        return Visit.objects.get(inspection=inspection)
    planning.approve(inspection, by=hands.head, at=at, version=inspection.version)
    visit = Visit.objects.select_related("inspection", "organ").get(inspection=inspection)
    if inspection.wants_notice:
        notice = "请安排一名负责同志配合，备齐考勤记录、AB岗安排表和近三个月办件台账。对时间安排有意见的，请及时告知。"
        visiting.notify(visit, by=hands.inspector, at=at, version=visit.version, notice=notice)
    way = WAY[: WAY.index(scene.to) + 1]
    for step in way:
        _step(step, scene, visit, hands, begin, now)
    if scene.to in LED and scene.found:
        _lead_on(scene, visit, hands, _ten(begin + 8 * DAY, now))
    return visit


# How far scenes go, step by step.
WAY = ("planned", "underway", "visited", "shown", "heard", "concluded", "released", "challenged", "reviewed", "settled")
LED = ("heard", "concluded", "released", "reviewed", "settled")


def _step(name: str, scene: Scene, visit: Visit, hands: Hands, begin: date, now: datetime) -> None:
    spot, version = _ten(begin, now), visit.version
    inspector = {"by": hands.inspector, "version": version}
    match name:
        case "underway":
            together = [hands.second.pk]
            place = f"{visit.organ.name}办事大厅"
            visiting.begin(visit, at=spot, place=place, together_with=together, **inspector)
            _fill(scene, visit, hands, spot)
            for found in scene.found:
                _record(found, visit, hands, spot)
        case "visited":
            visiting.end_visit(visit, at=spot + timedelta(minutes=90) if spot < now else now, **inspector)
        case "shown" if scene.found:
            concluding.show(visit, at=_ten(begin + DAY, now), **inspector)
        case "heard" if scene.found:
            if not scene.comment:
                heard = workflow.begin_itself(visit, "lapse_comment", at=_ten(begin + 9 * DAY, now))
                workflow.finish(heard)
                return
            leader = _leader(visit.organ)
            said = {each.pk: words for each, words in _comments(scene, visit)}
            concluding.comment(
                visit, by=leader, at=_ten(begin + 2 * DAY, now), version=version, text=scene.comment, on_findings=said
            )
        case "concluded":
            ordered = timezone.localdate(now) + scene.follow_up_in * DAY if scene.follow_up_in else None
            day = 10 if scene.found and not scene.comment else 5
            concluding.conclude(
                visit, at=_ten(begin + day * DAY, now), conclusion=scene.conclusion, follow_up_on=ordered, **inspector
            )
        case "released":
            day = 11 if scene.found and not scene.comment else 6
            concluding.release(visit, by=hands.head, at=_ten(begin + day * DAY, now), version=version)
        case "challenged" if scene.to in ("challenged", "reviewed"):
            leader = _leader(visit.organ)
            at = _ten(begin + 14 * DAY, now)
            concluding.challenge(visit, by=leader, at=at, version=version, text=scene.challenge)
        case "reviewed" if scene.to == "reviewed":
            at = _ten(begin + 28 * DAY, now)
            concluding.review(visit, by=hands.office, at=at, version=version, outcome=scene.outcome, text=scene.review)
        case "settled" if scene.to == "settled":
            workflow.finish(workflow.begin_itself(visit, "settle", at=_ten(begin + 48 * DAY, now)))


def _comments(scene: Scene, visit: Visit) -> list[tuple[Finding, str]]:
    findings = visiting.standing(visit).order_by("number")
    return [(each, found.comment) for each, found in zip(findings, scene.found, strict=True) if found.comment]


def _fill(scene: Scene, visit: Visit, hands: Hands, at: datetime) -> None:
    """Answer the items as the findings ask for, with a photograph of the first that is not in order."""
    wrong = {found.category for found in scene.found}
    filled, photos = {}, {}
    half = scene.to == "underway"
    for place, item in enumerate(visit.inspection.checklist.items.order_by("position")):
        if half and place > 8:
            break
        if item.category in wrong:
            wrong.discard(Category(item.category))
            filled[item.pk] = Filled(Answer.NO, "见照片及问题记录")
            photos[item.pk] = [_photo(f"{visit.pk}/{item.position}")]
        else:
            filled[item.pk] = Filled(Answer.NOT_APPLICABLE if item.category == Category.FEES else Answer.YES)
    visiting.fill(visit, by=hands.inspector, at=at, filled=filled, photos=photos)


def _record(found: Found, visit: Visit, hands: Hands, at: datetime) -> None:
    post = Post.objects.filter(organ=visit.organ, role=Role.CLERK, until__isnull=True).order_by("code").first()
    item = visit.inspection.checklist.items.filter(category=found.category).order_by("position").first()
    visiting.record_finding(
        visit,
        by=hands.inspector,
        at=at,
        version=visit.version,
        severity=found.severity,
        text=found.text,
        place=found.place,
        found_at=at,
        category=found.category,
        item=item,
        norm=found.norm,
        post=post if found.of_post else None,
        attachments=[_photo(f"{visit.pk}/{found.text}")],
    )


def _lead_on(scene: Scene, visit: Visit, hands: Hands, at: datetime) -> None:
    """Let findings lead to what they lead to, in the name of the office; the head issues and confirms."""
    for finding, found in zip(visit.findings.order_by("number"), scene.found, strict=True):
        given = {"by": hands.office, "at": at, "version": visit.version, "finding": finding}
        if finding.dropped_at is not None:
            continue
        match found.leads_to:
            case "card":
                event = consequences.propose_card(visit, rule=found.rule, facts=found.text, **given)
                card = Card.objects.get(pk=event.data["card"])
                by_hand.confirm(card, by=hands.head, at=at, version=card.version)
            case "notice" | "opinion":
                event = consequences.draft_correction(
                    visit, kind=found.leads_to, title=scene.topic, findings=found.text, wanted=found.wanted, **given
                )
                correction = Correction.objects.get(pk=event.data["correction"])
                issuing.issue(correction, by=hands.head, at=at, version=correction.version)
            case "clue":
                consequences.enter_clue(visit, text=found.text, **given)


def _leader(organ: Organ) -> User:
    held = Tenure.objects.filter(post__organ=organ, post__role=Role.ORGAN_LEADER, kind=TenureKind.HOLDER)
    return held.select_related("user").order_by("-post__is_head", "post__code", "pk")[0].user


def _photo(key: str) -> CleanFile:
    """Return a photograph of a hall with counters, some of them without anybody, as JPEG; the same for the same key."""
    chance = random.Random(crc32(key.encode()))  # noqa: S311 - pictures, not secrets
    width, height = SIZE
    wall = chance.choice([(214, 222, 228), (226, 218, 204), (204, 214, 206)])
    image = Image.new("RGB", SIZE, wall)
    draw = ImageDraw.Draw(image)
    floor = int(height * 0.72)
    draw.rectangle((0, floor, width, height), fill=(150, 146, 140))
    for line in range(6):
        y = floor + (height - floor) * line // 6
        draw.line((0, y, width, y), fill=(136, 132, 126), width=1)
    draw.rectangle((30, 24, width - 30, 62), fill=(24, 62, 120))
    for place in range(4):
        left = 24 + place * (width - 48) // 4
        right = left + (width - 48) // 4 - 14
        top = int(height * 0.5)
        draw.rectangle((left, top, right, floor + 24), fill=(176, 138, 98), outline=(120, 92, 66), width=3)
        draw.rectangle((left + 20, top - 92, right - 20, top - 74), fill=(240, 240, 236), outline=(90, 90, 90))
        middle = (left + right) // 2
        draw.rectangle((middle - 14, top - 26, middle + 22, top - 2), fill=(52, 56, 62))
        if chance.random() < 0.45:  # somebody sits there
            draw.ellipse((middle - 16, top - 66, middle + 8, top - 42), fill=(222, 184, 150))
            draw.rectangle((middle - 24, top - 42, middle + 16, top - 6), fill=(60, 90, 140))
        else:  # an empty chair
            draw.rectangle((middle - 22, top - 54, middle + 10, top - 8), fill=(74, 74, 80), outline=(50, 50, 54))
    output = io.BytesIO()
    image.save(output, "JPEG", quality=70)
    content = output.getvalue()
    return CleanFile(content, "image/jpeg", "现场照片.jpg", content)


EMPTY_WINDOW = Found(
    Category.ATTENDANCE,
    Severity.MINOR,
    "工作日上午两个服务窗口无人值守，群众等候超过二十分钟。",
    "一楼大厅3、4号窗口",
    "《佛山市影响行政效能行为过错责任追究暂行办法》第二十九条",
    leads_to="card",
    comment="当时一名工作人员外出送件，未安排顶岗，属实。",
    of_post=True,
)
NO_B_POST = Found(
    Category.AB_POSTS,
    Severity.MINOR,
    "公示的AB岗安排表为去年版本，A岗休假期间B岗未到位。",
    "二楼综合科",
    "AB岗工作制",
    leads_to="notice",
    wanted="更新AB岗安排表并公示，报送近一个月顶岗记录。",
)
NO_NOTICE = Found(
    Category.ONE_TIME_NOTICE,
    Severity.MINOR,
    "抽查三宗补正件，均为口头告知，未出具一次性告知书，群众往返两次以上。",
    "一楼大厅6号窗口",
    "一次性告知制",
    leads_to="card",
    rule="no_one_time_notice",
    of_post=True,
)
LATE = Found(
    Category.LIMITS,
    Severity.SERIOUS,
    "抽查二十宗办件，四宗超过承诺期限，最长超期十一个工作日，未向当事人说明。",
    "档案室",
    "限时办结制",
    leads_to="clue",
)
WEAK_SYSTEM = Found(
    Category.LIMITS,
    Severity.MINOR,
    "内部流转无节点时限，超前提醒依靠人工，难以防止超期。",
    "办公室",
    leads_to="opinion",
    wanted="建议建立节点时限和超前提醒制度，每周通报临期件。",
)
OLD_SIGNS = Found(
    Category.SIGNS,
    Severity.NOTE,
    "去向牌与在岗情况不符，投诉电话公示牌被宣传栏遮挡。",
    "大厅入口",
)
RUDE = Found(
    Category.ATTITUDE,
    Severity.MINOR,
    "工作人员接待咨询时边看手机边回答，未履行首问登记。",
    "导办台",
    "“八要八不得”",
    leads_to="card",
    rule="rude_service",
    of_post=True,
)
NO_FEES = Found(
    Category.FEES,
    Severity.NOTE,
    "收费公示表未标明依据文号。",
    "缴费窗口",
)
OLD_PAGES = Found(
    Category.DISCLOSURE,
    Severity.NOTE,
    "办事指南与公开目录中的版本不一致，最近一次更新在半年前。",
    "自助查询区",
    leads_to="notice",
    wanted="十五个工作日内更新办事指南，并与公开目录保持一致。",
)
UNANNOUNCED = "提前通知会影响掌握真实情况。"
SCENES = (
    Scene(118, Kind.OPEN, "440600-construction", "窗口作风明查", "settled", (EMPTY_WINDOW, OLD_SIGNS)),
    Scene(104, Kind.COVERT, "440600-tax", "办税服务厅暗访", "settled", (NO_NOTICE, RUDE), comment=""),
    Scene(92, Kind.SPECIAL, "440600-construction", "限时办结专项督查", "reviewed", (LATE, WEAK_SYSTEM),
          no_notice=UNANNOUNCED),
    Scene(85, Kind.OPEN, "440604", "政务公开落实情况督查", "settled", (OLD_PAGES,)),
    Scene(76, Kind.COVERT, "440600-construction", "午间值守暗访", "reviewed", (RUDE,), outcome="revoked",
          review="经复核，照片拍摄时间在公示的轮休时段内，问题不成立，撤销结论。"),
    Scene(64, Kind.OPEN, "440600-sasac", "服务窗口规范化督查", "settled"),
    Scene(44, Kind.SPECIAL, "440600-tax", "收费公示专项督查", "challenged", (NO_FEES,)),
    Scene(30, Kind.OPEN, "440600-tax", "窗口作风明查", "released", (NO_B_POST, OLD_SIGNS), follow_up_in=6,
          with_guest=True),
    Scene(18, Kind.COVERT, "440600-construction", "热线转办件办理情况暗访", "released", (EMPTY_WINDOW,)),
    Scene(9, Kind.OPEN, "440604", "AB岗落实情况督查", "concluded", (NO_B_POST,)),
    Scene(7, Kind.SPECIAL, "440600-construction", "一次性告知专项督查", "heard", (NO_NOTICE, OLD_SIGNS)),
    Scene(2, Kind.OPEN, "440600-tax", "群众办事体验督查", "shown", (RUDE, NO_FEES)),
    Scene(1, Kind.COVERT, "440604", "镇街服务点暗访", "visited", (EMPTY_WINDOW,)),
    Scene(0, Kind.SPECIAL, "440600-construction", "季度效能督查", "underway", (OLD_SIGNS,), no_notice=UNANNOUNCED),
    Scene(-4, Kind.FOLLOW_UP, "440600-tax", "AB岗整改“回头看”", "planned", no_notice="复查整改的真实情况。"),
    Scene(-6, Kind.OPEN, "440600-sasac", "年终效能督查", "planned"),
    Scene(-8, Kind.COVERT, "440600-construction", "节前作风暗访", "planned"),
    Scene(-12, Kind.OPEN, "440604", "优化营商环境督查", "draft"),
    Scene(-15, Kind.SPECIAL, "440600-sasac", "档案管理专项督查", "dropped", no_notice=UNANNOUNCED),
)  # fmt: skip
