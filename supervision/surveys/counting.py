"""
What came of a survey, in one fixed number of statements, whatever the number of answers (docs/domain.md 11).

Nothing of fewer than ten answers leaves this module: neither scored, nor shown, not to the office either.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from efficiency import checks
from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from efficiency.rounding import half_up
from supervision.models import Survey, SurveyEvent
from supervision.surveys import answering, disclosed, drafting, feeding, workflow
from supervision.surveys.enums import Kind, Way
from supervision.surveys.refusals import Invalid, NotAllowed
from supervision.surveys.scoring import is_enough, score, score_of_all
from supervision.surveys.workflow import action, once

LONGEST_TEXT = 2000
_CENT = Decimal("0.01")
# Forms on paper count once a second person has looked a sample of their batch over.
_COUNTED = """
  FROM supervision_surveyanswer AS a
  LEFT JOIN supervision_surveybatch AS b ON b.id = a.batch_id
 WHERE a.survey_id = %s AND (a.way <> 'paper' OR b.state = 'checked')
"""
_BY_WAY = f"SELECT a.way, count(*) {_COUNTED} GROUP BY a.way"
_VALUES = f"FROM supervision_surveyvalue AS v JOIN (SELECT a.id {_COUNTED}) AS a ON a.id = v.answer_id"
_BY_ORGAN = f"""
SELECT v.organ_id, count(DISTINCT v.answer_id) {_VALUES} WHERE v.organ_id IS NOT NULL GROUP BY v.organ_id
"""
_BY_QUESTION = f"""
SELECT v.question_id, v.organ_id, count(*), count(*) FILTER (WHERE v.text <> ''), avg(v.number) {_VALUES}
 GROUP BY v.question_id, v.organ_id
"""
_BY_GRADE = f"""
SELECT v.question_id, v.organ_id, v.grade, count(*) {_VALUES} WHERE v.grade IS NOT NULL
 GROUP BY v.question_id, v.organ_id, v.grade
"""
_BY_CHOICE = f"""
SELECT v.question_id, v.organ_id, c.place::integer, count(*)
{_VALUES} CROSS JOIN LATERAL jsonb_array_elements_text(v.chosen) AS c(place)
 GROUP BY v.question_id, v.organ_id, c.place
"""


def results(survey: Survey) -> dict[str, Any]:
    """
    Return what came of a survey: answers by way, for each organ its score and items, and what was asked of nobody.

    An organ with fewer than ten answers is named without any figure; so is an item, or a question, of fewer.
    """
    sheet = answering.sheet_of(survey)
    ways = dict(_asked(_BY_WAY, survey))
    of_organs = dict(_asked(_BY_ORGAN, survey))
    asked = {(question, organ): rest for question, organ, *rest in _asked(_BY_QUESTION, survey)}
    grades, choices = _grouped(_asked(_BY_GRADE, survey)), _grouped(_asked(_BY_CHOICE, survey))
    organs = []
    for organ in sheet.organs:
        answers = of_organs.get(organ.pk, 0)
        one: dict[str, Any] = {"organ": organ.pk, "name": organ.name, "answers": None, "score": None, "items": []}
        if is_enough(answers):
            mine = [each for each in sheet.questions if each.each_organ]
            given = [grades.get((each.pk, organ.pk), {}) for each in mine if each.kind == Kind.GRADES]
            total = score_of_all(given)
            one |= {
                "answers": answers,
                "score": str(total) if total is not None else None,
                "items": [_item(each, organ.pk, asked, grades, choices) for each in mine],
            }
        organs.append(one)
    return {
        "answers": {way: ways.get(way, 0) for way in Way.values} | {"all": sum(ways.values())},
        "organs": organs,
        "questions": [_item(each, None, asked, grades, choices) for each in sheet.questions if not each.each_organ],
    }


def _item(question: Any, organ: int | None, asked: Mapping, grades: Mapping, choices: Mapping) -> dict[str, Any]:
    """Return what came of a question, about an organ or none in particular."""
    key = (question.pk, organ)
    answers, texts, mean = asked.get(key, (0, 0, None))
    found: dict[str, Any] = {"question": question.pk, "text": question.text, "kind": question.kind, "answers": None}
    if not is_enough(answers):
        return found
    found["answers"] = answers
    match question.kind:
        case Kind.GRADES:
            counts = grades.get(key, {})
            found["counts"] = [counts.get(grade, 0) for grade in (5, 4, 3, 2, 1)]
            found["score"] = str(score(counts))
        case Kind.SINGLE | Kind.SEVERAL:
            counts = choices.get(key, {})
            found["options"] = list(question.options)
            found["counts"] = [counts.get(place, 0) for place in range(len(question.options))]
        case Kind.YES_NO:
            counts = choices.get(key, {})
            found["counts"] = [counts.get(1, 0), counts.get(0, 0)]
        case Kind.NUMBER:
            found["mean"] = str(half_up(Decimal(mean))) if mean is not None else None
        case _:
            found["texts"] = texts
    return found


def _asked(sql: str, survey: Survey) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [survey.pk])
        return cursor.fetchall()


def _grouped(rows: list[tuple]) -> dict[tuple[int, int | None], dict[int, int]]:
    found: dict[tuple[int, int | None], dict[int, int]] = defaultdict(dict)
    for question, organ, place, count in rows:
        found[question, organ][place] = count
    return found


def figures_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return results without their words: what a new count has to give again."""
    words = ("name", "text", "texts", "options")
    plain = lambda item: {name: value for name, value in item.items() if name not in words}  # noqa: E731
    return {
        "answers": content.get("answers"),
        "organs": [plain(one) | {"items": [plain(item) for item in one["items"]]} for one in content.get("organs", [])],
        "questions": [plain(item) for item in content.get("questions", [])],
    }


def checksum(content: Mapping[str, Any]) -> str:
    """Return the checksum of results: SHA-256 over their JSON with sorted keys."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


# --- Two persons ----------------------------------------------------------------------------------------------------


@once
@action
def count(survey: Survey, /, *, by: User, at: datetime, version: int, text: str = "") -> SurveyEvent:
    """
    Count a survey that has ended, and put the results up for the approval of a second person.

    :param text: what the office says to them, read by everybody once they are published
    :raises Refused: as ``workflow.begin``
    :raises Invalid: a batch on paper still waits for its second look
    """
    step = workflow.begin(survey, "count", by=by, at=at, version=version)
    if survey.batches.filter(way=Way.PAPER, state="open", answers__isnull=False).exists():
        raise Invalid("text", _("A batch of forms on paper still waits to be looked over."))
    words = checks.optional_text("text", text, at_most=LONGEST_TEXT)
    drafting.only_for_everybody("text", words)
    survey.results = results(survey) | {"remark": words}
    survey.checksum = checksum(survey.results)
    survey.counted_by, survey.counted_at = by, at
    return workflow.finish(step, text=words)


@once
@action
def send_back(survey: Survey, /, *, by: User, at: datetime, version: int, reason: str) -> SurveyEvent:
    """
    Send the results back to whoever put them up.

    :raises Refused: as ``workflow.begin``
    :raises NotAllowed: ``by`` put them up
    :raises Invalid: there is no reason
    """
    step = workflow.begin(survey, "send_back", by=by, at=at, version=version)
    if why_not := why_not_decide(survey, by):
        raise NotAllowed(why_not)
    words = checks.text("reason", reason, _("Please give the reason."), at_most=LONGEST_TEXT)
    survey.results, survey.checksum, survey.counted_by, survey.counted_at = None, "", None, None
    return workflow.finish(step, text=words)


@once
@action
def publish(survey: Survey, /, *, by: User, at: datetime, version: int) -> SurveyEvent:
    """
    Publish the results as the second natural person, and hand the scores to the appraisal they are for.

    :raises Refused: as ``workflow.begin``
    :raises NotAllowed: ``by`` put them up, or a score would be lost to the appraisal (``feeding.why_not``)
    """
    step = workflow.begin(survey, "publish", by=by, at=at, version=version)
    if why_not := why_not_decide(survey, by) or feeding.why_not(survey):
        raise NotAllowed(why_not)
    survey.published_by, survey.published_at = by, at
    event = workflow.finish(step)
    feeding.feed(survey, by=by, at=at)
    disclosed.announce(survey, by=by, at=at)
    return event


def why_not_decide(survey: Survey, by: User) -> str:
    """Return why ``by`` does not decide on the results; empty where they do."""
    if survey.counted_by is not None and is_same_person(by, survey.counted_by):
        return _("Whoever put the results up does not approve them.")
    return ""
