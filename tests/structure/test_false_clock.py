"""No task of the worker acts on time by a clock that cannot be believed (docs/trust.md D-08, F-13)."""

import pytest
from django.conf import settings

from efficiency.celery import app
from efficiency.deadlines import clock

pytestmark = pytest.mark.django_db

# What may run whatever the clock says, and why.
WHATEVER_THE_CLOCK = {
    "efficiency.send_messages": "a letter that was written has to leave",
    "efficiency.seal": "what was written down gets its place in the chain",
    "efficiency.tell_facts": "what has happened is told",
    "supervision.keep_bulletin_files": "the papers of what was published depend on no date",
    "complaints.scan_files": "what a scanner says of a file depends on no date",
}
TIMED = sorted({entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} - set(WHATEVER_THE_CLOCK))


class Asked(AssertionError):
    """A task looked at the clock without asking whether it can be believed."""


@pytest.fixture
def disbelieved(monkeypatch):
    """Let the clock be doubtful, and nobody look at it otherwise."""

    def refuse(*_: object) -> None:
        raise clock.ClockDoubtful("The clock ran away.")

    def read() -> clock.Reading:
        raise Asked

    monkeypatch.setattr(clock, "believed", lambda: None)
    monkeypatch.setattr(clock, "check", refuse)
    monkeypatch.setattr(clock, "read", read)


def test_D08_every_exception_is_a_task_of_the_beat():
    assert set(WHATEVER_THE_CLOCK) <= {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}


@pytest.mark.parametrize("name", [name for name in TIMED if name != "efficiency.check_deadlines"])
def test_D08_F13_a_task_does_nothing_at_all_by_a_false_clock(name, disbelieved, django_assert_num_queries):
    app.loader.import_default_modules()

    with django_assert_num_queries(0):
        app.tasks[name]()


def test_D08_a_sweep_says_so(disbelieved, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(clock, "read", lambda: None)

    with pytest.raises(clock.ClockDoubtful), django_assert_num_queries(0):
        app.tasks["efficiency.check_deadlines"]()
