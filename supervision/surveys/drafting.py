"""
A survey as a draft: what it says, whom it asks about, its questions (docs/domain.md 11).

One person drafts, a second natural person opens. Once open it is frozen: a change is a new survey, copied from this.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from efficiency import checks
from efficiency.access.models import User
from efficiency.audit.records import record
from efficiency.organs.models import Organ
from efficiency.personal_numbers import find_numbers
from efficiency.timing.due import local_day
from supervision.models import Survey, SurveyEvent, SurveyOrgan, SurveyQuestion
from supervision.surveys import access, messages, workflow
from supervision.surveys.enums import (
    CHOICES,
    MOST_GROUPS,
    MOST_QUESTIONS,
    WAYS_TO_ASK,
    Audience,
    Kind,
    State,
    Way,
)
from supervision.surveys.messages import Told
from supervision.surveys.refusals import Invalid, NotAllowed, Refused
from supervision.surveys.workflow import action, once
from targets.appraisal.surveys import LEAST_YEAR, MOST_YEAR
from targets.plans.enums import Span

LONGEST_TITLE, LONGEST_PURPOSE, LONGEST_GROUP, LONGEST_QUESTION, LONGEST_CHOICE = 100, 1000, 40, 200, 60
MOST_CHOICES, MOST_ORGANS, MOST_DAYS = 20, 500, 366


@dataclass(frozen=True, slots=True)
class Content:
    """What a survey says and whom it asks, without its questions."""

    title: str
    purpose: str
    audience: str
    way: str
    begins_on: date
    ends_on: date
    groups: Sequence[str]
    organs: Sequence[Organ] = ()
    year: int | None = None
    span: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is typed; ``position`` 0 puts it last in its group."""

    group: int
    kind: str
    text: str
    help: str = ""
    is_required: bool = False
    each_organ: bool = False
    options: Sequence[str] = field(default=())
    least: Decimal | None = None
    most: Decimal | None = None
    position: int = 0


# --- The draft ------------------------------------------------------------------------------------------------------


def draft(
    content: Content, /, *, by: User, at: datetime, copy_of: Survey | None = None, token: str | None = None
) -> Survey:
    """
    Draft a survey of the drafter's office, with the questions of an earlier one where ``copy_of`` names it.

    The same form drafts once (docs/trust.md S-10).

    :raises NotAllowed: ``by`` drafts for no efficiency office, or judges an organ of their own
    :raises Invalid: something is missing, too long, or out of bounds
    """
    if token and (event := workflow.steps.event_of(token, of="draft")):
        return event.survey
    try:
        with transaction.atomic():
            return _draft(content, by=by, at=at, copy_of=copy_of, token=token)
    except (Refused, IntegrityError) as failure:
        if token and (event := workflow.steps.event_of(token, of="draft")):
            return event.survey
        if isinstance(failure, NotAllowed):
            record("opinion.draft", actor=by, outcome="refused", at=at)
        raise


def _draft(content: Content, *, by: User, at: datetime, copy_of: Survey | None, token: str | None) -> Survey:
    seat = access.seat_to_draft(by)
    if seat is None:
        raise NotAllowed(_("Your post belongs to no efficiency office."))
    if copy_of is not None and not Survey.objects.visible_to(by).filter(pk=copy_of.pk).exists():
        raise Invalid("copy_of", _("There is no such survey."))
    survey = Survey(office_id=seat.organ_id, drafted_by=by, drafted_at=at, copied_from=copy_of)
    organs = _say(survey, content, by=by, reach=seat.organ_ids)
    survey.save()
    _judge(survey, organs)
    if copy_of is not None:
        _copy_questions(copy_of, survey)
    event = workflow.steps.first_event(survey, "draft", by=by, seat=seat, at=at)
    messages.tell(event, (Told.OFFICERS,))
    if token:
        workflow.steps.keep_token(token, event, of="draft")
    return survey


@once
@action
def revise(survey: Survey, /, *, by: User, at: datetime, version: int, content: Content) -> SurveyEvent:
    """
    Change what a draft says and whom it asks.

    :raises Refused: as ``workflow.begin``
    :raises Invalid: something is missing, too long, or out of bounds
    """
    step = workflow.begin(survey, "revise", by=by, at=at, version=version)
    reach = step.seat.organ_ids if step.seat else frozenset()
    organs = _say(survey, content, by=by, reach=reach)
    last = survey.questions.order_by("-group").values_list("group", flat=True).first() or 0
    if last > len(survey.groups):
        raise Invalid(
            "groups", _("There are questions in group %(number)d: please move them first.") % {"number": last}
        )
    _judge(survey, organs)
    return workflow.finish(step)


def _say(survey: Survey, content: Content, *, by: User, reach: frozenset[int]) -> list[Organ]:
    """Put what was typed into the survey, which is saved afterwards; return the organs that are judged."""
    survey.title = checks.text("title", content.title, _("Please give the survey a title."), at_most=LONGEST_TITLE)
    words = _("Please say what the survey is for: everybody reads it.")
    survey.purpose = checks.text("purpose", content.purpose, words, at_most=LONGEST_PURPOSE)
    only_for_everybody("title", survey.title)
    only_for_everybody("purpose", survey.purpose)
    survey.audience = checks.choice("audience", content.audience, Audience, _("Please choose who is asked."))
    survey.way = checks.choice("way", content.way, Way, _("Please choose how it is answered."))
    if survey.way not in WAYS_TO_ASK:
        raise Invalid("way", _("Please choose how it is answered."))
    if content.ends_on < content.begins_on:
        raise Invalid("ends_on", _("The last day does not lie before the first."))
    if (content.ends_on - content.begins_on).days >= MOST_DAYS:
        raise Invalid("ends_on", _("A survey lasts a year at most."))
    survey.begins_on, survey.ends_on = content.begins_on, content.ends_on
    groups = [
        checks.optional_text("groups", name, at_most=LONGEST_GROUP) for name in content.groups if name and name.strip()
    ]
    if not 1 <= len(groups) <= MOST_GROUPS:
        raise Invalid("groups", _("Please name one to %(most)d groups of questions.") % {"most": MOST_GROUPS})
    survey.groups = groups
    survey.year, survey.span = _appraisal(content)
    return _organs(content.organs, by=by, reach=reach)


def only_for_everybody(field: str, words: str) -> None:
    """
    Refuse words that everybody would read and that hold a number of a person (docs/trust.md P-07).

    :raises Invalid: they do
    """
    if find_numbers(words):
        raise Invalid(field, _("Everybody reads this: please leave out numbers that tell who somebody is."))


def _appraisal(content: Content) -> tuple[int | None, str]:
    if content.year is None and not content.span:
        return None, ""
    if content.year is None or not LEAST_YEAR <= content.year <= MOST_YEAR:
        raise Invalid("year", _("Please give the year of the appraisal, or leave out its period as well."))
    return content.year, checks.choice("span", content.span, Span, _("Please choose the period of the appraisal."))


def _organs(organs: Sequence[Organ], *, by: User, reach: frozenset[int]) -> list[Organ]:
    keys = {organ.pk for organ in organs}
    if not keys:
        raise Invalid("organs", _("Please choose the organs that the survey asks about."))
    if len(keys) > MOST_ORGANS or not keys <= reach:
        raise Invalid(
            "organs", _("Please choose organs in reach of your office, %(most)d at most.") % {"most": MOST_ORGANS}
        )
    if keys & access.own_organs(by):
        raise NotAllowed(_("Nobody asks about an organ of their own."), "organs")
    found = access.judgeable(keys)
    if len(found) != len(keys):
        raise Invalid("organs", _("An efficiency office, or an organ that is no more, is not asked about."))
    return found


def _judge(survey: Survey, organs: Sequence[Organ]) -> None:
    SurveyOrgan.objects.filter(survey=survey).delete()
    SurveyOrgan.objects.bulk_create(
        [SurveyOrgan(survey=survey, organ=organ, position=place) for place, organ in enumerate(organs, 1)]
    )


def _copy_questions(source: Survey, survey: Survey) -> None:
    most = len(survey.groups)
    SurveyQuestion.objects.bulk_create(
        [
            SurveyQuestion(
                survey=survey,
                group=min(each.group, most),
                **{name: getattr(each, name) for name in _QUESTION if name != "group"},
            )
            for each in source.questions.all()
        ]
    )


_QUESTION = tuple(each.name for each in fields(Asked))


# --- Its questions --------------------------------------------------------------------------------------------------


@once
@action
def ask(survey: Survey, /, *, by: User, at: datetime, version: int, asked: Asked) -> SurveyEvent:
    """
    Add a question to a draft.

    :raises Refused: as ``workflow.begin``
    :raises Invalid: something is missing, too long, or out of bounds
    """
    step = workflow.begin(survey, "edit", by=by, at=at, version=version)
    if survey.questions.count() >= MOST_QUESTIONS:
        raise Invalid("text", _("A survey has %(most)d questions at most.") % {"most": MOST_QUESTIONS})
    question = SurveyQuestion(survey=survey)
    _put(question, asked)
    return workflow.finish(step, text=f"＋ {question.text}", data={"added": question.pk})


@once
@action
def reword(survey: Survey, /, *, by: User, at: datetime, version: int, question: int, asked: Asked) -> SurveyEvent:
    """
    Change a question of a draft, or where it stands.

    :raises Refused: as ``workflow.begin``
    :raises Invalid: something is missing, too long, or out of bounds, or the question is gone
    """
    step = workflow.begin(survey, "edit", by=by, at=at, version=version)
    found = _question(survey, question)
    _put(found, asked)
    return workflow.finish(step, text=found.text, data={"changed": found.pk})


@once
@action
def remove(survey: Survey, /, *, by: User, at: datetime, version: int, question: int) -> SurveyEvent:
    """
    Take a question out of a draft.

    :raises Refused: as ``workflow.begin``
    :raises Invalid: the question is gone
    """
    step = workflow.begin(survey, "edit", by=by, at=at, version=version)
    found = _question(survey, question)
    removed, text = found.pk, found.text
    found.delete()
    return workflow.finish(step, text=f"－ {text}", data={"removed": removed})


def _question(survey: Survey, key: int) -> SurveyQuestion:
    found = survey.questions.filter(pk=key).first()
    if found is None:
        raise Invalid("text", _("There is no such question any more."))
    return found


def _put(question: SurveyQuestion, asked: Asked) -> None:
    """Check and keep a question, and number those of its group anew."""
    survey = question.survey
    if not 1 <= asked.group <= len(survey.groups):
        raise Invalid("group", _("Please choose one of the groups."))
    question.group = asked.group
    question.kind = checks.choice("kind", asked.kind, Kind, _("Please choose the kind of question."))
    question.text = checks.text("text", asked.text, _("Please write the question."), at_most=LONGEST_QUESTION)
    only_for_everybody("text", question.text)
    question.help = checks.optional_text("help", asked.help, at_most=LONGEST_QUESTION)
    question.is_required = asked.is_required
    question.each_organ = asked.each_organ or question.kind == Kind.GRADES
    question.options = _choices(asked) if question.kind in CHOICES else []
    is_number = question.kind == Kind.NUMBER
    question.least, question.most = (asked.least, asked.most) if is_number else (None, None)
    if question.least is not None and question.most is not None and question.most < question.least:
        raise Invalid("most", _("The most is not below the least."))
    others = list(survey.questions.filter(group=asked.group).exclude(pk=question.pk))
    place = min(asked.position or len(others) + 1, len(others) + 1)
    question.position = place
    question.save()
    for number, other in enumerate(others, 1):
        other.position = number if number < place else number + 1
    SurveyQuestion.objects.bulk_update(others, ["position"])


def _choices(asked: Asked) -> list[str]:
    found = [checks.optional_text("options", each, at_most=LONGEST_CHOICE) for each in asked.options if each.strip()]
    if not 2 <= len(found) <= MOST_CHOICES:
        raise Invalid("options", _("Please write 2 to %(most)d choices, one a line.") % {"most": MOST_CHOICES})
    if len(set(found)) != len(found):
        raise Invalid("options", _("Two choices are the same."))
    return found


def is_over(survey: Survey, at: datetime) -> bool:
    """Say whether the last day of a draft lies behind."""
    return survey.state == State.DRAFT and survey.ends_on < local_day(at)
