"""Whether anything waits for a person: put together once for a scope, and always the answer of now."""

from collections import OrderedDict
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from efficiency import first_page, kept_questions
from efficiency.kept_questions import is_within, those_within
from efficiency.organs.models import Absence, Organ, Post, Role, Tenure
from efficiency.remembering import asked_once, at_once
from tests.factories.staff import make_post, seat

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty(monkeypatch):
    monkeypatch.setattr(kept_questions, "_kept", OrderedDict())


@pytest.fixture
def clerk(city):
    return seat(Role.CLERK, city.construction)


def without_section(user):
    return Post.objects.filter(tenures__user_id=user.pk, section="")


def begun(user, *, at):
    return Tenure.objects.filter(user_id=user.pk, since__lte="2020-01-01", post__organ__events__pgh_created_at__lte=at)


def test_it_is_put_together_once_and_asked_each_time(clerk, django_assert_num_queries):
    assert first_page.may_wait(clerk, without_section)
    Post.objects.filter(tenures__user=clerk).update(section="审批科")
    with django_assert_num_queries(1):
        assert not first_page.may_wait(clerk, without_section)


def test_people_do_not_share_an_answer(city, clerk):
    other = seat(Role.CLERK, city.construction)
    Post.objects.filter(tenures__user=clerk).update(section="审批科")
    assert [first_page.may_wait(user, without_section) for user in (clerk, other)] == [False, True]


def test_the_moment_is_that_of_the_question(clerk):
    now = timezone.now()
    assert not first_page.may_wait(clerk, begun, at=now - timedelta(days=3))
    assert first_page.may_wait(clerk, begun, at=now + timedelta(days=3))
    assert not first_page.may_wait(clerk, begun, at=now - timedelta(days=3))


def test_what_asks_while_it_is_put_together_is_never_kept(city, clerk):
    def of_organs(user):
        return Post.objects.filter(organ__in=list(Organ.objects.filter(short_name="x").values_list("pk", flat=True)))

    assert first_page.may_wait(clerk, of_organs)
    with at_once():  # nor where the answer was remembered for the page

        def of_remembered(user):
            keys = asked_once("x", lambda: list(Organ.objects.filter(short_name="x").values_list("pk", flat=True)))
            return Post.objects.filter(organ__in=keys)

        list(of_remembered(clerk))
        assert first_page.may_wait(clerk, of_remembered)
    Organ.objects.filter(pk=city.construction.pk).update(short_name="x")
    assert first_page.may_wait(clerk, of_organs)


def test_what_reckons_with_the_moment_is_never_kept(clerk):
    def of_tomorrow(user, *, at):
        return Absence.objects.filter(recorded_at__gte=at + timedelta(days=1))

    assert first_page.may_wait(clerk, of_tomorrow, at=timezone.now())


def test_what_can_never_be_found_costs_no_question(clerk, django_assert_num_queries):
    def nothing(user):
        return Post.objects.filter(pk__in=[])

    first_page.may_wait(clerk, nothing)
    with django_assert_num_queries(0):
        assert not first_page.may_wait(clerk, nothing)
    assert make_post(clerk.tenures.get().post.organ)


def test_what_was_asked_longest_ago_makes_room(city, clerk, monkeypatch):
    monkeypatch.setattr(kept_questions, "MOST_KEPT", 2)
    first, second, third = clerk, seat(Role.CLERK, city.construction), seat(Role.CLERK, city.construction)
    for user in (first, second, first, third):
        first_page.may_wait(user, without_section)
    kept = {key[0].user_id for key in kept_questions._kept}
    assert kept == {first.pk, third.pk}


def test_another_thread_may_make_room_at_any_moment(clerk, monkeypatch):
    class Emptied(OrderedDict):
        """As if another thread emptied it behind each look."""

        def move_to_end(self, key, last=True):
            super().move_to_end(key, last)
            self.clear()

    monkeypatch.setattr(kept_questions, "_kept", Emptied())
    assert all(first_page.may_wait(clerk, without_section) for _each in range(3))


def test_one_row_is_looked_for_by_the_same_question_with_its_key(city, clerk):
    def of_tree(_user):
        return Organ.objects.filter(parent__isnull=False)

    assert not is_within(clerk, of_tree, 10**30)
    assert is_within(clerk, of_tree, city.construction.pk)
    with CaptureQueriesContext(connection) as asked:
        assert not is_within(clerk, of_tree, city.government.pk)
        assert not is_within(clerk, of_tree, 10**12)
    assert len(asked) == 2


def test_of_what_asks_while_it_is_put_together_each_row_is_asked_anew(city, clerk):
    def reads(_user):
        return Organ.objects.filter(pk__in=list(Organ.objects.values_list("pk", flat=True)))

    assert is_within(clerk, reads, city.construction.pk)
    Organ.objects.filter(pk=city.street.pk).update(name="祖庙街道")
    assert not is_within(clerk, reads, 0)


def test_those_of_several_rows_are_looked_for_by_one_question(city, clerk):
    made = []

    def of_tree(_user):
        made.append(1)
        return Organ.objects.filter(parent__isnull=False)

    keys = [city.construction.pk, city.government.pk, city.tax.pk]
    assert those_within(clerk, of_tree, keys) == {city.construction.pk, city.tax.pk}
    put_together = len(made)
    with CaptureQueriesContext(connection) as asked:
        assert those_within(clerk, of_tree, keys[:2]) == {city.construction.pk}
        assert those_within(clerk, of_tree, []) == set()
    assert (len(asked), len(made)) == (1, put_together)
    assert those_within(clerk, lambda _user: Organ.objects.none(), keys) == set()
