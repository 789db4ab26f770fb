"""
Corrections of the demonstration, played by the actions themselves, once: one in each state that a visitor should find.

All facts are invented; the post concerned and the people are those of the demonstration.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from accountability.corrections import answering, issuing, reviewing
from accountability.corrections.enums import Kind, Source
from accountability.corrections.issuing import Content, Origin
from accountability.models import Correction
from efficiency import demonstration
from efficiency.access.models import User
from efficiency.files.clean import CleanFile
from efficiency.organs.models import Organ, Tenure
from efficiency.timing import store

ORGAN = "440600-construction"
NEEDED = ("office", "head.office", "clerk.construction", "leader.construction")
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Hands:
    """Who acts in the demonstration."""

    office: User
    head: User
    clerk: User
    leader: User


VISIT = Origin(Source.INSPECTION, text="2026年第三季度窗口作风督查")
ITSELF = Origin()
Play = Callable[[Correction, Hands, datetime], None]


@dataclass(frozen=True, slots=True)
class Scene:
    """One correction: how many days ago it was drafted, what it says, and what became of it."""

    days: int
    kind: Kind
    content: Content
    play: Play
    origin: Origin = VISIT
    of_post: bool = False


def load(now: datetime) -> int:
    """Add the corrections of the demonstration; return how many, none where there are some or people are missing."""
    organ = Organ.objects.filter(code=ORGAN).first()
    people = {user.username: user for user in User.objects.filter(username__in=NEEDED)}
    if organ is None or len(people) < len(NEEDED) or Correction.objects.filter(drafted_by__isnull=False).exists():
        return 0
    hands = Hands(*(people[name] for name in NEEDED))
    held = Tenure.objects.filter(user=hands.clerk, post__organ=organ).select_related("post").order_by("pk").first()
    calendar = store.load()
    for scene in SCENES:
        at = now - scene.days * DAY
        while at.date() not in calendar:
            at -= DAY
        post = held.post if held and scene.of_post else None
        correction = issuing.draft(
            scene.kind, organ, scene.content, by=hands.office, at=at, origin=scene.origin, post=post
        )
        scene.play(correction, hands, at)
    return len(SCENES)


def _proof(words: str) -> CleanFile:
    content = demonstration.paper(words)
    return CleanFile(content, "application/pdf", "演示.pdf", content)


def _drafted(correction: Correction, hands: Hands, at: datetime) -> None:
    """It waits for its signature."""


def _declined(correction: Correction, hands: Hands, at: datetime) -> None:
    reason = "该单位已自行整改完毕，不再另行发文。"
    issuing.decline(correction, by=hands.head, at=at + DAY, version=correction.version, reason=reason)


def _issued(correction: Correction, hands: Hands, at: datetime) -> None:
    issuing.issue(correction, by=hands.head, at=at, version=correction.version)


def _planned(correction: Correction, hands: Hands, at: datetime) -> None:
    _issued(correction, hands, at)
    text = "一、三日内补齐两个窗口的AB岗安排并公示；二、对窗口人员开展一次性告知制度培训；三、每周由负责人抽查一次。"
    answering.plan(correction, by=hands.leader, at=at + 2 * DAY, version=correction.version, text=text)


def _asking_for_time(correction: Correction, hands: Hands, at: datetime) -> None:
    _planned(correction, hands, at)
    reason = "培训场地下周方可使用，申请顺延。"
    answering.ask_extension(
        correction, by=hands.leader, at=at + 3 * DAY, version=correction.version, days=5, reason=reason
    )


def _finished(correction: Correction, hands: Hands, at: datetime) -> None:
    _planned(correction, hands, at)
    answering.finish(
        correction,
        by=hands.leader,
        at=at + 8 * DAY,
        version=correction.version,
        text="窗口AB岗已全部配齐，轮值表已公示；培训已开展两场，签到表和照片附后。",
        attachments=[_proof("窗口轮值表及培训签到表（演示）")],
    )


def _verified(correction: Correction, hands: Hands, at: datetime) -> None:
    _finished(correction, hands, at)
    remark = "已现场核实，整改到位。"
    reviewing.accept(correction, by=hands.office, at=at + 10 * DAY, version=correction.version, remark=remark)


def _insufficient(correction: Correction, hands: Hands, at: datetime) -> None:
    _finished(correction, hands, at)
    reason = "轮值表只安排了工作日上午，午间仍无人值守。"
    reviewing.send_back(correction, by=hands.office, at=at + 10 * DAY, version=correction.version, reason=reason)


def _again(correction: Correction, hands: Hands, at: datetime) -> None:
    _insufficient(correction, hands, at)
    wanted = "补齐午间值守安排，并提供连续五个工作日的值守记录。"
    reviewing.issue_again(correction, by=hands.head, at=at + 11 * DAY, version=correction.version, wanted=wanted)


def _failed(correction: Correction, hands: Hands, at: datetime) -> None:
    _again(correction, hands, at)
    text = "已调整午间值守。"
    answering.plan(correction, by=hands.leader, at=at + 13 * DAY, version=correction.version, text=text)
    answering.finish(
        correction,
        by=hands.leader,
        at=at + 20 * DAY,
        version=correction.version,
        text=text,
        attachments=[_proof("值守情况说明（演示）")],
    )
    reason = "值守记录与现场抽查不符，未整改到位。"
    reviewing.send_back(correction, by=hands.office, at=at + 22 * DAY, version=correction.version, reason=reason)


def _answered(correction: Correction, hands: Hands, at: datetime) -> None:
    _issued(correction, hands, at)
    text = "经查，因承办人员外出培训未办理交接，文件滞留。已于当日送达，并完善交接登记。"
    answering.answer(correction, by=hands.clerk, at=at + 2 * DAY, version=correction.version, text=text)


def _settled(correction: Correction, hands: Hands, at: datetime) -> None:
    _answered(correction, hands, at)
    reviewing.accept(correction, by=hands.office, at=at + 4 * DAY, version=correction.version)


def _adopted(correction: Correction, hands: Hands, at: datetime) -> None:
    _issued(correction, hands, at)
    text = "予以采纳。已将办件超前提醒纳入科室例会，并由办公室每周通报。"
    answering.answer(
        correction, by=hands.leader, at=at + 9 * DAY, version=correction.version, text=text, is_adopted=True
    )
    reviewing.accept(correction, by=hands.office, at=at + 11 * DAY, version=correction.version)


def _withdrawn(correction: Correction, hands: Hands, at: datetime) -> None:
    _issued(correction, hands, at)
    reason = "事实核对有误，予以撤回。"
    issuing.withdraw(correction, by=hands.head, at=at + DAY, version=correction.version, reason=reason)


BASIS = "《佛山市影响行政效能行为过错责任追究暂行办法》第二十九条。"
WINDOW = Content(
    "窗口AB岗落实不到位",
    "督查组于工作日上午到政务服务窗口查看，两个窗口无人值守，未安排B岗，群众等候超过二十分钟。",
    "一、立即落实AB岗制度，确保窗口不空岗；二、对群众公示轮值安排；三、报送整改佐证材料。",
    BASIS,
)
NOON = Content(
    "窗口午间无人值守",
    "连续两次暗访发现午间服务窗口无人值守，与公示的服务时间不一致。",
    "按照公示的服务时间安排值守，并报送值守记录。",
    BASIS,
)
HANDING_OVER = Content(
    "督促办理滞留的竣工验收备案材料",
    "企业反映竣工验收备案材料递交后多日未见回音，经查材料滞留于经办环节。",
    "查明滞留原因，立即办理，并书面报告办理结果。",
)
REMINDERS = Content(
    "关于完善办件超前提醒机制的建议",
    "近三个月本单位临近期限的办件集中超期，反映出内部提醒和分工机制不健全。",
    "建议建立办件超前提醒和每周通报制度，明确科室负责人的督促责任。",
)
SCENES = (
    Scene(1, Kind.NOTICE, WINDOW, _drafted),
    Scene(3, Kind.ORDER, HANDING_OVER, _issued, ITSELF, of_post=True),
    Scene(4, Kind.NOTICE, WINDOW, _planned),
    Scene(6, Kind.NOTICE, NOON, _asking_for_time),
    Scene(12, Kind.NOTICE, WINDOW, _finished),
    Scene(14, Kind.NOTICE, NOON, _insufficient),
    Scene(16, Kind.NOTICE, NOON, _again),
    Scene(36, Kind.NOTICE, WINDOW, _issued),
    Scene(50, Kind.NOTICE, NOON, _failed),
    Scene(60, Kind.NOTICE, WINDOW, _verified),
    Scene(4, Kind.ORDER, HANDING_OVER, _answered, ITSELF, of_post=True),
    Scene(30, Kind.ORDER, HANDING_OVER, _settled, ITSELF, of_post=True),
    Scene(5, Kind.OPINION, REMINDERS, _issued, ITSELF),
    Scene(40, Kind.OPINION, REMINDERS, _adopted, ITSELF),
    Scene(20, Kind.ORDER, HANDING_OVER, _withdrawn, ITSELF, of_post=True),
    Scene(25, Kind.NOTICE, WINDOW, _declined),
)
