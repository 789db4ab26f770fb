"""A change of the calendar beside people who work: nothing stale, nothing missed, nobody blocked."""

import threading
import time
from datetime import date, timedelta

import pytest
from django.db import connection, connections, transaction

from efficiency.timing import actions, registry, store
from efficiency.timing.models import CalendarYear
from tests.efficiency.timing.conftest import IN_DECEMBER
from tests.factories import staff

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("provisional_2027", "everybody_may"),
]
PATIENCE = 30
LATER = IN_DECEMBER + timedelta(hours=1)


class Thread(threading.Thread):
    """A thread with a connection of its own, whose failure is not lost."""

    def __init__(self, work) -> None:
        super().__init__(daemon=True)
        self.work, self.error = work, None
        self.start()

    def run(self) -> None:
        try:
            self.work()
        except BaseException as error:  # handed over to the test
            self.error = error
        finally:
            connections.close_all()

    def finish(self) -> None:
        self.join(PATIENCE)
        assert not self.is_alive()
        if self.error is not None:
            raise self.error


@pytest.fixture
def proposal(notice_2027):
    return actions.propose_year(2027, **notice_2027, by=staff.make_user(), at=IN_DECEMBER)


def test_another_process_counts_with_the_new_calendar_at_once(proposal):
    officer = staff.make_user()
    assert store.load().is_working_day(date(2026, 12, 31))

    Thread(lambda: actions.confirm_year(2027, by=officer, at=LATER)).finish()

    assert not store.load().is_working_day(date(2026, 12, 31))


def test_what_is_stored_with_the_old_calendar_meanwhile_is_looked_at_once_more(proposal, monkeypatch):
    stored: list[date] = []  # what others have written down, and committed
    seen: list[list[date]] = []
    monkeypatch.setattr(registry, "_on_change", [lambda first_date, at: seen.append(list(stored))])
    holds, goes_on = threading.Event(), threading.Event()

    def work():
        with transaction.atomic():
            calendar = store.hold()
            holds.set()
            assert goes_on.wait(PATIENCE)
            stored.append(calendar.add_working_days(date(2026, 12, 30), 1))

    worker = Thread(work)
    assert holds.wait(PATIENCE)
    officer = staff.make_user()
    office = Thread(lambda: actions.confirm_year(2027, by=officer, at=LATER))
    # The change itself waits for nobody: it is in force while the worker still holds the old calendar.
    until = time.monotonic() + PATIENCE
    while CalendarYear.objects.get(pk=2027).is_provisional and time.monotonic() < until:
        time.sleep(0.02)
    assert not CalendarYear.objects.get(pk=2027).is_provisional
    assert seen == [[]]
    goes_on.set()
    worker.finish()
    office.finish()

    assert stored == [date(2026, 12, 31)]  # counted with the old calendar
    assert seen == [[], [date(2026, 12, 31)]]


def test_a_change_that_is_being_made_keeps_nobody_from_counting(proposal):
    with transaction.atomic():
        store.lock()
        CalendarYear.objects.filter(pk=2027).update(notice="x", state="confirmed")

        def work():
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '2s'")
                assert 2027 in store.hold().provisional_years

        Thread(work).finish()


def test_of_two_people_who_confirm_at_once_one_is_told_that_it_is_done(proposal):
    officers = [staff.make_user(), staff.make_user()]
    outcomes: list[str] = []

    def confirm(officer):
        try:
            actions.confirm_year(2027, by=officer, at=LATER)
            outcomes.append("confirmed")
        except actions.NothingProposed:
            outcomes.append("refused")

    for thread in [Thread(lambda officer=officer: confirm(officer)) for officer in officers]:
        thread.finish()

    assert sorted(outcomes) == ["confirmed", "refused"]


def test_two_that_seed_at_once_make_one_calendar():
    before = store.load().last_day.year
    for thread in [Thread(lambda: store.seed(before + 1)) for _number in range(3)]:
        thread.finish()

    assert store.load().last_day == date(before + 1, 12, 31)
