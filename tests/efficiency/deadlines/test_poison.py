"""A row that the engine cannot digest never holds up the others (docs/trust.md D-07, F-14)."""

import pytest
from django.db import DatabaseError, OperationalError, connection

from efficiency.deadlines import actions, registry, sweep
from efficiency.deadlines.models import BatchInHand, Deadline, Escalation
from efficiency.outbox.models import Message
from tests.factories.promises import SIGN_IN, many, promise
from tests.moments import MONDAY_MORNING, local

pytestmark = pytest.mark.django_db
LONG_AFTER = local("2026-06-01 00:00")


class Killed(BaseException):
    """Stands for the death of a process: nothing in it cleans up."""


@pytest.fixture
def rows(organ):
    """Return a hundred and fifty promises, the seventeenth of which is poison."""
    many(promise(organ, at=MONDAY_MORNING), 149)
    return list(Deadline.objects.order_by("id"))


@pytest.fixture
def poison(rows):
    """Return the row that a handler cannot digest."""
    return rows[16]


@pytest.fixture
def fails_on(poison):
    """Let a handler fail whenever the poison is in its batch."""

    def handler(batch, at):
        if poison.pk in {escalation.deadline_id for escalation in batch}:
            raise RuntimeError("cannot digest this")
        return len(batch)

    registry.register_handler(2, handler)


def escalated() -> set[int]:
    return set(Escalation.objects.values_list("deadline_id", flat=True))


class TestRowThatFails:
    def test_D07_stands_alone_and_the_rest_goes_on(self, rows, poison, fails_on):
        result = sweep.run(at=LONG_AFTER)

        assert (result.checked, result.cards) == (149, 149)
        assert escalated() == {row.pk for row in rows} - {poison.pk}
        assert not BatchInHand.objects.exists()

    def test_D07_counts_its_failure_and_keeps_nothing_of_the_try(self, poison, fails_on):
        sweep.run(at=LONG_AFTER)

        poison.refresh_from_db()
        assert (poison.attempts, poison.last_error) == (1, "RuntimeError: cannot digest this")
        assert not Message.objects.filter(event__in=[f"escalation:{poison.pk}"]).exists()
        assert poison.next_check_at == poison.warn_at

    def test_D07_is_tried_once_a_sweep_and_set_aside_after_five(self, poison, fails_on):
        for attempt in range(1, 5):
            assert sweep.run(at=LONG_AFTER).set_aside == 0
            poison.refresh_from_db()
            assert (poison.attempts, poison.quarantined_at) == (attempt, None)

        result = sweep.run(at=LONG_AFTER)

        poison.refresh_from_db()
        assert (result.set_aside, poison.attempts, poison.quarantined_at) == (1, 5, LONG_AFTER)
        assert poison.next_check_at is None
        assert sweep.run(at=LONG_AFTER).checked == 0

    def test_D07_does_not_drag_new_rows_with_it(self, organ, poison, fails_on):
        sweep.run(at=LONG_AFTER)
        other = promise(organ, SIGN_IN, at=MONDAY_MORNING)

        assert sweep.run(at=LONG_AFTER).checked == 1
        assert other.pk in escalated()

    def test_D07_goes_on_by_itself_once_the_cause_is_gone(self, poison, fails_on, monkeypatch):
        sweep.run(at=LONG_AFTER)
        monkeypatch.setattr(registry, "_handlers", {})

        sweep.run(at=LONG_AFTER)

        poison.refresh_from_db()
        assert (poison.level, poison.attempts, poison.last_error) == (4, 0, "")

    def test_D07_can_be_released_after_it_was_set_aside(self, poison, fails_on, people, monkeypatch):
        for _attempt in range(5):
            sweep.run(at=LONG_AFTER)
        monkeypatch.setattr(registry, "_handlers", {})

        actions.release(poison, by=people["officer"], at=LONG_AFTER)
        sweep.run(at=LONG_AFTER)

        poison.refresh_from_db()
        assert (poison.level, poison.quarantined_at) == (4, None)

    def test_a_handler_that_fails_on_everything_stops_the_sweep_loudly(self, rows, monkeypatch):
        def fail(batch, at):
            raise RuntimeError("broken by a release")

        registry.register_handler(2, fail)
        monkeypatch.setattr(sweep, "MOST_BAD_ROWS", 5)

        with pytest.raises(sweep.SweepFailed):
            sweep.run(at=LONG_AFTER)

        assert Deadline.objects.filter(attempts__gt=0).count() == 5
        assert not BatchInHand.objects.exists()

    def test_F12_the_disk_is_full_and_no_row_is_blamed(self, rows, monkeypatch):
        class DiskFull(Exception):
            pgcode = "53100"

        def fail(batch, at):
            raise OperationalError("could not extend file") from DiskFull()

        registry.register_handler(2, fail)

        with pytest.raises(DatabaseError):
            sweep.run(at=LONG_AFTER)

        assert not Deadline.objects.filter(attempts__gt=0).exists()
        assert not BatchInHand.objects.exists()


@pytest.mark.django_db(transaction=True)
class TestRowThatKills:
    """Each ``Killed`` is a worker that dies over the row: its transaction is gone, its batch is left in hand."""

    @pytest.fixture
    def kills_on(self, poison):
        def handler(batch, at):
            if poison.pk in {escalation.deadline_id for escalation in batch}:
                raise Killed
            return len(batch)

        registry.register_handler(2, handler)

    def run_until_it_lives(self, at=LONG_AFTER) -> int:
        deaths = 0
        while True:
            try:
                sweep.run(at=at)
            except Killed:
                deaths += 1
            else:
                return deaths

    def test_F14_lets_the_others_pass_within_three_minutes(self, rows, poison, kills_on):
        for _minute in range(4):
            with pytest.raises(Killed):
                sweep.run(at=LONG_AFTER)

        assert escalated() == {row.pk for row in rows} - {poison.pk}

    def test_F14_is_set_aside_in_the_end(self, rows, poison, kills_on):
        deaths = self.run_until_it_lives()

        poison.refresh_from_db()
        assert poison.quarantined_at is not None
        assert deaths <= sweep.TRIES + 2
        assert not BatchInHand.objects.exists()

    def test_F02_a_sweep_that_was_killed_for_another_reason_is_made_up_for_by_the_next(self, rows):
        calls = []

        def die_once(batch, at):
            calls.append(len(batch))
            if len(calls) == 1:
                raise Killed
            return 0

        registry.register_handler(4, die_once)
        with pytest.raises(Killed):
            sweep.run(at=LONG_AFTER)
        assert not Escalation.objects.exists()
        assert not Message.objects.exists()

        assert sweep.run(at=LONG_AFTER).checked == 150

        assert escalated() == {row.pk for row in rows}
        assert not Deadline.objects.filter(attempts__gt=0).exists()

    def test_new_rows_do_not_wait_behind_a_batch_that_was_left_over(self, organ, rows, poison, kills_on):
        with pytest.raises(Killed):
            sweep.run(at=LONG_AFTER)
        other = promise(organ, SIGN_IN, at=MONDAY_MORNING)

        with pytest.raises(Killed):
            sweep.run(at=LONG_AFTER)

        assert other.pk in escalated()


@pytest.mark.django_db(transaction=True)
def test_F14_a_statement_that_never_ends_is_cut_off(organ, monkeypatch):
    monkeypatch.setattr(sweep, "STATEMENT_TIMEOUT_MS", 100)

    def sleep(batch, at):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(5)")
        return 0

    registry.register_handler(2, sleep)
    deadline = promise(organ, at=MONDAY_MORNING)

    sweep.run(at=LONG_AFTER)

    deadline.refresh_from_db()
    assert deadline.attempts == 1
    assert "timeout" in deadline.last_error
