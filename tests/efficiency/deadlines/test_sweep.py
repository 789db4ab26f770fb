"""The sweep raises each promise to the level it has reached (docs/architecture.md)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from efficiency.deadlines import actions, heartbeat, registry, sweep
from efficiency.deadlines.models import BatchInHand, Deadline, DeadlineState, Escalation, Sweep
from efficiency.outbox.models import Message
from tests.factories.promises import EVALUATE, REPLY, SIGN_IN, many, promise
from tests.moments import MONDAY_MORNING, local

pytestmark = pytest.mark.django_db
LONG_AFTER = local("2026-06-01 00:00")


def moments() -> list[tuple]:
    return list(Escalation.objects.order_by("id").values_list("deadline_id", "level", "passed_at"))


class TestOneRun:
    def test_tells_what_it_did(self, organ, people):
        promise(organ, at=MONDAY_MORNING)  # all four levels by June
        promise(organ, SIGN_IN, at=local("2026-05-29 10:00"))  # overdue on 2026-06-02: reminded of
        promise(organ, EVALUATE, at=MONDAY_MORNING)  # lapses

        result = sweep.run(at=LONG_AFTER)

        # The responsible clerk, then the leader and the officer, then the office's head; the leading group has no seat.
        assert result.as_dict() | {"seconds": 0} == {
            "checked": 3,
            "warned": 2,
            "overdue": 1,
            "escalated": 3,
            "cards": 0,
            "messages": 1 + 3 + 4 + 4 + 1,
            "seconds": 0,
        }

    def test_finds_nothing_when_it_runs_again(self, organ, people):
        promise(organ, at=MONDAY_MORNING)
        sweep.run(at=LONG_AFTER)

        again = sweep.run(at=LONG_AFTER)

        assert (again.checked, again.messages) == (0, 0)

    def test_goes_by_the_moments_across_batches(self, organ):
        late = promise(organ, at=local("2026-03-03 10:00"))
        early = promise(organ, SIGN_IN, at=MONDAY_MORNING)

        sweep.run(at=local("2026-03-24 00:00"), batch=1)

        assert [deadline_id for deadline_id, _level, _moment in moments()] == [early.pk] * 4 + [late.pk]

    def test_uses_as_many_statements_for_a_thousand_promises_as_for_one(self, organ, people):
        first = promise(organ, at=MONDAY_MORNING)
        with CaptureQueriesContext(
            connection,
        ) as for_one:
            sweep.run(at=LONG_AFTER)
        again = promise(organ, at=MONDAY_MORNING)
        many(again, 999)
        with CaptureQueriesContext(connection) as for_thousand:
            result = sweep.run(at=LONG_AFTER + timedelta(minutes=1))

        assert result.checked == 1000
        assert len(for_thousand) == len(for_one)
        assert first.pk != again.pk

    def test_asks_the_same_few_questions_when_nothing_is_due(self, organ):
        many(promise(organ, at=MONDAY_MORNING), 50)
        with CaptureQueriesContext(connection) as queries:
            sweep.run(at=MONDAY_MORNING)

        assert len(queries) <= 12

    def test_moves_next_check_to_the_next_threshold_and_ends_with_the_last(self, organ):
        reply = promise(organ, at=MONDAY_MORNING)
        expected = [reply.overdue_at, reply.red_at, reply.fourth_at, None]
        for passed, following in zip(
            [reply.warn_at, reply.overdue_at, reply.red_at, reply.fourth_at], expected, strict=True
        ):
            sweep.run(at=passed)
            reply.refresh_from_db()
            assert reply.next_check_at == following

    def test_keeps_its_way_of_planning_to_itself(self, organ):
        reply = promise(organ, at=MONDAY_MORNING)
        actions.meet(organ, REPLY, at=reply.overdue_at)  # raises a level in the transaction of the step

        with connection.cursor() as cursor:
            cursor.execute("SHOW enable_nestloop")
            assert cursor.fetchone() == ("on",)

    def test_leaves_no_batch_in_hand(self, organ):
        promise(organ, at=MONDAY_MORNING)

        sweep.run(at=LONG_AFTER)

        assert not BatchInHand.objects.exists()

    def test_stops_between_two_batches_when_its_time_is_over(self, organ):
        many(promise(organ, at=MONDAY_MORNING), 9)

        result = sweep.run(at=LONG_AFTER, batch=2, longest=-1)

        assert (result.checked, result.is_complete) == (2, False)
        assert heartbeat.age(LONG_AFTER) is None
        assert sweep.run(at=LONG_AFTER).checked == 8


class TestStandstill:
    def test_F11_of_a_week_is_caught_up_exactly_and_in_order(self, organ, people):
        starts = [local(f"2026-03-0{day} 10:00") for day in range(2, 7)]
        swept = [promise(organ, at=at) for at in starts]
        for day in range(20, 32):
            for hour in ("00:01", "09:01"):
                sweep.run(at=local(f"2026-03-{day} {hour}"))
        missed = [promise(organ, SIGN_IN, at=at) for at in starts]  # as if nobody had looked until now

        sweep.run(at=local("2026-03-31 10:00"))

        for deadline in swept:
            found = Escalation.objects.filter(deadline=deadline)
            assert {(e.level, e.passed_at) for e in found} == {
                (level, at)
                for level, at in [(1, deadline.warn_at), (2, deadline.overdue_at), (3, deadline.red_at)]
                if at <= local("2026-03-31 10:00")
            }
        assert moments()[-20:] == sorted(
            (
                (deadline.pk, level, at)
                for deadline in missed
                for level, at in [
                    (1, deadline.warn_at),
                    (2, deadline.overdue_at),
                    (3, deadline.red_at),
                    (4, deadline.fourth_at),
                ]
            ),
            key=lambda row: (row[2], row[0], row[1]),
        )

    def test_tells_the_same_people_as_without_it(self, organ, people):
        reply = promise(organ, at=MONDAY_MORNING)
        sweep.run(at=reply.warn_at)
        sweep.run(at=reply.overdue_at)
        sweep.run(at=reply.red_at)
        other = promise(organ, at=MONDAY_MORNING)

        sweep.run(at=other.red_at)

        def told(deadline: Deadline) -> list[tuple]:
            events = {f"escalation:{each.pk}": each.level for each in deadline.escalations.all()}
            rows = Message.objects.filter(event__in=events).values_list("event", "recipient_id", "channel")
            return sorted((events[event], recipient, channel) for event, recipient, channel in rows)

        assert {level for level, *_ in told(reply)} == {1, 2, 3}
        assert told(reply) == told(other)


class TestHandlers:
    def test_get_the_whole_batch_of_their_level_once(self, organ):
        calls = []
        registry.register_handler(2, lambda batch, at: calls.append((len(batch), [e.level for e in batch], at)) or 7)
        many(promise(organ, at=MONDAY_MORNING), 2)

        result = sweep.run(at=LONG_AFTER)

        assert calls == [(3, [2, 2, 2], LONG_AFTER)]
        assert result.cards == 7

    def test_can_write_by_one_statement(self, organ, people):
        def acknowledge(batch: registry.Batch, at) -> int:
            with connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO efficiency_acknowledgement (escalation_id, by_id, at, note)"
                    " SELECT id, %s, %s, '' FROM efficiency_escalation WHERE id = ANY(%s::bigint[])",
                    [people["officer"].pk, at, batch.as_array],
                )
                return cursor.rowcount

        registry.register_handler(3, acknowledge)
        many(promise(organ, at=MONDAY_MORNING), 4)

        assert sweep.run(at=LONG_AFTER).cards == 5

    def test_are_not_called_for_a_level_that_nobody_passed(self, organ):
        registry.register_handler(2, lambda batch, at: pytest.fail("nobody is overdue"))
        reply = promise(organ, at=MONDAY_MORNING)

        assert sweep.run(at=reply.warn_at).warned == 1


class TestStepBetweenThresholdAndSweep:
    def test_I04_meeting_does_not_make_a_passed_level_unseen(self, organ, people):
        reply = promise(organ, at=MONDAY_MORNING)

        met = actions.meet(organ, REPLY, at=reply.overdue_at + timedelta(seconds=30))

        assert [row[1:] for row in moments()] == [(1, reply.warn_at), (2, reply.overdue_at)]
        assert (met.level, met.state) == (2, DeadlineState.MET)

    def test_T11_meeting_in_time_is_reminded_of_no_more(self, organ):
        reply = promise(organ, at=MONDAY_MORNING)
        actions.meet(organ, REPLY, at=reply.warn_at - timedelta(seconds=1))

        assert sweep.run(at=LONG_AFTER).checked == 0
        assert moments() == []

    def test_T11_what_is_kept_while_the_sweep_has_it_in_hand_already_is_left_alone(self, organ, monkeypatch):
        """A step that began in time may commit between the sweep's taking of a batch and its work on it."""
        reply = promise(organ, at=MONDAY_MORNING)
        take = sweep._Run._take

        def take_and_be_late(run, after):
            taken = take(run, after)
            actions.meet(organ, REPLY, at=reply.due_at)
            return taken

        monkeypatch.setattr(sweep._Run, "_take", take_and_be_late)
        result = sweep.run(at=reply.overdue_at)

        reply.refresh_from_db()
        assert (reply.state, reply.level, reply.next_check_at) == (DeadlineState.MET, 1, None)
        assert not Escalation.objects.filter(deadline=reply, level__gt=1).exists()
        assert result.overdue == 0

    def test_a_step_goes_on_where_a_handler_fails_and_the_promise_is_set_aside(self, organ):
        def fail(batch, at):
            raise RuntimeError("cannot make a card of this")

        registry.register_handler(2, fail)
        reply = promise(organ, at=MONDAY_MORNING)

        actions.meet(organ, REPLY, at=reply.overdue_at)

        reply.refresh_from_db()
        assert (reply.state, reply.quarantined_at) == (DeadlineState.MET, reply.overdue_at)
        assert reply.last_error == "RuntimeError: cannot make a card of this"


class TestHeartbeat:
    def test_is_the_end_of_the_last_complete_sweep(self, organ):
        sweep.run(at=LONG_AFTER)
        entry = Sweep.objects.get()

        assert heartbeat.age(entry.finished_at + timedelta(seconds=42)) == 42

    def test_D08_is_not_moved_by_a_rehearsal(self, organ):
        sweep.run(at=LONG_AFTER, rehearsal=True)

        assert heartbeat.age(LONG_AFTER) is None

    def test_T23_lag_is_the_age_of_the_oldest_threshold_that_nobody_has_seen(self, organ):
        reply = promise(organ, at=MONDAY_MORNING)
        promise(organ, REPLY, at=local("2026-03-03 10:00"))
        assert heartbeat.lag(reply.warn_at - timedelta(seconds=1)) == 0

        assert heartbeat.lag(reply.warn_at + timedelta(minutes=7)) == 420

        sweep.run(at=reply.warn_at)
        assert heartbeat.lag(reply.warn_at) == 0
