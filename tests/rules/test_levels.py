"""docs/domain.md 9.2 and 3.1 rules 8 to 13: what a promise goes through, as the engine keeps it."""

import pytest

from efficiency.deadlines import actions, registry, sweep
from efficiency.deadlines.models import Deadline, DeadlineState, Escalation
from efficiency.timing.due import Limit
from tests.factories import promises
from tests.factories.promises import EVALUATE, NOTICE, REPLY, SIGN_IN, promise
from tests.moments import MONDAY_MORNING, local

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kinds(monkeypatch):
    monkeypatch.setattr(registry, "_handlers", {})
    promises.register()


@pytest.fixture
def organ(city):
    return city.construction


def levels(deadline: Deadline) -> list[tuple]:
    return list(Escalation.objects.filter(deadline=deadline).order_by("level").values_list("level", "passed_at"))


class TestLevels:  # docs/domain.md 9.2 and the worked case of 4.6
    def test_a_reply_goes_through_reminder_yellow_red_and_fourth(self, organ):
        reply = promise(organ, at=local("2026-02-10 10:00"))

        sweep.run(at=local("2026-03-24 00:00"))

        assert levels(reply) == [
            (1, local("2026-03-06 09:00")),  # rule 11: 09:00 of the working day before the last
            (2, local("2026-03-10 00:00")),  # rule 4: the last day is over at 24:00
            (3, local("2026-03-17 00:00")),  # five working days overdue, at the end of 03-16
            (4, local("2026-03-24 00:00")),  # five more, at the end of 03-23
        ]

    def test_T13_each_level_is_passed_at_its_moment_and_not_a_second_earlier(self, organ):
        reply = promise(organ, at=local("2026-02-10 10:00"))
        for level, (before, moment) in enumerate(
            [
                ("2026-03-06 08:59:59", "2026-03-06 09:00"),
                ("2026-03-09 23:59:59", "2026-03-10 00:00"),
                ("2026-03-16 23:59:59", "2026-03-17 00:00"),
                ("2026-03-23 23:59:59", "2026-03-24 00:00"),
            ],
            start=1,
        ):
            sweep.run(at=local(before))
            assert len(levels(reply)) == level - 1
            sweep.run(at=local(moment))
            assert len(levels(reply)) == level

    @pytest.mark.parametrize(
        ("kind", "variant", "red"),
        [
            (SIGN_IN, "", "2026-03-06 00:00"),  # up to 3 working days: two over the last day 03-03
            (REPLY, "short", "2026-03-13 00:00"),  # 4 to 10: three over 03-09
            (NOTICE, "", "2026-04-10 00:00"),  # calendar days: five over 04-01, Qingming between
        ],
    )
    def test_red_depends_on_the_original_limit(self, organ, kind, variant, red):
        assert promise(organ, kind, at=MONDAY_MORNING, variant=variant).red_at == local(red)

    def test_what_the_citizen_owes_has_no_levels_and_lapses(self, organ):
        evaluation = promise(organ, EVALUATE, at=local("2026-03-12 15:00"))  # until 03-26

        result = sweep.run(at=local("2026-03-27 00:00"))

        evaluation.refresh_from_db()
        assert (evaluation.state, evaluation.ended_at) == (DeadlineState.LAPSED, local("2026-03-27 00:00"))
        assert levels(evaluation) == []
        assert (result.warned, result.overdue, result.messages) == (0, 0, 0)

    def test_no9_a_level_is_stamped_with_its_moment_though_the_sweep_came_late(self, organ):
        reply = promise(organ, at=local("2026-02-10 10:00"))

        sweep.run(at=local("2026-03-12 11:30"))

        assert levels(reply) == [(1, local("2026-03-06 09:00")), (2, local("2026-03-10 00:00"))]

    def test_one_promise_yields_at_most_one_of_each_level(self, organ):
        reply = promise(organ, at=local("2026-02-10 10:00"))
        for _again in range(3):
            sweep.run(at=local("2026-04-30 12:00"))

        assert [level for level, _moment in levels(reply)] == [1, 2, 3, 4]


class TestReminder:  # docs/domain.md 3.1 rule 11
    def test_comes_at_once_where_the_working_day_before_is_the_start(self, organ):
        started_at = local("2026-03-02 16:00")
        sign_in = promise(organ, SIGN_IN, at=started_at)

        sweep.run(at=started_at)

        assert levels(sign_in) == [(1, started_at)]

    def test_keeps_to_make_up_working_days(self, organ):  # worked examples 7 and 37
        reply = promise(organ, variant="short", at=local("2026-02-10 10:00"))

        assert (reply.due_at, reply.warn_at) == (local("2026-02-24 23:59:59"), local("2026-02-14 09:00"))


class TestMeeting:  # docs/domain.md 3.1 rule 4
    @pytest.mark.parametrize(("at", "late"), [("2026-03-09 23:59:59", False), ("2026-03-10 00:00", True)])
    def test_T13_is_in_time_until_the_last_day_is_over(self, organ, at, late):
        promise(organ, at=local("2026-02-10 10:00"))

        met = actions.meet(organ, REPLY, at=local(at))

        assert met.is_late(at=local("2026-06-01 00:00")) is late
        assert Deadline.objects.kept().filter(pk=met.pk).exists() is not late

    def test_late_keeps_the_levels_and_adds_no_more(self, organ):  # worked case of 4.6
        reply = promise(organ, at=local("2026-02-10 10:00"))
        sweep.run(at=local("2026-03-10 00:01"))

        actions.meet(organ, REPLY, at=local("2026-03-12 10:00"))
        sweep.run(at=local("2026-05-01 00:00"))

        assert [level for level, _moment in levels(reply)] == [1, 2]


class TestSuspension:  # docs/domain.md 3.1 rule 8
    def suspended(self, organ, people, started_at, first, last, kind=REPLY, variant=""):
        promise(organ, kind, at=local(started_at), variant=variant)
        actions.suspend(organ, kind, at=local(first), ground="expert", reason="…", by=people["office_head"])
        return actions.resume(organ, kind, at=local(last), by=people["office_head"])

    def test_takes_the_working_days_that_it_touches_out_of_the_count(self, organ, people):  # worked example 29
        reply = self.suspended(organ, people, "2026-03-02 10:00", "2026-03-09 09:00", "2026-03-13 17:00")

        assert (reply.due_at, reply.suspended_days) == (local("2026-03-30 23:59:59"), 5)

    def test_of_a_single_day_moves_the_end_by_one(self, organ, people):  # worked example 30
        reply = self.suspended(
            organ, people, "2026-06-01 10:00", "2026-06-03 09:00", "2026-06-03 17:00", variant="short"
        )

        assert (reply.due_at, reply.suspended_days) == (local("2026-06-09 23:59:59"), 1)

    def test_does_not_count_holidays_inside(self, organ, people):  # worked example 31
        reply = self.suspended(organ, people, "2026-09-21 10:00", "2026-09-29 09:00", "2026-10-09 17:00")

        assert (reply.due_at, reply.suspended_days) == (local("2026-10-23 23:59:59"), 4)

    def test_adds_calendar_days_to_a_limit_in_calendar_days(self, organ, people):
        notice = self.suspended(organ, people, "2026-03-02 10:00", "2026-03-09 09:00", "2026-03-13 17:00", NOTICE)

        # 04-01 and five days is Monday 04-06, a day of Qingming; the end moves to the next working day.
        assert (notice.due_at, notice.suspended_days) == (local("2026-04-07 23:59:59"), 5)

    def test_T3_moves_every_threshold_and_no_level_is_passed_while_it_lasts(self, organ, people):
        promise(organ, at=local("2026-03-02 10:00"))
        actions.suspend(
            organ, REPLY, at=local("2026-03-09 09:00"), ground="expert", reason="…", by=people["office_head"]
        )

        assert sweep.run(at=local("2026-06-01 00:00")).checked == 0
        reply = actions.resume(organ, REPLY, at=local("2026-06-01 09:00"), by=people["office_head"])

        assert reply.warn_at > local("2026-06-01 09:00")
        assert reply.overdue_at < reply.red_at < reply.fourth_at
        assert reply.next_check_at == reply.warn_at

    def test_cannot_begin_after_the_end(self, organ, people):  # pitfall 4
        promise(organ, at=local("2026-02-10 10:00"))

        with pytest.raises(actions.TooLate):
            actions.suspend(
                organ, REPLY, at=local("2026-03-10 00:00"), ground="expert", reason="…", by=people["office_head"]
            )

    def test_needs_a_ground_of_the_list(self, organ, people):  # docs/domain.md 3.4
        promise(organ, at=local("2026-02-10 10:00"))

        with pytest.raises(actions.NotAllowed):
            actions.suspend(
                organ, REPLY, at=local("2026-02-11 10:00"), ground="official_away", reason="…", by=people["office_head"]
            )


class TestExtension:  # docs/domain.md 3.1 rule 9
    def extend(self, organ, people, at, limit="15wd"):
        return actions.extend(
            organ, REPLY, at=local(at), limit=Limit.parse(limit), reason="…", by=people["office_head"]
        )

    def test_counts_on_from_the_old_last_day(self, organ, people):  # worked example 32
        promise(organ, at=local("2026-03-02 10:00"))

        assert self.extend(organ, people, "2026-03-20 10:00").due_at == local("2026-04-14 23:59:59")

    def test_is_refused_once_the_last_day_is_over(self, organ, people):
        reply = promise(organ, at=local("2026-03-02 10:00"))

        with pytest.raises(actions.TooLate):
            self.extend(organ, people, "2026-03-24 00:00")

        reply.refresh_from_db()
        assert (reply.due_at, reply.extension_count) == (local("2026-03-23 23:59:59"), 0)

    def test_is_granted_once(self, organ, people):
        promise(organ, at=local("2026-03-02 10:00"))
        self.extend(organ, people, "2026-03-20 10:00", "5wd")

        with pytest.raises(actions.NotAllowed):
            self.extend(organ, people, "2026-03-20 11:00", "5wd")

    @pytest.mark.parametrize("limit", ["16wd", "15d", "0wd"])
    def test_is_never_longer_than_the_rule_allows(self, organ, people, limit):
        promise(organ, at=local("2026-03-02 10:00"))

        with pytest.raises(actions.NotAllowed):
            self.extend(organ, people, "2026-03-20 10:00", limit)

    def test_is_refused_where_the_kind_knows_none(self, organ, people):
        promise(organ, SIGN_IN, at=local("2026-03-02 10:00"))

        with pytest.raises(actions.NotAllowed):
            actions.extend(
                organ, SIGN_IN, at=local("2026-03-02 11:00"), limit=Limit.parse("1wd"), reason="…", by=people["leader"]
            )

    def test_does_not_remind_a_second_time(self, organ, people):
        reply = promise(organ, at=local("2026-03-02 10:00"))
        sweep.run(at=local("2026-03-20 09:00"))
        self.extend(organ, people, "2026-03-20 10:00")

        sweep.run(at=local("2026-04-30 00:00"))

        assert levels(reply)[0] == (1, local("2026-03-20 09:00"))
        assert levels(reply)[1] == (2, local("2026-04-15 00:00"))


class TestOverdueDays:  # docs/domain.md 3.1 rule 10
    def test_red_is_passed_at_the_end_of_the_day(self, organ):  # worked example 34
        reply = promise(organ, variant="short", at=local("2026-04-23 10:00"))

        assert reply.due_at == local("2026-04-30 23:59:59")
        assert reply.red_at == local("2026-05-09 00:00")  # three working days over: 6, 7, 8 May
