"""
Requests for information of the demonstration, played by the actions themselves, once.

One in each state that a visitor should find: fresh, asked about, with a third party, late, with more time, waiting for
approval, answered in the usual ways, abandoned, under review. All people and bodies are invented.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from disclosure.models import InformationRequest
from disclosure.requests import answering, applying, deadlines, filing, handling, texts
from disclosure.requests.enums import ApplicantKind, Delivery, Form, Ground, Outcome
from disclosure.requests.filing import Applicant
from efficiency.access.models import User
from efficiency.files.clean import CleanFile
from efficiency.organs.models import Organ
from efficiency.timing import store

ORGAN = "440600-construction"
NEEDED = ("editor.construction", "leader.construction", "office")
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Hands:
    """Who acts in the demonstration: who drafts, who approves, who reviews."""

    editor: User
    leader: User
    office: User


@dataclass(frozen=True, slots=True)
class Wish:
    """One request: how many days ago, who, what, and what became of it."""

    days: int
    kind: ApplicantKind
    name: str
    title: str
    description: str
    play: Callable[[InformationRequest, Hands, datetime], None]
    contact: str = ""


def load(now: datetime) -> int:
    """Add the requests of the demonstration; return how many, none where there are some or its people are missing."""
    organ = Organ.objects.filter(code=ORGAN).first()
    people = {user.username: user for user in User.objects.filter(username__in=NEEDED)}
    if organ is None or len(people) < len(NEEDED) or InformationRequest.objects.exists():
        return 0
    hands = Hands(*(people[name] for name in NEEDED))
    calendar = store.load()
    for wish in WISHES:
        at = now - wish.days * DAY
        if at.date() not in calendar:
            at += DAY
        request = filing.file_request(
            organ=organ,
            applicant=Applicant(wish.kind, wish.name, contact=wish.contact, phone="0757-83000000"),
            title=wish.title,
            description=wish.description,
            form=Form.ELECTRONIC,
            delivery=Delivery.ONLINE,
            proof=[_file("身份证明扫描件（演示）")],
            at=at,
        ).request
        wish.play(request, hands, at)
    return len(WISHES)


def _file(words: str) -> CleanFile:
    content = words.encode()
    return CleanFile(content, "text/plain", "演示.txt", content)


def _take_up(request: InformationRequest, hands: Hands, at: datetime) -> None:
    handling.take_up(request, by=hands.editor, at=at + DAY, version=request.version)


def _fresh(request: InformationRequest, hands: Hands, at: datetime) -> None:
    """Nothing has been done yet."""


def _asked_about(request: InformationRequest, hands: Hands, at: datetime) -> None:
    words = "请补充所需项目的名称和大致年份，以便检索。"
    handling.ask_supplement(request, by=hands.editor, at=at + DAY, version=request.version, text=words)


def _with_third_party(request: InformationRequest, hands: Hands, at: datetime) -> None:
    handling.consult(
        request,
        by=hands.editor,
        at=at + DAY,
        version=request.version,
        kind="third_party",
        party="佛山市某某置业有限公司（演示）",
        reason="申请内容可能涉及该公司的商业秘密",
    )
    arrived = at + 2 * DAY
    handling.record_letter(
        request, by=hands.editor, at=arrived, version=request.version, received_on=timezone.localdate(arrived)
    )


def _with_more_time(request: InformationRequest, hands: Hands, at: datetime) -> None:
    _take_up(request, hands, at)
    reason = "档案涉及三个年度，需逐卷查阅。"
    version = request.version
    handling.ask_extension(request, by=hands.editor, at=at + 3 * DAY, version=version, days=10, reason=reason)
    handling.extend(request, by=hands.leader, at=at + 4 * DAY, version=request.version, reason=reason)


def _drafted(
    outcome: Outcome, filled: dict[str, str], *, files: tuple[str, ...] = (), **fields: Any
) -> Callable[[InformationRequest, Hands, datetime], None]:
    """Return the play of a request whose answer is drafted: its template with the gaps filled."""

    def play(request: InformationRequest, hands: Hands, at: datetime) -> None:
        text = texts.text_of(request, outcome, fields.get("ground", ""))
        for gap, words in filled.items():
            text = text.replace(f"〔{gap}〕", words)
        answering.draft(
            request,
            by=hands.editor,
            at=at + 4 * DAY,
            version=request.version,
            outcome=outcome,
            text=text,
            attachments=[_file(words) for words in files],
            **fields,
        )

    return play


def _answered(
    outcome: Outcome, filled: dict[str, str], *, files: tuple[str, ...] = (), **fields: Any
) -> Callable[[InformationRequest, Hands, datetime], None]:
    """Return the play of a request that is answered within a week."""
    drafted = _drafted(outcome, filled, files=files, **fields)

    def play(request: InformationRequest, hands: Hands, at: datetime) -> None:
        drafted(request, hands, at)
        answering.approve(request, by=hands.leader, at=at + 6 * DAY, version=request.version)

    return play


def _abandoned(request: InformationRequest, hands: Hands, at: datetime) -> None:
    _asked_about(request, hands, at)
    promise = deadlines.last(request, deadlines.SUPPLEMENT)
    if promise is not None:
        handling.abandon(request, by=hands.editor, at=promise.overdue_at + DAY, version=request.version)


def _under_review(request: InformationRequest, hands: Hands, at: datetime) -> None:
    _answered(Outcome.REFUSED, {"事实和理由": "该信息为会议讨论记录，尚未形成正式决定"}, ground=Ground.PROCESS)(
        request, hands, at
    )
    applying.ask_review(request, at=at + 8 * DAY, reasons="该决定早已公布实施，不应再按过程性信息处理。")


P, C = ApplicantKind.PERSON, ApplicantKind.COMMERCIAL
GIVEN = ("华远东路改造工程施工许可证及附图（演示）",)
WISHES = (
    Wish(1, P, "梁演示", "季华路隔音屏工程的验收意见", "2025年下半年，具体文号不详。", _fresh),
    Wish(3, C, "佛山市演示建材有限公司", "2026年商品混凝土质量抽检结果", "第三季度。", _asked_about, "周演示"),
    Wish(6, P, "何演示", "东平新城某地块规划条件", "地块编号SS-12。", _with_third_party),
    Wish(34, P, "陈演示", "老旧小区加装电梯补贴发放名单", "祖庙街道，2025年度。", _take_up),
    Wish(24, P, "黄演示", "2023至2025年施工扬尘处罚决定", "禅城区范围。", _with_more_time),
    Wish(5, P, "罗演示", "某项目竣工结算审核报告", "汾江南路。", _drafted(
        Outcome.NOT_THIS_ORGAN,
        {"机关名称": "佛山市财政局", "联系方式": "见该局政府信息公开指南"},
        right_organ="佛山市财政局",
    )),
    Wish(60, P, "冯演示", "华远东路改造工程施工许可证", "2024年。", _answered(
        Outcome.GRANTED, {"附件名称": "施工许可证及附图"}, files=GIVEN
    )),
    Wish(75, ApplicantKind.RESEARCH, "某某大学城市研究所（演示）", "既有建筑节能改造台账", "2020年以来。", _answered(
        Outcome.PARTLY_GRANTED,
        {
            "附件名称": "节能改造台账（区分处理后）",
            "不予公开的部分，依据的条款和理由": "业主姓名和电话，属于个人隐私，依据第十五条",
        },
        files=("既有建筑节能改造台账（演示）",),
        severed="业主姓名和电话两栏：个人隐私。",
    ), "张演示"),
    Wish(90, P, "潘演示", "1998年某小区配套车位批文", "文号不详。", _answered(
        Outcome.NOT_EXIST,
        {"检索的范围、方式和关键词": "档案室1996年至2000年卷宗，以小区名称和“车位”检索"},
        search_note="2名工作人员于档案室按年度逐卷查找，并在办公系统以小区名称检索，均无结果。",
    )),
    Wish(110, P, "邓演示", "反映楼上违建请求查处", "并要求答复。", _answered(
        Outcome.IS_PETITION, {"信访、投诉、举报渠道": "本平台“我要反映”或者12345热线"}
    )),
    Wish(100, P, "区演示", "全市工程资料", "所有。", _abandoned),
    Wish(18, P, "霍演示", "物业费指导价会议记录", "2026年8月。", _under_review),
)  # fmt: skip
