"""What must hold for surveys after any fault (docs/trust.md 3.2)."""

from django.utils.translation import gettext_lazy as _

from efficiency.audit.verify import count_sql, register_invariant
from supervision.models import Survey
from supervision.surveys import counting
from supervision.surveys.enums import State

_TYPE = "(SELECT id FROM django_content_type WHERE app_label = 'supervision' AND model = 'survey')"

# The results are promised from the end until they are published.
PROMISES_DIFFER = f"""
SELECT count(*) FROM supervision_survey AS s
 WHERE (s.state IN ('ended', 'counted')) <> EXISTS (
           SELECT FROM efficiency_deadline AS d
            WHERE d.content_type_id = {_TYPE} AND d.object_id = s.id AND d.state IN ('open', 'suspended'))
    OR s.next_due_at IS DISTINCT FROM (
           SELECT min(d.due_at) FROM efficiency_deadline AS d
            WHERE d.content_type_id = {_TYPE} AND d.object_id = s.id AND d.state = 'open')
"""  # noqa: S608 - put together from our own constants
EVENTS_DIFFER = """
SELECT count(*) FROM supervision_survey AS s
  JOIN LATERAL (SELECT count(*) AS count, max(number) AS last FROM supervision_surveyevent
                 WHERE survey_id = s.id) AS e ON true
 WHERE e.count <> s.version OR e.last IS DISTINCT FROM s.version
    OR s.state IS DISTINCT FROM (SELECT to_state FROM supervision_surveyevent
                                  WHERE survey_id = s.id AND number = s.version)
"""
# Whoever opens has not written, whoever decides on the results has not counted, whoever looks over has not typed.
DECIDED_ALONE = """
SELECT (SELECT count(*) FROM supervision_surveyevent AS o
         WHERE o.action = 'open' AND EXISTS (
               SELECT FROM supervision_surveyevent AS w
                WHERE w.survey_id = o.survey_id AND w.action IN ('draft', 'revise', 'edit')
                  AND w.actor_id = o.actor_id))
     + (SELECT count(*) FROM supervision_survey WHERE published_by_id = counted_by_id)
     + (SELECT count(*) FROM supervision_surveybatch WHERE checked_by_id = made_by_id)
"""
# Each answer took one code, and each code that is neither there nor taken back is an answer.
ANSWERS_ARE_NOT_CODES = """
SELECT count(*) FROM supervision_survey AS s
  LEFT JOIN LATERAL (SELECT coalesce(sum(made - voided), 0) AS given FROM supervision_surveybatch
                      WHERE survey_id = s.id AND way <> 'paper') AS b ON true
  LEFT JOIN LATERAL (SELECT count(*) AS left FROM supervision_surveycode WHERE survey_id = s.id) AS c ON true
  LEFT JOIN LATERAL (SELECT count(*) AS taken FROM supervision_surveyanswer
                      WHERE survey_id = s.id AND batch_id IS NULL) AS a ON true
 WHERE s.state <> 'dropped' AND b.given - c.left <> a.taken
    OR s.state NOT IN ('open') AND c.left > 0
    OR s.state NOT IN ('open') AND EXISTS (SELECT FROM supervision_surveydrawn AS d WHERE d.survey_id = s.id)
"""
# What was there when it ended is what is there: no answer came afterwards, and none went.
ANSWERS_AFTER_THE_END = """
SELECT count(*) FROM supervision_survey AS s
  JOIN supervision_surveyevent AS e ON e.survey_id = s.id AND e.action = 'end'
 WHERE EXISTS (
       SELECT FROM (VALUES ('open'), ('code')) AS w(way)
        WHERE coalesce((e.data -> 'answers' ->> w.way)::integer, 0) <> (
              SELECT count(*) FROM supervision_surveyanswer AS a WHERE a.survey_id = s.id AND a.way = w.way))
"""
# A value answers a question of its own survey, about an organ that is judged where it is asked for each.
VALUES_ASTRAY = """
SELECT count(*) FROM supervision_surveyvalue AS v
  JOIN supervision_surveyanswer AS a ON a.id = v.answer_id
  JOIN supervision_surveyquestion AS q ON q.id = v.question_id
 WHERE q.survey_id <> a.survey_id OR q.each_organ <> (v.organ_id IS NOT NULL)
    OR (q.kind = 'grades') <> (v.grade IS NOT NULL)
    OR v.organ_id IS NOT NULL AND NOT EXISTS (
       SELECT FROM supervision_surveyorgan AS o WHERE o.survey_id = a.survey_id AND o.organ_id = v.organ_id)
"""


def results_differ() -> int:
    """Count surveys whose results are not what their checksum says, or not what a new count gives."""
    wrong = 0
    for survey in Survey.objects.filter(state__in=(State.COUNTED, State.PUBLISHED)).iterator(chunk_size=100):
        kept = survey.results or {}
        # Names of organs may change afterwards, and texts end in their time; figures do neither.
        again = counting.figures_of(counting.results(survey)) if survey.erased_at is None else counting.figures_of(kept)
        if counting.checksum(kept) != survey.checksum or counting.figures_of(kept) != again:
            wrong += 1
    return wrong


def register() -> None:
    """Make the checks known; called once, when the app is ready."""
    register_invariant("I-03", _("Each survey is promised what its state asks for."), count_sql(PROMISES_DIFFER))
    register_invariant("I-07", _("Events of surveys are numbered without gap."), count_sql(EVENTS_DIFFER))
    register_invariant("I-08", _("Nobody decides on the own part in a survey."), count_sql(DECIDED_ALONE))
    register_invariant("I-48", _("Each answer to a survey took one code."), count_sql(ANSWERS_ARE_NOT_CODES))
    register_invariant("I-48", _("No answer came after a survey had ended."), count_sql(ANSWERS_AFTER_THE_END))
    register_invariant("I-48", _("Answers are about what their survey asks."), count_sql(VALUES_ASTRAY))
    register_invariant("I-48", _("Results of surveys are what was answered."), results_differ)
