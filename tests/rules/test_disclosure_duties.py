"""Duties to publish (docs/domain.md 6): what is owed when, by whom, and what ends it; days of the calendar of 2026."""

from datetime import date, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from disclosure import tasks
from disclosure.catalogue import duties, fulfilling, promise, raising, releasing
from disclosure.catalogue.refusals import Invalid, NotAllowed, NotInState
from disclosure.enums import OwedState, Released, Rhythm
from disclosure.models import OwedPublication, PublicationDuty
from efficiency import facts
from efficiency.audit import verify
from efficiency.audit.models import AuditRecord
from efficiency.deadlines import actions as deadlines
from efficiency.deadlines import rules, sweep
from efficiency.deadlines.models import DeadlineState, Escalation
from efficiency.organs.models import Organ, Post, Role, Tenure
from efficiency.outbox.models import Message
from efficiency.timing.due import Limit, Unit
from tests.factories.cases import make_cast
from tests.factories.disclosure import make_column, make_duty, make_published, publish_version, withdraw
from tests.factories.staff import make_post, make_user, seat
from tests.moments import local

pytestmark = pytest.mark.django_db

NEW_YEAR = date(2026, 1, 1)
NEW_MORNING = local("2026-01-01 08:00")
SHEET = "test_sheet"


@pytest.fixture
def cast():
    cast = make_cast()
    cast.editor = seat(Role.DISCLOSURE_EDITOR, cast.city.construction)
    return cast


@pytest.fixture
def kind(monkeypatch):
    """A kind of fact about posts, under no heading that is there, so nothing discloses itself; one may not be told."""

    def account(post: Post) -> facts.Account | None:
        return facts.Account(post.name, "正文", date(2026, 9, 14)) if post.name != "保密岗" else None

    known = facts.FactKind(SHEET, "岗位职责变动", "efficiency.post", "nowhere", account)
    monkeypatch.setitem(facts._kinds, SHEET, known)
    return known


def lay(cast, rhythm=Rhythm.ONCE, holds_from=NEW_YEAR, **fields):
    return make_duty(cast.city.construction, rhythm, holds_from=holds_from, **fields)


def owed_by(duty) -> list[OwedPublication]:
    return list(duty.owed.order_by("raised_at", "pk"))


def only(duty) -> OwedPublication:
    (owed,) = owed_by(duty)
    return owed


def promise_of(owed):
    return deadlines.of_subject(owed).get()


def violations() -> dict[str, int]:
    return {each.title: each.violations for each in verify.run("I-38", "I-14", "I-17") if each.violations}


class TestPeriods:
    @pytest.mark.parametrize(
        ("rhythm", "fields", "at", "expected"),
        [
            # January ends on a Saturday; of February's 16 working days five come before Spring Festival's make-up week.
            (Rhythm.MONTHLY, {}, "2026-02-01 00:10", [("2026-01", date(2026, 3, 5))]),
            # The day after Qingming is the fourth working day of April.
            (Rhythm.QUARTERLY, {"limit": 5}, "2026-04-01 00:10", [("2026-Q1", date(2026, 4, 8))]),
            (Rhythm.HALF_YEARLY, {"limit": 10}, "2026-07-01 00:10", [("2026-H1", date(2026, 7, 14))]),
            (Rhythm.YEARLY, {"limit": 5}, "2027-01-01 00:10", [("2026", date(2027, 1, 8))]),
        ],
    )
    def test_it_is_owed_from_the_end_of_the_period_within_the_working_days(self, cast, rhythm, fields, at, expected):
        duty = lay(cast, rhythm, **fields)
        raising.raise_due(at=local(at) - timedelta(minutes=20))
        assert owed_by(duty) == []
        raising.raise_due(at=local(at))

        assert [(each.key, each.due_on) for each in owed_by(duty)] == expected

    def test_the_annual_report_is_due_on_31_January_and_moves_to_the_next_working_day(self, cast):
        duty = lay(cast, Rhythm.YEARLY, date(2025, 6, 1), title="政府信息公开工作年度报告", fixed_month=1, fixed_day=31)
        raising.raise_due(at=local("2026-01-01 00:10"))

        owed = only(duty)  # 31 January 2026 is a Saturday
        assert (owed.key, owed.title, owed.due_on) == ("2025", "政府信息公开工作年度报告（2025年）", date(2026, 2, 2))
        assert promise_of(owed).overdue_at == local("2026-02-03 00:00")

    def test_of_the_authority_in_charge_it_is_due_on_31_March(self, cast):
        duty = lay(cast, Rhythm.YEARLY, date(2025, 6, 1), fixed_month=3, fixed_day=31)
        raising.raise_due(at=local("2026-01-05 08:00"))
        assert only(duty).due_on == date(2026, 3, 31)

    def test_what_looks_ahead_is_named_by_the_period_to_come(self, cast):
        budget = lay(cast, Rhythm.YEARLY, date(2025, 6, 1), title="部门预算", looks_ahead=True)
        plan = lay(cast, Rhythm.QUARTERLY, date(2025, 12, 1), title="工作安排", looks_ahead=True)
        raising.raise_due(at=local("2026-01-05 08:00"))
        assert only(budget).title == "部门预算（2026年）"
        assert only(plan).title == "工作安排（2026年第一季度）"

    def test_a_period_that_ended_before_the_duty_began_is_not_owed(self, cast):
        duty = lay(cast, Rhythm.MONTHLY, date(2026, 3, 31))
        raising.raise_due(at=local("2026-05-01 08:00"))
        assert [each.key for each in owed_by(duty)] == ["2026-03", "2026-04"]

    def test_F11_after_a_standstill_every_period_is_raised_and_begins_when_it_ended(self, cast):
        duty = lay(cast, Rhythm.MONTHLY)
        raising.raise_due(at=local("2026-05-20 08:00"))

        found = owed_by(duty)
        assert [each.key for each in found] == ["2026-01", "2026-02", "2026-03", "2026-04"]
        assert [promise_of(each).started_at for each in found] == [
            local(f"{day} 23:59:59") for day in ("2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30")
        ]
        sweep.run(at=local("2026-05-20 08:05"))
        levels = Escalation.objects.filter(object_id=found[0].pk, kind=promise.KIND).order_by("level")
        # Overdue from 24:00 of 5 March; red after five working days, on Thursday the 12th.
        assert list(levels.values_list("level", "passed_at"))[1:3] == [
            (2, local("2026-03-06 00:00")),
            (3, local("2026-03-13 00:00")),
        ]

    def test_a_second_run_raises_nothing(self, cast, django_assert_max_num_queries):
        lay(cast, Rhythm.MONTHLY)
        assert raising.raise_due(at=local("2026-05-20 08:00")) == 4
        with django_assert_max_num_queries(1):
            assert raising.raise_due(at=local("2026-05-20 09:00")) == 0

    def test_many_duties_that_begin_together_are_raised_in_a_fixed_number_of_statements(
        self, cast, django_assert_max_num_queries
    ):
        for _number in range(12):
            lay(cast, Rhythm.MONTHLY)
        with django_assert_max_num_queries(16):
            assert raising.raise_due(at=local("2026-02-01 08:00")) == 12

    def test_an_organ_that_does_not_exist_yet_or_any_more_owes_nothing(self, cast):
        duty = lay(cast, Rhythm.MONTHLY)
        Organ.objects.filter(pk=duty.organ_id).update(until=date(2026, 2, 1))
        raising.raise_due(at=local("2026-03-01 08:00"))
        assert owed_by(duty) == []


def test_D03_the_worker_finds_everything_in_rows_and_tolerates_arguments_of_a_later_release(cast):
    today = timezone.localdate()
    duty, ended = lay(cast, holds_from=today), lay(cast, holds_from=today)
    raising.raise_due(at=timezone.now())
    PublicationDuty.objects.filter(pk=ended.pk).update(holds_until=today)

    tasks.keep_catalogue(something_new=1)
    tasks.keep_catalogue()

    assert (only(duty).state, only(ended).state) == (OwedState.OPEN, OwedState.RELEASED)


class TestOnce:
    def test_it_is_owed_when_the_duty_begins_to_hold(self, cast):
        duty = lay(cast, holds_from=date(2026, 9, 30), limit=15)
        raising.raise_due(at=local("2026-09-29 23:00"))
        assert owed_by(duty) == []
        raising.raise_due(at=local("2026-09-30 00:10"))
        assert only(duty).due_on == date(2026, 10, 27)  # over National Day, 10 October worked

    def test_it_is_owed_anew_when_its_document_was_withdrawn(self, cast):
        duty, version = self.fulfilled(cast)
        withdraw(version, at=local("2026-09-14 10:00"))

        raising.raise_due(at=local("2026-09-14 11:00"))
        raising.raise_due(at=local("2026-09-14 12:00"))

        _first, again = owed_by(duty)
        assert (again.state, again.raised_at, again.due_on) == (
            OwedState.OPEN,
            local("2026-09-14 10:00"),
            date(2026, 10, 16),
        )

    def test_it_is_owed_anew_after_the_last_day_of_validity_and_a_new_version_fulfils_it(self, cast):
        duty, version = self.fulfilled(cast, valid_until=date(2026, 6, 30))
        raising.raise_due(at=local("2026-06-30 23:00"))
        assert len(owed_by(duty)) == 1
        raising.raise_due(at=local("2026-07-01 00:10"))
        again = owed_by(duty)[1]
        assert again.due_on == date(2026, 7, 28)  # twenty working days of July

        # What holds no more fulfils nothing that has to be there at any time, whatever is told of it or named with it.
        assert fulfilling.fulfil(version, at=local("2026-07-05 10:00")) == []
        ended = {"formed_on": date(2026, 7, 1), "valid_until": date(2026, 7, 5)}
        over = publish_version(version.document, at=local("2026-07-06 10:00"), **ended)
        assert fulfilling.fulfil(over, at=local("2026-07-06 10:00"), publishes=[again.pk]) == []
        newer = publish_version(version.document, at=local("2026-07-10 10:00"))
        assert fulfilling.fulfil(newer, at=local("2026-07-10 10:00")) == [again]
        raising.raise_due(at=local("2026-07-11 00:10"))
        assert len(owed_by(duty)) == 2

    def test_a_document_that_was_repealed_leaves_a_gap(self, cast):
        duty, version = self.fulfilled(cast)
        type(version).objects.filter(pk=version.pk).update(repealed_on=date(2026, 7, 1))
        raising.raise_due(at=local("2026-07-01 00:10"))
        assert [each.state for each in owed_by(duty)] == [OwedState.PUBLISHED, OwedState.OPEN]

    def test_what_is_about_a_period_stays_published_when_it_runs_out(self, cast):
        duty = lay(cast, Rhythm.MONTHLY)
        raising.raise_due(at=local("2026-02-01 00:10"))
        version = make_published(duty.organ, duty.column, at=local("2026-02-05 10:00"), valid_until=date(2026, 2, 20))
        fulfilling.fulfil(version, at=local("2026-02-05 10:00"), publishes=[only(duty).pk])
        raising.raise_due(at=local("2026-02-28 10:00"))
        assert only(duty).state == OwedState.PUBLISHED

    def fulfilled(self, cast, **fields):
        duty = lay(cast)
        raising.raise_due(at=local("2026-01-01 00:10"))
        version = make_published(duty.organ, duty.column, at=local("2026-01-06 10:00"), **fields)
        fulfilling.fulfil(version, at=local("2026-01-06 10:00"), publishes=[only(duty).pk])
        return duty, version


class TestFacts:
    AT = local("2026-09-14 10:00")

    def announce(self, post, at=AT, key=""):
        facts.announce(facts.Fact(SHEET, post, post.organ, at, key))

    def test_a_fact_is_owed_within_twenty_working_days_of_it(self, cast, kind):
        duty = lay(cast, Rhythm.EVENT, event=SHEET)
        post = make_post(cast.city.construction, name="施工许可岗")
        self.announce(post)
        self.announce(post)

        owed = only(duty)
        assert (owed.key, owed.title, owed.due_on) == (f"{SHEET}:{post.pk}", "施工许可岗", date(2026, 10, 16))

    def test_what_may_not_be_told_in_public_is_owed_by_nobody(self, cast, kind):
        duty = lay(cast, Rhythm.EVENT, event=SHEET)
        self.announce(make_post(cast.city.construction, name="保密岗"))
        assert owed_by(duty) == []

    def test_a_fact_of_another_organ_or_before_the_duty_is_not_owed(self, cast, kind):
        duty = lay(cast, Rhythm.EVENT, event=SHEET, holds_from=date(2026, 9, 15))
        self.announce(make_post(cast.city.construction))
        self.announce(make_post(cast.city.tax), at=local("2026-09-16 10:00"))
        assert owed_by(duty) == []

    def test_the_document_that_was_made_of_it_fulfils_it_whichever_comes_first(self, cast, kind):
        duty = lay(cast, Rhythm.EVENT, event=SHEET, column=make_column("powers"))
        before, after = (make_post(cast.city.construction, name=name) for name in ("窗口岗", "审核岗"))
        make_published(duty.organ, duty.column, at=self.AT, source=(SHEET, str(before.pk)))
        self.announce(before)
        self.announce(after)
        assert [each.state for each in owed_by(duty)] == [OwedState.PUBLISHED, OwedState.OPEN]

        version = make_published(duty.organ, duty.column, at=local("2026-10-19 09:00"), source=(SHEET, str(after.pk)))
        (late,) = fulfilling.fulfil(version, at=local("2026-10-19 09:00"))
        assert promise_of(late).is_late(at=local("2026-10-19 09:00"))

    def test_it_is_raised_in_the_transaction_of_the_fact(self, cast, kind):
        duty = lay(cast, Rhythm.EVENT, event=SHEET)
        post = make_post(cast.city.construction)
        with transaction.atomic():
            self.announce(post)
            assert len(owed_by(duty)) == 1
            transaction.set_rollback(True)
        assert owed_by(duty) == []


class TestWhoAnswers:
    def test_the_named_post_its_holder_else_whoever_edits_disclosure(self, cast):
        named = lay(cast, post=Tenure.objects.get(user=cast.clerk).post)
        unnamed = lay(cast)
        raising.raise_due(at=NEW_MORNING)
        assert promise_of(only(named)).responsible == cast.clerk
        assert promise_of(only(unnamed)).responsible == cast.editor
        assert promise_of(only(unnamed)).organ == cast.city.construction

    def test_without_an_editor_the_leader_answers(self, cast):
        duty = make_duty(cast.city.street, holds_from=NEW_YEAR)
        leader = seat(Role.ORGAN_LEADER, cast.city.street)
        raising.raise_due(at=NEW_MORNING)
        assert promise_of(only(duty)).responsible == leader

    def test_whoever_answers_is_told_once_how_much_is_newly_owed(self, cast):
        for _number in range(3):
            lay(cast)
        raising.raise_due(at=NEW_MORNING)
        message = Message.objects.get(kind=raising.MESSAGE, recipient=cast.editor, channel="portal")
        assert message.values == {"count": 3}

    def test_an_open_promise_follows_the_tenure(self, cast):
        duty = lay(cast)
        raising.raise_due(at=NEW_MORNING)
        tenure = Tenure.objects.get(user=cast.editor)
        Tenure.objects.filter(pk=tenure.pk).update(until=date(2026, 1, 10))
        successor = make_user()
        Tenure.objects.create(user=successor, post=tenure.post, since=date(2026, 1, 10))

        assert promise.follow_posts(at=local("2026-01-09 23:00")) == 0
        assert promise.follow_posts(at=local("2026-01-10 00:10")) == 1
        assert promise_of(only(duty)).responsible == successor

    def test_an_overdue_one_is_escalated_to_the_office(self, cast):
        duty = lay(cast, limit=3)
        raising.raise_due(at=NEW_MORNING)
        sweep.run(at=local("2026-01-07 00:01"))  # due on the 6th: 4, 5 and 6 January are worked

        owed = only(duty)
        assert owed.due_on == date(2026, 1, 6)
        escalation = Escalation.objects.get(kind=promise.KIND, level=2)
        told = Message.objects.filter(event=f"escalation:{escalation.pk}", channel="portal")
        assert {cast.editor.pk, cast.officer.pk, cast.leader.pk} <= set(told.values_list("recipient", flat=True))


class TestFulfilment:
    def test_in_time_until_the_end_of_the_last_day_and_late_from_midnight(self, cast):
        for at, late in (("2026-01-08 23:59:59", False), ("2026-01-09 00:00", True)):
            duty = lay(cast, limit=5)
            raising.raise_due(at=NEW_MORNING)
            version = make_published(duty.organ, duty.column, at=local(at))
            (owed,) = fulfilling.fulfil(version, at=local(at), publishes=[only(duty).pk])
            assert (owed.due_on, owed.state) == (date(2026, 1, 8), OwedState.PUBLISHED)
            assert promise_of(owed).state == DeadlineState.MET
            assert promise_of(owed).is_late(at=local(at)) is late
        assert violations() == {}

    def test_of_another_organ_or_column_it_fulfils_nothing(self, cast):
        duty = lay(cast)
        raising.raise_due(at=NEW_MORNING)
        for organ, column in ((cast.city.tax, duty.column), (duty.organ, make_column("fees"))):
            version = make_published(organ, column, at=NEW_MORNING)
            with pytest.raises(Invalid):
                fulfilling.fulfil(version, at=NEW_MORNING, publishes=[only(duty).pk])
        assert only(duty).is_open

    def test_twice_is_once(self, cast):
        duty = lay(cast)
        raising.raise_due(at=NEW_MORNING)
        version = make_published(duty.organ, duty.column, at=NEW_MORNING)
        assert len(fulfilling.fulfil(version, at=NEW_MORNING, publishes=[only(duty).pk])) == 1
        assert fulfilling.fulfil(version, at=local("2026-01-05 08:00"), publishes=[only(duty).pk]) == []
        assert only(duty).published_at == NEW_MORNING

    def test_an_editor_names_a_document_that_is_published_already(self, cast):
        duty = lay(cast)
        raising.raise_due(at=NEW_MORNING)
        at = local("2026-01-06 10:00")
        version = make_published(duty.organ, duty.column, at=local("2025-11-03 10:00"))
        stale = make_published(duty.organ, duty.column, at=NEW_MORNING, valid_until=date(2026, 1, 5))
        with pytest.raises(NotAllowed):
            fulfilling.name(only(duty), version.document, by=cast.leader, at=at)
        with pytest.raises(Invalid):
            fulfilling.name(only(duty), stale.document, by=cast.editor, at=at)

        fulfilling.name(only(duty), version.document, by=cast.editor, at=at)

        assert (only(duty).document, only(duty).published_at) == (version.document, at)
        assert AuditRecord.objects.filter(action="owedpublication.fulfil").count() == 1
        with pytest.raises(NotInState):
            fulfilling.name(only(duty), version.document, by=cast.editor, at=at)


class TestRelease:
    def test_the_office_releases_with_a_reason_on_record(self, cast):
        duty = lay(cast)
        raising.raise_due(at=NEW_MORNING)
        with pytest.raises(NotAllowed):
            releasing.release(only(duty), by=cast.editor, at=NEW_MORNING, reason="机构改革")
        with pytest.raises(Invalid):
            releasing.release(only(duty), by=cast.officer, at=NEW_MORNING, reason="  ")

        releasing.release(only(duty), by=cast.officer, at=NEW_MORNING, reason="职能已划转")

        owed = only(duty)
        assert (owed.state, owed.release_words, owed.released_by) == (OwedState.RELEASED, "职能已划转", cast.officer)
        assert promise_of(owed).state == DeadlineState.CANCELLED
        assert AuditRecord.objects.filter(action="owedpublication.release", object_id=str(owed.pk)).count() == 1
        with pytest.raises(NotInState):
            releasing.release(owed, by=cast.officer, at=NEW_MORNING, reason="职能已划转")
        assert violations() == {}

    def test_released_after_the_last_day_it_stays_broken(self, cast):
        duty = lay(cast, limit=1)
        raising.raise_due(at=NEW_MORNING)
        late = local("2026-01-20 10:00")
        releasing.release(only(duty), by=cast.officer, at=late, reason="职能已划转")
        assert promise_of(only(duty)).is_late(at=late)
        assert Escalation.objects.filter(kind=promise.KIND, level=2).exists()

    def test_a_duty_that_ends_releases_what_is_open_and_asks_for_nothing_more(self, cast):
        duty = lay(cast, Rhythm.MONTHLY)
        raising.raise_due(at=local("2026-03-01 08:00"))
        at = local("2026-03-16 10:00")
        duties.end(duty, by=cast.officer, at=at, on=at.date(), reason="并入季报")
        assert {(each.state, each.release_reason) for each in owed_by(duty)} == {
            (OwedState.RELEASED, Released.DUTY_ENDED)
        }
        raising.raise_due(at=local("2026-05-01 08:00"))
        assert len(owed_by(duty)) == 2
        with pytest.raises(NotInState):
            duties.end(duty, by=cast.officer, at=at, on=at.date(), reason="并入季报")

    def test_one_that_ends_later_is_released_when_the_day_has_come(self, cast):
        duty = lay(cast)
        raising.raise_due(at=NEW_MORNING)
        duties.end(duty, by=cast.officer, at=NEW_MORNING, on=date(2026, 1, 10), reason="并入季报")
        assert releasing.release_ended(at=local("2026-01-09 23:00")) == 0
        assert releasing.release_ended(at=local("2026-01-10 00:10")) == 1

    def test_what_an_organ_that_ended_owed_is_released(self, cast):
        duty = lay(cast)
        raising.raise_due(at=NEW_MORNING)
        Organ.objects.filter(pk=duty.organ_id).update(until=date(2026, 1, 10))
        assert releasing.release_ended(at=local("2026-01-10 00:10")) == 1
        assert only(duty).release_reason == Released.ORGAN_ENDED


class TestDuties:
    AT = local("2026-03-02 09:30")

    def new(self, cast, **fields):
        given = {"organ": cast.city.construction, "column": make_column("fees"), "title": "收费目录"}
        given |= {"rhythm": Rhythm.ONCE, "legal_basis": "第二十条", "holds_from": self.AT.date()}
        return PublicationDuty(**(given | fields))

    def test_a_new_one_is_owed_at_once_where_it_begins_today(self, cast):
        duty = duties.save(self.new(cast), by=cast.officer, at=self.AT)
        assert only(duty).due_on == date(2026, 3, 30)

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"limit": 21}, "limit"),
            ({"holds_from": date(2026, 3, 1)}, "holds_from"),
            ({"rhythm": Rhythm.EVENT}, "event"),
            ({"rhythm": Rhythm.EVENT, "event": "no_such"}, "event"),
            ({"fixed_month": 1, "fixed_day": 31}, "fixed_day"),
            ({"rhythm": Rhythm.YEARLY, "fixed_month": 2, "fixed_day": 30}, "fixed_day"),
            ({"rhythm": Rhythm.YEARLY, "fixed_month": 2}, "fixed_day"),
        ],
    )
    def test_it_keeps_to_the_rules(self, cast, fields, field):
        with pytest.raises(Invalid) as refused:
            duties.save(self.new(cast, **fields), by=cast.officer, at=self.AT)
        assert refused.value.field == field

    def test_a_post_of_another_organ_is_refused_and_a_second_of_the_title(self, cast):
        with pytest.raises(Invalid):
            duties.save(self.new(cast, post=make_post(cast.city.tax)), by=cast.officer, at=self.AT)
        duties.save(self.new(cast), by=cast.officer, at=self.AT)
        with pytest.raises(Invalid):
            duties.save(self.new(cast), by=cast.officer, at=self.AT)

    def test_Z01_the_office_writes_them_and_nobody_else(self, cast):
        for by in (cast.editor, cast.leader, cast.inspector):
            with pytest.raises(NotAllowed):
                duties.save(self.new(cast), by=by, at=self.AT)

    def test_a_change_holds_for_what_comes_and_is_in_the_history(self, cast):
        duty = duties.save(self.new(cast, rhythm=Rhythm.MONTHLY), by=cast.officer, at=self.AT)
        raising.raise_due(at=local("2026-04-01 08:00"))
        duty.limit = 5
        duties.save(duty, by=cast.officer, at=local("2026-04-01 09:00"))
        raising.raise_due(at=local("2026-05-01 08:00"))

        march, april = owed_by(duty)
        assert (march.due_on, april.due_on) == (date(2026, 4, 29), date(2026, 5, 11))
        newest, first = duties.history_of(duty)
        assert (first.is_first, newest.fields) == (True, (("工作日", "20", "5"),))

    def test_the_administrator_may_set_a_shorter_time_for_all(self, cast):
        rules.set_limit(
            promise.KIND,
            "",
            Limit(10, Unit.WORKING_DAY),
            by=seat(Role.SYSTEM_ADMINISTRATOR, cast.city.government),
            at=self.AT,
            valid_from=self.AT.date(),
            reason="提速",
        )
        duty = duties.save(self.new(cast), by=cast.officer, at=self.AT)
        assert only(duty).due_on == date(2026, 3, 16)
