"""
Surveys of the demonstration, once: one that is open, one with results, one of which too few answered, one to be
counted, one as a draft.

They go their way by the actions themselves; answers are put in together, as many codes are used up as there are.
"""

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from efficiency.access.models import User
from efficiency.organs.models import Organ
from efficiency.timing.due import local_day
from efficiency.timing.zone import start_of
from supervision.models import Survey, SurveyAnswer, SurveyBatch, SurveyCode, SurveyValue
from supervision.surveys import access, answering, counting, drafting, handing, holding, typing_in
from supervision.surveys.drafting import Asked, Content
from supervision.surveys.enums import Audience, Kind, Way
from targets.plans.enums import Span

NEEDED = ("office", "head.office", "inspector")
DAY = timedelta(days=1)
GRADES = ("服务态度", "办事效率", "依法办事", "政务公开", "廉洁自律")
GROUPS = ("对单位的评价", "意见和建议")
# How often each grade is given, from very satisfied on: organs differ.
MOODS = ((52, 30, 12, 4, 2), (38, 36, 18, 6, 2), (24, 34, 26, 11, 5), (15, 28, 30, 17, 10))
WRITTEN = (
    "窗口排队时间较长，建议增开窗口。",
    "工作人员耐心细致，一次就办好了。",
    "建议把需要的材料在网上写清楚。",
    "电话咨询经常占线。",
    "中午也能办理，很方便。",
    "同一材料在两个窗口重复提交，希望改进。",
)
QUESTIONS = (
    *(Asked(1, Kind.GRADES, text, is_required=place == 0) for place, text in enumerate(GRADES)),
    Asked(2, Kind.TEXT, "您对该单位的意见和建议", each_organ=True),
    Asked(2, Kind.YES_NO, "您今年是否到该市政务服务窗口办过事"),
    Asked(2, Kind.NUMBER, "办一件事平均跑几趟", help="没有办过事的不填。"),
    Asked(2, Kind.SEVERAL, "您最希望改进的方面", options=("减少材料", "缩短时限", "减少跑动", "延时服务", "网上办理")),
)


def load(now: datetime) -> int:
    """Add the surveys of the demonstration; return how many, none where there are some or people are missing."""
    people = {user.username: user for user in User.objects.filter(username__in=NEEDED)}
    if len(people) < len(NEEDED) or Survey.objects.exists():
        return 0
    drafter, opener, typist = (people[name] for name in NEEDED)
    seat = access.seat_to_draft(drafter)
    own = access.own_organs(drafter) | access.own_organs(opener) | access.own_organs(typist)
    organs = [organ for organ in access.judgeable(seat.organ_ids) if organ.pk not in own] if seat else []
    bureaus = [organ for organ in organs if organ.kind == "department" and organ.level == "city"][:8]
    if len(bureaus) < 4:
        return 0
    # No secret: the same demonstration each time.
    chance = random.Random(11)  # noqa: S311
    hands = (drafter, opener, typist)
    scenes: tuple[Callable[..., None], ...] = (_published, _too_few, _to_be_counted, _open, _drafted)
    for scene in scenes:
        scene(hands, bureaus, chance, now)
    return len(scenes)


def _published(hands: Sequence[User], organs: list[Organ], chance: random.Random, now: datetime) -> None:
    """Members of the congress and the CPPCC judge the bureaus; the scores go to the appraisal of the year."""
    year = local_day(now).year
    survey = _held(
        hands,
        organs,
        now - 40 * DAY,
        title=f"{year}年市直机关作风和效能征求意见表（人大代表、政协委员）",
        purpose="听取人大代表、政协委员对市直机关作风、效率和服务的意见，结果计入年度绩效考评的社会评议得分。",
        audience=Audience.CONGRESS,
        way=Way.CODE,
        days=14,
        year=year,
        span=Span.YEAR,
    )
    at = survey.opened_at or now
    # The last organ stays below ten.
    _answer(survey, hands, organs, [(organ, 34 + 3 * place) for place, organ in enumerate(organs[:-1])], chance, at)
    _answer(survey, hands, organs, [(organs[-1], 6)], chance, at)
    _paper(survey, hands, organs, chance, at + 2 * DAY)
    _end(survey)
    end = survey.ends_at or now
    drafter, opener, _typist = hands
    text = "本次共发放答卷码并收回纸质表，结果按单位公布；答卷不足10份的单位不计分。"
    counting.count(survey, by=drafter, at=end + 2 * DAY, version=survey.version, text=text)
    counting.publish(survey, by=opener, at=end + 3 * DAY, version=survey.version)


def _too_few(hands: Sequence[User], organs: list[Organ], chance: random.Random, now: datetime) -> None:
    """So few service users answered that nothing is shown."""
    survey = _held(
        hands,
        organs[:1],
        now - 30 * DAY,
        title=f"办事群众回访征求意见表（{organs[0].name}）",
        purpose="听取办结事项的群众对窗口服务的意见。",
        audience=Audience.SERVED,
        way=Way.CODE,
        days=10,
    )
    _answer(survey, hands, organs, [(organs[0], 7)], chance, survey.opened_at or now)
    _end(survey)
    drafter, opener, _typist = hands
    end = survey.ends_at or now
    text = "收回答卷不足10份，不计分、不公布。"
    counting.count(survey, by=drafter, at=end + DAY, version=survey.version, text=text)
    counting.publish(survey, by=opener, at=end + 2 * DAY, version=survey.version)


def _to_be_counted(hands: Sequence[User], organs: list[Organ], chance: random.Random, now: datetime) -> None:
    """It has ended, and its results are promised."""
    survey = _held(
        hands,
        organs[:3],
        now - 12 * DAY,
        title="党政机关互评征求意见表",
        purpose="听取各单位对协作配合、文件办理效率的意见。",
        audience=Audience.ORGANS,
        way=Way.CODE,
        days=9,
    )
    _answer(survey, hands, organs, [(organ, 16) for organ in organs[:3]], chance, survey.opened_at or now)
    _end(survey)


def _open(hands: Sequence[User], organs: list[Organ], chance: random.Random, now: datetime) -> None:
    """Everybody may answer it."""
    survey = _held(
        hands,
        organs,
        now - 3 * DAY,
        title="社会各界对机关效能建设的意见征求表",
        purpose="听取社会各界对机关效能建设的意见，结果向社会公布。",
        audience=Audience.SOCIETY,
        way=Way.OPEN,
        days=21,
    )
    _answer(survey, hands, organs, [(organ, 12) for organ in organs[:2]], chance, now - 2 * DAY)


def _drafted(hands: Sequence[User], organs: list[Organ], chance: random.Random, now: datetime) -> None:
    """It waits for its second person."""
    _draft(
        hands,
        organs[:2],
        now - DAY,
        title="窗口延时服务征求意见表",
        purpose="听取群众对午间和周末延时服务的意见。",
        audience=Audience.SOCIETY,
        way=Way.OPEN,
        days=14,
    )


# --- Steps ----------------------------------------------------------------------------------------------------------


def _draft(hands: Sequence[User], organs: list[Organ], at: datetime, *, days: int, **said: Any) -> Survey:
    on = local_day(at)
    content = Content(begins_on=on, ends_on=on + (days - 1) * DAY, groups=GROUPS, organs=organs, **said)
    survey = drafting.draft(content, by=hands[0], at=at - DAY)
    for asked in QUESTIONS:
        drafting.ask(survey, by=hands[0], at=at - DAY, version=survey.version, asked=asked)
    return survey


def _held(hands: Sequence[User], organs: list[Organ], at: datetime, **said: Any) -> Survey:
    survey = _draft(hands, organs, at, **said)
    holding.open(survey, by=hands[1], at=start_of(survey.begins_on) + timedelta(hours=8), version=survey.version)
    return survey


def _end(survey: Survey) -> None:
    holding.end_due(at=(survey.ends_at or survey.drafted_at) + timedelta(minutes=1))
    survey.refresh_from_db()


def _answer(
    survey: Survey,
    hands: Sequence[User],
    organs: Sequence[Organ],
    many: Sequence[tuple[Organ, int]],
    chance: random.Random,
    at: datetime,
) -> None:
    """Give so many answers about each organ: as many codes are made, and used up, together."""
    count = sum(number for _organ, number in many)
    if survey.way == Way.CODE:
        name = f"第{survey.batches.count() + 1}组"
        handing.hand_out(survey, by=hands[0], at=at, version=survey.version, name=name, count=count + count // 4)
        batch = survey.batches.latest("pk")
        used = SurveyCode.objects.filter(batch=batch).order_by("pk").values("pk")[:count]
        SurveyCode.objects.filter(pk__in=list(used.values_list("pk", flat=True))).delete()
    else:
        SurveyBatch.objects.filter(survey=survey, way=Way.OPEN).update(made=count)
    answers, values = [], []
    sheet = answering.sheet_of(survey)
    for organ, number in many:
        mood = MOODS[organs.index(organ) % len(MOODS)]
        for _place in range(number):
            answer = SurveyAnswer(survey=survey, way=survey.way)
            answers.append(answer)
            for value in answering.checked(sheet, [organ.pk], _given(sheet, organ, mood, chance)):
                value.answer = answer
                values.append(value)
    SurveyAnswer.objects.bulk_create(answers)
    SurveyValue.objects.bulk_create(values)


def _paper(survey: Survey, hands: Sequence[User], organs: Sequence[Organ], chance: random.Random, at: datetime) -> None:
    """Some forms came on paper, and were looked over."""
    drafter, opener, _typist = hands
    batch = typing_in.begin_batch(survey, by=drafter, at=at, version=survey.version, name="市人大代表联络站")
    sheet = answering.sheet_of(survey)
    for number in range(1, 7):
        given = _given(sheet, organs[0], MOODS[0], chance)
        typing_in.type_in(batch, by=drafter, at=at, sheet=number, judged=[organs[0].pk], given=given)
    typing_in.look_over(survey, by=opener, at=at + DAY, version=survey.version, batch=batch.pk, is_right=True)


def _given(sheet: answering.Sheet, organ: Organ, mood: Sequence[int], chance: random.Random) -> dict[Any, Any]:
    given: dict[Any, Any] = {}
    for question in sheet.questions:
        key = (question.pk, organ.pk if question.each_organ else None)
        match question.kind:
            case Kind.GRADES:
                given[key] = chance.choices((5, 4, 3, 2, 1), mood)[0]
            case Kind.YES_NO:
                given[key] = chance.choices(("1", "0"), (7, 3))[0]
            case Kind.NUMBER:
                given[key] = str(chance.choices((1, 2, 3), (6, 3, 1))[0])
            case Kind.SEVERAL:
                given[key] = [str(place) for place in chance.sample(range(len(question.options)), 2)]
            case _ if chance.random() < 0.3:
                given[key] = chance.choice(WRITTEN)
    return given
