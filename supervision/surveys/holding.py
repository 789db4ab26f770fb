"""A survey is opened by a second person, takes answers, and ends by itself at its last moment (docs/domain.md 11)."""

from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction
from django.db.models import Count
from django.db.models.functions import Random
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from efficiency import checks
from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from efficiency.timing.calendar import OutsideCalendar
from efficiency.timing.due import local_day
from efficiency.timing.zone import start_of
from supervision.models import Survey, SurveyAnswer, SurveyBatch, SurveyDrawn, SurveyEvent
from supervision.surveys import workflow
from supervision.surveys.enums import Kind, State, Way
from supervision.surveys.refusals import Invalid, NotAllowed
from supervision.surveys.workflow import action, once

log = structlog.get_logger(__name__)

LONGEST_REASON = 1000
# So many answers, with what they say to each question about each organ, are written anew by one statement.
STIRRED_AT_ONCE = 500
ONE_DAY = timedelta(days=1)


@once
@action
def open(survey: Survey, /, *, by: User, at: datetime, version: int) -> SurveyEvent:
    """
    Open a survey as the second natural person: what it asks does not change from now on.

    :raises Refused: as ``workflow.begin``
    :raises NotAllowed: ``by`` drafted it, or changed it
    :raises Invalid: it asks nothing, or its last day lies behind
    """
    step = workflow.begin(survey, "open", by=by, at=at, version=version)
    if why_not := why_not_open(survey, by):
        raise NotAllowed(why_not)
    if words := what_is_missing(survey, at=at):
        raise Invalid("version", words)
    survey.opened_by, survey.opened_at = by, at
    survey.ends_at = start_of(survey.ends_on + ONE_DAY)
    event = workflow.finish(step)
    if survey.way == Way.OPEN:
        SurveyBatch.objects.create(survey=survey, way=Way.OPEN, made_at=at)
    return event


def why_not_open(survey: Survey, by: User) -> str:
    """Return why ``by`` is not the second person; empty where they are."""
    writers = survey.events.filter(action__in=("draft", "revise", "edit"), actor__isnull=False).select_related("actor")
    if any(is_same_person(by, event.actor) for event in writers if event.actor):
        return _("Whoever drafted or changed a survey does not open it.")
    return ""


def what_is_missing(survey: Survey, *, at: datetime) -> str:
    """Return what a draft needs before it can open; empty where it needs nothing."""
    questions = list(survey.questions.all())
    if not questions:
        return _("The survey asks nothing yet.")
    empty = set(range(1, len(survey.groups) + 1)) - {each.group for each in questions}
    if empty:
        return _("Group %(number)d has no question yet.") % {"number": min(empty)}
    if survey.year is not None and not any(each.kind == Kind.GRADES for each in questions):
        return _("A score for the appraisal needs a question with five grades.")
    if survey.ends_on < local_day(at):
        return _("The last day lies behind.")
    return ""


def takes_answers(survey: Survey, at: datetime) -> bool:
    """Say whether answers are taken at ``at``: from the first day, until the last moment of the last, task or none."""
    if survey.state != State.OPEN or survey.ends_at is None:
        return False
    return start_of(survey.begins_on) <= at < survey.ends_at


@once
@action
def drop(survey: Survey, /, *, by: User, at: datetime, version: int, reason: str) -> SurveyEvent:
    """
    Drop a draft, or a survey that is open: what was answered so far is never counted nor shown.

    :raises Refused: as ``workflow.begin``
    :raises Invalid: there is no reason
    """
    step = workflow.begin(survey, "drop", by=by, at=at, version=version)
    text = checks.text("reason", reason, gettext_lazy("Please give the reason."), at_most=LONGEST_REASON)
    event = workflow.finish(step, text=text)
    take_back_unused(survey)
    SurveyDrawn.objects.filter(survey=survey).delete()
    SurveyAnswer.objects.filter(survey=survey).delete()
    return event


# --- The end --------------------------------------------------------------------------------------------------------


def end_due(*, at: datetime) -> int:
    """
    Write down which surveys have ended by ``at``, and let the time for their results run; return how many.

    Answers are refused from the last moment on whether or not this has run. Safe to run twice, and two at once.
    A survey that cannot be ended stops none of the others (docs/trust.md D-07).

    :raises ExceptionGroup: what failed, once all the others have ended
    """
    due = Survey.objects.filter(state=State.OPEN, ends_at__lte=at).order_by("pk").values_list("pk", flat=True)
    ended, failed = 0, list[Exception]()
    for key in due:
        try:
            ended += _end(key, at)
        except OutsideCalendar:
            # The calendar will reach farther; the next run looks again, and the other surveys end meanwhile.
            log.warning("survey_end_outside_calendar", survey=key)
        except Exception as error:  # D-07: tried again by the next run
            log.exception("survey_not_ended", survey=key)
            failed.append(error)
    if failed:
        raise ExceptionGroup("Some surveys could not be ended.", failed)
    return ended


@transaction.atomic
def _end(key: int, at: datetime) -> int:
    survey = Survey.objects.select_for_update(of=("self",), no_key=True).filter(pk=key).first()
    if survey is None or survey.state != State.OPEN or survey.ends_at is None or survey.ends_at > at:
        return 0
    step = workflow.begin_itself(survey, "end", at=at)
    workflow.finish(step, data={"answers": counted_by_way(survey)})
    # What nobody used opens nothing any more; how many there were stays with their batches.
    take_back_unused(survey)
    SurveyDrawn.objects.filter(survey=survey).delete()
    stir(survey)
    return 1


def counted_by_way(survey: Survey) -> dict[str, int]:
    """Return how many answers came by each way except on paper, which are typed in afterwards as well."""
    found = {Way.OPEN.value: 0, Way.CODE.value: 0}
    rows = SurveyAnswer.objects.filter(survey=survey, batch__isnull=True).order_by().values_list("way")
    return found | dict(rows.annotate(count=Count("pk")))


def take_back_unused(survey: Survey, batch: SurveyBatch | None = None) -> int:
    """Take back the codes that nobody used, of one batch or all, in one statement; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH gone AS (
                DELETE FROM supervision_surveycode
                 WHERE survey_id = %s AND (%s::bigint IS NULL OR batch_id = %s) RETURNING batch_id),
            counted AS (SELECT batch_id, count(*) AS gone FROM gone GROUP BY batch_id)
            UPDATE supervision_surveybatch AS b SET voided = b.voided + c.gone
              FROM counted AS c WHERE b.id = c.batch_id RETURNING c.gone
            """,
            [survey.pk, batch.pk if batch else None, batch.pk if batch else None],
        )
        return sum(row[0] for row in cursor.fetchall())


def stir(survey: Survey) -> None:
    """
    Write the answers of a survey anew, in no order.

    Rows lie in a table in the order in which they came, and the log of requests has an order as well: neither tells of
    the other afterwards (docs/trust.md P-18). So many answers a statement, drawn by lot: no statement grows with the
    survey.
    """
    keys = list(SurveyAnswer.objects.filter(survey=survey).order_by(Random()).values_list("pk", flat=True))
    with connection.cursor() as cursor:
        for table, column in (("supervision_surveyvalue", "answer_id"), ("supervision_surveyanswer", "id")):
            for begin in range(0, len(keys), STIRRED_AT_ONCE):
                cursor.execute(
                    f"WITH gone AS (DELETE FROM {table} WHERE {column} = ANY(%s) RETURNING *) "  # noqa: S608 - our own
                    f"INSERT INTO {table} SELECT * FROM gone ORDER BY random()",
                    [keys[begin : begin + STIRRED_AT_ONCE]],
                )
