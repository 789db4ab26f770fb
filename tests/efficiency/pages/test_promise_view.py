"""Promises as pages show them: the account is made once for all that share it, and never shown in place of another."""

from datetime import timedelta

import pytest
from django.utils.translation import override

from efficiency.deadlines import actions
from efficiency.organs.models import OrganKind
from efficiency.pages.promise_view import view_of, views_of
from efficiency.timing.due import Limit
from tests.factories import promises
from tests.factories.staff import make_organ, make_user
from tests.moments import MONDAY_MORNING, TUESDAY_MORNING

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def _kinds():
    promises.register()


def opened(code, at):
    """Open a promise about an organ of its own."""
    return promises.promise(make_organ(code, f"局{code}", OrganKind.DEPARTMENT), at=at)


def test_promises_of_one_day_share_their_account():
    morning, evening = opened("1", MONDAY_MORNING), opened("2", MONDAY_MORNING + timedelta(hours=9))
    next_day = opened("3", TUESDAY_MORNING)

    first, second, third = views_of([morning, evening, next_day], at=TUESDAY_MORNING)

    assert first.account is second.account
    assert third.account[0].day == first.account[0].day + timedelta(days=1)


def test_one_that_was_extended_has_its_own():
    one, other = opened("1", MONDAY_MORNING), opened("2", MONDAY_MORNING)
    extended = actions.extend(
        other.subject, other.kind, limit=Limit.parse("5wd"), reason="案情复杂", at=TUESDAY_MORNING, by=make_user()
    )

    plain, longer = views_of([one, extended], at=TUESDAY_MORNING)

    assert len(longer.account) > len(plain.account)
    assert longer.account_intro != plain.account_intro


def test_an_account_is_said_in_the_language_of_its_reader():
    one = opened("1", MONDAY_MORNING)

    with override("zh-hans"):
        chinese = view_of(one, at=TUESDAY_MORNING)
    with override("en"):
        english = view_of(one, at=TUESDAY_MORNING)

    assert "个工作日" in chinese.account_intro
    assert "working days" in english.account_intro
    assert chinese.account[0].kind != english.account[0].kind


def test_the_queries_do_not_grow_with_the_promises(django_assert_num_queries):
    many = [opened(str(number), MONDAY_MORNING) for number in range(5)]

    with django_assert_num_queries(1):  # the calendar's version
        views_of(many, at=TUESDAY_MORNING)
