"""
docs/trust.md Z-10 and Z-11: two pairs of eyes are two natural persons, wherever a second one has to confirm.

Who drafts and approves a reply, who submits and instructs stands in ``test_recusal.py``; here are the acts that do not
belong to a case, and what makes two accounts one person.
"""

from datetime import timedelta
from itertools import combinations
from typing import Any

import pytest
from django.db.models import Exists
from django.utils import timezone

from efficiency import appointments
from efficiency.access import persons
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.organs.models import Role, Tenure
from efficiency.timing import actions as calendar
from efficiency.timing.models import CalendarYear
from tests.efficiency.timing.conftest import DAYS_OFF_2027, IN_DECEMBER, MAKEUP_DAYS_2027
from tests.factories.staff import make_post, make_user, seat

pytestmark = pytest.mark.django_db
NOTICE: dict[str, Any] = {
    "days_off": DAYS_OFF_2027,
    "makeup_days": MAKEUP_DAYS_2027,
    "notice": "测试1号",
}


def make_one(one: User, other: User, **contact: str) -> None:
    """Let two accounts bear the marks of one natural person."""
    for user in (one, other):
        user.full_name = "刘志强"
        for field, value in (contact or {"phone": "13900000001"}).items():
            setattr(user, field, value)
        user.save()


class TestOnePerson:
    @pytest.mark.parametrize(
        ("one", "other", "is_one"),
        [
            ({"phone": "13900000001"}, {"phone": "13900000001"}, True),
            ({"phone": "13900000001"}, {"phone": "+86 139-0000-0001"}, True),
            (
                {"phone": "13900000001"},
                {"phone": "１３９００００００００１"},
                False,
            ),
            ({"phone": "13900000001"}, {"phone": "13900000002"}, False),
            ({"email": "Liu@foshan.example"}, {"email": "liu@foshan.example "}, True),
            ({"email": "liu@foshan.example"}, {"email": "liu2@foshan.example"}, False),
            ({"phone": "1", "email": "a@x.example"}, {"phone": "2", "email": "a@x.example"}, True),
            ({}, {}, False),  # the name alone makes nobody the same
        ],
    )
    def test_Z10_has_one_name_and_one_way_to_reach_them(self, one, other, is_one):
        first, second = make_user(full_name="刘志强", **one), make_user(full_name="刘志强", **other)

        assert persons.is_same_person(first, second) is is_one
        assert persons.is_same_person(second, first) is is_one
        assert persons.accounts_of(first) == [first.pk, *([second.pk] if is_one else [])]

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("刘志强", "刘 志强"),
            ("刘志强", "刘\u3000志\u200b强"),
            ("阿卜杜拉·买买提", "阿卜杜拉・买买提"),
            ("Anna O'Neil", "ＡＮＮＡ Oneil"),
        ],
    )
    def test_Z10_has_one_name_however_it_was_typed(self, city, one, other):
        """One comparison for all who ask: two accounts, all accounts, a condition of rows, the scope (Z-07)."""
        first = make_user(full_name=one, phone="13900000001")
        second = seat(Role.CLERK, city.construction, user=make_user(full_name=other, phone="139 0000 0001"))
        pair = [first.pk, second.pk]

        assert persons.is_same_person(first, second)
        assert persons.accounts_of(first) == pair
        assert persons.accounts_of_each([second]) == [(second.pk, pk) for pk in pair]
        there = Tenure.objects.filter(Exists(persons.also_of("user").filter(pk=first.pk)))
        assert [tenure.user_id for tenure in there] == [second.pk]
        assert scope_of(first).account_ids == set(pair)
        assert scope_of(first).own_post_ids == scope_of(second).own_post_ids != set()

    def test_Z10_colleagues_on_one_telephone_are_two(self):
        first, second = (make_user(full_name=name, phone="0757-83320000") for name in ("刘志强", "陈小明"))

        assert not persons.is_same_person(first, second)


class TestCalendar:
    @pytest.fixture
    def proposal(self, people):
        return calendar.propose_year(2027, **NOTICE, by=people["administrator"], at=IN_DECEMBER)

    def test_Z10_a_second_account_of_who_typed_it_in_cannot_confirm(self, proposal, people):
        make_one(people["administrator"], people["officer"])

        with pytest.raises(calendar.SamePerson):
            calendar.confirm_year(2027, by=people["officer"], at=IN_DECEMBER)

        assert CalendarYear.objects.get(pk=2027).is_provisional

    def test_Z10_a_second_person_can(self, proposal, people):
        calendar.confirm_year(2027, by=people["officer"], at=IN_DECEMBER)

        assert not CalendarYear.objects.get(pk=2027).is_provisional


class TestTenures:
    @pytest.fixture
    def propose(self, people, city):
        def act(role: str = Role.CLERK, user: User | None = None, organ=city.construction, since=None):
            return appointments.propose(
                by=people["administrator"],
                at=timezone.now(),
                user=user or people["nobody"],
                post=make_post(organ, role),
                since=since or timezone.localdate(),
                reason="新任",
            )

        return act

    def test_Z10_a_second_account_of_who_proposed_cannot_confirm(self, propose, people):
        change = propose()
        make_one(people["administrator"], people["officer"])

        with pytest.raises(appointments.NotAllowed):
            appointments.confirm(change, by=people["officer"], at=timezone.now())

        assert not Tenure.objects.filter(user=people["nobody"]).exists()

    def test_Z10_nobody_decides_about_another_account_of_their_own(self, propose, people):
        change = propose()
        make_one(people["officer"], people["nobody"], email="liu@foshan.example")

        for decide in (
            lambda: appointments.confirm(change, by=people["officer"], at=timezone.now()),
            lambda: appointments.refuse(change, by=people["officer"], at=timezone.now(), remark="不同意"),
        ):
            with pytest.raises(appointments.NotAllowed):
                decide()

        make_one(people["administrator"], people["social"], email="wang@foshan.example")
        with pytest.raises(appointments.NotAllowed):
            propose(user=people["social"])

    @pytest.mark.parametrize(
        ("has", "gets"), list(combinations([Role.SYSTEM_ADMINISTRATOR, Role.OFFICE_OFFICER, Role.AUDITOR], 2))
    )
    def test_Z11_two_accounts_of_one_person_hold_one_of_the_three_offices(self, propose, city, has, gets):
        first, second = seat(has, city.office), make_user()
        make_one(first, second)

        with pytest.raises(appointments.Refused) as refusal:
            propose(gets, second, city.office)

        assert refusal.value.field == "user"
        propose(Role.CLERK, second)  # any other post may be had

    def test_Z11_is_asked_again_when_the_proposal_is_confirmed(self, propose, people, city):
        change = propose(Role.AUDITOR, people["nobody"], city.government)
        seat(Role.OFFICE_OFFICER, city.office, user=people["nobody"])

        with pytest.raises(appointments.Refused):
            appointments.confirm(change, by=people["office_head"], at=timezone.now())

    def test_Z11_an_office_that_begins_after_the_other_ended_is_no_second_one(self, propose, people):
        tenure = people["auditor"].tenures.get()
        ends = timezone.localdate() + timedelta(days=3)
        Tenure.objects.filter(pk=tenure.pk).update(until=ends)

        propose(Role.OFFICE_OFFICER, people["auditor"], since=ends)
