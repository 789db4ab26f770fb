"""What a log-in, a new password and the log-in after a lost session leave behind (docs/trust.md L-01, L-07, P-09)."""

import pytest
from axes.models import AccessAttempt
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from efficiency import accounts
from efficiency.access import admin
from efficiency.access.models import User
from efficiency.audit.models import AuditRecord
from efficiency.organs.models import Role
from tests.factories.staff import PASSWORD, seat

LOGIN = "/admin/login/"
NEW_PASSWORD = "Other-Horse-8-Staple"
NEW = {"new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
CHANGE = {"old_password": PASSWORD, **NEW}


@pytest.fixture
def clerk(city):
    return seat(Role.CLERK, city.construction, username="clerk")


@pytest.fixture
def link(clerk, city):
    administrator = seat(Role.SYSTEM_ADMINISTRATOR, city.government)
    return accounts.way_in(clerk, by=administrator, at=timezone.now())


@pytest.fixture
def record_is_away(monkeypatch):
    """Let nothing be written into the record."""

    def away(*args, **kwargs):
        raise OSError("the record is away")

    monkeypatch.setattr(admin, "_recorders", [away])


def noted() -> str:
    return "\n".join(f"{attempt.get_data}\n{attempt.post_data}" for attempt in AccessAttempt.objects.all())


class TestFailedLogIn:
    def test_P09_nothing_of_the_form_that_was_being_sent_is_kept(self, clerk):
        typed = {"kept.name": "张三丰", "kept.phone": "13812345678", "kept.description": "窗口人员故意刁难"}
        wrong = {"username": "clerk", "password": "wrong", "next": "/admin/complaints/case/add/"}
        page = Client().post(LOGIN, wrong | typed)

        assert page.status_code == 200
        assert all(word in page.content.decode() for word in typed.values())
        assert AccessAttempt.objects.count() == 1
        assert not any(word in noted() for word in typed.values())

    def test_P09_nor_the_words_of_a_search_that_the_person_came_from(self, clerk):
        target = "/admin/complaints/case/?q=13812345678"
        Client().post(LOGIN, {"username": "clerk", "password": "wrong", "next": target}, query_params={"next": target})

        assert AccessAttempt.objects.count() == 1
        assert "13812345678" not in noted()


class TestLostSession:
    def test_P09_no_password_is_written_into_the_page_for_the_log_in(self, clerk):
        page = Client().post(reverse("admin:password_change"), CHANGE | {"note": "一段很长的文字"})

        assert page.status_code == 401
        assert "一段很长的文字" in page.content.decode()
        assert PASSWORD not in page.content.decode()
        assert NEW_PASSWORD not in page.content.decode()


class TestNewPassword:
    def test_L07_without_a_record_the_password_stays(self, clerk, record_is_away):
        client = Client(raise_request_exception=False)
        client.force_login(clerk)

        assert client.post(reverse("admin:password_change"), CHANGE).status_code == 500
        assert User.objects.get(pk=clerk.pk).check_password(PASSWORD)

    def test_L07_without_a_record_the_link_sets_none(self, clerk, link, record_is_away):
        client = Client(raise_request_exception=False)
        page = client.get(link).headers["Location"]

        assert client.post(page, NEW).status_code == 500
        assert not User.objects.get(pk=clerk.pk).has_usable_password()

    def test_L01_the_record_names_a_password_that_was_set_and_no_other(self, clerk, link):
        client = Client()
        page = client.post(link, NEW).headers["Location"]
        assert not AuditRecord.objects.filter(action="account.password").exists()

        assert client.post(page, NEW).status_code == 302
        assert User.objects.get(pk=clerk.pk).check_password(NEW_PASSWORD)
        assert AuditRecord.objects.get(action="account.password").actor == clerk
