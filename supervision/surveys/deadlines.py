"""What a survey promises (docs/domain.md 3.5, 11): its results in time after its end, by the one engine."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import pgettext_lazy

from efficiency.deadlines import actions as engine
from efficiency.deadlines import registry
from efficiency.deadlines.models import Deadline, Promise
from supervision.models import Survey
from supervision.surveys.enums import State

RESULTS = "supervision.survey_results"
_RUNS = (State.ENDED, State.COUNTED)


def register() -> None:
    """Make the kind known to the engine; called once, when the app is ready."""
    registry.register_moved(RESULTS, refresh_next_due, lock=lock_surveys)
    registry.register(
        registry.DeadlineKind(
            name=RESULTS,
            label=pgettext_lazy("kind of promise", "results of an opinion survey"),
            promise=Promise.INTERNAL,
            limits={"": "10wd"},
            subject_model=Survey._meta.label_lower,
            owed_by="office",
        )
    )


def bring_in_line(survey: Survey, /, *, at: datetime, met: Collection[str] = ()) -> None:
    """
    Keep what a step keeps, end what belongs to nobody any more, and open what runs where the survey stands now.

    Its time begins with the last moment at which it took answers, however late that is noticed.

    :raises OutsideCalendar: the calendar does not reach far enough
    """
    for kind in met:
        engine.meet(survey, kind, at=at)
    runs = engine.running(survey, [RESULTS]).exists()
    wanted = survey.state in _RUNS
    if runs and not wanted:
        engine.cancel(survey, [RESULTS], at=at)
    elif wanted and not runs and survey.ends_at is not None:
        engine.open(survey, RESULTS, at=survey.ends_at - timedelta(seconds=1), organ=survey.office)
    survey.next_due_at = engine.next_due_at(survey)


def all_of(survey: Survey) -> list[Deadline]:
    """Return all promises about a survey, the newest first."""
    rows = engine.of_subject(survey).select_related("organ").prefetch_related("suspensions", "extensions")
    return list(rows.order_by("-started_at", "-id"))


def lock_surveys(promises: QuerySet[Deadline]) -> None:
    """Lock the surveys of these promises, in the order of their ids, before the promises are counted anew."""
    rows = Survey.objects.filter(pk__in=promises.order_by().values("object_id")).order_by("pk")
    len(rows.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))


def refresh_next_due(moved: QuerySet[Deadline]) -> None:
    """Set the column of surveys anew whose promises moved with the calendar, in one statement."""
    subjects, params = moved.order_by().values("object_id").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE supervision_survey AS s
               SET next_due_at = (
                   SELECT min(d.due_at) FROM efficiency_deadline AS d
                    WHERE d.content_type_id = %s AND d.object_id = s.id AND d.state = 'open')
             WHERE s.id IN ({subjects})
            """,  # noqa: S608 - the inner statement is Django's own, its values are parameters
            [ContentType.objects.get_for_model(Survey).pk, *params],
        )
