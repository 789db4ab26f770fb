"""A clock that jumped does not make promises late (docs/trust.md D-08, F-13)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings

from efficiency.deadlines import clock, heartbeat, sweep
from efficiency.deadlines.clock import ClockDoubtful, Reading
from efficiency.deadlines.models import Escalation, Sweep
from efficiency.runtime.supervisor import worker_stuck_after
from efficiency.tasks import LONGEST_SWEEP
from tests.factories.promises import promise
from tests.moments import MONDAY_MORNING

pytestmark = pytest.mark.django_db
BOOT = "0f3c9d5e-machine-started"
CELERY_TICK = settings.CELERY_BEAT_SCHEDULE["check-deadlines"]["schedule"]
NOON = Reading(at=MONDAY_MORNING, steady_seconds=1000.0, boot=BOOT)


def later(reading: Reading, *, wall: timedelta, steady: timedelta | None = None, boot: str = BOOT) -> Reading:
    """Return a reading after both clocks went on, by the same time unless told otherwise."""
    passed = wall if steady is None else steady
    return Reading(reading.at + wall, reading.steady_seconds + passed.total_seconds(), boot)


@pytest.fixture
def at(monkeypatch):
    """Let both clocks stand where a test says, and sweep there."""

    def tick(reading: Reading) -> sweep.SweepResult:
        monkeypatch.setattr(clock, "read", lambda: reading)
        return sweep.tick()

    return tick


class TestWallClock:
    def test_D08_of_the_first_sweep_is_believed(self, at):
        at(NOON)

        assert Sweep.objects.get().at == NOON.at

    @pytest.mark.parametrize("apart", [timedelta(hours=1), timedelta(days=1), -timedelta(minutes=2)])
    def test_D08_that_parted_from_the_steady_clock_stops_the_sweep(self, at, organ, apart):
        reply = promise(organ, at=MONDAY_MORNING)
        at(NOON)

        with pytest.raises(ClockDoubtful):
            at(later(NOON, wall=timedelta(minutes=5) + apart, steady=timedelta(minutes=5)))

        reply.refresh_from_db()
        assert (Sweep.objects.count(), reply.level) == (1, 0)

    def test_D08_may_be_corrected_by_up_to_a_minute(self, at):
        at(NOON)

        at(later(NOON, wall=timedelta(seconds=110), steady=timedelta(seconds=60)))

        assert Sweep.objects.count() == 2

    def test_D08_before_the_last_sweep_stops_the_sweep_even_after_a_restart(self, at):
        at(NOON)

        with pytest.raises(ClockDoubtful):
            at(later(NOON, wall=-timedelta(seconds=1), boot="another start"))

    def test_D08_more_than_31_days_later_stops_the_sweep(self, at):
        at(NOON)

        with pytest.raises(ClockDoubtful):
            at(later(NOON, wall=timedelta(days=31, seconds=1), boot="another start"))

    def test_D08_after_a_week_of_standstill_is_no_jump_and_all_is_caught_up(self, at, organ):  # F-11
        promise(organ, at=MONDAY_MORNING - timedelta(days=28))
        at(NOON)

        result = at(later(NOON, wall=timedelta(days=7)))

        assert result.is_complete

    def test_D08_fits_again_once_it_was_set_right(self, at):
        at(NOON)
        with pytest.raises(ClockDoubtful):
            at(later(NOON, wall=timedelta(hours=1), steady=timedelta(minutes=1)))

        at(later(NOON, wall=timedelta(minutes=2)))

        assert Sweep.objects.count() == 2

    def test_D08_of_another_machine_is_compared_with_its_own_sweeps(self, at):
        at(NOON)
        other = later(NOON, wall=timedelta(minutes=1), steady=timedelta(days=90), boot="other machine")
        at(other)

        with pytest.raises(ClockDoubtful):
            at(replace(other, at=other.at + timedelta(minutes=30)))


class TestConfirmation:
    def test_D08_lets_sweeps_go_on(self, at):
        at(NOON)
        jumped = later(NOON, wall=timedelta(days=60), steady=timedelta(minutes=1))
        with pytest.raises(ClockDoubtful):
            at(jumped)

        clock.confirm(jumped)
        at(later(jumped, wall=timedelta(minutes=1)))

        assert Sweep.objects.count() == 2

    def test_D08_takes_a_clock_back_that_had_run_ahead(self, at):
        ahead = later(NOON, wall=timedelta(days=20))
        at(ahead)
        with pytest.raises(ClockDoubtful):
            at(NOON)

        clock.confirm(NOON)
        at(later(NOON, wall=timedelta(minutes=1)))

        assert Sweep.objects.count() == 2

    def test_D08_D04_what_a_clock_ahead_left_behind_is_no_sign_of_life(self, at):  # W-01
        ahead = later(NOON, wall=timedelta(days=20))
        at(ahead)
        assert heartbeat.age(ahead.at + timedelta(seconds=30)) == 30
        # The clock of another process may be a little behind that of the database.
        assert heartbeat.age(ahead.at - timedelta(seconds=30)) == 0

        # Set right: whether or not somebody confirms it, nothing has been swept by this clock.
        assert heartbeat.age(NOON.at) is None
        clock.confirm(later(ahead, wall=timedelta(minutes=1)))
        assert heartbeat.age(ahead.at + timedelta(minutes=2)) is None
        clock.confirm(NOON)
        assert heartbeat.age(NOON.at) is None

        at(later(NOON, wall=timedelta(minutes=1)))
        assert heartbeat.age(NOON.at + timedelta(minutes=3)) == 120

    def test_D08_starts_the_comparison_anew(self, at):
        at(NOON)
        jumped = later(NOON, wall=timedelta(hours=2), steady=timedelta(minutes=1))
        clock.confirm(jumped)

        with pytest.raises(ClockDoubtful):
            at(later(jumped, wall=timedelta(minutes=10), steady=timedelta(minutes=1)))


class TestWorkAge:
    def test_D04_a_run_that_ended_before_it_had_caught_up_shows_that_the_engine_works(self, organ):
        for number in range(3):
            promise(organ, at=MONDAY_MORNING - timedelta(days=number))
        at = MONDAY_MORNING + timedelta(days=100)
        assert heartbeat.work_age(at) is None

        sweep.run(at=at, longest=0.0, batch=1)

        began_at = Sweep.objects.get(finished_at=None).started_at
        assert heartbeat.age(began_at + timedelta(seconds=70)) is None
        assert heartbeat.work_age(began_at + timedelta(seconds=70)) == 70
        # One that has not ended, or was killed, has nothing to show for itself.
        Sweep.objects.update(checked=0)
        assert heartbeat.work_age(began_at) is None

    def test_D04_a_run_ends_before_the_worker_counts_as_stuck(self):
        assert LONGEST_SWEEP < CELERY_TICK < worker_stuck_after() / 2


class TestRehearsal:
    def test_D08_raises_levels_like_a_sweep(self, organ):
        reply = promise(organ, at=MONDAY_MORNING)

        sweep.run(at=reply.overdue_at, rehearsal=True)

        assert Escalation.objects.filter(deadline=reply).count() == 2

    def test_D08_moves_neither_heartbeat_nor_the_evidence(self, at):
        at(NOON)
        sweep.run(at=NOON.at + timedelta(days=90), rehearsal=True)

        assert at(later(NOON, wall=timedelta(minutes=1))).is_complete
        assert Sweep.objects.filter(rehearsal=False).count() == 2
        assert heartbeat.age(NOON.at + timedelta(minutes=2)) == 60

    @pytest.mark.parametrize("rehearsed", [True, False])
    def test_D08_of_a_moment_before_the_last_sweep_is_refused(self, rehearsed):
        sweep.run(at=MONDAY_MORNING, rehearsal=rehearsed)

        with pytest.raises(ClockDoubtful):
            sweep.run(at=MONDAY_MORNING - timedelta(seconds=1), rehearsal=True)

    def test_D08_of_the_same_moment_again_is_allowed(self):
        sweep.run(at=MONDAY_MORNING)

        assert sweep.run(at=MONDAY_MORNING, rehearsal=True).is_complete


def test_both_clocks_are_read_from_where_they_are_true():
    first, second = clock.read(), clock.read()

    assert second.at >= first.at
    assert second.steady_seconds > first.steady_seconds
    assert first.boot == second.boot
