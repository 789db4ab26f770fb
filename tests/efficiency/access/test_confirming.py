"""The password again before what is hard to take back (docs/trust.md S-03, S-05)."""

from datetime import timedelta

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone

from efficiency.access import confirming, sessions
from tests.factories.staff import PASSWORD


@pytest.fixture
def request_of(people):
    """Return a function that gives a request of the officer, with the session of the browser."""
    browser = Client()
    browser.force_login(people["officer"])

    def request():
        made = RequestFactory().post("/admin/", REMOTE_ADDR="198.51.100.7")
        made.user, made.session = people["officer"], browser.session
        return made

    return request


def log_in_at(request, moment) -> None:
    request.session[sessions.KEY] = {**request.session[sessions.KEY], "since": moment.isoformat()}


def test_S05_a_log_in_counts_for_a_quarter_of_an_hour(request_of):
    request, at = request_of(), timezone.now()
    log_in_at(request, at - timedelta(minutes=14))
    assert confirming.is_recent(request, at=at)

    log_in_at(request, at - timedelta(minutes=16))
    assert not confirming.is_recent(request, at=at)


def test_S05_the_right_password_counts_from_then_on(request_of):
    request, at = request_of(), timezone.now()
    log_in_at(request, at - timedelta(hours=2))

    assert confirming.confirm(request, PASSWORD, at=at)
    assert confirming.is_recent(request, at=at + timedelta(minutes=14))
    assert not confirming.is_recent(request, at=at + timedelta(minutes=16))


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD.lower()])
def test_S05_a_wrong_password_confirms_nothing(request_of, password):
    request, at = request_of(), timezone.now()
    log_in_at(request, at - timedelta(hours=2))

    assert not confirming.confirm(request, password, at=at)
    assert not confirming.is_recent(request, at=at)


def test_S03_five_wrong_ones_close_the_pair_for_the_right_one_too(request_of):
    at = timezone.now()
    for _try in range(5):
        assert not confirming.confirm(request_of(), "wrong", at=at)

    assert not confirming.confirm(request_of(), PASSWORD, at=at)


@pytest.mark.parametrize("kept", ["never", None, 7, "9999-01-01T00:00:00+00:00"])
def test_a_session_that_makes_no_sense_is_no_confirmation(request_of, kept):
    request, at = request_of(), timezone.now()
    log_in_at(request, at - timedelta(hours=2))
    request.session[confirming.KEY] = kept

    assert not confirming.is_recent(request, at=at)
