"""Promises are opened, kept, ended, handed on (docs/domain.md 3.1, 4.6)."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from efficiency.audit.models import AuditRecord
from efficiency.deadlines import actions, sweep
from efficiency.deadlines.models import Cause, Deadline, DeadlineState, DueDateChange, Escalation, Promise
from efficiency.timing.calendar import OutsideCalendar
from efficiency.timing.due import Limit
from tests.factories.promises import EVALUATE, NOTICE, REPLY, SIGN_IN, promise
from tests.moments import MONDAY_MORNING, NEXT_MONDAY_MORNING, local

pytestmark = pytest.mark.django_db


class TestOpening:
    def test_gives_the_limit_of_the_kind(self, organ, people):
        reply = promise(organ, at=MONDAY_MORNING, responsible=people["clerk"])

        assert (reply.limit_number, reply.limit_unit, reply.promise) == (15, "wd", Promise.CITIZEN)
        assert (reply.due_at, reply.overdue_at) == (local("2026-03-23 23:59:59"), local("2026-03-24 00:00"))
        assert (reply.red_after, reply.fourth_after) == (5, 10)
        assert reply.next_check_at == reply.warn_at == local("2026-03-20 09:00")
        assert reply.responsible == people["clerk"]

    def test_gives_the_limit_of_a_letter_from_above_if_there_is_one(self, organ):  # docs/domain.md 4.7 no. 6
        reply = promise(organ, at=MONDAY_MORNING, limit=Limit.parse("3wd"))

        assert (reply.due_at, reply.red_after) == (local("2026-03-05 23:59:59"), 2)

    def test_gives_the_working_days_until_a_day_that_a_letter_fixed(self, organ):  # docs/domain.md 4.7 no. 6
        reply = promise(organ, at=MONDAY_MORNING, fixed_on=date(2026, 3, 12))

        assert (reply.limit_number, reply.due_at) == (8, local("2026-03-12 23:59:59"))

    def test_gives_nothing_to_what_begins_after_that_day(self, organ):
        late = promise(organ, at=MONDAY_MORNING, fixed_on=date(2026, 2, 27))

        assert (late.limit_number, late.due_at) == (0, local("2026-03-02 23:59:59"))

    def test_T17_again_is_a_new_generation_and_the_first_result_stays(self, organ):  # T9
        promise(organ, at=MONDAY_MORNING)
        first = actions.meet(organ, REPLY, at=local("2026-03-24 10:00"))

        second = promise(organ, at=local("2026-03-25 10:00"))
        sweep.run(at=second.warn_at)

        first.refresh_from_db()
        assert (first.generation, second.generation) == (1, 2)
        assert (first.met_at, first.is_late(at=second.warn_at)) == (local("2026-03-24 10:00"), True)
        assert Escalation.objects.filter(deadline=second).count() == 1

    def test_of_what_a_citizen_owes_is_looked_at_when_its_time_is_over(self, organ):
        evaluation = promise(organ, EVALUATE, at=MONDAY_MORNING)

        assert evaluation.next_check_at == evaluation.overdue_at

    def test_marks_a_date_in_a_year_without_notice(self, organ):  # pitfall 15, worked example 24
        reply = promise(organ, variant="short", at=local("2026-12-25 10:00"))

        assert (reply.due_at, reply.provisional) == (local("2027-01-04 23:59:59"), True)

    def test_T14_beyond_the_calendar_is_refused(self, organ):  # nothing is guessed
        with pytest.raises(OutsideCalendar):
            promise(organ, at=local("2090-01-04 10:00"))

    def test_T20_of_a_kind_that_nobody_registered_is_a_bug(self, organ):
        with pytest.raises(KeyError):
            promise(organ, "tests.nothing", at=MONDAY_MORNING)

    def test_of_a_variant_that_the_kind_does_not_have_is_a_bug(self, organ):
        with pytest.raises(KeyError):
            promise(organ, at=MONDAY_MORNING, variant="nothing")

    def test_T4_needs_no_zone_but_the_portal_s(self, organ):
        in_utc = promise(organ, at=local("2026-03-03 07:30").astimezone(tz=None))

        assert in_utc.due_at == local("2026-03-24 23:59:59")


class TestMeeting:
    def test_T21_keeps_the_promise_for_ever(self, organ):
        promise(organ, at=MONDAY_MORNING)

        met = actions.meet(organ, REPLY, at=NEXT_MONDAY_MORNING)

        assert (met.state, met.met_at, met.next_check_at) == (DeadlineState.MET, NEXT_MONDAY_MORNING, None)
        assert not met.is_late(at=local("2027-01-01 00:00"))

    def test_of_nothing_is_none(self, organ):
        assert actions.meet(organ, REPLY, at=MONDAY_MORNING) is None

    def test_T2_ends_a_suspension_and_keeps_its_days(self, organ, people):
        promise(organ, at=MONDAY_MORNING)
        actions.suspend(organ, REPLY, at=NEXT_MONDAY_MORNING, ground="expert", reason="…", by=people["office_head"])

        met = actions.meet(organ, REPLY, at=local("2026-03-13 10:00"))

        assert (met.state, met.suspended_days, met.due_at) == (DeadlineState.MET, 5, local("2026-03-30 23:59:59"))
        assert met.suspensions.get().ended_at == local("2026-03-13 10:00")

    def test_after_the_citizen_s_time_is_over_comes_too_late(self, organ):
        evaluation = promise(organ, EVALUATE, at=MONDAY_MORNING)

        assert actions.meet(organ, EVALUATE, at=evaluation.overdue_at) is None

        evaluation.refresh_from_db()
        assert evaluation.state == DeadlineState.LAPSED

    def test_touches_no_other_kind(self, organ):
        sign_in = promise(organ, SIGN_IN, at=MONDAY_MORNING)
        promise(organ, at=MONDAY_MORNING)

        actions.meet(organ, REPLY, at=NEXT_MONDAY_MORNING)

        sign_in.refresh_from_db()
        assert sign_in.is_running


class TestCancelling:
    def test_in_time_is_neither_kept_nor_broken(self, organ):
        reply = promise(organ, at=MONDAY_MORNING)

        assert actions.cancel(organ, at=NEXT_MONDAY_MORNING) == 1

        reply.refresh_from_db()
        assert (reply.state, reply.met_at, reply.ended_at) == (DeadlineState.CANCELLED, None, NEXT_MONDAY_MORNING)
        assert not Deadline.objects.kept().exists()
        assert not Deadline.objects.broken(at=local("2027-01-01 00:00")).exists()

    def test_after_the_time_stays_broken(self, organ):  # docs/domain.md 4.6
        reply = promise(organ, at=MONDAY_MORNING)

        actions.cancel(organ, at=local("2026-03-24 00:00"))

        reply.refresh_from_db()
        assert (reply.state, reply.level) == (DeadlineState.CANCELLED, 2)
        assert reply.is_late(at=local("2026-03-24 00:00"))
        assert list(Deadline.objects.broken(at=local("2026-03-24 00:00"))) == [reply]

    def test_can_be_of_some_kinds_only(self, organ):
        promise(organ, at=MONDAY_MORNING)
        sign_in = promise(organ, SIGN_IN, at=MONDAY_MORNING)

        assert actions.cancel(organ, [REPLY], at=MONDAY_MORNING) == 1

        sign_in.refresh_from_db()
        assert sign_in.is_running

    def test_ends_a_suspension(self, organ, people):
        reply = promise(organ, at=MONDAY_MORNING)
        actions.suspend(organ, REPLY, at=NEXT_MONDAY_MORNING, ground="expert", reason="…", by=people["office_head"])

        actions.cancel(organ, at=local("2026-03-13 10:00"))

        assert reply.suspensions.get().ended_at == local("2026-03-13 10:00")


class TestReassigning:
    def test_hands_the_promise_on_and_the_clock_runs_on(self, organ, city, people):  # pitfall 4
        reply = promise(organ, at=MONDAY_MORNING, responsible=people["clerk"])

        assert actions.reassign(organ, [REPLY], organ=city.tax, post=None, responsible=people["other_clerk"]) == 1

        after = Deadline.objects.get(pk=reply.pk)
        assert (after.organ, after.responsible) == (city.tax, people["other_clerk"])
        assert (after.started_at, after.due_at) == (reply.started_at, reply.due_at)

    def test_leaves_past_levels_with_who_owed_it_then(self, organ, city, people):  # pitfalls 9, 14
        reply = promise(organ, at=MONDAY_MORNING, responsible=people["clerk"])
        sweep.run(at=reply.overdue_at)

        actions.reassign(organ, organ=city.tax, post=None, responsible=people["other_clerk"])
        sweep.run(at=reply.red_at)

        owed = dict(Escalation.objects.values_list("level", "organ__code"))
        assert owed == {1: organ.code, 2: organ.code, 3: city.tax.code}


class TestMoving:
    def test_by_an_extension_is_written_down(self, organ, people):
        reply = promise(organ, at=MONDAY_MORNING)

        actions.extend(
            organ, REPLY, at=NEXT_MONDAY_MORNING, limit=Limit.parse("5wd"), reason="…", by=people["office_head"]
        )

        change = DueDateChange.objects.get()
        assert (change.cause, change.due_before, change.due_after) == (
            Cause.EXTENSION,
            reply.due_at,
            local("2026-03-30 23:59:59"),
        )
        assert AuditRecord.objects.filter(action="deadline.extend", actor=people["office_head"]).count() == 1

    def test_by_a_second_suspension_on_the_same_day_counts_the_day_once(self, organ, people):
        promise(organ, at=MONDAY_MORNING)
        for hour in ("09:00", "14:00"):
            at = local(f"2026-03-09 {hour}")
            actions.suspend(organ, REPLY, at=at, ground="expert", reason="…", by=people["office_head"])
            reply = actions.resume(organ, REPLY, at=at + timedelta(hours=1), by=people["office_head"])

        assert (reply.suspended_days, reply.due_at) == (1, local("2026-03-24 23:59:59"))

    def test_a_reminder_never_comes_before_the_clock_runs_again(self, organ, people):
        promise(organ, SIGN_IN, at=MONDAY_MORNING)  # until Tuesday
        actions.suspend(organ, SIGN_IN, at=local("2026-03-03 10:00"), ground="expert", reason="…", by=people["leader"])

        sign_in = actions.resume(organ, SIGN_IN, at=local("2026-03-04 15:00"), by=people["leader"])

        assert sign_in.due_at == local("2026-03-05 23:59:59")
        assert sign_in.warn_at == local("2026-03-04 15:00")  # and not at nine, while it stood still

    def test_a_promise_cannot_be_suspended_twice_nor_resumed_when_it_runs(self, organ, people):
        promise(organ, at=MONDAY_MORNING)
        with pytest.raises(actions.NotAllowed):
            actions.resume(organ, REPLY, at=MONDAY_MORNING, by=people["leader"])
        actions.suspend(organ, REPLY, at=MONDAY_MORNING, ground="expert", reason="…", by=people["leader"])
        with pytest.raises(actions.NotAllowed):
            actions.suspend(organ, REPLY, at=MONDAY_MORNING, ground="expert", reason="…", by=people["leader"])

    def test_a_suspended_promise_is_resumed_before_it_is_extended(self, organ, people):
        promise(organ, at=MONDAY_MORNING)
        actions.suspend(organ, REPLY, at=MONDAY_MORNING, ground="expert", reason="…", by=people["leader"])

        with pytest.raises(actions.NotAllowed):
            actions.extend(
                organ, REPLY, at=MONDAY_MORNING, limit=Limit.parse("5wd"), reason="…", by=people["office_head"]
            )


class TestNextDue:
    def test_is_the_earliest_of_what_government_promised(self, organ):
        promise(organ, at=MONDAY_MORNING)
        promise(organ, NOTICE, at=MONDAY_MORNING)
        promise(organ, EVALUATE, at=MONDAY_MORNING)

        assert actions.next_due_at(organ) == local("2026-03-23 23:59:59")

    def test_is_nothing_while_the_only_promise_stands_still(self, organ, people):
        promise(organ, at=MONDAY_MORNING)
        actions.suspend(organ, REPLY, at=MONDAY_MORNING, ground="expert", reason="…", by=people["leader"])

        assert actions.next_due_at(organ) is None


class TestAccount:
    def test_tells_day_by_day_how_the_date_came_about(self, organ, people):
        reply = promise(organ, at=local("2026-03-02 10:00"))
        actions.suspend(organ, REPLY, at=local("2026-03-09 09:00"), ground="expert", reason="…", by=people["leader"])
        reply = actions.resume(organ, REPLY, at=local("2026-03-13 17:00"), by=people["leader"])

        account = actions.account(reply)

        assert account.due_at == reply.due_at == local("2026-03-30 23:59:59")
        assert sum(line.suspended and line.weekday <= 5 for line in account.lines) == 5

    def test_of_a_suspended_promise_has_no_date(self, organ, people):
        promise(organ, at=MONDAY_MORNING)
        reply = actions.suspend(organ, REPLY, at=NEXT_MONDAY_MORNING, ground="expert", reason="…", by=people["leader"])

        assert (actions.account(reply).due_at, actions.account(reply).remaining) == (None, 11)


class TestDatabase:
    def test_refuses_a_second_promise_of_the_same_generation(self, organ):
        reply = promise(organ, at=MONDAY_MORNING)
        reply.pk = None

        with pytest.raises(IntegrityError, match="deadline_one_generation"), transaction.atomic():
            reply.save(force_insert=True)

    def test_T9_refuses_a_second_escalation_of_a_level(self, organ):  # T12
        reply = promise(organ, at=MONDAY_MORNING)
        sweep.run(at=reply.warn_at)
        again = Escalation.objects.get()
        again.pk = None

        with pytest.raises(IntegrityError, match="escalation_once_a_level"), transaction.atomic():
            again.save(force_insert=True)

    @pytest.mark.parametrize("change", [{"met_at": MONDAY_MORNING}, {"state": "met"}, {"suspended_at": MONDAY_MORNING}])
    def test_refuses_a_state_without_its_moment(self, organ, change):
        reply = promise(organ, at=MONDAY_MORNING)

        with pytest.raises(IntegrityError), transaction.atomic():
            Deadline.objects.filter(pk=reply.pk).update(**change)
