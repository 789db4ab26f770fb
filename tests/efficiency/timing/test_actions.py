"""A year of the calendar is typed in by one person and confirmed by a second (docs/domain.md 3.1 rules 12 and 13)."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from efficiency.audit.models import AuditRecord
from efficiency.organs.models import Role
from efficiency.timing import actions, registry, store
from efficiency.timing.calendar import DayKind
from efficiency.timing.models import CalendarProposal, CalendarYear
from tests.efficiency.timing.conftest import DAYS_OFF_2027, IN_DECEMBER, MAKEUP_DAYS_2027
from tests.factories import staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provisional_2027")]
LATER = IN_DECEMBER + timedelta(hours=3)


@pytest.fixture
def administrator():
    return staff.make_user("administrator")


@pytest.fixture
def officer():
    return staff.make_user("officer")


@pytest.fixture
def proposal(everybody_may, notice_2027, administrator):
    return actions.propose_year(2027, **notice_2027, by=administrator, at=IN_DECEMBER)


class TestPropose:
    def test_changes_no_day(self, proposal):
        assert CalendarYear.objects.get(pk=2027).is_provisional
        assert store.load().is_working_day(date(2026, 12, 31))
        assert proposal.outcome == CalendarProposal.Outcome.OPEN

    def test_a_second_proposal_waits_for_the_first(self, proposal, notice_2027, officer):
        with pytest.raises(actions.AlreadyProposed):
            actions.propose_year(2027, **notice_2027, by=officer, at=LATER)

    def test_a_year_that_was_not_assumed_yet_is_assumed_first(self, everybody_may, administrator):
        year = store.load().last_day.year + 1
        days_off = dict(actions.notices.statutory_days(year))

        actions.propose_year(year, days_off=days_off, makeup_days=[], notice="x", by=administrator, at=IN_DECEMBER)

        assert store.load().last_day == date(year, 12, 31)

    @pytest.mark.parametrize(
        ("year", "change", "field"),
        [
            (2027, {"notice": "  "}, "notice"),
            (2025, {}, "year"),
            (2061, {"days_off": {date(2061, 1, 1): "new_year"}, "makeup_days": []}, "year"),
            (2027, {"days_off": {**DAYS_OFF_2027, date(2028, 1, 1): "new_year"}}, "days_off"),
            (2027, {"days_off": {**DAYS_OFF_2027, date(2026, 11, 30): "new_year"}}, "days_off"),
            (2027, {"makeup_days": [date(2028, 1, 1)]}, "makeup_days"),
            (2027, {"makeup_days": [date(2027, 3, 5)]}, "makeup_days"),
            (2027, {"makeup_days": [*MAKEUP_DAYS_2027, date(2027, 10, 2)]}, "makeup_days"),
            (2027, {"days_off": {**DAYS_OFF_2027, date(2027, 3, 8): " "}}, "days_off"),
            (2027, {"days_off": {k: v for k, v in DAYS_OFF_2027.items() if v != "national_day"}}, "days_off"),
        ],
    )
    def test_refuses_what_cannot_be_a_notice(self, year, change, field, everybody_may, notice_2027, administrator):
        with pytest.raises(actions.BadNotice) as refusal:
            actions.propose_year(year, **(notice_2027 | change), by=administrator, at=IN_DECEMBER)

        assert refusal.value.field == field
        assert not CalendarProposal.objects.exists()


class TestConfirm:
    def test_makes_the_days_as_the_notice_says(self, proposal, officer):
        first_changed = actions.confirm_year(2027, by=officer, at=LATER)

        calendar = store.load()
        assert first_changed == date(2026, 12, 27)
        for day in calendar.days(date(2026, 12, 1), date(2027, 12, 31)):
            if day.date in DAYS_OFF_2027:
                assert (day.kind, day.holiday) == (DayKind.HOLIDAY, DAYS_OFF_2027[day.date])
            elif day.date in MAKEUP_DAYS_2027:
                assert day.kind is DayKind.MAKEUP
            else:
                assert day.kind is (DayKind.WEEKEND if day.date.isoweekday() >= 6 else DayKind.WORKING)

    def test_numbers_all_later_days_anew_and_no_earlier_one(self, proposal, officer):
        before = store.load()

        actions.confirm_year(2027, by=officer, at=LATER)

        after = store.load()
        assert after.ordinal(date(2026, 12, 26)) == before.ordinal(date(2026, 12, 26))
        count = sum(day.is_working for day in after.days(date(2026, 12, 27), date(2028, 12, 31)))
        assert after.ordinal(date(2028, 12, 31)) - after.ordinal(date(2026, 12, 26)) == count

    def test_takes_a_fixed_number_of_statements(self, proposal, officer, changes, django_assert_max_num_queries):
        with django_assert_max_num_queries(15):
            actions.confirm_year(2027, by=officer, at=LATER)

    @pytest.mark.parametrize("step", ["preview", "confirm", "settle"])
    def test_R08_takes_the_time_that_a_count_of_all_promises_takes(self, proposal, officer, monkeypatch, step):
        """The pages' bounds are meant for one row: with 100,000 open promises none of these would end in time."""
        found: list[str] = []

        def look(*_: object) -> list:
            with connection.cursor() as cursor:
                cursor.execute("SELECT current_setting('statement_timeout'), current_setting('lock_timeout')")
                found.extend(cursor.fetchone())
            return []

        monkeypatch.setattr(registry, "changed", look)
        monkeypatch.setattr(registry, "effects", look)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '5s'; SET LOCAL lock_timeout = '3s'")
        if step == "preview":
            actions.preview_year(2027, at=LATER)
        elif step == "confirm":
            actions.confirm_year(2027, by=officer, at=LATER)
        else:
            actions.settle(date(2027, 1, 1), LATER)

        assert found == ["10min", "1min"]

    def test_ends_the_provisional_state(self, proposal, officer):
        actions.confirm_year(2027, by=officer, at=LATER)

        year = CalendarYear.objects.get(pk=2027)
        assert (year.state, year.notice) == ("confirmed", proposal.notice)
        assert (year.confirmed_by_id, year.confirmed_at) == (officer.pk, LATER)
        assert store.load().provisional_years == {2028}

    def test_keeps_what_the_next_notice_said_of_december_when_a_year_is_amended(self, proposal, officer, administrator):
        actions.confirm_year(2027, by=officer, at=LATER)
        amended = CalendarYear.objects.get(pk=2026)
        days_off = {date.fromisoformat(day): name for day, name in amended.days_off.items()}

        actions.propose_year(
            2026,
            days_off=days_off | {date(2026, 12, 25): "special"},
            makeup_days=amended.makeup_days,
            notice="x",
            by=administrator,
            at=LATER,
        )
        actions.confirm_year(2026, by=officer, at=LATER)

        calendar = store.load()
        assert not calendar.is_working_day(date(2026, 12, 25))
        assert not calendar.is_working_day(date(2026, 12, 31))
        assert calendar.is_working_day(date(2026, 12, 27))

    def test_is_refused_to_the_person_who_proposed(self, proposal, administrator):
        with pytest.raises(actions.SamePerson):
            actions.confirm_year(2027, by=administrator, at=LATER)

        assert CalendarYear.objects.get(pk=2027).is_provisional

    def test_is_refused_to_another_account_of_that_person(self, proposal, officer, monkeypatch):
        monkeypatch.setattr(registry, "_comparisons", [lambda one, other: True])

        with pytest.raises(actions.SamePerson):
            actions.confirm_year(2027, by=officer, at=LATER)

    def test_the_database_refuses_one_person_as_well(self, proposal, administrator):
        with pytest.raises(IntegrityError, match="two_persons"), transaction.atomic():
            CalendarProposal.objects.update(outcome="confirmed", decided_by=administrator, decided_at=LATER)

    def test_is_refused_when_nothing_is_proposed(self, everybody_may, officer):
        with pytest.raises(actions.NothingProposed):
            actions.confirm_year(2027, by=officer, at=LATER)

    def test_is_refused_when_another_proposal_has_taken_the_place(self, proposal, officer):
        with pytest.raises(actions.NothingProposed):
            actions.confirm_year(2027, by=officer, at=LATER, proposal_id=proposal.pk + 1)

    def test_cannot_happen_twice(self, proposal, officer):
        actions.confirm_year(2027, by=officer, at=LATER)

        with pytest.raises(actions.NothingProposed):
            actions.confirm_year(2027, by=officer, at=LATER)


class TestWhatFollows:
    def test_a_change_is_told_in_its_transaction_and_once_more_after_it(
        self, proposal, officer, changes, django_capture_on_commit_callbacks
    ):
        with django_capture_on_commit_callbacks(execute=True):
            actions.confirm_year(2027, by=officer, at=LATER)
            assert changes == [(date(2026, 12, 27), LATER)]

        assert changes == [(date(2026, 12, 27), LATER)] * 2

    def test_whoever_follows_sees_the_new_calendar(self, proposal, officer, monkeypatch):
        seen = []
        monkeypatch.setattr(
            registry,
            "_on_change",
            [lambda first_date, at: seen.append(store.load().is_working_day(date(2026, 12, 31)))],
        )

        actions.confirm_year(2027, by=officer, at=LATER)

        assert seen == [False]

    def test_a_failure_of_whoever_follows_undoes_the_change(self, proposal, officer, monkeypatch):
        def fail(first_date, at):
            raise RuntimeError("no")

        monkeypatch.setattr(registry, "_on_change", [fail])
        with pytest.raises(RuntimeError):
            actions.confirm_year(2027, by=officer, at=LATER)

        assert CalendarYear.objects.get(pk=2027).is_provisional
        assert store.load().is_working_day(date(2026, 12, 31))

    def test_a_year_that_comes_as_assumed_is_told_as_well_for_it_is_no_longer_provisional(
        self, everybody_may, officer, administrator, changes
    ):
        assumed = actions.notices.assumed(2027)
        actions.propose_year(
            2027, days_off=assumed.days_off, makeup_days=[], notice="x", by=administrator, at=IN_DECEMBER
        )

        assert actions.confirm_year(2027, by=officer, at=LATER) is None
        assert changes == [(date(2027, 1, 1), LATER)]


class TestPreview:
    def test_shows_the_days_that_would_change_and_stores_nothing(self, proposal):
        before = store.load()

        preview = actions.preview_year(2027, at=LATER)

        changed = {change.before.date: change.after.kind for change in preview.days}
        assert changed[date(2026, 12, 27)] is DayKind.MAKEUP
        assert changed[date(2026, 12, 31)] is DayKind.HOLIDAY
        assert date(2027, 1, 1) not in changed
        assert preview.working_days_before == before.working_days_between(date(2026, 12, 31), date(2027, 12, 31))
        assert preview.working_days == 247  # 261 weekdays, 18 of them off, 4 weekend days worked
        assert store.load().version == before.version
        assert CalendarYear.objects.get(pk=2027).is_provisional

    def test_asks_what_would_move_with_the_days_already_there(self, proposal, monkeypatch):
        def look(first_date, at):
            CalendarYear.objects.filter(pk=2028).update(state="confirmed", notice="x")  # rolled back with the rest
            return registry.Effect("deadlines", int(not store.load().is_working_day(date(2026, 12, 31))))

        monkeypatch.setattr(registry, "_on_preview", [look])

        assert [effect.moved for effect in actions.preview_year(2027, at=LATER).effects] == [1]
        assert CalendarYear.objects.get(pk=2028).is_provisional

    def test_needs_a_proposal(self):
        with pytest.raises(actions.NothingProposed):
            actions.preview_year(2027, at=LATER)


class TestWithdraw:
    def test_makes_room_for_another_proposal(self, proposal, administrator, notice_2027, officer):
        actions.withdraw_proposal(2027, by=administrator, at=LATER)

        again = actions.propose_year(2027, **notice_2027, by=administrator, at=LATER)
        with pytest.raises(actions.NothingProposed):
            actions.confirm_year(2027, by=officer, at=LATER, proposal_id=proposal.pk)
        actions.confirm_year(2027, by=officer, at=LATER, proposal_id=again.pk)

    def test_needs_a_proposal(self, everybody_may, administrator):
        with pytest.raises(actions.NothingProposed):
            actions.withdraw_proposal(2027, by=administrator, at=LATER)


class TestWhoMay:  # docs/trust.md, matrix: the administrator proposes, an officer confirms
    @pytest.fixture
    def people(self):
        return staff.every_role(staff.make_city())

    def test_an_administrator_proposes_and_an_officer_confirms(self, people, notice_2027):
        actions.propose_year(2027, **notice_2027, by=people["administrator"], at=IN_DECEMBER)
        actions.confirm_year(2027, by=people["officer"], at=LATER)

        steps = AuditRecord.objects.filter(action__startswith="calendar.").order_by("id")
        assert list(steps.values_list("action", "actor_id", "object_type")) == [
            ("calendar.propose", people["administrator"].pk, "efficiency.calendarproposal"),
            ("calendar.confirm", people["officer"].pk, "efficiency.calendarproposal"),
        ]

    @pytest.mark.parametrize("role", ["clerk", "leader", "inspector", "auditor", "editor", "social", "nobody"])
    def test_nobody_else_does_either(self, role, people, notice_2027):
        for act in (
            lambda: actions.propose_year(2027, **notice_2027, by=people[role], at=IN_DECEMBER),
            lambda: actions.confirm_year(2027, by=people[role], at=LATER),
            lambda: actions.withdraw_proposal(2027, by=people[role], at=LATER),
        ):
            with pytest.raises(actions.NotAllowed):
                act()

    def test_an_administrator_does_not_confirm(self, people, notice_2027):
        other = staff.seat(Role.SYSTEM_ADMINISTRATOR, staff.Organ.objects.get(code="440600"))
        actions.propose_year(2027, **notice_2027, by=people["administrator"], at=IN_DECEMBER)

        with pytest.raises(actions.NotAllowed):
            actions.confirm_year(2027, by=other, at=LATER)

    def test_without_anybody_who_decides_nobody_may(self, monkeypatch, people, notice_2027):
        monkeypatch.setattr(registry, "_permissions", [])

        with pytest.raises(actions.NotAllowed):
            actions.propose_year(2027, **notice_2027, by=people["administrator"], at=IN_DECEMBER)
