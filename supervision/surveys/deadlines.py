"""What a survey promises (docs/domain.md 3.5, 11): its results in time after its end, by the one engine."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import pgettext_lazy

from efficiency import handing_over, succession
from efficiency.deadlines import actions as engine
from efficiency.deadlines import registry, subjects
from efficiency.deadlines.models import Deadline, Promise
from supervision.models import Survey
from supervision.surveys.enums import State

RESULTS = "supervision.survey_results"
_RUNS = (State.ENDED, State.COUNTED)


def register() -> None:
    """Make the kind known to the engine; called once, when the app is ready."""
    handing_over.register(Survey, why=handing_over.OF_ORGAN)
    succession.register_staying(Survey._meta.label_lower, succession.OF_OFFICE)
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
    return subjects.all_of(survey)


def lock_surveys(promises: QuerySet[Deadline]) -> None:
    """Lock the surveys of these promises, in the order of their ids, before the promises are counted anew."""
    subjects.lock(Survey, promises)


def refresh_next_due(moved: QuerySet[Deadline]) -> None:
    """Set the column of surveys anew whose promises moved with the calendar, in one statement."""
    subjects.refresh_next_due(Survey, moved)
