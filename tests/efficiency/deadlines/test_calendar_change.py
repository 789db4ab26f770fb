"""A year that is confirmed moves open promises, and nothing that has ended (docs/domain.md 3.1 rules 12, 13)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from efficiency.deadlines import actions, bulk, calendar_change, invariants, registry, sweep
from efficiency.deadlines.models import Cause, Deadline, DueDateChange, Escalation
from efficiency.organs.models import Organ
from efficiency.timing import actions as calendar_actions
from efficiency.timing import registry as calendar_registry
from efficiency.timing.due import Limit
from tests.factories.promises import EVALUATE, NOTICE, OBJECT, REPLY, many, promise
from tests.factories.promises import register as promise_register
from tests.factories.staff import make_user
from tests.moments import local

pytestmark = pytest.mark.django_db
DECEMBER = local("2026-12-28 10:00")
# Spring Festival of 2027 as a notice might stretch it: off from 02-05 to 02-12, worked on 02-14.
DAYS_OFF = {
    date(2027, 1, 1): "new_year",
    **{date(2027, 2, day): "spring_festival" for day in range(5, 13)},
    date(2027, 4, 5): "qingming",
    **{date(2027, 5, day): "labour_day" for day in (1, 2, 3)},
    date(2027, 6, 9): "dragon_boat",
    date(2027, 9, 15): "mid_autumn",
    **{date(2027, 10, day): "national_day" for day in range(1, 6)},
}
MAKEUP = [date(2027, 2, 14)]


@pytest.fixture(autouse=True)
def everybody_may(monkeypatch):
    monkeypatch.setattr(calendar_registry, "_permissions", [lambda user, action: True])
    monkeypatch.setattr(registry, "_followers", [])


def test_T16_what_had_ended_when_a_further_report_came_stays_as_it_was_counted(confirm, city):
    promise_register()
    start, ended_at = local("2027-02-03 10:00"), local("2027-02-18 10:00")
    pauses = (bulk.Pause(start, start + timedelta(hours=2), "expert"),)
    told = bulk.Account(city.tax.pk, city.tax.pk, None, start, Limit.parse("5wd"), 3, 8, pauses, ended_at=ended_at)
    bulk.settle(Organ, REPLY, [told], at=DECEMBER)
    row = actions.of_subject(city.tax)
    before = row.values().get()
    confirm()
    bulk.settle(Organ, REPLY, [told], at=DECEMBER + timedelta(hours=1))

    assert row.values().get() == before
    moved = replace(told, ended_at=ended_at + timedelta(days=1))
    bulk.settle(Organ, REPLY, [moved], at=DECEMBER + timedelta(hours=2))
    assert row.get().due_at != before["due_at"]
    assert DueDateChange.objects.latest("pk").cause == Cause.CALENDAR


@pytest.fixture
def propose():
    """Propose the year 2027 as the notice has it."""

    def act(at=DECEMBER) -> None:
        calendar_actions.propose_year(
            2027, days_off=DAYS_OFF, makeup_days=MAKEUP, notice="国办发明电〔2026〕1号", by=make_user(), at=at
        )

    return act


@pytest.fixture
def confirm(propose, django_capture_on_commit_callbacks):
    """Propose and confirm it, second look after the commit included."""

    def act(at=DECEMBER) -> None:
        propose(at)
        with django_capture_on_commit_callbacks(execute=True):
            calendar_actions.confirm_year(2027, by=make_user(), at=at)

    return act


def due(deadline: Deadline):
    deadline.refresh_from_db()
    return deadline.due_at


class TestOpenPromises:
    def test_are_counted_anew_with_all_their_thresholds(self, organ, confirm):
        reply = promise(organ, at=local("2027-01-25 10:00"))
        assert due(reply) == local("2027-02-19 23:59:59")  # 26–29 January, 1–4, 11, 12, 15–19 February

        confirm()

        assert due(reply) == local("2027-02-22 23:59:59")  # the Sunday 02-14 counts, 02-11 and 02-12 no longer do
        assert (reply.warn_at, reply.overdue_at) == (local("2027-02-19 09:00"), local("2027-02-23 00:00"))
        assert (reply.red_at, reply.fourth_at) == (local("2027-03-02 00:00"), local("2027-03-09 00:00"))
        assert reply.next_check_at == reply.warn_at

    def test_are_no_longer_provisional(self, organ, confirm):
        reply = promise(organ, at=local("2027-01-25 10:00"))
        assert reply.provisional

        confirm()

        reply.refresh_from_db()
        assert not reply.provisional

    def test_I14_come_out_as_the_pure_functions_say(self, organ, confirm):
        for day in range(4, 30):
            promise(organ, at=local(f"2027-01-{day:02d} 10:00"))
            promise(organ, NOTICE, at=local(f"2027-01-{day:02d} 10:00"))
            promise(organ, variant="short", at=local(f"2027-02-{day:02d} 10:00") if day < 29 else DECEMBER)

        confirm()

        assert invariants.moments_differ() == 0
        assert DueDateChange.objects.exists()

    def test_with_suspensions_and_extensions_are_counted_too(self, organ, people, confirm):
        promise(organ, at=local("2027-01-12 10:00"))
        actions.suspend(organ, REPLY, at=local("2027-01-18 09:00"), ground="expert", reason="…", by=people["leader"])
        actions.resume(organ, REPLY, at=local("2027-01-20 09:00"), by=people["leader"])
        reply = actions.extend(
            organ, REPLY, at=local("2027-01-21 09:00"), limit=Limit.parse("5wd"), reason="…", by=people["leader"]
        )
        before = reply.due_at

        confirm()

        assert due(reply) != before
        assert invariants.moments_differ() == 0
        assert invariants.suspended_days_differ() == 0

    def test_rule_13_keep_the_day_that_a_letter_fixed(self, organ, confirm):  # docs/domain.md 4.7 no. 6
        by = date(2027, 2, 16)
        fixed = promise(organ, at=local("2027-02-01 10:00"), fixed_on=by)
        counted = promise(organ, NOTICE, at=local("2027-02-01 10:00"), limit=Limit.parse(f"{fixed.limit_number}wd"))
        assert due(fixed) == due(counted) == local("2027-02-16 23:59:59")

        confirm()

        assert due(counted) != local("2027-02-16 23:59:59")
        assert due(fixed) == local("2027-02-16 23:59:59")
        assert not DueDateChange.objects.filter(deadline=fixed).exists()
        assert invariants.moments_differ() == 0

    def test_rule_13_keep_it_over_a_suspension(self, organ, people, confirm):
        fixed = promise(organ, at=local("2026-12-21 10:00"), fixed_on=date(2027, 2, 16))
        actions.suspend(
            organ, REPLY, at=local("2026-12-23 10:00"), ground="proceeding", reason="复议", by=people["clerk"]
        )
        confirm()
        plain = actions.resume(organ, REPLY, at=local("2026-12-29 10:00"), by=people["clerk"])

        # 23 to 29 December were five working days, which are counted on from the day of the letter.
        assert plain.due_at == local("2027-02-23 23:59:59")
        assert due(fixed) == plain.due_at
        assert invariants.moments_differ() == 0

    def test_of_citizens_move_as_well(self, organ, confirm):
        evaluation = promise(organ, EVALUATE, at=local("2027-01-29 10:00"))
        before = due(evaluation)

        confirm()

        assert due(evaluation) != before
        assert evaluation.next_check_at == evaluation.overdue_at

    def test_of_own_time_that_is_reminded_of_move_with_the_reminder(self, organ, confirm):
        ahead, reminded = (promise(organ, OBJECT, at=local(f"2027-01-29 {hour}:00")) for hour in (10, 11))
        Deadline.objects.filter(pk=reminded.pk).update(level=1, next_check_at=reminded.overdue_at)
        before = due(ahead)
        assert ahead.next_check_at == ahead.warn_at

        confirm()

        assert due(ahead) == due(reminded) != before
        assert ahead.next_check_at == ahead.warn_at
        assert reminded.next_check_at == reminded.overdue_at
        assert invariants.moments_differ() == 0

    def test_T16_that_move_are_written_down(self, organ, confirm):
        notice = promise(organ, NOTICE, at=local("2027-01-12 10:00"))

        confirm()

        change = DueDateChange.objects.get()
        assert (change.deadline, change.cause, change.due_before, change.due_after) == (
            notice,
            Cause.CALENDAR,
            local("2027-02-11 23:59:59"),
            local("2027-02-14 23:59:59"),
        )

    def test_that_stay_are_not_touched(self, organ, confirm):
        promise(organ, at=local("2026-11-02 10:00"))  # all its thresholds lie in 2026

        confirm()

        assert not Deadline.objects.filter(moved_at__isnull=False).exists()

    def test_are_told_to_those_who_follow(self, organ, confirm):
        told = []
        registry.register_moved("tests.", lambda moved: told.append(list(moved.values_list("kind", flat=True))))
        registry.register_moved("other.", lambda moved: told.append(list(moved)))
        promise(organ, NOTICE, at=local("2027-01-12 10:00"))

        confirm()

        assert [NOTICE] in told
        assert all(each in ([NOTICE], []) for each in told)

    def test_are_recounted_by_one_statement_whatever_their_number(self, organ, propose):
        many(promise(organ, NOTICE, at=local("2027-01-12 10:00")), 300)
        propose()
        with CaptureQueriesContext(connection) as queries:
            calendar_actions.confirm_year(2027, by=make_user(), at=DECEMBER)

        assert DueDateChange.objects.count() == 301
        assert sum("efficiency_deadline" in query["sql"] for query in queries) <= 3


class TestEndedPromises:
    def test_T16_rule_13_keep_their_dates(self, organ, confirm):
        met = promise(organ, NOTICE, at=local("2027-01-12 10:00"))
        actions.meet(organ, NOTICE, at=local("2027-01-13 10:00"))
        before = due(met)

        confirm()

        assert due(met) == before
        assert not DueDateChange.objects.exists()


class TestPassedLevels:
    def test_rule_13_that_would_no_longer_be_due_are_put_before_the_office(self, organ, confirm):
        notice = promise(organ, NOTICE, at=local("2027-01-12 10:00"))
        sweep.run(at=local("2027-02-12 00:00"))

        confirm(at=local("2027-02-12 09:00"))  # too late: by the new calendar the last day is 02-14

        assert [each.level for each in calendar_change.no_longer_due()] == [2]
        notice.refresh_from_db()
        assert (notice.level, Escalation.objects.filter(deadline=notice).count()) == (2, 2)
        assert notice.next_check_at == notice.red_at

    def test_that_still_stand_are_not(self, organ, confirm):
        promise(organ, NOTICE, at=local("2026-12-01 10:00"))  # until 12-31
        sweep.run(at=local("2027-01-01 00:00"))

        confirm(at=local("2027-02-12 09:00"))

        assert not calendar_change.no_longer_due().exists()


class TestPreview:
    def test_counts_what_would_move_and_shows_examples(self, organ, propose):
        many(promise(organ, NOTICE, at=local("2027-01-12 10:00")), 80)
        propose()

        effect = calendar_actions.preview_year(2027, at=DECEMBER).effects[0]

        assert effect.moved == 81
        assert len(effect.examples) == calendar_change.EXAMPLES
        assert effect.examples[0].due_after - effect.examples[0].due_before == timedelta(days=3)

    def test_stores_nothing(self, organ, propose):
        notice = promise(organ, NOTICE, at=local("2027-01-12 10:00"))
        propose()

        calendar_actions.preview_year(2027, at=DECEMBER)

        assert due(notice) == local("2027-02-11 23:59:59")
        assert not DueDateChange.objects.exists()
