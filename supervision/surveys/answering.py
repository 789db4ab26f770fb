"""
An answer: checked against what was asked, taken once for a code, kept without anything that tells whose it is.

The code is deleted by the statement that takes it, in the transaction that keeps the answer: of two that use it at once
one finds it gone. The survey is locked against its end, not against other answers (docs/domain.md 11).
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from efficiency import checks
from efficiency.organs.models import Organ
from supervision.models import Survey, SurveyAnswer, SurveyQuestion, SurveyValue
from supervision.surveys import holding
from supervision.surveys.enums import MOST_JUDGED, Grade, Kind
from supervision.surveys.refusals import Closed, Invalid, Used

LONGEST_TEXT = 1000
# What is given for each (question, organ or None): a grade, places, a number, yes or no, a text; as typed.
Given = Mapping[tuple[int, int | None], Any]
YES, NO = "1", "0"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a survey asks, read once: its questions in order, the organs that can be judged."""

    survey: Survey
    questions: tuple[SurveyQuestion, ...]
    organs: tuple[Organ, ...]

    def of_group(self, group: int) -> tuple[SurveyQuestion, ...]:
        """Return the questions of a group, from 1 on."""
        return tuple(each for each in self.questions if each.group == group)

    def places(self, question: SurveyQuestion, judged: Sequence[int]) -> tuple[int | None, ...]:
        """Return for which organs a question is asked: each of those judged, or none in particular."""
        return tuple(judged) if question.each_organ else (None,)


def sheet_of(survey: Survey) -> Sheet:
    """Return what a survey asks, in two questions."""
    rows = survey.judged.select_related("organ").order_by("position")
    return Sheet(survey, tuple(survey.questions.all()), tuple(each.organ for each in rows))


def name_of(question: SurveyQuestion, organ: int | None) -> str:
    """Return how the field of a question is called in forms, and in refusals."""
    return f"q{question.pk}" if organ is None else f"q{question.pk}_{organ}"


def take(survey: Survey, /, *, code_hash: bytes, judged: Sequence[int], given: Given, at: datetime) -> SurveyAnswer:
    """
    Take an answer with a code, once.

    :param judged: the organs that it is about
    :raises Closed: the survey takes no answers at ``at``
    :raises Used: there is no such code any more
    :raises Invalid: an answer is missing, or none that was asked for
    """
    with transaction.atomic():
        # Answers do not wait for each other; the end of the survey, and dropping it, wait for them, and they for it.
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT state, ends_at, begins_on FROM supervision_survey WHERE id = %s FOR SHARE", [survey.pk]
            )
            survey.state, survey.ends_at, survey.begins_on = cursor.fetchone()
            if not holding.takes_answers(survey, at):
                raise Closed
            cursor.execute(
                "DELETE FROM supervision_surveycode WHERE survey_id = %s AND code_hash = %s RETURNING id",
                [survey.pk, code_hash],
            )
            if cursor.fetchone() is None:
                raise Used
        return keep(SurveyAnswer(survey=survey, way=survey.way), sheet_of(survey), judged, given)


def keep(answer: SurveyAnswer, sheet: Sheet, judged: Sequence[int], given: Given) -> SurveyAnswer:
    """
    Keep an answer in the caller's transaction.

    :raises Invalid: an answer is missing, or none that was asked for
    """
    values = checked(sheet, judged, given)
    answer.save(force_insert=True)
    for value in values:
        value.answer = answer
    SurveyValue.objects.bulk_create(values)
    return answer


def checked(sheet: Sheet, judged: Sequence[int], given: Given) -> list[SurveyValue]:
    """
    Return the values of an answer.

    :raises Invalid: an answer is missing, or none that was asked for; ``field`` is that of the question
    """
    chosen = checked_organs(sheet, judged)
    found = []
    for question in sheet.questions:
        for organ in sheet.places(question, chosen):
            value = checked_value(question, organ, given.get((question.pk, organ)))
            if value is not None:
                found.append(value)
    if not found:
        raise Invalid("", _("Nothing was answered: please answer one question at least."))
    return found


def checked_organs(sheet: Sheet, judged: Sequence[int]) -> list[int]:
    """
    Return the organs that an answer is about, in the order of the survey.

    :raises Invalid: none, too many, or others than those asked about
    """
    known = [organ.pk for organ in sheet.organs]
    if len(known) == 1:
        return known
    if not set(judged) <= set(known):
        raise Invalid("organs", _("Please choose from the organs on the list."))
    if not judged:
        raise Invalid("organs", _("Please choose the organs that you want to judge."))
    if len(set(judged)) > MOST_JUDGED:
        raise Invalid("organs", _("Please choose %(most)d organs at most.") % {"most": MOST_JUDGED})
    return [key for key in known if key in set(judged)]


def checked_value(question: SurveyQuestion, organ: int | None, given: Any) -> SurveyValue | None:
    """
    Return what was answered to a question; None where nothing was, and nothing has to be.

    :raises Invalid: it has to be answered, or is no answer to it
    """
    name = name_of(question, organ)
    value = SurveyValue(question=question, organ_id=organ)
    is_given = _read(value, question, given, name)
    if not is_given and question.is_required:
        raise Invalid(name, _("Please answer: %(question)s") % {"question": question.text})
    return value if is_given else None


def _read(value: SurveyValue, question: SurveyQuestion, given: Any, name: str) -> bool:
    """Put what was given into the value; say whether anything was."""
    wrong = Invalid(name, _("Please choose one of the offered answers: %(question)s") % {"question": question.text})
    match question.kind:
        case Kind.GRADES:
            if given in (None, ""):
                return False
            if str(given) not in {str(grade) for grade in Grade.values}:
                raise wrong
            value.grade = int(given)
        case Kind.SINGLE | Kind.YES_NO:
            if given in (None, ""):
                return False
            value.chosen = [_place(given, 2 if question.kind == Kind.YES_NO else len(question.options), wrong)]
        case Kind.SEVERAL:
            many = [given] if isinstance(given, str) else list(given or [])
            value.chosen = sorted({_place(each, len(question.options), wrong) for each in many if each != ""})
            return bool(value.chosen)
        case Kind.NUMBER:
            if given in (None, ""):
                return False
            value.number = _number(question, str(given), name)
        case _:
            value.text = checks.optional_text(name, str(given or ""), at_most=LONGEST_TEXT)
            return bool(value.text)
    return True


def _place(given: Any, count: int, wrong: Invalid) -> int:
    text = str(given)
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and int(text) < count):
        raise wrong
    return int(text)


def _number(question: SurveyQuestion, given: str, name: str) -> Decimal:
    words = {"question": question.text}
    try:
        number = Decimal(unicodedata.normalize("NFKC", given).strip())
    except InvalidOperation as error:
        raise Invalid(name, _("Please enter a number in digits: %(question)s") % words) from error
    if not number.is_finite() or abs(number) >= Decimal(10) ** 10 or number != number.quantize(Decimal("0.01")):
        raise Invalid(name, _("Please enter a number with two decimals at most: %(question)s") % words)
    if question.least is not None and number < question.least:
        raise Invalid(name, _("Please enter at least %(least)s: %(question)s") % {**words, "least": question.least})
    if question.most is not None and number > question.most:
        raise Invalid(name, _("Please enter at most %(most)s: %(question)s") % {**words, "most": question.most})
    return number
