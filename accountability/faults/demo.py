"""
Fault cases of the demonstration, played by the actions themselves, once.

One in each state that a visitor should find: a clue, one in investigation, one that was served, one under appeal, one
closed. All facts are invented, and so is every person.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from accountability.faults import appealing, clause_lists, clauses, clues, deciding, hearing, inquiry
from accountability.faults.enums import ClueKind, EvidenceKind, Result, StatementKind
from accountability.faults.words import Circumstance, ClauseKind, FaultType, Measure, Responsibility, Severity
from accountability.models import Clause, Clue, FaultCase, Respondent
from efficiency.access.models import User
from efficiency.organs.models import Organ, Post
from efficiency.timing import store

ORGAN = "440600-construction"
# Posts of those who act.
DRAFTS, CONFIRMS, HEAD, INQUIRES, INQUIRES_TOO, LEADER = (
    "440600-office-12",
    "440600-office-11",
    "440600-office-01",
    "440600-office-21",
    "440600-office-22",
    "440600-construction-01",
)
DAY = timedelta(days=1)
# Written for the demonstration; the paper that has the musts and must-nots is another one.
EXAMPLES_FROM = date(2025, 1, 1)
EXAMPLES = {
    "eight-must-1": "要按时到岗，亮明身份。",
    "eight-must-2": "要热情接待，耐心解答。",
    "eight-must-3": "要一次告知全部所需材料。",
    "eight-must-4": "要在承诺期限内办结。",
    "eight-must-5": "要公开依据、程序和结果。",
    "eight-must-6": "要首问负责，跟踪到底。",
    "eight-must-7": "要如实登记，全程留痕。",
    "eight-must-8": "要主动听取意见，及时改进。",
    "eight-mustnot-1": "不得擅离岗位、无人顶岗。",
    "eight-mustnot-2": "不得推诿扯皮、敷衍塞责。",
    "eight-mustnot-3": "不得态度生硬、刁难群众。",
    "eight-mustnot-4": "不得超期办理、压件不办。",
    "eight-mustnot-5": "不得违规收费、搭车收费。",
    "eight-mustnot-6": "不得在目录之外增设条件。",
    "eight-mustnot-7": "不得虚报数据、隐瞒情况。",
    "eight-mustnot-8": "不得打击报复投诉举报人。",
}
# Which of them a scene's decision names, beside the kind of fault.
CITED = {
    FaultType.OVERDUE: "eight-mustnot-4",
    FaultType.BUCK_PASSING: "eight-mustnot-2",
    FaultType.ATTITUDE: "eight-mustnot-3",
}


@dataclass(frozen=True, slots=True)
class Hands:
    """Who acts in the demonstration: who drafts, who confirms, who decides, who inquires, who leads the organ."""

    drafts: User
    confirms: User
    head: User
    inquires: User
    inquires_too: User
    leader: User


@dataclass(frozen=True, slots=True)
class Scene:
    """One case: how many days ago its clue came in, about which post, what it says, and what became of it."""

    days: int
    kind: ClueKind
    post: str
    text: str
    facts: str
    fault_type: FaultType
    measure: Measure
    play: Callable[[FaultCase, "Scene", Hands, datetime], None]


def load(now: datetime) -> int:
    """Add the cases of the demonstration; return how many, none where there are some or its people are missing."""
    organ = Organ.objects.filter(code=ORGAN).first()
    hands = _hands(now)
    clues.from_missing()
    load_clauses(now)
    # Cards and corrections of the demonstration have become clues already: those are not of these scenes.
    if organ is None or hands is None or Clue.objects.filter(text__in=[scene.text for scene in SCENES]).exists():
        return 0
    calendar, added = store.load(), 0
    for scene in SCENES:
        at = now - scene.days * DAY
        while at.date() not in calendar:
            at += DAY
        post = Post.objects.filter(code=scene.post, organ=organ).first()
        fault_on = timezone.localdate(at - 9 * DAY)
        if post is None or clues.holder_of(post, fault_on) is None:
            continue
        case = clues.register_clue(
            by=hands.drafts,
            at=at,
            kind=scene.kind,
            organ=organ,
            post=post,
            text=scene.text,
            fault_on=fault_on,
            fault_type=scene.fault_type,
        )
        scene.play(case, scene, hands, at)
        added += 1
    return added


def load_clauses(now: datetime) -> int:
    """
    Enter example texts for the eight musts and must-nots that nobody ever entered; return how many.

    The words of the paper are not the portal's to tell: each text says that it is an example.
    """
    hands = _hands(now)
    there = set(Clause.objects.filter(code__in=EXAMPLES).values_list("code", flat=True))
    missing = [each for each in clause_lists.places() if each.code not in there]
    if hands is None:
        return 0
    for place in missing:
        clauses.enter(
            place.code,
            by=hands.drafts,
            at=now,
            kind=ClauseKind.EIGHT,
            text=f"（示例文本，非原文）{EXAMPLES[place.code]}",
            source="示例文本；正式文字以佛府〔2004〕80号第一部分为准",
            valid_from=EXAMPLES_FROM,
        )
    return len(missing)


def _hands(now: datetime) -> Hands | None:
    on = timezone.localdate(now)
    found = []
    for code in (DRAFTS, CONFIRMS, HEAD, INQUIRES, INQUIRES_TOO, LEADER):
        post = Post.objects.filter(code=code).first()
        person = clues.holder_of(post, on) if post else None
        if person is None:
            return None
        found.append(person)
    return Hands(*found)


def _clue(case: FaultCase, scene: Scene, hands: Hands, at: datetime) -> None:
    """Nothing has been done yet."""


def _investigated(case: FaultCase, scene: Scene, hands: Hands, at: datetime) -> None:
    clues.take_up(case, by=hands.drafts, at=at, version=case.version)
    fault_on = case.fault_on
    clues.record_facts(
        case,
        by=hands.drafts,
        at=at + DAY,
        version=case.version,
        facts=scene.facts,
        fault_type=scene.fault_type,
        fault_on=fault_on,
    )
    words = "经初步核实，事实基本清楚，应当追究责任，建议立案。"
    clues.propose_opening(case, by=hands.drafts, at=at + 2 * DAY, version=case.version, text=words)
    clues.confirm_opening(case, by=hands.confirms, at=at + 3 * DAY, version=case.version)
    people = [hands.inquires, hands.inquires_too]
    inquiry.appoint(case, by=hands.head, at=at + 3 * DAY, version=case.version, people=people)
    need = "负责本案文书起草和送达。"
    inquiry.let_in(case, by=hands.head, at=at + 3 * DAY, version=case.version, person=hands.drafts, reason=need)
    inquiry.notify(case, by=hands.inquires, at=at + 4 * DAY, version=case.version)
    inquiry.add_evidence(
        case,
        by=hands.inquires,
        at=at + 5 * DAY,
        version=case.version,
        kind=EvidenceKind.INTERVIEW,
        title="询问笔录（演示）",
        text="问：当日由谁受理？答：由本岗位受理，当时未出具一次性告知书，事后也没有补发。",
        interviewed="窗口值班人员",
        interviewed_at=at + 5 * DAY,
    )


def _served(case: FaultCase, scene: Scene, hands: Hands, at: datetime) -> None:
    _investigated(case, scene, hands, at)
    entry: dict[str, Any] = {
        "responsibility": Responsibility.DIRECT.value,
        "rule_row": 3,
        "override_reason": "首次发生，主动改正并取得群众谅解，按情节确定处理方式（演示）。",
        "measures": [scene.measure.value],
    }
    parts = {str(pk): entry for pk in case.respondents.values_list("pk", flat=True)}
    circumstances = [Circumstance.COOPERATED.value]
    hearing.announce(
        case,
        by=hands.inquires,
        at=at + 8 * DAY,
        version=case.version,
        findings=scene.facts,
        severity=Severity.ORDINARY,
        circumstances=circumstances,
        parts=parts,
    )
    respondent = _respondent(case)
    if respondent.person is None:
        raise ValueError("The demonstration names a person.")
    hearing.state(
        respondent,
        by=respondent.person,
        at=at + 10 * DAY,
        kind=StatementKind.WRITTEN,
        text="对查明的事实没有异议。当日业务量较大，已补办告知并向群众说明，请从轻处理。",
    )
    case.refresh_from_db()
    deciding.propose_decision(
        case,
        by=hands.drafts,
        at=at + 14 * DAY,
        version=case.version,
        result=Result.ACCOUNTABLE,
        severity=Severity.ORDINARY,
        circumstances=circumstances,
        parts=parts,
        facts=scene.facts,
        basis="《佛山市行政过错责任追究暂行办法》第二十六条、第二十九条（演示）。",
        reasons="未按规定履行职责，影响群众办事，情节轻微；能够配合调查并主动改正，依法从轻。",
        clauses=Clause.objects.filter(code=CITED[scene.fault_type], valid_until__isnull=True),
    )
    deciding.confirm_decision(case, by=hands.head, at=at + 15 * DAY, version=case.version)
    day = timezone.localdate(at + 16 * DAY)
    deciding.serve(
        case,
        by=hands.drafts,
        at=at + 16 * DAY,
        version=case.version,
        respondent=_respondent(case),
        served_on=day,
        how="直接送达",
        organ_served_on=day,
    )
    for respondent in deciding.to_file(case):
        filed = {"respondent": respondent, "filed_on": timezone.localdate(at + 18 * DAY)}
        deciding.file_copy(case, by=hands.drafts, at=at + 18 * DAY, version=case.version, **filed)


def _appealed(case: FaultCase, scene: Scene, hands: Hands, at: datetime) -> None:
    _served(case, scene, hands, at)
    respondent = _respondent(case)
    if respondent.person is not None:
        words = "该事项的告知责任应由前一环节承担，请求复核责任划分。"
        appealing.appeal(respondent, by=respondent.person, at=at + 22 * DAY, reasons=words)


def _closed(case: FaultCase, scene: Scene, hands: Hands, at: datetime) -> None:
    _served(case, scene, hands, at)
    words = "已由单位主要负责人进行谈话，本人作出书面检查并完成整改。"
    deciding.report_execution(
        case, by=hands.leader, at=at + 24 * DAY, version=case.version, respondent=_respondent(case), text=words
    )
    deciding.close(case, by=hands.drafts, at=at + 60 * DAY, version=case.version)


def _respondent(case: FaultCase) -> Respondent:
    return Respondent.objects.select_related("case", "organ", "person", "post").get(case=case)


SCENES = (
    Scene(
        days=3,
        kind=ClueKind.MEDIA,
        post="440600-construction-34",
        text="本地媒体反映：施工许可窗口连续两日无人值守，群众多次往返（演示）。",
        facts="",
        fault_type=FaultType.ABANDON,
        measure=Measure.ADMONITION_TALK,
        play=_clue,
    ),
    Scene(
        days=16,
        kind=ClueKind.AUDIT,
        post="440600-construction-32",
        text="专项审计发现：三件许可申请的补正材料没有一次告知（演示）。",
        facts="三件施工许可申请分两次以上要求补正，均未出具一次性告知书，申请人为此多跑两趟以上。",
        fault_type=FaultType.PROCEDURE,
        measure=Measure.ADMONITION_TALK,
        play=_investigated,
    ),
    Scene(
        days=32,
        kind=ClueKind.INSPECTION,
        post="440600-construction-11",
        text="效能督查发现：一件承诺件逾期未办，台账无说明（演示）。",
        facts="一件承诺期限十个工作日的事项，逾期六个工作日办结，其间没有书面说明，也没有申请延期。",
        fault_type=FaultType.OVERDUE,
        measure=Measure.SELF_CRITICISM,
        play=_served,
    ),
    Scene(
        days=45,
        kind=ClueKind.SUPERIOR,
        post="440600-construction-32",
        text="上级交办：核查一件企业反映的推诿问题（演示）。",
        facts="企业就同一事项先后被指引至三个岗位，均以不属本岗位职责为由未予受理，前后历时八个工作日。",
        fault_type=FaultType.BUCK_PASSING,
        measure=Measure.ADMONISHMENT,
        play=_appealed,
    ),
    Scene(
        days=150,
        kind=ClueKind.INSPECTION,
        post="440600-construction-34",
        text="窗口作风督查发现：工作时间服务态度生硬，引发群众不满（演示）。",
        facts="工作时间内对前来咨询的群众态度生硬，未解答即要求离开，现场监控和两名群众的说明相互印证。",
        fault_type=FaultType.ATTITUDE,
        measure=Measure.ADMONITION_TALK,
        play=_closed,
    ),
)
