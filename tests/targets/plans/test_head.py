"""Heads and deputies bear the same mark; the head alone signs and sets (docs/domain.md 8.1)."""

from datetime import date

import pytest
from django.db import connection
from django.db.models import Exists
from django.test.utils import CaptureQueriesContext

from efficiency import first_page
from efficiency.access import persons
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.organs import heads
from efficiency.organs.models import Post, Rank, Role, Tenure
from targets.plans import access, deadlines, negotiating, offers, signing
from targets.plans.access import Side
from targets.plans.refusals import Absent, NotAllowed
from tests.factories.cases import local
from tests.factories.staff import make_organ, make_post, make_user, seat
from tests.factories.targets import TUESDAY
from tests.targets.plans.test_way import approved, drafted, in_force, take, text_of

# The time to agree is over.
AFTER = local(2026, 3, 19)


def deputy_to(chief, role, organ):
    """A deputy of the head of an organ, with the mark that both bear."""
    deputy = seat(role, organ, Rank.APPROVER, is_head=True)
    Post.objects.filter(pk=deputy.tenures.get().post_id).update(superior=chief.tenures.get().post_id)
    return deputy


@pytest.fixture
def deputy(cast):
    Post.objects.filter(pk=cast.leader.tenures.get().post_id).update(is_head=True)
    return deputy_to(cast.leader, Role.ORGAN_LEADER, cast.city.construction)


@pytest.fixture
def deputy_of_office(cast):
    return deputy_to(cast.head, Role.OFFICE_OFFICER, cast.city.office)


def test_a_deputy_of_the_organ_does_not_sign_its_letter(cast, deputy):
    plan = approved(cast)
    assert deadlines.owing(plan, TUESDAY.date())[1] == cast.leader.tenures.get().post

    with pytest.raises(NotAllowed):
        take(signing.sign_organ, plan, deputy, text_sha256=text_of(plan))
    assert plan not in offers.waiting_for(deputy, at=TUESDAY)
    assert plan in offers.waiting_for(cast.leader, at=TUESDAY)
    take(signing.sign_organ, plan, cast.leader, text_sha256=text_of(plan))


def test_a_deputy_of_the_office_neither_signs_nor_sets_a_plan(cast, deputy_of_office):
    plan = approved(cast)
    take(signing.sign_organ, plan, cast.leader, text_sha256=text_of(plan))
    scope = access.scope(deputy_of_office)
    assert not any(access.is_on(Side.HEADING, scope, one, plan) for one in scope.seats)

    with pytest.raises(NotAllowed):
        take(signing.sign_office, plan, deputy_of_office, text_sha256=text_of(plan))
    assert plan not in offers.waiting_for(deputy_of_office, at=TUESDAY)
    take(signing.sign_office, plan, cast.head, text_sha256=text_of(plan))


def test_where_nobody_is_head_the_deputy_speaks_for_the_organ(cast, deputy):
    Tenure.objects.filter(user=cast.leader).delete()

    assert heads.acting_in(cast.city.construction.pk, TUESDAY.date()) == {deputy.tenures.get().post_id}


def test_the_letter_of_a_deputys_post_is_signed_by_the_head_of_the_organ(cast, deputy):
    post = deputy.tenures.get().post
    assert not heads.is_chief(post)
    assert heads.is_chief(cast.leader.tenures.get().post)
    assert set(Post.objects.filter(heads.chiefs(), organ=cast.city.construction)) == {cast.leader.tenures.get().post}


def test_a_plan_comes_into_force_by_the_two_heads(cast, deputy, deputy_of_office):
    assert in_force(cast).state == "in_force"


class TestRecusedHead:
    """Where the head may not, the next rank that is not recused signs, owes it, and sees it wait."""

    def is_for(self, plan, signs, *others):
        """The promise, what waits and who may: all of the same person."""
        for person in (signs, *others):
            scope_of(person, fresh=True)
            assert (plan in offers.waiting_for(person, at=TUESDAY)) == (person == signs), person
        for person in others:
            with pytest.raises((Absent, NotAllowed)):
                take(signing.sign_office, plan, person, text_sha256=text_of(plan))
        assert deadlines.owing(plan, TUESDAY.date())[1] == signs.tenures.latest("pk").post
        take(signing.sign_office, plan, signs, text_sha256=text_of(plan))

    def of_post(self, cast):
        plan = approved(cast, post=cast.post)
        take(signing.sign_organ, plan, cast.clerk, text_sha256=text_of(plan))
        return plan

    def test_a_head_who_held_the_post_from_another_account_leaves_it_to_the_deputy(self, cast, deputy):
        before = make_user(full_name="同一人", phone="+86 138-0013 8000")
        Tenure.objects.create(user=before, post=cast.post, since=date(2020, 1, 1), until=date(2021, 1, 1))
        User.objects.filter(pk=cast.leader.pk).update(full_name="同一人", phone="13800138000")
        cast.leader.refresh_from_db()
        self.is_for(self.of_post(cast), deputy, cast.leader, cast.deputy, cast.head)

    def test_the_post_of_the_only_deputy_without_a_head_is_for_the_office(self, cast, deputy):
        Tenure.objects.filter(user__in=[cast.leader, cast.deputy]).delete()
        plan = approved(cast, post=deputy.tenures.get().post, answering=deputy)
        take(signing.sign_organ, plan, deputy, text_sha256=text_of(plan))
        self.is_for(plan, cast.head, deputy)

    def test_a_head_of_the_office_who_sits_in_the_organ_leaves_it_to_the_deputy(self, cast, deputy_of_office):
        plan = approved(cast)
        take(signing.sign_organ, plan, cast.leader, text_sha256=text_of(plan))
        seat(Role.CLERK, cast.city.construction, user=cast.head)
        self.is_for(plan, deputy_of_office, cast.head)

    def test_a_head_who_drafted_leaves_it_to_the_deputy_to_set_the_plan(self, cast, deputy_of_office):
        plan = drafted(cast, by=cast.head)
        take(negotiating.put, plan, cast.head)
        for person, waits in ((cast.head, False), (deputy_of_office, True)):
            assert (plan in offers.waiting_for(person, at=AFTER)) == waits
        with pytest.raises(NotAllowed):
            take(negotiating.impose, plan, cast.head, AFTER, reason="逾期未复")
        take(negotiating.impose, plan, deputy_of_office, AFTER, reason="逾期未复")

    def test_where_no_post_bears_the_mark_of_a_head_a_leader_signs(self, cast):
        Post.objects.filter(organ=cast.city.construction).update(is_head=False)
        Tenure.objects.filter(user=cast.deputy).delete()
        self.is_for(self.of_post(cast), cast.leader, cast.head)

    def test_what_waits_is_put_together_once(self, cast):
        first_page.may_wait(cast.head, offers.waiting_for, at=TUESDAY)
        with CaptureQueriesContext(connection) as asked:
            assert not first_page.may_wait(cast.head, offers.waiting_for, at=AFTER)
        assert len(asked) == 1


@pytest.mark.parametrize("phone", ["13800138000", "+86 138 0013 8000", "008613800138000", "１３８00138000", "138", ""])
@pytest.mark.parametrize("email", ["", " A@gov.cn", "b@gov.cn"])
def test_Z11_the_same_person_in_sql_as_elsewhere(db, phone, email):
    one = make_user(full_name="同名", phone="13800138000", email="a@gov.cn")
    other = make_user(full_name="同名", phone=phone, email=email)
    tenure = Tenure(user=other, post=make_post(make_organ("X", "某局", "department")), since=date(2020, 1, 1))
    tenure.save()
    found = Tenure.objects.filter(Exists(persons.also_of("user").filter(pk=one.pk)), pk=tenure.pk).exists()
    assert found == persons.is_same_person(one, other)
