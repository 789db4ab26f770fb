"""Service commitments: docs/domain.md section 5."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from complaints.commitments import drafting, limits, publishing
from complaints.models import ItemVersion, MatterType, VersionState
from complaints.refusals import Invalid, NotAllowed, NotInState
from efficiency.access.may import may
from efficiency.organs.models import Rank, Role
from efficiency.timing.due import local_day
from tests.factories.cases import local
from tests.factories.commitments import draft_of, make_item, promise
from tests.factories.staff import Seat, make_city, seat_all

pytestmark = pytest.mark.django_db
AT = local(2026, 3, 3)
TODAY = local_day(AT)


@pytest.fixture
def city():
    return make_city()


@pytest.fixture
def people(city):
    return seat_all(
        editor=Seat(Role.DISCLOSURE_EDITOR, city.construction),
        leader=Seat(Role.ORGAN_LEADER, city.construction, Rank.APPROVER, is_head=True),
        tax_editor=Seat(Role.DISCLOSURE_EDITOR, city.tax),
        tax_leader=Seat(Role.ORGAN_LEADER, city.tax, Rank.APPROVER, is_head=True),
        clerk=Seat(Role.CLERK, city.construction),
        officer=Seat(Role.OFFICE_OFFICER, city.office),
        other_officer=Seat(Role.OFFICE_OFFICER, city.office),
    )


@pytest.fixture
def item(city):
    return make_item(city.construction)


@pytest.fixture
def writers(people):
    return people["editor"], people["leader"]


class TestLengthOfAPromise:
    def test_a_promise_longer_than_the_law_allows_is_refused(self, item, people):
        with pytest.raises(Invalid) as refused:
            drafting.save_draft(draft_of(item, TODAY, 21), by=people["editor"], at=AT)

        assert refused.value.field == "committed_number"
        assert not ItemVersion.objects.exists()

    def test_as_long_as_the_law_allows_it_is_taken(self, item, people):
        assert drafting.save_draft(draft_of(item, TODAY, 20), by=people["editor"], at=AT).pk

    @pytest.mark.parametrize("changed", [{"committed_number": 21}, {"statutory_number": 4}, {"statutory_unit": "h"}])
    def test_the_database_refuses_it_as_well(self, item, people, changed):
        draft = drafting.save_draft(draft_of(item, TODAY, 5), by=people["editor"], at=AT)

        with pytest.raises(IntegrityError, match="item_version_keeps_to_the_law"), transaction.atomic():
            ItemVersion.objects.filter(pk=draft.pk).update(**changed)

    def test_working_days_under_a_law_of_calendar_days_are_reckoned_from_every_day_of_a_year(self, item, people):
        # From 18 September 2026 fifteen working days end on 14 October behind two holidays, thirty days on 19 October;
        # twenty end on 21 October.
        law = {"statutory_number": 30, "statutory_unit": "d"}
        assert drafting.save_draft(draft_of(item, TODAY, 15, **law), by=people["editor"], at=AT).pk

        draft = ItemVersion.objects.get()
        draft.committed_number = 20
        with pytest.raises(Invalid, match=r"the law gives time until|法定期限只到"):
            drafting.save_draft(draft, by=people["editor"], at=AT)

    def test_where_no_law_names_a_limit_twenty_working_days_are_the_most(self, item, people):
        without = {"statutory_number": None, "statutory_unit": "", "statutory_basis": ""}

        with pytest.raises(Invalid):
            drafting.save_draft(draft_of(item, TODAY, 21, **without), by=people["editor"], at=AT)
        assert drafting.save_draft(draft_of(item, TODAY, 20, **without), by=people["editor"], at=AT).pk

    def test_what_outlasts_the_calendar_is_not_promised_and_a_law_that_does_is_no_fault(self, item, people):
        """One promise that cannot be counted would stop every report of its organ."""
        years = {"statutory_number": 9, "statutory_unit": "y"}
        with pytest.raises(Invalid) as refusal:
            drafting.save_draft(draft_of(item, TODAY, 9, committed_unit="y", **years), by=people["editor"], at=AT)
        assert refusal.value.field == "committed_number"

        years = {"statutory_number": 108, "statutory_unit": "m"}
        draft = drafting.save_draft(draft_of(item, TODAY, 20, **years), by=people["editor"], at=AT)
        assert publishing.publish(draft, by=people["leader"], at=AT).is_published

    def test_what_is_settled_at_once_is_settled_the_same_day(self, item, people):
        with pytest.raises(Invalid):
            drafting.save_draft(draft_of(item, TODAY, 3, matter_type=MatterType.INSTANT), by=people["editor"], at=AT)
        assert drafting.save_draft(draft_of(item, TODAY, 0), by=people["editor"], at=AT).pk

    def test_days_count_from_the_day_after_acceptance(self):
        # Worked example 19 of docs/domain.md 3.3.
        account = limits.account_from(draft_of(None, TODAY, 5).committed_limit, local(2026, 9, 24))

        assert account.last_day == date(2026, 10, 9)


class TestTwoPersons:
    def test_Z10_whoever_wrote_a_version_cannot_publish_it(self, item, people):
        draft = drafting.save_draft(draft_of(item, TODAY), by=people["officer"], at=AT)

        with pytest.raises(NotAllowed):
            publishing.publish(draft, by=people["officer"], at=AT)
        assert publishing.publish(draft, by=people["other_officer"], at=AT).is_published

    def test_Z10_the_database_refuses_it_as_well(self, item, people):
        draft = drafting.save_draft(draft_of(item, TODAY), by=people["editor"], at=AT)

        with pytest.raises(IntegrityError, match="published_by_another"), transaction.atomic():
            ItemVersion.objects.filter(pk=draft.pk).update(
                state=VersionState.PUBLISHED, published_by=people["editor"], published_at=AT
            )

    def test_whoever_changes_a_draft_last_wrote_it(self, item, people):
        draft = drafting.save_draft(draft_of(item, TODAY), by=people["editor"], at=AT)
        drafting.save_draft(draft, by=people["officer"], at=AT)

        with pytest.raises(NotAllowed):
            publishing.publish(draft, by=people["officer"], at=AT)

    def test_editors_write_for_their_organ_and_leaders_publish_for_theirs_alone(self, item, people):
        for who in ("tax_editor", "clerk", "leader"):
            with pytest.raises(NotAllowed):
                drafting.save_draft(draft_of(item, TODAY), by=people[who], at=AT)
        draft = drafting.save_draft(draft_of(item, TODAY), by=people["editor"], at=AT)
        for who in ("tax_leader", "clerk", "editor"):
            with pytest.raises(NotAllowed):
                publishing.publish(draft, by=people[who], at=AT)
            assert not may(people[who], "item.publish", draft)
        assert publishing.publish(draft, by=people["leader"], at=AT).published_by == people["leader"]


class TestWhatWasShown:
    """Nobody publishes what they were not shown, and nobody writes over what they have not read (Z-06, Z-10)."""

    @pytest.fixture
    def draft(self, item, people):
        return drafting.save_draft(draft_of(item, TODAY), by=people["editor"], at=AT)

    def shown(self, draft) -> str:
        return drafting.digest_of(ItemVersion.objects.select_related("item").get(pk=draft.pk))

    def test_a_draft_that_changed_meanwhile_is_not_published(self, item, people, draft):
        seen = self.shown(draft)
        draft.fees, draft.fee_basis = "500 元", "《办法》"
        drafting.save_draft(draft, by=people["editor"], at=AT + timedelta(minutes=1))

        with pytest.raises(NotInState):
            publishing.publish(draft, by=people["leader"], at=AT, seen=seen)
        assert publishing.publish(draft, by=people["leader"], at=AT, seen=self.shown(draft)).is_published

    def test_nor_is_one_whose_item_has_another_name_by_now(self, item, people, draft):
        seen = self.shown(draft)
        item.name = "施工许可核发"
        drafting.save_item(item, by=people["editor"], at=AT)

        with pytest.raises(NotInState):
            publishing.publish(draft, by=people["leader"], at=AT, seen=seen)

    def test_of_many_the_changed_one_is_left_and_so_is_one_that_was_not_shown(self, city, people, draft):
        others = [
            drafting.save_draft(draft_of(make_item(city.construction), TODAY), by=people["editor"], at=AT)
            for _ in range(2)
        ]
        seen = {each.pk: self.shown(each) for each in (draft, others[0])}
        drafting.save_draft(draft, by=people["editor"], at=AT + timedelta(minutes=1))
        ids = [draft.pk, *(each.pk for each in others)]

        published, left = publishing.publish_all(ids, by=people["leader"], at=AT, seen=seen)

        assert [each.pk for each in published] == [others[0].pk]
        assert {each.version.pk for each in left} == {draft.pk, others[1].pk}

    def test_a_draft_that_somebody_else_kept_meanwhile_is_not_written_over(self, item, people, draft):
        seen = self.shown(draft)
        drafting.save_draft(draft, by=people["officer"], at=AT + timedelta(minutes=1))

        mine = ItemVersion.objects.get(pk=draft.pk)
        mine.fees, mine.fee_basis = "500 元", "《办法》"
        with pytest.raises(NotInState):
            drafting.save_draft(mine, by=people["editor"], at=AT, seen=seen)
        draft.refresh_from_db()
        assert (draft.fees, draft.drafted_by) == ("", people["officer"])

    def test_what_was_typed_for_a_draft_that_was_published_makes_no_new_one_in_silence(self, item, people, draft):
        seen = self.shown(draft)
        publishing.publish(draft, by=people["leader"], at=AT)

        late = draft_of(item, TODAY + timedelta(days=9), 3)
        with pytest.raises(NotInState):
            drafting.save_draft(late, by=people["editor"], at=AT, seen=seen)
        assert ItemVersion.objects.count() == 1
        assert drafting.save_draft(late, by=people["editor"], at=AT, seen="").number == 2


class TestVersions:
    def test_a_matter_is_judged_by_the_version_in_force_on_its_day(self, item, writers):
        first = promise(item, TODAY, 10, by=writers, at=AT)
        second = promise(item, TODAY + timedelta(days=30), 5, by=writers, at=AT)

        for day, version in ((0, first), (29, first), (30, second), (400, second)):
            assert ItemVersion.objects.in_force(TODAY + timedelta(days=day)).get(item=item) == version
        assert not ItemVersion.objects.in_force(TODAY - timedelta(days=1)).exists()

    def test_no_two_versions_are_valid_on_one_day(self, item, writers, people):
        promise(item, TODAY, 10, by=writers, at=AT)
        twin = draft_of(item, TODAY + timedelta(days=30), number=7, drafted_by=people["editor"], drafted_at=AT)
        twin.state, twin.published_by, twin.published_at = VersionState.PUBLISHED, people["leader"], AT

        with pytest.raises(IntegrityError, match="item_version_one_a_day"), transaction.atomic():
            twin.save()

    def test_a_draft_holds_for_nobody(self, item, people):
        drafting.save_draft(draft_of(item, TODAY), by=people["editor"], at=AT)

        assert not ItemVersion.objects.in_force(TODAY).exists()

    @pytest.mark.parametrize(
        "changed",
        [{"committed_number": 4}, {"legal_basis": "另有规定"}, {"valid_from": date(2026, 1, 1)}, {"state": "draft"}],
    )
    def test_a_published_version_never_changes(self, item, writers, changed):
        version = promise(item, TODAY, 10, by=writers, at=AT)

        with pytest.raises(DatabaseError, match="only ends"), transaction.atomic():
            ItemVersion.objects.filter(pk=version.pk).update(**changed)
        with pytest.raises(DatabaseError, match="only ends"), transaction.atomic():
            ItemVersion.objects.filter(pk=version.pk).delete()

    def test_a_published_version_ends_once_and_never_later(self, item, writers):
        version = promise(item, TODAY, 10, by=writers, at=AT)
        ItemVersion.objects.filter(pk=version.pk).update(valid_until=TODAY + timedelta(days=9))

        for later in (TODAY + timedelta(days=10), None):
            with pytest.raises(DatabaseError, match="only ends"), transaction.atomic():
                ItemVersion.objects.filter(pk=version.pk).update(valid_until=later)

    def test_an_item_has_one_draft(self, item, people):
        drafting.save_draft(draft_of(item, TODAY), by=people["editor"], at=AT)

        with pytest.raises(NotInState):
            drafting.save_draft(draft_of(item, TODAY), by=people["officer"], at=AT)

    def test_a_promise_never_begins_in_the_past_nor_before_the_one_that_was_published(self, item, people, writers):
        draft = drafting.save_draft(draft_of(item, TODAY - timedelta(days=1)), by=people["editor"], at=AT)
        with pytest.raises(Invalid):
            publishing.publish(draft, by=people["leader"], at=AT)
        drafting.discard_draft(draft, by=people["editor"], at=AT)

        promise(item, TODAY + timedelta(days=5), by=writers, at=AT)
        with pytest.raises(NotInState):
            promise(item, TODAY + timedelta(days=5), by=writers, at=AT)

    def test_the_next_version_begins_tomorrow_at_the_earliest(self, item, people, writers):
        first = promise(item, TODAY - timedelta(days=7), by=writers, at=AT - timedelta(days=7))
        draft = drafting.save_draft(draft_of(item, TODAY, 3), by=people["editor"], at=AT)

        with pytest.raises(Invalid) as refused:
            publishing.publish(draft, by=people["leader"], at=AT)
        assert refused.value.field == "valid_from"
        drafting.discard_draft(draft, by=people["editor"], at=AT)
        promise(item, TODAY + timedelta(days=1), 3, by=writers, at=AT)
        first.refresh_from_db()
        assert first.valid_until == TODAY + timedelta(days=1)

    def test_the_code_of_an_item_never_changes(self, item, people):
        item.code = "OTHER-1"

        with pytest.raises(Invalid):
            drafting.save_item(item, by=people["editor"], at=AT)


class TestItem:
    """Its columns hold at once; so what is promised by two persons is not moved by one."""

    def test_the_organ_of_an_item_that_was_published_stays(self, city, item, people, writers):
        promise(item, TODAY, by=writers, at=AT)
        item.organ = city.tax

        with pytest.raises(Invalid) as refused:
            drafting.save_item(item, by=people["officer"], at=AT)
        assert refused.value.field == "organ"

    def test_so_does_its_type_of_power_for_what_is_owed_hangs_on_it(self, item, people, writers):
        item.kind = "20" if item.kind != "20" else "07"
        drafting.save_item(item, by=people["editor"], at=AT)
        promise(item, TODAY, by=writers, at=AT)
        item.kind = "01"

        with pytest.raises(Invalid) as refused:
            drafting.save_item(item, by=people["officer"], at=AT)
        assert refused.value.field == "kind"

    def test_until_then_it_can_be_given_to_the_right_one(self, city, item, people):
        drafting.save_draft(draft_of(item, TODAY), by=people["editor"], at=AT)
        item.organ = city.tax

        assert drafting.save_item(item, by=people["officer"], at=AT).organ == city.tax


class TestLongerPromise:
    """It needs the office, a reason and twenty working days of notice."""

    @pytest.fixture
    def first(self, item, writers):
        return promise(item, TODAY, 5, by=writers, at=AT)

    @pytest.fixture
    def early(self):
        # The twentieth working day after 3 March 2026.
        return date(2026, 3, 31)

    def test_is_published_by_the_office_with_a_reason_and_notice(self, item, first, people, early):
        draft = drafting.save_draft(draft_of(item, early, 8, reason="增加现场核查"), by=people["editor"], at=AT)

        assert publishing.publish(draft, by=people["officer"], at=AT).is_published
        first.refresh_from_db()
        assert first.valid_until == early

    def test_is_not_published_by_the_organ(self, item, first, people, early):
        draft = drafting.save_draft(draft_of(item, early, 8, reason="增加现场核查"), by=people["editor"], at=AT)

        with pytest.raises(NotAllowed):
            publishing.publish(draft, by=people["leader"], at=AT)

    def test_is_not_published_without_a_reason(self, item, first, people, early):
        draft = drafting.save_draft(draft_of(item, early, 8), by=people["editor"], at=AT)

        with pytest.raises(Invalid) as refused:
            publishing.publish(draft, by=people["officer"], at=AT)
        assert refused.value.field == "reason"

    def test_is_not_published_without_notice(self, item, first, people, early):
        draft = drafting.save_draft(
            draft_of(item, early - timedelta(days=1), 8, reason="增加现场核查"), by=people["editor"], at=AT
        )

        with pytest.raises(Invalid) as refused:
            publishing.publish(draft, by=people["officer"], at=AT)
        assert refused.value.field == "valid_from"

    def test_in_another_unit_it_is_longer_if_a_holiday_makes_it_so(self, city, people, writers):
        # From 30 September 2026 seven days end on 8 October, behind the holiday; five working days on 13 October.
        item = make_item(city.construction)
        first = promise(item, TODAY, 7, by=writers, at=AT, committed_unit="d")
        five, one = (draft_of(item, TODAY + timedelta(days=1), days) for days in (5, 1))

        assert publishing.is_longer(five, first)
        assert not publishing.is_longer(one, first)
        draft = drafting.save_draft(five, by=people["editor"], at=AT)
        with pytest.raises(NotAllowed):
            publishing.publish(draft, by=people["leader"], at=AT)


class TestManyAtOnce:
    def test_each_is_published_or_left_with_its_reason(self, city, people):
        good, own = make_item(city.construction), make_item(city.construction)
        drafts = [
            drafting.save_draft(draft_of(good, TODAY), by=people["editor"], at=AT),
            drafting.save_draft(draft_of(own, TODAY), by=people["officer"], at=AT),
        ]

        published, left = publishing.publish_all([draft.pk for draft in drafts], by=people["officer"], at=AT)

        assert [version.item for version in published] == [good]
        assert [each.version.item for each in left] == [own]

    def test_costs_no_more_statements_for_more_drafts_but_their_records(
        self, city, people, django_assert_max_num_queries
    ):
        drafts = [
            drafting.save_draft(draft_of(make_item(city.construction), TODAY), by=people["editor"], at=AT)
            for _ in range(6)
        ]
        may(people["leader"], "item.publish")

        with django_assert_max_num_queries(10 + len(drafts)):
            published, left = publishing.publish_all([draft.pk for draft in drafts], by=people["leader"], at=AT)

        assert (len(published), left) == (6, [])


class TestEndOfAnItem:
    def test_it_is_offered_to_its_last_day_and_says_what_takes_its_place(self, city, item, people, writers):
        promise(item, TODAY, by=writers, at=AT)
        other = make_item(city.construction, "并联审批")
        promise(other, TODAY, by=writers, at=AT)
        publishing.withdraw(
            item, by=people["leader"], at=AT, last_day=TODAY + timedelta(days=3), reason="并入并联审批", successor=other
        )

        assert ItemVersion.objects.in_force(TODAY + timedelta(days=3)).filter(item=item).exists()
        assert not ItemVersion.objects.in_force(TODAY + timedelta(days=4)).filter(item=item).exists()
        item.refresh_from_db()
        assert (item.successor, item.withdrawn_by) == (other, people["leader"])

    def test_leader_and_office_are_told_on_their_first_page_of_what_ends_soon(self, client, item, people, writers):
        now, today = timezone.now(), timezone.localdate()
        with time_machine.travel(now, tick=False):
            promise(item, today, by=writers, at=now)
            publishing.withdraw(
                item, by=people["leader"], at=now, last_day=today + timedelta(days=20), reason="并入并联审批"
            )
            link = "/admin/complaints/serviceitem/?offered=ending"
            for who, is_told in (("leader", True), ("officer", True), ("tax_leader", False), ("editor", False)):
                client.force_login(people[who])
                assert (link in client.get("/admin/").content.decode()) is is_told
            client.force_login(people["leader"])
            assert client.get(link).context["cl"].result_count == 1

    def test_its_successor_is_another_item_that_was_published(self, city, item, people, writers):
        promise(item, TODAY, by=writers, at=AT)
        draft_only = make_item(city.construction)
        drafting.save_draft(draft_of(draft_only, TODAY), by=people["editor"], at=AT)

        for successor in (item, draft_only):
            with pytest.raises(Invalid) as refused:
                publishing.withdraw(
                    item, by=people["leader"], at=AT, last_day=TODAY, reason="并入", successor=successor
                )
            assert refused.value.field == "successor"

    def test_it_needs_a_reason_a_day_to_come_and_somebody_who_may(self, item, people, writers):
        promise(item, TODAY, by=writers, at=AT)

        for last_day, reason in ((TODAY, " "), (TODAY - timedelta(days=1), "并入")):
            with pytest.raises(Invalid):
                publishing.withdraw(item, by=people["leader"], at=AT, last_day=last_day, reason=reason)
        with pytest.raises(NotAllowed):
            publishing.withdraw(item, by=people["editor"], at=AT, last_day=TODAY, reason="并入")

    def test_it_can_be_offered_anew(self, item, people, writers):
        promise(item, TODAY, by=writers, at=AT)
        publishing.withdraw(item, by=people["leader"], at=AT, last_day=TODAY, reason="暂停")
        promise(item, TODAY + timedelta(days=10), by=writers, at=AT)

        item.refresh_from_db()
        assert item.withdrawn_at is None
        assert not ItemVersion.objects.in_force(TODAY + timedelta(days=9)).exists()
        assert ItemVersion.objects.in_force(TODAY + timedelta(days=10)).exists()
