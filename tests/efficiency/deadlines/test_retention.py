"""Signs of life are kept as long as they serve (docs/trust.md P-10)."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session

from efficiency.deadlines import clock, heartbeat, retention
from efficiency.deadlines.models import Sweep
from tests.moments import MONDAY_MORNING

pytestmark = pytest.mark.django_db


def swept(ago: timedelta, **counts: int) -> Sweep:
    at = MONDAY_MORNING - ago
    return Sweep.objects.create(at=at, started_at=at, finished_at=at, **counts)


class TestSweeps:
    def test_that_found_nothing_go_after_a_week(self):
        old, recent = swept(timedelta(days=8)), swept(timedelta(days=6))

        assert retention.clean_up(MONDAY_MORNING) == 1

        assert set(Sweep.objects.all()) == {recent}
        assert old.pk != recent.pk

    def test_that_wrote_something_stay_for_more_than_a_year(self):  # their cards can be taken back (D-08)
        writing = swept(timedelta(days=399), overdue=1, escalated=1)
        swept(timedelta(days=401), overdue=1, escalated=1)
        newest = swept(timedelta(0))

        retention.clean_up(MONDAY_MORNING)

        assert set(Sweep.objects.all()) == {writing, newest}

    def test_keep_the_newest_however_old_it_is(self):
        newest = swept(timedelta(days=500))
        swept(timedelta(days=501))

        retention.clean_up(MONDAY_MORNING)

        assert set(Sweep.objects.all()) == {newest}
        assert heartbeat.age(MONDAY_MORNING) == 500 * 86400


def test_sessions_that_ran_out_go():
    now = clock.read().at
    Session.objects.create(session_key="a", session_data="", expire_date=now - timedelta(hours=1))
    Session.objects.create(session_key="b", session_data="", expire_date=now + timedelta(hours=1))

    retention.clean_up(now)

    assert list(Session.objects.values_list("session_key", flat=True)) == ["b"]
