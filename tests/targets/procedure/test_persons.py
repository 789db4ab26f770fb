"""An appraisal is of natural persons: their accounts, their leaving, their places (docs/domain.md 8.6)."""

from datetime import date, timedelta

import pytest
import time_machine
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accountability.models import Card
from efficiency.access.models import User
from efficiency.deadlines import sweep
from efficiency.deadlines.models import Deadline, DeadlineState
from efficiency.organs.models import Role, Tenure
from efficiency.outbox.models import Message
from targets.appraisal import commendation, computing, deadlines, objecting
from targets.appraisal.enums import AppraisalState as A
from targets.appraisal.enums import Grade, ObjectionKind, Subject
from targets.appraisal.enums import SheetState as S
from targets.appraisal.refusals import Absent, NotAllowed
from targets.models import Sheet
from tests.factories import appraising as make
from tests.factories.cases import local
from tests.factories.staff import make_user, seat
from tests.soundness import violated
from tests.targets.measures import rows


def running(sheet, kind=deadlines.SELF_SCORE):
    return Deadline.objects.get(
        content_type=ContentType.objects.get_for_model(Sheet), object_id=sheet.pk, kind=kind, generation=1
    )


def same_person(*accounts):
    User.objects.filter(pk__in=[each.pk for each in accounts]).update(full_name="同一人", phone="13800138000")


class TestAccounts:
    def test_cards_and_sanctions_of_every_account_are_those_of_the_person(self, cast):
        before = make_user()
        same_person(cast.clerk, before)
        appraisal = make.prepare(cast, subject=Subject.POST)
        by = (cast.inspector, cast.officer)
        rows.card(cast.city.construction, "yellow", at=local(2026, 2, 10), by=by, person=cast.clerk)
        for day in (11, 12):
            rows.card(cast.city.construction, "yellow", at=local(2026, 2, day), by=by, person=before)
        make.call(appraisal, cast)
        make.compute(appraisal, cast)

        sheet = make.sheet_of(appraisal, cast.post)
        assert sheet.accounts == sorted([cast.clerk.pk, before.pk])
        assert sheet.yellow_cards == 3
        assert "3" in commendation.lost(sheet)[0]

    def test_what_they_were_is_kept_with_the_sheet_and_moves_no_score_afterwards(self, cast):
        before = make_user()
        same_person(cast.clerk, before)
        appraisal = make.prepare(cast, subject=Subject.POST)
        by = (cast.inspector, cast.officer)
        rows.card(cast.city.construction, "yellow", at=local(2026, 2, 11), by=by, person=before)
        make.call(appraisal, cast)
        make.compute(appraisal, cast)
        User.objects.filter(pk=before.pk).update(full_name="另一人")

        (sheet,) = [each for each in computing.calculate(appraisal) if each.post_id == cast.post.pk]
        assert sheet.yellow_cards == 1

    def test_two_posts_of_two_accounts_are_one_person_with_one_grade(self, cast):
        other = make_user()
        same_person(cast.clerk, other)
        second = seat(Role.CLERK, cast.city.construction, user=other).tenures.get().post
        prepared = make.prepare(cast, subject=Subject.POST, posts=(second,))
        appraisal = make.lead(prepared, cast, A.SCORED, scores={cast.post: "50", second: "95"})

        assert {make.sheet_of(appraisal, post).grade for post in (cast.post, second)} == {Grade.INCOMPETENT}


class TestLeaving:
    @pytest.fixture
    def called(self, cast):
        appraisal = make.prepare(cast, subject=Subject.POST)
        make.call(appraisal, cast)
        return appraisal

    def leave(self, cast, on):
        Tenure.objects.filter(user=cast.clerk).update(until=on)
        Tenure.objects.create(user=cast.colleague, post=cast.post, since=on)

    def test_who_leaves_the_organ_owes_nothing_and_nobody_follows_in_it(self, cast, called):
        self.leave(cast, date(2026, 7, 6))
        assert deadlines.follow_leavers(at=local(2026, 7, 6)) == 1
        assert deadlines.follow_leavers(at=local(2026, 7, 6)) == 0

        assert running(make.sheet_of(called, cast.post)).state == DeadlineState.CANCELLED
        called.refresh_from_db()
        assert called.next_due_at is None
        sweep.run(at=local(2026, 7, 20))
        assert not Card.objects.exists()

    def test_who_has_another_post_in_the_organ_owes_it_there(self, cast, called):
        post, on = cast.post, date(2026, 7, 6)
        seat(Role.CLERK, cast.city.construction, user=cast.clerk)
        Tenure.objects.filter(user=cast.clerk, post=post).update(until=on)
        Tenure.objects.create(user=cast.colleague, post=post, since=on)
        assert deadlines.follow_leavers(at=local(2026, 7, 6)) == 1
        with CaptureQueriesContext(connection) as asked:
            assert deadlines.follow_leavers(at=local(2026, 7, 6)) == 0
        assert not [each for each in asked if "SAVEPOINT" in each["sql"] or "FOR NO KEY" in each["sql"]]

        found = running(make.sheet_of(called, post))
        assert (found.post, found.responsible, found.state) == (None, cast.clerk, DeadlineState.OPEN)
        sweep.run(at=local(2026, 7, 10))
        assert set(Card.objects.values_list("person", flat=True)) == {cast.clerk.pk}

    def test_the_card_goes_to_whoever_held_the_post_on_the_last_day_and_not_to_whoever_comes_at_midnight(
        self, cast, called
    ):
        due = running(make.sheet_of(called, cast.post))
        assert due.overdue_at == local(2026, 7, 10, 0)
        self.leave(cast, date(2026, 7, 10))

        sweep.run(at=due.overdue_at + timedelta(minutes=1))

        assert set(Card.objects.values_list("person", flat=True)) == {cast.clerk.pk}

    def test_nor_does_whoever_follows_get_one_where_the_sweep_comes_before_the_worker_follows_the_leaver(
        self, cast, called
    ):
        post = cast.post
        sweep_at = local(2026, 7, 10, 0) + timedelta(minutes=1)
        seat(Role.CLERK, cast.city.construction, user=cast.clerk)
        Tenure.objects.filter(user=cast.clerk, post=post).update(until=date(2026, 7, 6))
        Tenure.objects.create(user=cast.colleague, post=post, since=date(2026, 7, 6))

        sweep.run(at=sweep_at)

        assert list(Card.objects.values_list("person", "post")) == [(cast.clerk.pk, None)]

    @pytest.mark.parametrize("is_same_post", [True, False])
    def test_who_goes_on_from_another_account_owes_it_there_and_gets_the_card(self, cast, is_same_post):
        other, on = make_user(), date(2026, 7, 6)
        same_person(cast.clerk, other)
        cast.clerk.refresh_from_db()
        appraisal = make.prepare(cast, subject=Subject.POST)
        make.call(appraisal, cast)
        sheet = make.sheet_of(appraisal, cast.post)
        Sheet.objects.filter(pk=sheet.pk).update(accounts=sorted([cast.clerk.pk, other.pk]))
        post = cast.post
        Tenure.objects.filter(user=cast.clerk).update(until=on)
        if is_same_post:
            Tenure.objects.create(user=other, post=post, since=on)
        else:
            seat(Role.CLERK, cast.city.construction, user=other)

        assert [deadlines.follow_leavers(at=local(2026, 7, 6)) for _each in range(2)] == [1, 0]

        found = running(sheet)
        assert (found.post, found.responsible) == (post if is_same_post else None, other)
        sweep.run(at=local(2026, 7, 10, 0) + timedelta(minutes=1))
        assert set(Card.objects.values_list("person", flat=True)) == {other.pk}

    def test_nor_anybody_where_the_leaver_is_not_in_the_organ_any_more(self, cast, called):
        self.leave(cast, date(2026, 7, 6))

        sweep.run(at=local(2026, 7, 10, 0) + timedelta(minutes=1))

        assert not Card.objects.exists()


class TestPlacesLost:
    def test_who_loses_a_grade_to_the_bonus_of_another_has_time_to_object(self, cast):
        appraisal = make.lead(
            make.prepare(cast), cast, A.RULED, scores={cast.city.construction: "92", cast.city.tax: "91.5"}
        )
        winner, loser = (make.sheet_of(appraisal, organ) for organ in (cast.city.construction, cast.city.tax))
        assert (winner.grade, loser.grade) == (Grade.EXCELLENT, Grade.GOOD)
        later = local(2026, 7, 23)

        proposed = make.propose(loser, by=cast.appraiser, at=later, points="2")
        make.confirm(make.sheet_of(appraisal, cast.city.tax), proposed, by=cast.officer, at=later)

        sheet = make.sheet_of(appraisal, cast.city.construction)
        appraisal.refresh_from_db()
        assert (sheet.grade, sheet.state, appraisal.state) == (Grade.GOOD, S.SHOWN, A.SHOWN)
        assert deadlines.is_open(sheet, deadlines.OBJECTION, at=later)
        assert not deadlines.is_open(make.sheet_of(appraisal, cast.city.tax), deadlines.OBJECTION, at=later)
        told = set(Message.objects.filter(kind="appraisal.fallen").values_list("recipient_id", flat=True))
        assert told == {cast.leader.pk, cast.deputy.pk}
        make.object_to(sheet, by=cast.leader, at=later)
        assert violated("appraisal", "sheet") == []

    @pytest.mark.parametrize(
        ("before", "after", "is_lower"),
        [
            ("excellent", "good", True),
            ("good", "excellent", False),
            ("competent", "incompetent", True),
            ("qualified", "qualified", False),
            ("unqualified", "", True),
            ("", "unqualified", False),
        ],
    )
    def test_a_grade_is_lower_than_another(self, before, after, is_lower):
        assert objecting.is_lower_grade(before, after) is is_lower


class TestComplaintOnPaper:
    def test_who_holds_no_post_any_more_complains_on_paper_and_the_office_records_it(self, cast):
        appraisal = make.lead(make.prepare(cast, subject=Subject.POST), cast, A.PUBLISHED, scores={cast.post: "50"})
        sheet = make.sheet_of(appraisal, cast.post)
        deadlines.open_for_person(sheet, deadlines.COMPLAINT_APPLY, at=make.PUBLISHED)
        Tenure.objects.filter(user=cast.clerk).update(until=date(2026, 7, 20))
        given = {"text": "书面申诉。", "version": sheet.version, "at": make.PUBLISHED}
        with pytest.raises((NotAllowed, Absent)):
            objecting.complain(sheet, by=cast.clerk, **given)
        with time_machine.travel(make.PUBLISHED, tick=False):
            browser = Client()
            browser.force_login(cast.officer)
            address = reverse("admin:targets_sheet_do", args=[sheet.pk, "record_complaint"])
            assert browser.get(address).status_code == 200

        objecting.record_complaint(sheet, by=cast.officer, **given)

        found = sheet.objections.get(kind=ObjectionKind.COMPLAINT)
        assert found.by == cast.clerk
        assert sheet.events.get(action="record_complaint").actor == cast.officer
        assert running(sheet, deadlines.COMPLAINT_APPLY).state == DeadlineState.MET
