"""Sweeps, steps and senders at the same time, on real connections (docs/trust.md F-02, F-09, F-10; T12)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from threading import Event
from typing import Any

import pytest
from django.core import mail
from django.db import connection, transaction

from efficiency.audit import verify
from efficiency.deadlines import actions, registry, sweep
from efficiency.deadlines.models import BatchInHand, Deadline, DeadlineState, Escalation
from efficiency.organs.models import Organ
from efficiency.outbox import sending
from efficiency.outbox.models import Channel, Message, MessageState
from tests.concurrency import threads
from tests.factories import promises
from tests.factories.promises import EVALUATE, REPLY, SIGN_IN, many, promise
from tests.factories.staff import every_role, make_city
from tests.moments import MONDAY_MORNING, local

pytestmark = pytest.mark.django_db(transaction=True)
LONG_AFTER = local("2026-06-01 00:00")


@pytest.fixture(autouse=True)
def kinds(monkeypatch):
    monkeypatch.setattr(registry, "_handlers", {})
    promises.register()


@pytest.fixture
def organ():
    city = make_city()
    for name, person in every_role(city).items():
        person.email = f"{name}@example.org"
        person.save()
    return city.construction


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Run the works together; none of them may fail."""
    results = threads.at_once(*works)
    for failure in threads.failures(results):
        raise failure
    return results


def meet(organ: Organ, *, at: datetime) -> None:
    """Keep the promise of a reply, in a transaction as every step has one."""
    with transaction.atomic():
        actions.meet(organ, REPLY, at=at)


def expected_levels() -> set[tuple[int, int]]:
    return {(pk, level) for pk in Deadline.objects.values_list("pk", flat=True) for level in (1, 2, 3, 4)}


def violations() -> list[str]:
    """Return what ``verify`` finds wrong; copies of a promise are about nothing, so I-17 is not asked."""
    return [str(each) for each in verify.run() if each.violations and each.number != "I-17"]


class TestSweeps:
    def test_T12_two_at_once_do_the_work_of_one(self, organ):
        many(promise(organ, at=MONDAY_MORNING), 399)

        first, second = at_once(*[lambda: sweep.run(at=LONG_AFTER, batch=20)] * 2)

        assert first.checked + second.checked == 400
        assert min(first.checked, second.checked) > 0, "they share it"
        assert set(Escalation.objects.values_list("deadline", "level")) == expected_levels()
        assert Escalation.objects.count() == 1600
        assert first.messages + second.messages == Message.objects.count()
        assert not BatchInHand.objects.exists()
        assert violations() == []

    def test_F09_five_at_once_over_a_handful_of_rows_too(self, organ):
        many(promise(organ, at=MONDAY_MORNING), 6)

        at_once(*[lambda: sweep.run(at=LONG_AFTER, batch=1)] * 5)

        assert Escalation.objects.count() == 28
        assert violations() == []

    def test_F09_handlers_see_each_escalation_once(self, organ):
        seen: list[int] = []
        registry.register_handler(2, lambda batch, at: seen.extend(batch.ids) or len(batch))
        many(promise(organ, at=MONDAY_MORNING), 99)

        at_once(*[lambda: sweep.run(at=LONG_AFTER, batch=7)] * 3)

        assert sorted(seen) == sorted(Escalation.objects.filter(level=2).values_list("pk", flat=True))

    def test_F10_one_that_was_frozen_changes_nothing_twice(self, organ):
        many(promise(organ, at=MONDAY_MORNING), 9)
        is_frozen, goes_on = Event(), Event()

        def freeze(batch, at):
            if not is_frozen.is_set():
                is_frozen.set()
                goes_on.wait(timeout=20)
            return 0

        registry.register_handler(4, freeze)

        def another() -> sweep.SweepResult:
            is_frozen.wait(timeout=20)
            try:
                return sweep.run(at=LONG_AFTER)  # skips what the frozen one holds, and does not wait for it
            finally:
                goes_on.set()

        frozen, other = at_once(lambda: sweep.run(at=LONG_AFTER), another)

        assert (frozen.checked, other.checked) == (10, 0)
        assert Escalation.objects.count() == 40
        assert violations() == []


class TestCrash:
    def test_F02_in_the_middle_leaves_nothing_half_done(self, organ):
        many(promise(organ, at=MONDAY_MORNING), 9)

        class Killed(BaseException):
            pass

        def die(batch, at):
            assert Escalation.objects.exists()  # they are written, and not yet committed
            raise Killed

        registry.register_handler(3, die)
        with pytest.raises(Killed):
            sweep.run(at=LONG_AFTER)

        assert not Escalation.objects.exists()
        assert not Message.objects.exists()
        assert set(Deadline.objects.values_list("level", flat=True)) == {0}

        registry._handlers.clear()
        assert sweep.run(at=LONG_AFTER).checked == 10
        assert Escalation.objects.count() == 40
        assert violations() == []

    def test_F02_of_the_connection_does_not_blame_the_rows(self, organ):
        many(promise(organ, at=MONDAY_MORNING), 9)

        def cut(batch, at):
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
            return 0

        registry.register_handler(3, cut)
        with pytest.raises(Exception, match=r"terminat|closed"):
            sweep.run(at=LONG_AFTER)
        connection.close()

        registry._handlers.clear()
        assert sweep.run(at=LONG_AFTER).checked == 10
        assert not Deadline.objects.filter(attempts__gt=0).exists()
        assert violations() == []


class TestSweepAndStep:
    def test_meeting_and_sweeping_agree_on_one_outcome(self, organ):
        for round_ in range(8):
            started_at = local("2026-02-10 10:00") + timedelta(minutes=round_)
            reply = promise(organ, at=started_at)
            moment = reply.overdue_at + timedelta(seconds=1)

            at_once(lambda m=moment: sweep.run(at=m), lambda m=moment: meet(organ, at=m))

            reply.refresh_from_db()
            assert (reply.state, reply.met_at) == (DeadlineState.MET, moment)
            assert list(reply.escalations.order_by("level").values_list("level", flat=True)) == [1, 2]
        assert violations() == []

    def test_meeting_in_time_while_others_are_swept_is_not_late(self, organ):
        kept = promise(organ, at=MONDAY_MORNING)
        many(promise(organ, SIGN_IN, at=MONDAY_MORNING), 200)

        at_once(
            lambda: sweep.run(at=kept.warn_at - timedelta(seconds=1), batch=10),
            lambda: meet(organ, at=kept.warn_at - timedelta(seconds=1)),
        )

        kept.refresh_from_db()
        assert (kept.state, kept.level) == (DeadlineState.MET, 0)

    def test_the_sweep_leaves_a_row_alone_that_a_step_holds_and_takes_it_next_time(self, organ):
        reply = promise(organ, at=MONDAY_MORNING)
        many(promise(organ, SIGN_IN, at=MONDAY_MORNING), 3)
        with transaction.atomic():
            Deadline.objects.select_for_update(no_key=True).get(pk=reply.pk)

            (result,) = at_once(lambda: sweep.run(at=LONG_AFTER))

            assert result.checked == 4
        assert sweep.run(at=LONG_AFTER).checked == 1

    def test_a_row_that_points_at_a_promise_in_work_can_be_written(self, organ):
        """The sweep locks without the key, so that references to its rows do not wait for it."""
        reply = promise(organ, at=MONDAY_MORNING)
        in_work, written = Event(), Event()

        def wait(batch, at):
            in_work.set()
            assert written.wait(timeout=10), "the other transaction waits for the sweep"
            return 0

        registry.register_handler(4, wait)

        def write() -> None:
            in_work.wait(timeout=10)
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM efficiency_deadline WHERE id = %s FOR KEY SHARE", [reply.pk])
            written.set()

        at_once(lambda: sweep.run(at=LONG_AFTER), write)


class TestSenders:
    @pytest.fixture
    def letters(self, organ):
        many(promise(organ, at=MONDAY_MORNING), 59)
        sweep.run(at=LONG_AFTER)
        mail.outbox = []
        return Message.objects.filter(channel=Channel.EMAIL)

    def test_T12_two_at_once_send_each_letter_once(self, letters):
        results = at_once(*[lambda: sending.send_due(LONG_AFTER)] * 2)

        in_all = sum(result.sent + result.withheld for result in results)
        assert in_all == letters.count()
        assert set(letters.values_list("state", flat=True)) <= {MessageState.SENT, MessageState.WITHHELD}
        assert set(letters.values_list("attempts", flat=True)) == {1}
        ids = [letter.extra_headers["Message-ID"] for letter in mail.outbox]
        assert len(ids) == len(set(ids))
        assert violations() == []

    def test_T27_a_storm_reaches_each_person_in_a_few_letters(self, letters):
        sending.send_due(LONG_AFTER)

        by_person: dict[str, int] = {}
        for letter in mail.outbox:
            by_person[letter.to[0]] = by_person.get(letter.to[0], 0) + 1
        assert letters.filter(state=MessageState.SENT).count() > 500
        assert max(by_person.values()) <= 2


class TestStandstill:
    """F-11: a week without a sweep leaves what a sweep every hour would have left."""

    WEEK = [local("2026-03-23 00:00") + timedelta(hours=hour) for hour in range(0, 7 * 24 + 1, 4)]

    def open_all(self, organs) -> None:
        for organ in organs:
            for day in range(2, 21):
                for kind in (REPLY, SIGN_IN, EVALUATE):
                    promise(organ, kind, at=local(f"2026-03-{day:02} 10:00"))

    def levels_of(self, organ) -> list[tuple]:
        return sorted(
            actions.of_subject(organ).values_list(
                "kind",
                "generation",
                "state",
                "ended_at",
                "next_check_at",
                "escalations__level",
                "escalations__passed_at",
            ),
            key=str,
        )

    def test_F11_two_sweeps_at_once_after_a_week_leave_what_a_sweep_every_four_hours_leaves(self, organ):
        watched, forgotten = organ, Organ.objects.get(code="440600-DS")
        self.open_all([watched])
        for moment in self.WEEK:
            sweep.run(at=moment)
        self.open_all([forgotten])

        at_once(*[lambda: sweep.run(at=self.WEEK[-1], batch=7)] * 2)

        assert self.levels_of(forgotten) == self.levels_of(watched)
        assert {4, 3, 2, 1, None} == {row[-2] for row in self.levels_of(watched)}
        assert violations() == []

    def test_F02_a_sweep_killed_in_the_middle_of_the_catching_up_changes_nothing_of_it(self, organ):
        watched, forgotten = organ, Organ.objects.get(code="440600-DS")
        self.open_all([watched])
        for moment in self.WEEK[::6]:
            sweep.run(at=moment)
        self.open_all([forgotten])
        batches = count()

        def die(batch, at):
            if next(batches) == 2:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
            return 0

        registry.register_handler(2, die)
        results = threads.at_once(*[lambda: sweep.run(at=self.WEEK[-1], batch=7)] * 2)
        registry._handlers.clear()
        sweep.run(at=self.WEEK[-1])

        assert len(threads.failures(results)) == 1  # the one that lost its connection
        assert self.levels_of(forgotten) == self.levels_of(watched)
        assert violations() == []
