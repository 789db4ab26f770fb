"""Heads and deputies bear the same mark; the head alone signs and sets (docs/domain.md 8.1)."""

import pytest

from efficiency.organs import heads
from efficiency.organs.models import Post, Rank, Role, Tenure
from targets.plans import access, deadlines, offers, signing
from targets.plans.access import Side
from targets.plans.refusals import NotAllowed
from tests.factories.staff import seat
from tests.factories.targets import TUESDAY
from tests.targets.plans.test_way import approved, in_force, take, text_of


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
