"""``verify`` finds each planted violation, and none where there is none (docs/trust.md 3.2)."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from efficiency.audit import verify
from efficiency.deadlines import actions, clock, sweep
from efficiency.deadlines.models import ClockConfirmation, Deadline, Escalation, Sweep
from efficiency.timing.due import Limit
from tests.factories.promises import EVALUATE, NOTICE, REPLY, SIGN_IN, promise
from tests.moments import MONDAY_MORNING, local

pytestmark = pytest.mark.django_db
NOW = local("2026-03-25 10:00")


@pytest.fixture
def history(organ, people):
    """A month of promises in all states, swept to the end."""
    reply = promise(organ, at=MONDAY_MORNING, responsible=people["clerk"])
    promise(organ, SIGN_IN, at=MONDAY_MORNING)
    promise(organ, EVALUATE, at=MONDAY_MORNING)
    promise(organ, NOTICE, at=MONDAY_MORNING)
    actions.suspend(organ, NOTICE, at=local("2026-03-05 10:00"), ground="expert", reason="…", by=people["leader"])
    actions.resume(organ, NOTICE, at=local("2026-03-06 10:00"), by=people["leader"])
    sweep.run(at=local("2026-03-10 00:00"))
    actions.meet(organ, SIGN_IN, at=local("2026-03-10 10:00"))
    actions.extend(
        organ, REPLY, at=local("2026-03-11 10:00"), limit=Limit.parse("1wd"), reason="…", by=people["office_head"]
    )
    sweep.run(at=NOW)
    return reply


def violated() -> dict[str, int]:
    """Return the numbers of the invariants that are violated, with how often."""
    found: dict[str, int] = {}
    for finding in verify.run():
        if finding.violations:
            found[finding.number] = found.get(finding.number, 0) + finding.violations
    return found


def by_force(statement: str, *parameters: object) -> None:
    """Do what triggers and constraints refuse, as a doctored backup would."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, parameters)
        cursor.execute("SET LOCAL session_replication_role = origin")


class TestVerify:
    def test_finds_nothing_after_a_month_of_work(self, history):
        assert violated() == {}

    def test_finds_nothing_after_a_rehearsal_and_what_came_after_it(self, organ, history, people):
        sweep.run(at=NOW + timedelta(days=90), rehearsal=True)
        promise(organ, SIGN_IN, at=NOW)
        actions.meet(organ, REPLY, at=NOW)
        actions.meet(organ, SIGN_IN, at=NOW)

        assert violated() == {}

    @pytest.mark.parametrize("kind", [SIGN_IN, EVALUATE])
    def test_I04_a_moment_that_was_swept_ahead_of_time_says_nothing_of_what_began_or_moved_later(
        self, city, history, kind
    ):
        sweep.run(at=clock.read().at + timedelta(days=3 * 365), rehearsal=True)
        assert violated() == {}

        later = clock.read().at
        promise(city.office, kind, at=later)
        moved = promise(city.office, NOTICE, at=local("2026-03-24 10:00"))
        Deadline.objects.filter(pk=moved.pk).update(moved_at=later)
        assert violated() == {}

        # … but of all that it saw, and the next sweep by the clock sees them too.
        sweep.run(at=later + timedelta(days=300))
        assert violated() == {}

    def test_I04_nor_does_what_a_false_clock_swept_once_the_right_one_is_confirmed(self, organ, people, monkeypatch):
        ahead = clock.Reading(clock.read().at + timedelta(days=200), 1000.0, "a start")
        monkeypatch.setattr(clock, "read", lambda: ahead)
        sweep.tick()
        monkeypatch.undo()
        promise(organ, SIGN_IN, at=clock.read().at)
        assert set(violated()) == {"I-04"}

        clock.confirm(clock.read())
        assert violated() == {}

    @pytest.mark.parametrize(
        ("number", "statement"),
        [
            ("I-04", "DELETE FROM efficiency_escalation WHERE level = 2"),
            # … also behind a higher one.
            ("I-04", "DELETE FROM efficiency_escalation WHERE level = 1"),
            ("I-04", "UPDATE efficiency_escalation SET passed_at = passed_at - interval '1 hour' WHERE level = 2"),
            ("I-04", "UPDATE efficiency_deadline SET state = 'open', ended_at = NULL WHERE state = 'lapsed'"),
            ("I-05", "UPDATE efficiency_deadline SET level = 0 WHERE kind = 'tests.reply'"),
            ("I-05", "UPDATE efficiency_deadline SET ended_at = started_at, met_at = started_at WHERE state = 'met'"),
            ("I-06", "DELETE FROM efficiency_message WHERE kind = 'deadlines.level_2'"),
            (
                "I-09",
                "UPDATE efficiency_message SET state = 'waiting', sent_at = NULL WHERE kind = 'deadlines.level_2'",
            ),
            ("I-14", "UPDATE efficiency_deadline SET due_at = due_at - interval '1 day' WHERE kind = 'tests.notice'"),
            ("I-14", "UPDATE efficiency_deadline SET next_check_at = NULL WHERE kind = 'tests.notice'"),
            ("I-15", "UPDATE efficiency_deadline SET suspended_days = 9 WHERE kind = 'tests.notice'"),
            ("I-15", "UPDATE efficiency_suspension SET ended_at = NULL"),
            ("I-15", "UPDATE efficiency_deadline SET extension_count = 0 WHERE kind = 'tests.reply'"),
            ("I-16", "UPDATE efficiency_calendarday SET ordinal = ordinal + 1 WHERE date = '2020-01-02'"),
            ("I-17", "UPDATE efficiency_deadline SET object_id = 987654321 WHERE kind = 'tests.notice'"),
            ("I-17", "UPDATE efficiency_message SET subject_id = 987654321"),
            ("L-02", "ALTER TABLE efficiency_escalation DISABLE TRIGGER ALL"),
        ],
    )
    def test_I04_I05_I06_I09_I14_I15_I16_I17_finds_what_was_planted(self, history, number, statement):
        by_force(statement)

        assert violated().get(number, 0) > 0

    def test_counts_each_violation(self, history):
        by_force("UPDATE efficiency_escalation SET passed_at = passed_at - interval '1 second'")

        assert violated()["I-04"] == Escalation.objects.count()

    def test_prints_each_invariant_and_exits_with_0(self, history):
        out = StringIO()

        call_command("verify", stdout=out)

        lines = out.getvalue().splitlines()
        numbers = {line.split()[0] for line in lines[:-1]}
        assert numbers >= {"I-04", "I-05", "I-06", "I-09", "I-14", "I-15", "I-16", "I-20"}
        assert all(line.split()[1] == "0" for line in lines[:-1])

    def test_exits_with_1_where_something_is_wrong(self, history):
        by_force("UPDATE efficiency_deadline SET level = 0 WHERE kind = 'tests.reply'")

        with pytest.raises(SystemExit) as end:
            call_command("verify", stdout=StringIO())

        assert end.value.code == 1


class TestCheckDeadlines:
    def run(self, *args: str) -> dict:
        out = StringIO()
        call_command("check_deadlines", *args, stdout=out)
        return json.loads(out.getvalue())

    def test_prints_one_json_object(self, organ, people):
        promise(organ, at=MONDAY_MORNING)

        assert set(self.run("--at", "2026-03-24T00:00:00+08:00")) == {
            "checked",
            "warned",
            "overdue",
            "escalated",
            "cards",
            "messages",
            "seconds",
        }

    def test_sweeps_as_if_the_clock_stood_there(self, organ):
        promise(organ, at=MONDAY_MORNING)

        assert self.run("--at", "2026-03-23T23:59:59+08:00")["overdue"] == 0
        assert self.run("--at", "2026-03-24T00:00:00+08:00")["overdue"] == 1
        assert self.run("--at", "2026-03-24T00:00:00+08:00")["overdue"] == 0

    @pytest.mark.parametrize("text", ["2026-03-24T00:00:00", "2026-03-24", "2026-03-23T16:00:00Z"])
    def test_takes_a_moment_without_zone_as_one_of_the_portal(self, organ, text):
        promise(organ, at=MONDAY_MORNING)

        assert self.run("--at", text)["overdue"] == 1
        assert Sweep.objects.get().at == local("2026-03-24 00:00")

    def test_sweeps_as_of_now_without_a_moment(self, organ):
        assert self.run()["checked"] == 0

        entry = Sweep.objects.get()
        assert (entry.rehearsal, entry.finished_at is not None) == (False, True)
        assert entry.steady_seconds is not None

    def test_refuses_a_moment_before_the_last_sweep(self, organ):
        self.run("--at", "2026-03-24T00:00:00+08:00")

        with pytest.raises(CommandError):
            self.run("--at", "2026-03-23T23:59:59+08:00")

    def test_refuses_what_is_no_moment(self):
        with pytest.raises(CommandError):
            self.run("--at", "tomorrow")


def test_confirm_clock_writes_down_that_the_clock_is_right(db):
    call_command("confirm_clock", stdout=StringIO())

    confirmation = ClockConfirmation.objects.get()
    assert abs(clock.read().at - confirmation.at) < timedelta(seconds=60)


def test_promises_that_were_set_aside_are_no_violation_but_are_counted(organ, history):
    Deadline.objects.filter(kind=NOTICE).update(quarantined_at=NOW, next_check_at=None)

    assert violated() == {}
