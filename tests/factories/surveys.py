"""Surveys on their way: drafted, opened, answered and counted by the actions themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from efficiency import codes
from efficiency.access.models import User
from efficiency.organs.models import Organ, Rank, Role
from efficiency.timing.due import local_day
from supervision.models import Survey, SurveyAnswer, SurveyQuestion
from supervision.surveys import answering, counting, drafting, handing, holding
from supervision.surveys.drafting import Asked, Content
from supervision.surveys.enums import Kind, Way
from tests import known
from tests.factories.cases import local
from tests.factories.staff import City, Seat, make_city, seat_all

# A plain working Tuesday; the survey lasts until the Friday of the week after it.
TUESDAY = local(2026, 3, 3)
# After its end; when it is counted, and approved.
AFTERWARDS, COUNTING, APPROVAL = local(2026, 3, 14, 8), local(2026, 3, 16), local(2026, 3, 17)
CONTENT = Content(
    title="2026年机关作风征求意见表",
    purpose="听取社会各界对机关作风和办事效率的意见。",
    audience="society",
    way=Way.OPEN,
    begins_on=date(2026, 3, 3),
    ends_on=date(2026, 3, 13),
    groups=("总体评价", "意见建议"),
)
QUESTIONS = (
    Asked(1, Kind.GRADES, "服务态度", is_required=True),
    Asked(1, Kind.GRADES, "办事效率"),
    Asked(2, Kind.TEXT, "意见和建议", each_organ=True),
    Asked(2, Kind.YES_NO, "是否到过窗口"),
    Asked(2, Kind.SEVERAL, "希望改进", options=("减材料", "减时限", "减跑动")),
    Asked(2, Kind.NUMBER, "跑动次数"),
)


@dataclass
class SurveyCast:
    """The people whom a survey meets, in one small city."""

    city: City
    officer: User
    other_officer: User
    inspector: User
    district_officer: User
    clerk: User
    leader: User
    auditor: User


ROLES = tuple(name for name in SurveyCast.__dataclass_fields__ if name != "city")


def make_survey_cast() -> SurveyCast:
    """Return a small city with one person on each post that a survey meets, and a second of whoever confirms."""
    city = make_city()
    people = seat_all(
        officer=Seat(Role.OFFICE_OFFICER, city.office),
        other_officer=Seat(Role.OFFICE_OFFICER, city.office),
        inspector=Seat(Role.INSPECTOR, city.office),
        district_officer=Seat(Role.OFFICE_OFFICER, city.district_office),
        clerk=Seat(Role.CLERK, city.construction),
        leader=Seat(Role.ORGAN_LEADER, city.construction, Rank.APPROVER, is_head=True),
        auditor=Seat(Role.AUDITOR, city.government),
    )
    return SurveyCast(city=city, **people)


@known.led
def draft(cast: SurveyCast, *, at: datetime = TUESDAY, questions: Sequence[Asked] = QUESTIONS, **fields: Any) -> Survey:
    """Draft a survey about the construction and the tax bureau, with its questions; ``fields`` change the content."""
    content = replace(CONTENT, **{"organs": [cast.city.construction, cast.city.tax], **fields})
    survey = drafting.draft(content, by=cast.officer, at=at)
    for asked in questions:
        drafting.ask(survey, by=cast.officer, at=at, version=survey.version, asked=asked)
    return survey


def draft_survey(organs: Sequence[Organ], *, by: User, at: datetime) -> Survey:
    """Draft a survey about some organs that lasts a week from ``at``, with one question."""
    on = local_day(at)
    content = replace(CONTENT, organs=organs, begins_on=on, ends_on=on + timedelta(days=6), groups=("总体评价",))
    survey = drafting.draft(content, by=by, at=at)
    drafting.ask(survey, by=by, at=at, version=survey.version, asked=QUESTIONS[0])
    return survey


@known.led
def opened(cast: SurveyCast, *, at: datetime = TUESDAY, **fields: Any) -> Survey:
    """Draft a survey and have the second person open it."""
    survey = draft(cast, at=at, **fields)
    holding.open(survey, by=cast.other_officer, at=at, version=survey.version)
    return survey


def question(survey: Survey, text: str) -> SurveyQuestion:
    """Return a question by its words."""
    return survey.questions.get(text=text)


def code_for(survey: Survey, cast: SurveyCast, *, at: datetime = TUESDAY) -> str:
    """Return a code with which somebody may answer."""
    if survey.way == Way.OPEN:
        return handing.draw(survey, at=at)
    survey.refresh_from_db()
    made = handing.hand_out(survey, by=cast.officer, at=at, version=survey.version, name="政协委员", count=1)
    return made[0]


def given(survey: Survey, organs: Sequence[Organ], grade: int = 4, **texts: Any) -> Mapping[tuple, Any]:
    """Return an answer that gives every item of the organs the same grade; ``texts`` by the words of a question."""
    found: dict[tuple, Any] = {}
    for each in survey.questions.all():
        for key in [organ.pk for organ in organs] if each.each_organ else [None]:
            if each.kind == Kind.GRADES:
                found[each.pk, key] = grade
            elif each.text in texts:
                found[each.pk, key] = texts[each.text]
    return found


def answer(
    survey: Survey,
    cast: SurveyCast,
    *organs: Organ,
    grade: int = 4,
    code: str | None = None,
    at: datetime = TUESDAY,
    **texts: Any,
) -> SurveyAnswer:
    """Answer a survey with a code, a new one unless it is given."""
    judged = organs or (cast.city.construction,)
    return answering.take(
        survey,
        code_hash=codes.hash_code(code or code_for(survey, cast, at=at)),
        judged=[organ.pk for organ in judged],
        given=given(survey, judged, grade, **texts),
        at=at,
    )


def ended(survey: Survey, *, at: datetime = AFTERWARDS) -> Survey:
    """Let the portal notice that the survey has ended."""
    holding.end_due(at=at)
    survey.refresh_from_db()
    return survey


@known.led
def counted(survey: Survey, cast: SurveyCast, *, at: datetime = COUNTING) -> Survey:
    """End a survey, and put its results up."""
    ended(survey)
    counting.count(survey, by=cast.officer, at=at, version=survey.version)
    return survey


@known.led
def published(survey: Survey, cast: SurveyCast, *, at: datetime = APPROVAL) -> Survey:
    """End, count and publish a survey."""
    counted(survey, cast)
    counting.publish(survey, by=cast.other_officer, at=at, version=survey.version)
    return survey
